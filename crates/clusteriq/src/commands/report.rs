//! `clusteriq report` and `clusteriq costs`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clusteriq_output::Detail;

use crate::args::{self, Format};
use crate::commands::WITH_GAPS;
use crate::console::{self, print, tell};
use crate::pipeline;

/// Recommendations and gaps of the short report.
const FIRST: usize = 15;
const TOO_MUCH_WASTE: u8 = 4;

pub(crate) fn run(dir: &Path, args: &args::Report) -> Result<ExitCode> {
    let report = pipeline::analyse(dir, &args.scope)?.report(&args.scope.discount);
    let format = if args.json { Format::Json } else { args.format };
    let detail = if args.all { Detail::All } else { Detail::Top(FIRST) };
    let mut text = match format {
        Format::Table => clusteriq_output::table(&report, &console::style(), detail),
        Format::Json => clusteriq_output::json(&report),
        Format::Csv => clusteriq_output::csv(&report)?,
        Format::Html => clusteriq_output::html(&report)?,
        Format::Markdown => clusteriq_output::markdown(&report),
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    match &args.output {
        None => print(&text)?,
        Some(file) => {
            std::fs::write(file, text).with_context(|| format!("cannot write the report: {}", file.display()))?;
            tell(&format!("written to {}", file.display()));
        }
    }
    let waste = report.headline.savings_per_month.map_or(0.0, |it| it.likely.0);
    if args.fail_if_waste_above.is_some_and(|limit| waste > limit) {
        tell(&format!("more could be saved than allowed: ${waste:.0} a month"));
        return Ok(ExitCode::from(TOO_MUCH_WASTE));
    }
    if args.strict && !report.gaps.is_empty() {
        tell(&format!("the data has {} gaps", report.gaps.len()));
        return Ok(ExitCode::from(WITH_GAPS));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn costs(dir: &Path, args: &args::Costs) -> Result<()> {
    let report = pipeline::analyse(dir, &args.scope)?.report(&args.scope.discount);
    let text = if args.json {
        clusteriq_output::json_costs(&report)
    } else {
        clusteriq_output::costs(&report, &console::style())
    };
    print(&text)?;
    Ok(())
}
