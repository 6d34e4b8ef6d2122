//! The recommendations as CSV after RFC 4180, one per row, safe to open in a spreadsheet.
//!
//! A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers never do.

use clusteriq_model::{Interval, Recommendation, Report};

use crate::text::clean;
use crate::{OutputError, words};

const HEADER: [&str; 28] = [
    "rank",
    "id",
    "judged_on",
    "advisor",
    "detection",
    "title",
    "target_kind",
    "target_id",
    "workspace_id",
    "name",
    "owner",
    "action",
    "change",
    "saves_per_month_low_usd",
    "saves_per_month_likely_usd",
    "saves_per_month_high_usd",
    "dbu_likely_usd",
    "vm_likely_usd",
    "runtime_now_minutes",
    "runtime_likely_minutes",
    "risk_score",
    "risk",
    "confidence",
    "why",
    "rollback",
    "verify",
    "window_from",
    "window_until",
];

/// One row per recommendation, in rank order, under a header. What is not known is an empty cell.
///
/// # Errors
/// [`OutputError::Csv`] if a row could not be written, which memory running out aside does not happen.
pub fn csv(report: &Report) -> Result<String, OutputError> {
    let mut out = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(vec![]);
    out.write_record(HEADER).map_err(OutputError::Csv)?;
    for (rank, it) in (1_u64..).zip(&report.recommendations) {
        out.write_record(row(rank, it)).map_err(OutputError::Csv)?;
    }
    let bytes = out.into_inner().map_err(|it| OutputError::Csv(it.into_error().into()))?;
    Ok(String::from_utf8(bytes).expect("only text was written"))
}

fn row(rank: u64, it: &Recommendation) -> [String; HEADER.len()] {
    let savings = it.savings.as_ref();
    let likely = |it: Option<&Interval<clusteriq_model::Usd>>| number(it.map(|it| it.likely.0));
    [
        rank.to_string(),
        text(&it.id),
        text(&it.judged_on),
        text(it.advisor.0),
        text(it.detection),
        text(&it.title),
        text(it.target.kind().word()),
        text(it.target.id()),
        text(&it.target.workspace().0),
        text(&it.name),
        text(it.owner.as_deref().unwrap_or_default()),
        text(it.action.kind().word()),
        text(&it.action.to_string()),
        number(savings.map(|it| it.total.low.0)),
        number(savings.map(|it| it.total.likely.0)),
        number(savings.map(|it| it.total.high.0)),
        likely(savings.and_then(|it| it.dbu.as_ref())),
        likely(savings.and_then(|it| it.vm.as_ref())),
        number(it.runtime.as_ref().map(|it| it.now.0)),
        number(it.runtime.as_ref().map(|it| it.then.likely.0)),
        it.risk.score.to_string(),
        text(words::risk(it.risk.level)),
        text(&it.confidence),
        text(&it.why),
        text(&it.rollback),
        text(&it.verify),
        text(&it.window.from.to_string()),
        text(&it.window.until.to_string()),
    ]
}

fn text(it: &str) -> String {
    let it = clean(it);
    if it.trim_start().starts_with(['=', '+', '-', '@']) {
        return format!("'{it}");
    }
    it
}

fn number(it: Option<f64>) -> String {
    it.filter(|it| it.is_finite()).map_or_else(String::new, |it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_row_per_recommendation() {
        insta::assert_snapshot!(csv(&sample::report()).unwrap().replace("\r\n", "\n"));
    }

    #[test]
    fn every_row_has_all_cells_and_no_cell_is_a_formula() {
        let text = csv(&sample::report()).unwrap();
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), sample::report().recommendations.len());
        for cell in rows.iter().flatten() {
            let formula = cell.starts_with(['=', '+', '-', '@']);
            assert!(!formula || cell.parse::<f64>().is_ok(), "{cell}");
        }
    }

    #[test]
    fn formulas_are_defused_even_behind_spaces() {
        let shown = ["=cmd|' /C calc'!A0", "  +1", "-x", "@sum", "plain", "\t=x"].map(text);
        assert_eq!(shown, ["'=cmd|' /C calc'!A0", "'  +1", "'-x", "'@sum", "plain", "' =x"]);
    }
}
