//! One analysis and everything that pages show of it, made once: a request only picks, filters and sorts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use clusteriq_engine::profile::{KeptDays, Profiles};
use clusteriq_engine::scenario::Behaviour;
use clusteriq_engine::{Context, Settings, advisors};
use clusteriq_model::{CostEntry, Fleet, Money, Recommendation, Report, Target, WorkspaceId};
use jiff::Timestamp;

use crate::api::{clusters, gaps, jobs, overview, recommendations, warehouses};

/// What an analysis is made of.
pub struct Analysed {
    /// What exists, what it did, what it cost.
    pub fleet: Fleet,
    /// Demand by day that was kept from earlier analyses.
    pub kept: KeptDays,
    /// The knobs it was judged with.
    pub settings: Settings,
    /// End of the newest data.
    pub data_until: Timestamp,
    /// Discounts on list prices, in words.
    pub discounts: Vec<String>,
    /// What the store holds.
    pub sources: Vec<SourceState>,
    /// What was put into the store, newest first.
    pub imports: Vec<ImportState>,
    /// When it was made.
    pub at: Timestamp,
}

/// A table of the store.
#[derive(Clone, Debug)]
pub struct SourceState {
    /// The system table or list it comes from.
    pub source: String,
    /// Its rows.
    pub rows: u64,
    /// The first UTC day with rows; `None`: it is not kept by day.
    pub first_day: Option<String>,
    /// The last one.
    pub last_day: Option<String>,
    /// UTC days with rows, and how many, if it is kept by day.
    pub days: Vec<(String, u64)>,
}

/// Something that was put into the store.
#[derive(Clone, Debug)]
pub struct ImportState {
    /// Its number.
    pub id: u64,
    /// What it was called: folders, or hosts of workspaces.
    pub label: String,
    /// When.
    pub at: Timestamp,
    /// Tables, and their new and changed rows.
    pub tables: Vec<(String, u64, u64)>,
}

/// An analysis, ready to be asked.
pub struct Snapshot {
    pub(crate) id: String,
    pub(crate) at: Timestamp,
    pub(crate) fleet: Fleet,
    pub(crate) profiles: Profiles,
    pub(crate) settings: Settings,
    pub(crate) report: Report,
    pub(crate) sources: Vec<SourceState>,
    pub(crate) imports: Vec<ImportState>,
    pub(crate) costs: BTreeMap<Target, CostEntry>,
    pub(crate) recommendations: Vec<recommendations::RecommendationRow>,
    pub(crate) jobs: Vec<jobs::JobRow>,
    pub(crate) clusters: Vec<clusters::ClusterRow>,
    pub(crate) warehouses: Vec<warehouses::WarehouseRow>,
    pub(crate) gaps: Vec<gaps::GapRow>,
    /// Core-minutes used and paid by hour of the day.
    pub(crate) hours: BTreeMap<WorkspaceId, [(f64, f64); 24]>,
    /// US dollars of the last seven days and of the seven before, the earlier ones first.
    pub(crate) weeks: BTreeMap<Target, (f64, f64)>,
    /// Billed while nobody used a cluster, by workspace.
    pub(crate) idle: BTreeMap<WorkspaceId, Money>,
    /// Clusters that live longer than a run, as places in the report's costs: the others are their jobs'.
    pub(crate) shared: Vec<usize>,
    /// Workspaces that have a cluster.
    pub(crate) workspaces: BTreeSet<WorkspaceId>,
    /// What is recommended for a resource, as places in the report's list.
    about: BTreeMap<Target, Vec<usize>>,
    behaviour: Arc<Behaviour>,
}

impl Snapshot {
    /// Judges and prepares.
    #[must_use]
    pub fn new(it: Analysed) -> Self {
        let Analysed { fleet, kept, settings, data_until, discounts, sources, imports, at } = it;
        let profiles = Profiles::of(&fleet, &kept);
        let (mut report, behaviour) = {
            let cx = Context::new(&fleet, &profiles, &settings);
            (clusteriq_engine::report(&cx, advisors::ALL, data_until), cx.today.behaviour())
        };
        report.costs.discounts = discounts;
        let entries = &report.costs;
        let entries = entries.jobs.iter().chain(&entries.clusters).chain(&entries.warehouses);
        let entries = entries.chain(&report.costs.pools).chain(&report.costs.pipelines);
        let costs = entries.map(|it| (it.target.clone(), it.clone())).collect();
        let mut idle: BTreeMap<WorkspaceId, Money> = BTreeMap::new();
        let mut shared = vec![];
        for (place, it) in report.costs.clusters.iter().enumerate() {
            if let Some(usd) = it.idle {
                *idle.entry(it.target.workspace().clone()).or_default() += usd;
            }
            if it.job_id.is_none() {
                shared.push(place);
            }
        }
        let workspaces = fleet.clusters.keys().map(|it| it.workspace.clone()).collect();
        let mut about: BTreeMap<Target, Vec<usize>> = BTreeMap::new();
        for (place, it) in report.recommendations.iter().enumerate() {
            about.entry(it.target.clone()).or_default().push(place);
        }
        let newest = imports.first().map(|it| it.id).unwrap_or_default();
        let id = blake3::hash(format!("{at} {data_until} {newest} {settings:?}").as_bytes()).to_hex()[..16].to_owned();
        let mut snapshot = Self {
            id,
            at,
            fleet,
            profiles,
            settings,
            report,
            sources,
            imports,
            costs,
            recommendations: vec![],
            jobs: vec![],
            clusters: vec![],
            warehouses: vec![],
            gaps: vec![],
            hours: BTreeMap::new(),
            weeks: BTreeMap::new(),
            idle,
            shared,
            workspaces,
            about,
            behaviour,
        };
        snapshot.recommendations = recommendations::all(&snapshot);
        snapshot.jobs = jobs::all(&snapshot);
        snapshot.clusters = clusters::all(&snapshot);
        snapshot.warehouses = warehouses::all(&snapshot);
        snapshot.gaps = gaps::all(&snapshot);
        snapshot.hours = overview::hours(&snapshot);
        snapshot.weeks = overview::weeks(&snapshot);
        snapshot
    }

    /// The fleet with its profiles, for questions about it.
    pub(crate) fn context(&self) -> Context<'_> {
        Context::again(&self.fleet, &self.profiles, &self.settings, self.behaviour.clone())
    }

    /// What is recommended for a resource.
    pub(crate) fn about<'a>(&'a self, target: &Target) -> impl Iterator<Item = &'a Recommendation> {
        self.about.get(target).into_iter().flatten().map(|it| &self.report.recommendations[*it])
    }

    /// The rows of what is recommended for a resource.
    pub(crate) fn rows_about(&self, target: &Target) -> Vec<recommendations::RecommendationRow> {
        self.about.get(target).into_iter().flatten().map(|it| self.recommendations[*it].clone()).collect()
    }

    /// A workspace's name, or its id.
    pub(crate) fn workspace_name<'a>(&'a self, id: &'a WorkspaceId) -> &'a str {
        let name = self.fleet.workspaces.get(id).and_then(|it| it.name.as_deref());
        name.unwrap_or(if id.0.is_empty() { "account level" } else { &id.0 })
    }
}
