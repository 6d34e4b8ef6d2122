//! Workspaces, collected into a folder that looks like an export: their lists, and the system tables of their regions.

mod health;
mod lists;
mod tables;
mod unfinished;

use std::path::{Path, PathBuf};

use clusteriq_tables::NodeSizes;
use futures_util::future::join_all;

pub use health::{Health, Newest, check_tables};
pub use lists::{ListScan, Listed, scan_lists};
pub use tables::{Region, Step, TablePlan, TableScan, plan_tables, read_tables};
pub use unfinished::{ended, go_on};

use crate::client::{Client, ClientError};
use crate::progress::Progress;
use crate::sources::{self, Since, Source, Who};
use crate::sql::{self, Marks};

/// Something that could not be read, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScanGap {
    /// The list or table, or what else it is about.
    pub source: &'static str,
    /// What is missing and why.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

impl ScanGap {
    /// A list or table of which nothing could be read.
    fn of(source: &'static str, error: &ClientError) -> Self {
        let (why, remedy) = error.message_and_hint();
        Self { source, what: format!("{source} could not be read: {why}"), remedy }
    }
}

/// What a scan is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// Of what has a history, this part.
    pub window: Since,
    /// Whether all lists are wanted, also those of which nothing is made where the system tables can be read.
    pub all_lists: bool,
    /// Whether the system tables too.
    pub tables: bool,
    /// The SQL warehouse, by id or name; else the one of the configuration, else the cheapest.
    pub warehouse: Option<String>,
    /// How far tables were read by scans before.
    pub marks: Marks,
    /// Sizes of node types, for where the table of them cannot be read.
    pub sizes: NodeSizes,
}

/// One of the workspaces.
#[derive(Debug)]
pub struct Asked<'a> {
    /// Its client.
    pub client: &'a Client,
    /// Who asks; not known where only that is refused.
    pub who: Option<Who>,
    /// The system tables that are read through it: of a region, through the workspace whose warehouse is the cheapest to use.
    pub tables: Option<TablePlan>,
    /// Lists that have to tell what a system table cannot.
    pub instead: Vec<Source>,
}

impl Asked<'_> {
    /// A gap whose remedy names who needs what, and where.
    fn addressed(&self, gap: &ScanGap, region: &Region) -> ScanGap {
        let who = self.who.as_ref().map(|it| it.name.as_str());
        ScanGap { remedy: region.addressed(&gap.remedy, who), ..gap.clone() }
    }
}

/// What is going to be read.
#[derive(Debug, Default)]
pub struct ScanPlan<'a> {
    /// From which workspaces; those that cannot be reached are gaps.
    pub workspaces: Vec<Asked<'a>>,
    /// What cannot be read.
    pub gaps: Vec<ScanGap>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Scan {
    /// Workspace by workspace.
    pub lists: Vec<ListScan>,
    /// Region by region.
    pub tables: Vec<TableScan>,
    /// Bytes of all answers, unpacked, with those of the plan.
    pub bytes: u64,
    /// What could not be read, with that of the plan.
    pub gaps: Vec<ScanGap>,
}

const SYSTEM_TABLES: &str = "system tables";
const WITHOUT: &str = "without the system tables there is no bill and no telemetry: what was spent and how busy machines \
    were is not known";

/// Asks the workspaces, all at once, who is asking and what they have.
///
/// # Errors
///
/// None of them can be read; then the first one's reason.
pub async fn plan_scan<'a>(clients: &'a [Client], question: &Question) -> Result<ScanPlan<'a>, ClientError> {
    let reached = join_all(clients.iter().map(reach)).await;
    let mut plan = ScanPlan::default();
    let (mut first, mut asked_in_vain) = (None, false);
    let mut regions: Vec<Seen> = vec![];
    for (client, reached) in clients.iter().zip(reached) {
        match reached {
            Ok((who, region)) => {
                let at = plan.workspaces.len();
                let region = region.unwrap_or_else(|it| {
                    plan.gaps.push(without_tables(client, &it));
                    asked_in_vain = true;
                    None
                });
                // Once a table was read, its rows are in the store: those of a list must not come beside them.
                let read = |table| region.as_ref().is_some_and(|it| it.has_read(table, &question.marks));
                let instead = Source::STAND_INS.iter().filter(|it| !read(it.1)).map(|it| it.0).collect();
                plan.workspaces.push(Asked { client, who, tables: None, instead });
                let Some(region) = region.filter(|_| question.tables) else { continue };
                match regions.iter_mut().find(|it| it.region.metastore == region.metastore) {
                    Some(it) => it.workspaces.push(at),
                    None => {
                        // What all regions have in common is read once per account.
                        let account_too = !regions.iter().any(|it| it.region.account() == region.account());
                        regions.push(Seen { region, account_too, workspaces: vec![at] });
                    }
                }
            }
            Err(it) => {
                let (why, remedy) = it.message_and_hint();
                let what = format!("the workspace {} could not be read: {why}", client.host());
                plan.gaps.push(ScanGap { source: "workspace", what, remedy });
                first.get_or_insert(it);
            }
        }
    }
    if let (true, Some(it)) = (plan.workspaces.is_empty(), first) {
        return Err(it);
    }
    if question.tables && regions.is_empty() && !asked_in_vain {
        let what = format!("no Unity Catalog: {WITHOUT}");
        let remedy =
            "assign the workspace to a metastore, or scan a workspace of the same region that has one".to_owned();
        plan.gaps.push(ScanGap { source: SYSTEM_TABLES, what, remedy });
    }
    let planned = join_all(regions.iter().map(|it| region(it, &plan.workspaces, question))).await;
    for (seen, (at, planned)) in regions.iter().zip(planned) {
        match planned {
            Ok(it) => {
                let read = |table: &str| it.steps.iter().any(|step| step.table() == table);
                let is_read = |list: &Source| Source::STAND_INS.iter().any(|it| it.0 == *list && read(it.1));
                for at in seen.workspaces.iter().copied() {
                    plan.workspaces[at].instead.retain(|it| !is_read(it));
                }
                let asked = &mut plan.workspaces[at];
                plan.gaps.extend(it.gaps.iter().map(|gap| asked.addressed(gap, &it.region)));
                asked.tables = Some(it);
            }
            Err(it) => {
                let gap = without_tables(plan.workspaces[at].client, &it);
                plan.gaps.push(gap);
            }
        }
    }
    Ok(plan)
}

