//! Saved REST answers: what the system tables lack of clusters, jobs and tasks, pools, pipelines and policies, and what stands
//! in for system tables that are not there.

mod node_types;
mod runs;
mod warehouses;

use std::borrow::Cow;
use std::collections::BTreeSet;

use clusteriq_model::tables::{
    ClusterSettingsRow, JobClusterSettingsRow, JobRunSliceRow, JobSettingsRow, NodeTypeRow, PipelineSettingsRow,
    PolicyRow, PoolSettingsRow, TableSpec, TaskRunSliceRow, TaskSettingsRow, WarehouseRow,
};
use serde_json::value::RawValue;

use crate::chunk::{Emit, Ended};
use crate::error::{CollectError, shortened};
use crate::find::SourceFile;
use crate::json;
use crate::json_file::why;
use crate::json_stream::Values;
use crate::rows::Rows;
use crate::text_file::{TextFile, damaged};
use crate::wanted::Found;

/// The answers that are known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum List {
    Clusters,
    Jobs,
    Pools,
    Pipelines,
    Policies,
    Warehouses,
    Runs,
    NodeTypes,
}

impl List {
    /// By the name of its files.
    fn called(name: &str) -> Option<Self> {
        Some(match name {
            "clusters_list" => Self::Clusters,
            "jobs_list" => Self::Jobs,
            "instance_pools_list" => Self::Pools,
            "pipelines_list" => Self::Pipelines,
            "policies_list" => Self::Policies,
            "warehouses_list" => Self::Warehouses,
            "runs_list" => Self::Runs,
            "node_types" => Self::NodeTypes,
            _ => return None,
        })
    }

    /// The table of its items.
    fn spec(self) -> &'static TableSpec {
        match self {
            Self::Clusters => ClusterSettingsRow::SPEC,
            Self::Jobs => JobSettingsRow::SPEC,
            Self::Pools => PoolSettingsRow::SPEC,
            Self::Pipelines => PipelineSettingsRow::SPEC,
            Self::Policies => PolicyRow::SPEC,
            Self::Warehouses => WarehouseRow::SPEC,
            Self::Runs => JobRunSliceRow::SPEC,
            Self::NodeTypes => NodeTypeRow::SPEC,
        }
    }

    /// The member of a page that has the items.
    fn member(self) -> &'static str {
        match self {
            Self::Clusters => "clusters",
            Self::Jobs => "jobs",
            Self::Pools => "instance_pools",
            Self::Pipelines => "statuses",
            Self::Policies => "policies",
            Self::Warehouses => "warehouses",
            Self::Runs => "runs",
            Self::NodeTypes => "node_types",
        }
    }

    /// The member by which an item without a page is known.
    fn id(self) -> &'static str {
        match self {
            Self::Clusters => "cluster_id",
            Self::Jobs => "job_id",
            Self::Pools => "instance_pool_id",
            Self::Pipelines => "pipeline_id",
            Self::Policies => "policy_id",
            Self::Warehouses => "id",
            Self::Runs => "run_id",
            Self::NodeTypes => "node_type_id",
        }
    }
}

/// The members of an object, and its text.
struct Object<'a> {
    text: &'a str,
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    fn of(json: &'a RawValue) -> Option<Self> {
        Self::of_text(json.get())
    }

    fn of_text(text: &'a str) -> Option<Self> {
        if !text.starts_with('{') {
            return None;
        }
        Some(Self { text, members: json::members(text).ok()? })
    }

    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.members.iter().find(|it| it.0 == name).map(|it| it.1).filter(|it| it.get() != "null")
    }

    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        json::text(self.get(name)?).ok().flatten().filter(|it| !it.is_empty())
    }

    fn object(&self, name: &str) -> Option<Object<'a>> {
        Self::of(self.get(name)?)
    }

    /// The objects of a list; none if it is absent, as empty lists are.
    fn objects(&self, name: &str) -> Vec<Object<'a>> {
        let list = self.get(name).and_then(|it| json::elements(it.get()).ok()).unwrap_or_default();
        list.into_iter().filter_map(Object::of).collect()
    }
}

