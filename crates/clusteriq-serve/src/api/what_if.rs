//! What if: a change of one's own, priced on the measured demand.

use clusteriq_engine::{Change, ask};
use clusteriq_model::{Minutes, Purchase, Size, Target, WhatIf};
use clusteriq_output::data::{TargetJson, WhatIfDocument};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Route};
use crate::snapshot::Snapshot;

/// Sizes that a curve has at most.
const MOST_SIZES: u32 = 24;
/// Node types that are offered at most.
const MOST_TYPES: usize = 12;

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::get(
            ("/api/what-if", "what_if", "What if"),
            "A change of one's own: cost, run time and risk, as intervals",
            answer,
        ),
        route::get(
            ("/api/what-if/curve", "what_if_curve", "What if"),
            "Cost and run time of a job against its number of workers, on one node type; or of auto-termination limits",
            curve,
        ),
    ]
}

/// Whether there is something to ask.
pub(crate) fn can_ask(target: &Target) -> bool {
    match target {
        Target::Job(_) | Target::Cluster(_) | Target::Warehouse(_) => true,
        Target::Pool(_) | Target::Pipeline(_) | Target::Workspace(_) => false,
    }
}

/// What is asked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
struct Question {
    /// `job`, `cluster` or `warehouse`.
    kind: Option<String>,
    /// Its id.
    id: Option<String>,
    /// The workspace's id: needed only where two workspaces have the same id.
    workspace_id: Option<String>,
    /// Number of workers; 0 is a single node.
    #[schemars(range(min = 0, max = 10_000))]
    workers: Option<u32>,
    /// The least workers of an autoscaling range, with `max_workers`.
    #[schemars(range(min = 0, max = 10_000))]
    min_workers: Option<u32>,
    /// The most workers of an autoscaling range, with `min_workers`.
    #[schemars(range(min = 0, max = 10_000))]
    max_workers: Option<u32>,
    /// Node type of the workers, and of a driver that has the same.
    node_type: Option<String>,
    /// Node type of the driver.
    driver_type: Option<String>,
    /// `spot` (the driver on demand) or `on_demand`.
    purchase: Option<String>,
    /// Photon on or off.
    photon: Option<bool>,
    /// A cluster of its own, for a job on an all-purpose cluster.
    job_cluster: Option<bool>,
    /// Auto-termination of a cluster, or auto-stop of a warehouse, in minutes.
    #[schemars(range(min = 1, max = 10_000))]
    stop_after: Option<u32>,
}

impl Question {
    fn target(&self, snapshot: &Snapshot) -> Result<Target, Refusal> {
        let kind = self.kind.as_deref().unwrap_or("job");
        let id = self
            .id
            .as_deref()
            .ok_or_else(|| Refusal::invalid("nothing is asked about", "add id, and kind: job, cluster or warehouse"))?;
        let workspace = self.workspace_id.as_deref();
        match kind {
            "job" => Ok(Target::Job(super::jobs::find(snapshot, id, workspace)?.key.clone())),
            "cluster" => Ok(Target::Cluster(super::clusters::find(snapshot, id, workspace)?.key.clone())),
            "warehouse" => snapshot
                .fleet
                .warehouses
                .keys()
                .find(|it| it.id == id && workspace.is_none_or(|asked| &*it.workspace.0 == asked))
                .map(|it| Target::Warehouse(it.clone()))
                .ok_or_else(|| {
                    Refusal::not_found(format!("no warehouse has that id: {id}"), "GET /api/warehouses lists them")
                }),
            it => Err(Refusal::invalid(format!("cannot be asked about: {it}"), "kind is job, cluster or warehouse")),
        }
    }

    fn change(&self) -> Result<Change, Refusal> {
        let size = match (self.workers, self.min_workers, self.max_workers) {
            (None, None, None) => None,
            (Some(it), None, None) => Some(Size::Fixed(it)),
            (None, Some(min), Some(max)) if min <= max => Some(Size::Autoscale { min, max }),
            _ => {
                let hint = "give workers, or min_workers and max_workers with the least first";
                return Err(Refusal::invalid("the sizes contradict each other", hint));
            }
        };
        let purchase = match self.purchase.as_deref() {
            None => None,
            Some("spot") => Some(Purchase::Spot { first_on_demand: 1 }),
            Some("on_demand") => Some(Purchase::OnDemand),
            Some(it) => {
                return Err(Refusal::invalid(format!("no way to buy nodes: {it}"), "purchase is spot or on_demand"));
            }
        };
        Ok(Change {
            size,
            node_type: self.node_type.clone(),
            driver_type: self.driver_type.clone(),
            purchase,
            photon: self.photon,
            job_cluster: self.job_cluster.unwrap_or_default(),
            stop_after: self.stop_after.map(|it| Minutes(f64::from(it))),
        })
    }
}

fn asked(snapshot: &Snapshot, target: &Target, change: &Change) -> Result<WhatIf, Refusal> {
    ask(&snapshot.context(), target, change).map_err(|why| {
        Refusal::unanswerable(format!("cannot answer for {target}: {why}"), "its page tells what is known about it")
    })
}

