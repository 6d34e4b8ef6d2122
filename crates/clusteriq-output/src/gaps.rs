//! Gaps for people: what several resources or advisors lack alike is said once.

use std::collections::{BTreeMap, BTreeSet};

use clusteriq_model::{Gap, GapKind, Remedy};

use crate::words;

/// One thing that is missing, and all it is missing for.
pub(crate) struct GapGroup<'a> {
    pub(crate) kind: GapKind,
    pub(crate) what: &'a str,
    pub(crate) remedy: Option<&'a Remedy>,
    /// Name, or kind and id, of what it is about, with the money at stake; in the order of the report.
    pub(crate) about: Vec<String>,
    /// Advisors that could not judge.
    pub(crate) advisors: Vec<&'static str>,
}

impl GapGroup<'_> {
    /// `adhoc-ml ($1,234 billed), etl and 27 more`; empty for the whole account.
    pub(crate) fn about_words(&self, most: usize) -> String {
        let shown = self.about.iter().take(most).cloned().collect::<Vec<_>>();
        let rest = self.about.len() - shown.len();
        if rest == 0 {
            return shown.join(", ");
        }
        format!("{} and {} more", shown.join(", "), words::grouped(rest as u64))
    }
}

/// Groups in the order in which the report names them first.
pub(crate) fn group(gaps: &[Gap]) -> Vec<GapGroup<'_>> {
    let mut index = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut groups = Vec::<GapGroup>::new();
    for gap in gaps {
        let key = (gap.kind, gap.what.as_str(), gap.remedy.as_ref());
        let at = *index.entry(key).or_insert_with(|| {
            groups.push(GapGroup {
                kind: gap.kind,
                what: &gap.what,
                remedy: gap.remedy.as_ref(),
                about: vec![],
                advisors: vec![],
            });
            groups.len() - 1
        });
        let group = &mut groups[at];
        if let Some(it) = about(gap)
            && seen.insert((at, it.clone()))
        {
            group.about.push(it);
        }
        if let Some(it) = gap.advisor
            && !group.advisors.contains(&it.0)
        {
            group.advisors.push(it.0);
        }
    }
    groups
}

fn about(gap: &Gap) -> Option<String> {
    let name = match (&gap.target, &gap.name) {
        (Some(target), Some(name)) => Some(format!("{} {name}", target.kind().word())),
        (Some(target), None) => Some(target.to_string()),
        (None, name) => name.clone(),
    };
    match (name, gap.touches) {
        (Some(name), Some(touches)) => Some(format!("{name} ({touches} billed)")),
        (None, Some(touches)) => Some(format!("{touches} billed")),
        (name, None) => name,
    }
}

/// What a remedy asks for, as a label.
pub(crate) fn remedy_label(it: &Remedy) -> &'static str {
    match it {
        Remedy::Grant(_) => "Run as an administrator",
        Remedy::Collect(_) => "Collect",
        Remedy::Wait(_) => "Wait for",
        Remedy::Configure(_) => "Set",
    }
}

/// The word for a remedy's kind in JSON.
pub(crate) fn remedy_word(it: &Remedy) -> &'static str {
    match it {
        Remedy::Grant(_) => "grant",
        Remedy::Collect(_) => "collect",
        Remedy::Wait(_) => "wait",
        Remedy::Configure(_) => "configure",
    }
}