/// Reads one file, in batches, until `emit` says that it has enough.
pub(crate) fn read(file: &SourceFile, text: TextFile, emit: Emit<'_>) -> Result<Ended, CollectError> {
    let workspace = file.workspace.as_deref().unwrap_or_default();
    let mut answer = Answer::new(file, workspace);
    let list = answer.list.member();
    let place = &file.place;
    let mut values = Values::new(text.reader);
    let (mut row, mut more) = (0, false);
    while let Some(value) = values.next().map_err(|it| damaged(place, &it))? {
        row += 1;
        let failed = |reason: String| CollectError::Row { file: place.clone(), row, reason };
        let value = std::str::from_utf8(value).map_err(|it| failed(format!("not UTF-8 text: {it}")))?;
        let Some(page) = Object::of_text(value) else { return Err(failed(why(value))) };
        if let Some(items) = page.get(list) {
            more = page.text("next_page_token").is_some() || page.text("has_more").as_deref() == Some("true");
            let items = json::elements(items.get())
                .map_err(|_| failed(format!("{list} is not a list: {}", shortened(items.get()))))?;
            for item in items {
                let Some(item) = Object::of(item) else { return Err(failed(why(item.get()))) };
                answer.item(&item)?;
                if !answer.give(Fullness::Full, text.consumed.get(), emit)? {
                    return Ok(Ended::default());
                }
            }
        } else if page.get(answer.list.id()).is_some() {
            answer.item(&page)?;
            if !answer.give(Fullness::Full, text.consumed.get(), emit)? {
                return Ok(Ended::default());
            }
        } else if page.get("error_code").or(page.get("error")).is_some() {
            let message = shortened(&page.text("message").unwrap_or(value.into()));
            return Err(CollectError::ErrorAnswer { file: place.clone(), message });
        }
    }
    answer.give(Fullness::Any, text.consumed.get(), emit)?;
    Ok(answer.ended(more))
}

/// Which rows to hand on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fullness {
    Full,
    Any,
}

/// The tables that are made of one answer.
struct Answer<'a> {
    file: &'a SourceFile,
    workspace: &'a str,
    list: List,
    items: Rows,
    job_clusters: Rows,
    tasks: Rows,
    /// Jobs or runs whose tasks go on elsewhere.
    cut: BTreeSet<String>,
    has_tasks: bool,
}

impl<'a> Answer<'a> {
    fn new(file: &'a SourceFile, workspace: &'a str) -> Self {
        let list = List::called(file.place.table).expect("every answer of which a table is made is among the known");
        let tasks = if list == List::Runs { TaskRunSliceRow::SPEC } else { TaskSettingsRow::SPEC };
        Self {
            file,
            workspace,
            list,
            items: Rows::new(list.spec(), &file.place),
            job_clusters: Rows::new(JobClusterSettingsRow::SPEC, &file.place),
            tasks: Rows::new(tasks, &file.place),
            cut: BTreeSet::new(),
            has_tasks: false,
        }
    }

    fn item(&mut self, item: &Object<'_>) -> Result<(), CollectError> {
        let workspace: (&'static str, _) = ("workspace_id", Cow::from(self.workspace));
        match self.list {
            List::Clusters | List::Pools | List::Policies => return add(&mut self.items, item, &[workspace]),
            List::Pipelines => return self.pipeline(item, workspace),
            List::Warehouses => return put(&mut self.items, warehouses::cells(item), workspace),
            List::NodeTypes => return put(&mut self.items, node_types::cells(item), workspace),
            List::Runs => return self.run(item, workspace),
            List::Jobs => add(&mut self.items, item, std::slice::from_ref(&workspace))?,
        }
        let Some(job) = item.text("job_id") else { return Ok(()) };
        if item.text("has_more").as_deref() == Some("true") {
            self.cut.insert(job.clone().into_owned());
        }
        let ids = [workspace, ("job_id", job)];
        let Some(settings) = item.object("settings") else { return Ok(()) };
        for cluster in settings.objects("job_clusters") {
            add(&mut self.job_clusters, &cluster, &ids)?;
        }
        for task in settings.objects("tasks") {
            self.task(&task, &ids, Depth::Outer)?;
        }
        Ok(())
    }

    /// A pipeline, with what it says of the cluster that runs its updates: the one that is not for maintenance only.
    fn pipeline(&mut self, item: &Object<'_>, workspace: (&str, Cow<'_, str>)) -> Result<(), CollectError> {
        let clusters = item.object("spec").map(|it| it.objects("clusters")).unwrap_or_default();
        let updates = clusters.iter().find(|it| it.text("label").is_none_or(|it| it != "maintenance"));
        let range = updates.and_then(|it| it.object("autoscale"));
        let mut extra = vec![workspace];
        for name in ["node_type_id", "driver_node_type_id", "num_workers", "instance_pool_id", "policy_id"] {
            extra.extend(updates.and_then(|it| it.text(name)).map(|it| (name, it)));
        }
        for (name, member) in [("autoscale_min", "min_workers"), ("autoscale_max", "max_workers")] {
            extra.extend(range.as_ref().and_then(|it| it.text(member)).map(|it| (name, it)));
        }
        add(&mut self.items, item, &extra)
    }

    /// A run and its tasks.
    fn run(&mut self, item: &Object<'_>, workspace: (&'static str, Cow<'_, str>)) -> Result<(), CollectError> {
        if let (Some("true"), Some(id)) = (item.text("has_more").as_deref(), item.text("run_id")) {
            self.cut.insert(id.into_owned());
        }
        for task in runs::tasks(item) {
            put(&mut self.tasks, Some(task), workspace.clone())?;
        }
        put(&mut self.items, runs::run(item), workspace)
    }