fn without_tables(client: &Client, error: &ClientError) -> ScanGap {
    let (why, remedy) = error.message_and_hint();
    let what = format!("{SYSTEM_TABLES} could not be read through {}: {why}; {WITHOUT}", client.host());
    ScanGap { source: SYSTEM_TABLES, what, remedy }
}

/// A region, and which of the workspaces are in it.
struct Seen {
    region: Region,
    account_too: bool,
    workspaces: Vec<usize>,
}

/// The plan of a region's tables, through that of its workspaces whose warehouse is the cheapest to use.
async fn region(seen: &Seen, all: &[Asked<'_>], question: &Question) -> (usize, Result<TablePlan, ClientError>) {
    let chosen = seen.workspaces.iter().map(|at| async {
        let client = all[*at].client;
        let asked = question.warehouse.as_deref().or_else(|| client.warehouse_id());
        (*at, sql::choose(client, asked).await)
    });
    let (mut usable, mut failed) = (vec![], None);
    for (at, chosen) in join_all(chosen).await {
        match chosen {
            Ok(it) => usable.push((at, it)),
            Err(it) => failed = failed.or(Some((at, it))),
        }
    }
    usable.sort_by_key(|it| it.1.rank());
    let Question { window, marks, sizes, .. } = question;
    // One that cannot be used after all is no reason to give up.
    for (at, warehouse) in usable {
        match plan_tables(all[at].client, &seen.region, warehouse, *window, marks, seen.account_too, sizes).await {
            Ok(it) => return (at, Ok(it)),
            Err(it) => failed = failed.or(Some((at, it))),
        }
    }
    let (at, why) = failed.unwrap_or((seen.workspaces[0], ClientError::NoWarehouse));
    (at, Err(why))
}

/// Who asks a workspace, and to which region it belongs; not knowing that leaves its lists.
type Reached = (Option<Who>, Result<Option<Region>, ClientError>);

async fn reach(client: &Client) -> Result<Reached, ClientError> {
    let who = match sources::who(client).await {
        Ok(it) => Some(it),
        // A token that is limited to some APIs may be refused that and still read others.
        Err(it) if it.is_refusal() => None,
        Err(it) => return Err(it),
    };
    Ok((who, Region::of(client).await))
}

/// Below the folder of a scan: lists that stand in for tables. They are an import of their own, so that no table of another
/// region makes them superfluous.
const INSTEAD: &str = "instead";
/// Everything else.
const SCANNED: &str = "scanned";

/// The parts of what a scan wrote, each to be imported on its own.
#[must_use]
pub fn parts(folder: &Path) -> Vec<PathBuf> {
    [SCANNED, INSTEAD].iter().map(|it| folder.join(it)).filter(|it| it.is_dir()).collect()
}

/// Reads what was planned into `folder`, all workspaces and regions side by side: see [`parts`].
///
/// # Errors
///
/// The folder cannot be written. Everything else is a gap.
pub async fn read_scan(
    plan: &ScanPlan<'_>,
    question: &Question,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Scan, ClientError> {
    let (scanned, instead) = (folder.join(SCANNED), folder.join(INSTEAD));
    let mut wanted: Vec<(&Client, Vec<Source>, &Path)> = vec![];
    for it in &plan.workspaces {
        let mut settings = if question.all_lists { Source::ALL.to_vec() } else { Source::SETTINGS.to_vec() };
        settings.retain(|list| !it.instead.contains(list));
        wanted.push((it.client, settings, &scanned));
        wanted.push((it.client, it.instead.clone(), &instead));
    }
    wanted.retain(|it| !it.1.is_empty());
    let lists = wanted.iter().map(|(client, which, to)| scan_lists(client, which, question.window, to, progress));
    let through: Vec<_> = plan.workspaces.iter().filter_map(|it| Some((it, it.tables.as_ref()?))).collect();
    let tables = through.iter().map(|(asked, it)| read_tables(asked.client, it, &scanned, progress));
    let (lists, tables) = futures_util::future::join(join_all(lists), join_all(tables)).await;
    let bytes = plan.workspaces.iter().map(|it| it.client.received()).sum();
    let mut scan = Scan { gaps: plan.gaps.clone(), bytes, ..Scan::default() };
    for it in lists {
        match it {
            Ok(it) => {
                scan.gaps.extend(it.gaps.iter().cloned());
                scan.lists.push(it);
            }
            Err(it @ ClientError::Write { .. }) => return Err(it),
            Err(it) => scan.gaps.push(ScanGap::of("lists", &it)),
        }
    }
    for (it, (asked, planned)) in tables.into_iter().zip(through) {
        let it = it?;
        scan.gaps.extend(it.gaps.iter().map(|gap| asked.addressed(gap, &planned.region)));
        scan.tables.push(it);
    }
    Ok(scan)
}

#[cfg(test)]
mod tests;
