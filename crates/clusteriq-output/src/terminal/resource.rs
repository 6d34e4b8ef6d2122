//! One job, cluster or warehouse: what it is, how it behaves, what it costs, what to change.

use clusteriq_model::{CostEntry, Money, Recommendation, ResourceSummary, Target};

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
    match it.target {
        Target::Job(_) | Target::Cluster(_) | Target::Warehouse(_) | Target::Workspace(_) => {
            page.labelled("Class", &format!("{}: {}", words::class(it.class), it.class_because));
        }
        // They have no class of their own.
        Target::Pool(_) | Target::Pipeline(_) => {}
    }
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
    // What runs on no cluster of its own is billed in DBUs that are not told apart here.
    let dbu = if it.dbu.0 == 0.0 { String::new() } else { format!(" ({})", it.dbu) };
    let mut parts = vec![format!("{} billed to it{dbu}", it.billed)];
    parts.push(match it.vm {
        _ if words::has_no_vms(it) => "no VMs of its own".into(),
        Some(_) => format!("{} for VMs", vm_words(it)),
        None => "cost of VMs not known".into(),
    });
    let attributed = it.attributed != Money::ZERO;
    match it.target {
        Target::Job(_) if attributed => parts.push(format!("{} as its share of shared clusters", it.attributed)),
        Target::Cluster(_) if attributed => parts.push(format!("{} used by its jobs and sessions", it.attributed)),
        // What is billed to them is theirs.
        Target::Job(_)
        | Target::Cluster(_)
        | Target::Warehouse(_)
        | Target::Pool(_)
        | Target::Pipeline(_)
        | Target::Workspace(_) => {}
    }
    if let Some(idle) = it.idle {
        parts.push(format!("{idle} nobody's"));
    }
    page.labelled("Cost", &parts.join("; "));
    if let Some(job) = &it.job_id {
        page.labelled("Job", job);
    }
}
