//! One job, cluster or warehouse: what it is, how it behaves, what it costs, what to change.

use clusteriq_model::{CostEntry, Recommendation, ResourceSummary};

use super::Style;
use super::advice::evidence;
use super::chart::chart_lines;
use super::costs::vm_words;
use super::page::{Ink, Page};
use super::summary::lane_grid;
use crate::words;

/// Everything about one job, cluster or warehouse. The recommendations are numbered in the order given.
#[must_use]
pub fn resource(
    it: &ResourceSummary,
    recommendations: &[&Recommendation],
    cost: Option<&CostEntry>,
    style: &Style,
) -> String {
    let mut page = Page::new(style);
    page.inked(&it.name, Ink::Strong, 0);
    page.text(&format!("{} in workspace {}", it.target, it.target.workspace()));
    page.blank();
    page.labelled("Owner", it.owner.as_deref().unwrap_or(words::NOT_KNOWN));
    page.labelled("Compute", &it.compute);
    page.labelled("Class", &format!("{}: {}", words::class(it.class), it.class_because));
    match cost {
        Some(cost) => money(&mut page, cost),
        None => page.labelled("Cost", words::NOT_KNOWN),
    }
    page.heading("To do");
    if recommendations.is_empty() {
        page.text("Nothing is recommended for it.");
    } else {
        let numbered: Vec<_> = (1..).zip(recommendations.iter().copied()).collect();
        page.grid(&lane_grid(&numbered, style), 0);
    }
    evidence(&mut page, "Measured", &it.facts);
    for chart in &it.charts {
        page.blank();
        page.lines(&chart_lines(chart, style), 0);
    }
    page.finish()
}

fn money(page: &mut Page<'_>, it: &CostEntry) {
    let mut parts = vec![format!("{} billed to it ({})", it.billed, it.dbu)];
    parts.push(match it.vm {
        Some(_) => format!("{} for VMs", vm_words(it)),
        None => "cost of VMs not known".into(),
    });
    if it.attributed.0 != clusteriq_model::Money::ZERO.0 {
        parts.push(match it.idle {
            Some(_) => format!("{} used by its jobs and sessions", it.attributed),
            None => format!("{} as its share of shared clusters", it.attributed),
        });
    }
    if let Some(idle) = it.idle {
        parts.push(format!("{idle} nobody's"));
    }
    page.labelled("Cost", &parts.join("; "));
    if let Some(job) = &it.job_id {
        page.labelled("Job", job);
    }
}
