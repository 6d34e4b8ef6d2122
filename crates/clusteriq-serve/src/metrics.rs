//! Figures for Prometheus: the server's own, and those of the newest analysis.

use std::fmt::Write as _;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use axum::http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::snapshot::Snapshot;

/// Counted since the server began.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    seconds: Histogram,
    scans: Family<ScanLabels, Counter>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ScanLabels {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CostLabels {
    workspace: String,
    basis: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct BoundLabels {
    bound: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AdviceLabels {
    advisor: &'static str,
    risk: &'static str,
}

type Amounts<L> = Family<L, Gauge<f64, AtomicU64>>;

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("clusteriq");
        let requests = Family::default();
        registry.register("http_requests", "HTTP requests answered", requests.clone());
        let seconds = Histogram::new(exponential_buckets(0.001, 2.0, 14));
        registry.register_with_unit("http_request_duration", "How long answers took", Unit::Seconds, seconds.clone());
        let scans = Family::default();
        registry.register("scans", "Scans that ended", scans.clone());
        Self { registry, requests, seconds, scans }
    }

    pub(crate) fn answered(&self, method: &Method, status: u16, took: Duration) {
        let method = if matches!(*method, Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE) {
            method.to_string()
        } else {
            // Anybody may invent methods, and each would be a line for ever.
            "other".to_owned()
        };
        self.requests.get_or_create(&RequestLabels { method, status }).inc();
        self.seconds.observe(took.as_secs_f64());
    }

    pub(crate) fn scanned(&self, ok: bool) {
        self.scans.get_or_create(&ScanLabels { result: if ok { "ok" } else { "failed" } }).inc();
    }

    /// All of them as text.
    pub(crate) fn text(&self, snapshot: Option<&Snapshot>) -> String {
        let mut text = String::new();
        // Writing into a text cannot fail; the end mark of the first part is taken off for the second.
        let _ = encode(&mut text, &self.registry);
        if let Some(it) = snapshot {
            let mut analysed = String::new();
            let _ = encode(&mut analysed, &of_analysis(it));
            text.truncate(text.trim_end().trim_end_matches("# EOF").len());
            let _ = write!(text, "{analysed}");
        }
        text
    }
}

fn of_analysis(snapshot: &Snapshot) -> Registry {
    let mut registry = Registry::with_prefix("clusteriq");
    let report = &snapshot.report;
    let cost: Amounts<CostLabels> = Family::default();
    for it in &report.costs.workspaces {
        let workspace = snapshot.workspace_name(&it.workspace).to_owned();
        let billed = CostLabels { workspace: workspace.clone(), basis: "billed" };
        cost.get_or_create(&billed).set(it.billed.estimate().0);
        if let Some(vm) = it.vm {
            cost.get_or_create(&CostLabels { workspace, basis: "modelled" }).set(vm.0);
        }
    }
    registry.register("cost_usd", "Spent in the window", cost);
    let savings: Amounts<BoundLabels> = Family::default();
    if let Some(it) = &report.headline.savings_per_month {
        for (bound, usd) in [("low", it.low), ("likely", it.likely), ("high", it.high)] {
            savings.get_or_create(&BoundLabels { bound }).set(usd.0);
        }
    }
    registry.register("savings_usd", "What could be saved a month", savings);
    let advice: Family<AdviceLabels, Gauge> = Family::default();
    for it in &report.recommendations {
        advice.get_or_create(&AdviceLabels { advisor: it.advisor.0, risk: it.risk.level.word() }).inc();
    }
    registry.register("recommendations", "Recommendations in the plan", advice);
    let gaps: Gauge = Gauge::default();
    gaps.set(i64::try_from(report.gaps.len()).unwrap_or(i64::MAX));
    registry.register("gaps", "What is not known", gaps);
    let until: Gauge = Gauge::default();
    until.set(report.data_until.as_second());
    registry.register_with_unit("data_until_timestamp", "End of the newest data, since 1970", Unit::Seconds, until);
    registry
}