    fn task(&mut self, task: &Object<'_>, ids: &[(&str, Cow<'_, str>); 2], depth: Depth) -> Result<(), CollectError> {
        self.has_tasks = true;
        let libraries: Vec<String> = task.objects("libraries").iter().map(library).collect();
        let libraries = serde_json::to_string(&libraries).expect("texts are JSON");
        let kind = task.members.iter().find(|it| it.0.ends_with("_task") && it.1.get().starts_with('{'));
        let [workspace, job] = ids.clone();
        let mut extra = vec![workspace.clone(), job.clone(), ("libraries", libraries.into())];
        extra.extend(kind.map(|it| ("task_kind", it.0.clone())));
        add(&mut self.tasks, task, &extra)?;
        if let (Some(_), Some(key)) = (task.object("new_cluster"), task.text("task_key")) {
            add(&mut self.job_clusters, task, &[workspace, job, ("job_cluster_key", key)])?;
        }
        // A loop cannot be inside of a loop.
        let inner = task.object("for_each_task").and_then(|it| it.object("task"));
        match (inner, depth) {
            (Some(inner), Depth::Outer) => self.task(&inner, ids, Depth::Inner),
            (Some(_), Depth::Inner) | (None, Depth::Outer | Depth::Inner) => Ok(()),
        }
    }

    /// Hands on rows; whether more are wanted.
    fn give(&mut self, which: Fullness, consumed: u64, emit: Emit<'_>) -> Result<bool, CollectError> {
        let tables: &mut [&mut Rows] = match self.list {
            List::Jobs => &mut [&mut self.items, &mut self.job_clusters, &mut self.tasks],
            List::Runs => &mut [&mut self.items, &mut self.tasks],
            List::Clusters | List::Pools | List::Pipelines | List::Policies | List::Warehouses | List::NodeTypes => {
                &mut [&mut self.items]
            }
        };
        for rows in tables {
            if (which == Fullness::Any || rows.is_full()) && !emit(rows.take()?, consumed) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn ended(self, more: bool) -> Ended {
        let path = self.file.place.path.display();
        let mut notes = Vec::new();
        if self.list == List::Jobs && !self.has_tasks && self.items.next_row() > 1 {
            notes.push(format!("no job has tasks; was the list fetched with expand_tasks=true?: {path}"));
        }
        if let Some(first) = self.cut.first() {
            let n = self.cut.len();
            let (what, rest) = if self.list == List::Runs { ("runs", "jobs/runs/get") } else { ("jobs", "jobs/get") };
            notes.push(format!(
                "{what} of which only the first tasks were saved ({rest} has the rest): {n}, e.g. {first} in {path}"
            ));
        }
        Ended { notes, goes_on: more, ..Ended::default() }
    }
}

#[derive(Clone, Copy)]
enum Depth {
    Outer,
    Inner,
}

/// Values by column.
type Cells<'a> = Vec<(&'static str, Cow<'a, str>)>;

/// Adds a row of a table whose columns have other names in the answer; nothing, if the item makes none.
fn put<'a>(
    rows: &mut Rows,
    cells: Option<Cells<'a>>,
    workspace: (&'static str, Cow<'a, str>),
) -> Result<(), CollectError> {
    let Some(cells) = cells else { return Ok(()) };
    let mut found = rows.blank();
    for (column, text) in cells.into_iter().chain([workspace]) {
        if let Some(at) = rows.path_of(column) {
            found[at] = Found::Text(text);
        }
    }
    rows.push(&found)
}

/// Adds what the object says and what it does not say itself.
fn add(rows: &mut Rows, object: &Object<'_>, extra: &[(&str, Cow<'_, str>)]) -> Result<(), CollectError> {
    let mut found = rows.blank();
    rows.wanted.members(object.text, &mut found).map_err(|it| rows.misplaced(it))?;
    for (column, text) in extra {
        if let Some(at) = rows.path_of(column) {
            found[at] = Found::Text(text.clone());
        }
    }
    rows.push(&found)
}

/// `pypi:numpy`, `maven:org.x:y:1.0`, `cran:ada`, `whl:helpers-2.0-py3-none-any.whl` (the file's name, which says what it was built
/// for), `jar`, or whatever kind it is.
fn library(it: &Object<'_>) -> String {
    let Some((kind, value)) = it.members.first() else { return "unknown".to_owned() };
    let detail = Object::of(value);
    let of = |name: &str| detail.as_ref().and_then(|it| it.text(name));
    match kind.as_ref() {
        // Without the version: `simplejson==3.8.0`, `pkg[extra]>=1`, `pkg @ file:…`.
        "pypi" => {
            let package = of("package").unwrap_or_default();
            let name = package.split(['=', '<', '>', '!', '~', '[', ';', '@', ' ']).next().unwrap_or_default();
            format!("pypi:{}", name.to_lowercase())
        }
        "maven" => format!("maven:{}", of("coordinates").unwrap_or_default()),
        "cran" => format!("cran:{}", of("package").unwrap_or_default()),
        "whl" => match json::text(value).ok().flatten() {
            Some(path) => format!("whl:{}", path.rsplit('/').next().unwrap_or_default()),
            None => "whl".to_owned(),
        },
        other => other.to_owned(),
    }
}
