//! The report as Markdown, for a pull request, a wiki or an issue.

use clusteriq_model::{Recommendation, Report};

use crate::change::Change;
use crate::text::clean;
use crate::{gaps, words};

/// Gaps and workspaces and their like that are listed at most.
const MOST: usize = 20;

/// The report: the plan as a table, each recommendation's reason, gaps, workspaces.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = String::from("# ClusterIQ report\n\n");
    out += &format!("**{}**\n\n", escape(&words::headline(report)));
    out += &format!("{}\n\n{}\n", escape(&words::basis(report)), escape(&words::judged(report)));
    plan(&mut out, report);
    details(&mut out, report);
    unknown(&mut out, report);
    workspaces(&mut out, report);
    out
}

/// Text that shows as it is: no markup, no HTML, one line, no end of a table's cell.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for it in clean(text).chars() {
        match it {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                out.push('\\');
                out.push(it);
            }
            other => out.push(other),
        }
    }
    out
}

/// Text in a code span that it cannot leave.
fn code(text: &str) -> String {
    let text = clean(text);
    let longest = text.split(|it| it != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}

fn table(out: &mut String, head: &str, rows: impl Iterator<Item = Vec<String>>) {
    let columns = head.matches('|').count() - 1;
    *out += &format!("{head}\n|{}\n", "---|".repeat(columns));
    for row in rows {
        *out += &format!("| {} |\n", row.join(" | "));
    }
}

fn plan(out: &mut String, report: &Report) {
    *out += "\n## What to do\n\n";
    if report.recommendations.is_empty() {
        *out += &format!("Nothing to recommend. {}\n", escape(&words::examined(report)));
        return;
    }
    let rows = (1..).zip(&report.recommendations).map(|(rank, it): (u64, _)| {
        let saves = it.savings.as_ref();
        vec![
            rank.to_string(),
            escape(&it.title),
            saves.map_or_else(|| "nothing by itself".into(), |it| escape(&words::savings_interval(&it.total))),
            words::risk(it.risk.level).into(),
            it.owner.as_deref().map_or_else(|| words::NOT_KNOWN.into(), escape),
            code(&it.id),
        ]
    });
    table(out, "| # | What | Saves a month | Risk | Owner | Id |", rows);
}

fn details(out: &mut String, report: &Report) {
    if report.recommendations.is_empty() {
        return;
    }
    *out += "\n## Why, and how to undo it\n";
    for (rank, it) in (1_u64..).zip(&report.recommendations) {
        *out += &format!("\n### {rank}. {}\n\n", escape(&it.title));
        *out += &format!("{}\n\n{}\n\n", escape(&words::promise(it)), escape(&it.why));
        facts(out, it);
    }
}

fn facts(out: &mut String, it: &Recommendation) {
    let change = Change::from(&it.action);
    let mut fact = |label: &str, text: &str| *out += &format!("- **{label}**: {text}\n");
    if change.before.is_empty() {
        fact("Do", &code(&change.after));
    } else {
        fact("Change", &escape(&format!("{} → {}", change.before, change.after)));
    }
    let target = format!("{} {} in workspace {}", it.target, it.name, it.target.workspace());
    fact("Target", &escape(&target));
    if let Some(savings) = &it.savings {
        fact("Arithmetic", &escape(&savings.because));
    }
    if let Some(runtime) = &it.runtime {
        fact("Run time", &escape(&words::runtime(runtime)));
    }
    fact("Risk", &escape(&format!("{}: {}", words::risk(it.risk.level), it.risk.because)));
    for evidence in &it.evidence {
        let text = format!("{}, from {}", words::quantity(&evidence.value), evidence.source.name());
        fact(&format!("Measured, {}", escape(&evidence.fact)), &escape(&text));
    }
    fact("Undo", &escape(&it.rollback));
    fact("Check", &escape(&it.verify));
}

fn unknown(out: &mut String, report: &Report) {
    let groups = gaps::group(&report.gaps);
    if groups.is_empty() {
        return;
    }
    *out += "\n## Not known, and what would change that\n\n";
    for group in groups.iter().take(MOST) {
        *out += &format!("- **{}**: {}", words::gap(group.kind), escape(group.what));
        if !group.about.is_empty() {
            *out += &format!(" ({})", escape(&group.about_words(3)));
        }
        if let Some(it) = group.remedy {
            *out += &format!(". {}: {}", gaps::remedy_label(it), code(it.text()));
        }
        out.push('\n');
    }
    if groups.len() > MOST {
        *out += &format!("- and {} more\n", words::grouped((groups.len() - MOST) as u64));
    }
}

fn workspaces(out: &mut String, report: &Report) {
    if report.costs.workspaces.is_empty() {
        return;
    }
    *out += "\n## Workspaces\n\n";
    let rows = report.costs.workspaces.iter().map(|it| {
        let error = it.reconciliation.as_ref().map(|it| it.error);
        vec![
            escape(words::workspace(it)),
            it.billed.to_string(),
            words::usd_or_not_known(it.vm),
            it.idle.to_string(),
            error.map_or_else(|| words::NOT_KNOWN.into(), words::signed_percent),
        ]
    });
    table(out, "| Workspace | Billed | VM, modelled | Nobody's | Model against bill |", rows);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_report_for_a_pull_request() {
        insta::assert_snapshot!(markdown(&sample::report()));
    }

    #[test]
    fn nothing_to_recommend_says_how_many_were_examined() {
        let text = markdown(&sample::quiet());
        assert!(text.contains("38 resources examined and found fine; 12 could not be judged"));
    }

    #[test]
    fn names_are_text_and_not_markup() {
        for name in sample::HOSTILE {
            let text = markdown(&sample::named(name));
            // What closes a gap is in a code span, where nothing is markup.
            let prose: Vec<_> = text.lines().filter(|it| !it.contains("Run as")).collect();
            for line in prose {
                assert!(!line.contains("<script") && !line.contains("[f]"), "{line}");
            }
            let cells = |line: &str| line.replace("\\|", "").matches('|').count();
            let rows = text.lines().filter(|it| it.starts_with('|'));
            for row in rows {
                assert!(matches!(cells(row), 6 | 7), "{row}");
            }
        }
    }

    #[test]
    fn code_cannot_be_left_with_backticks() {
        assert_eq!(code("GRANT x TO `me`"), "`` GRANT x TO `me` ``");
        assert_eq!(code("plain"), "`plain`");
    }
}
