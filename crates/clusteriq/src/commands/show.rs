//! `clusteriq show`: one recommendation, job, cluster or warehouse.

use std::path::Path;

use anyhow::{Result, bail};
use clusteriq_model::{CostEntry, Recommendation, Report, ResourceSummary};

use crate::args;
use crate::console::{self, print};
use crate::pipeline;

pub(crate) fn run(dir: &Path, args: &args::Show) -> Result<()> {
    let report = pipeline::analyse(dir, &args.scope)?.report(&args.scope.discount);
    let style = console::style();
    if let Some(it) = report.recommendations.iter().find(|it| it.id == args.id) {
        let text = if args.json {
            clusteriq_output::json_recommendation(&report, it)
        } else {
            clusteriq_output::recommendation(it, &style)
        };
        return Ok(print(&text)?);
    }
    let found: Vec<&ResourceSummary> = report.resources.iter().filter(|it| matches(it, &args.id)).collect();
    let it = match found.as_slice() {
        [one] => one,
        [] => bail!(
            "no recommendation, job, cluster or warehouse has that id or name: {}\n\nhint: `clusteriq report --all` lists ids",
            args.id
        ),
        several => {
            let ids: Vec<_> = several.iter().map(|it| it.target.to_string()).collect();
            bail!("several have that name: {}\n\nhint: use an id: {}", args.id, ids.join(", "));
        }
    };
    let about: Vec<&Recommendation> = report.recommendations.iter().filter(|other| other.target == it.target).collect();
    let text = if args.json {
        clusteriq_output::json_resource(&report, it, &about, cost(&report, it))
    } else {
        clusteriq_output::resource(it, &about, cost(&report, it), &style)
    };
    print(&text)?;
    Ok(())
}

fn matches(it: &ResourceSummary, word: &str) -> bool {
    it.target.id() == word || it.name == word
}

fn cost<'a>(report: &'a Report, it: &ResourceSummary) -> Option<&'a CostEntry> {
    let costs = &report.costs;
    let all =
        costs.jobs.iter().chain(&costs.clusters).chain(&costs.warehouses).chain(&costs.pools).chain(&costs.pipelines);
    all.into_iter().find(|entry| entry.target == it.target)
}