fn answer(call: &Call, question: Question) -> Result<WhatIfDocument, Refusal> {
    let snapshot = call.snapshot()?;
    let target = question.target(snapshot)?;
    let change = question.change()?;
    if change == Change::default() {
        return Err(Refusal::invalid("no change is asked about", "add one, such as workers=2 or stop_after=20"));
    }
    Ok((&asked(snapshot, &target, &change)?).into())
}

/// Answers for a row of sizes, or of limits.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WhatIfCurve")]
struct WhatIfCurve {
    target: TargetJson,
    /// What `x` is: `workers`, or `minutes` until it stops by itself.
    axis: &'static str,
    /// The place of the present configuration; null: it is not on this curve.
    now: Option<u32>,
    /// Node types that can be asked about, the present one first; empty: node types play no part.
    node_types: Vec<String>,
    /// The one that this curve is of.
    node_type: Option<String>,
    points: Vec<CurvePoint>,
    /// Why there is no curve.
    problem: Option<String>,
}

/// One configuration.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CurvePoint")]
struct CurvePoint {
    x: u32,
    /// Null: it cannot be said, and `problem` says why.
    answer: Option<WhatIfDocument>,
    /// Why there is no answer.
    problem: Option<String>,
}

fn curve(call: &Call, question: Question) -> Result<WhatIfCurve, Refusal> {
    let snapshot = call.snapshot()?;
    let target = question.target(snapshot)?;
    let cx = snapshot.context();
    let base = question.change()?;
    let compute = match &target {
        Target::Job(it) => cx.today.compute(it),
        Target::Cluster(_) | Target::Warehouse(_) | Target::Pool(_) | Target::Pipeline(_) | Target::Workspace(_) => {
            None
        }
    };
    let point = |x: u32, change: Change| match ask(&cx, &target, &change) {
        Ok(it) => CurvePoint { x, answer: Some((&it).into()), problem: None },
        Err(why) => CurvePoint { x, answer: None, problem: Some(why) },
    };
    let name = snapshot.report.resources.iter().find(|it| it.target == target).map(|it| it.name.as_str());
    let named = TargetJson::new(&target, name);
    let Some(compute) = compute else {
        let limits = [5, 10, 15, 20, 30, 45, 60, 90, 120];
        let is_job = matches!(target, Target::Job(_));
        let points: Vec<CurvePoint> = if is_job {
            vec![]
        } else {
            let change = |it: u32| Change { stop_after: Some(Minutes(f64::from(it))), ..Change::default() };
            limits.into_iter().map(|it| point(it, change(it))).collect()
        };
        return Ok(WhatIfCurve {
            target: named,
            axis: "minutes",
            now: None,
            node_types: vec![],
            node_type: None,
            problem: is_job.then(|| "it does not run on a cluster of its own".to_owned()),
            points,
        });
    };
    let (now, most) = match compute.size {
        None => (None, 8),
        Some(Size::Fixed(it)) => (Some(it), it),
        Some(Size::Autoscale { max, .. }) => (None, max),
    };
    let top = (most + most / 2).max(4).max(question.workers.unwrap_or_default());
    // All sizes of small clusters, some of large ones.
    let step = top.div_ceil(MOST_SIZES).max(1);
    let mut sizes: Vec<u32> = (0..=top).step_by(step as usize).chain(now).chain(question.workers).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let points = sizes.into_iter().map(|it| point(it, Change { size: Some(Size::Fixed(it)), ..base.clone() }));
    let mut node_types: Vec<String> = compute.worker_type.iter().cloned().collect();
    node_types.extend(others(snapshot, compute.worker_type.as_deref()));
    Ok(WhatIfCurve {
        target: named,
        axis: "workers",
        now,
        node_type: question.node_type.clone().or_else(|| compute.worker_type.clone()),
        node_types,
        points: points.collect(),
        problem: None,
    })
}

/// Node types of the same cloud and a like size whose price is known.
fn others(snapshot: &Snapshot, present: Option<&str>) -> Vec<String> {
    let catalog = &snapshot.fleet.catalog;
    let Some(of) = present.and_then(|it| catalog.node_types.get(it)) else { return vec![] };
    let like = catalog.node_types.values().filter(|it| {
        it.name != of.name
            && it.cloud == of.cloud
            && it.gpus == of.gpus
            && (of.cores.0 / 2.0..=of.cores.0 * 2.0).contains(&it.cores.0)
            && it.on_demand.is_some()
    });
    let mut like: Vec<_> = like.collect();
    let far = |it: &&clusteriq_model::NodeType| {
        (it.family != of.family, (it.cores.0 - of.cores.0).abs() as u64, (it.memory.0 - of.memory.0).abs() as u64)
    };
    like.sort_by(|a, b| far(a).cmp(&far(b)).then_with(|| a.name.cmp(&b.name)));
    like.into_iter().take(MOST_TYPES).map(|it| it.name.clone()).collect()
}
