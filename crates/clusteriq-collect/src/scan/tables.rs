//! The system tables: what is there, what has to be read, and reading it into Parquet files, some statements at a time.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use clusteriq_model::tables::NODE_TIMELINE;
use clusteriq_tables::NodeSizes;
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use serde_json::Value;

use super::ScanGap;
use crate::client::{Call, Client, ClientError, Endpoint, IN_FLIGHT};
use crate::progress::Progress;
use crate::sources::Since;
use crate::sql::{self, Available, Chunk, Columns, Mark, Marks, Part, Reach, Span, SystemTable, Unit, Warehouse, Way};

/// Where the rows of a workspace's system tables belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Region {
    /// The metastore, which is the region: workspaces that share it see the same rows.
    pub metastore: String,
    /// The account, if the workspace says it.
    pub account: Option<String>,
}

impl Region {
    /// Where a workspace belongs; none if it has no Unity Catalog, and so no system tables.
    ///
    /// # Errors
    ///
    /// The workspace cannot be asked.
    pub async fn of(client: &Client) -> Result<Option<Self>, ClientError> {
        let body = match client.call(&Call::new(Endpoint::Metastore)).await {
            Ok(it) => it,
            Err(it) if it.is_refusal() || it.is_gone() => return Ok(None),
            Err(it) => return Err(it),
        };
        let json: Value = serde_json::from_str(&body).unwrap_or_default();
        let metastore = json["metastore_id"].as_str().filter(|it| is_id(it)).map(str::to_owned);
        Ok(metastore.map(|metastore| Self { metastore, account: client.account_id() }))
    }

    /// A remedy with the names in it of who needs something, and where.
    #[must_use]
    pub fn addressed(&self, remedy: &str, who: Option<&str>) -> String {
        let named = who.map_or_else(|| remedy.to_owned(), |it| remedy.replace("your principal", it));
        named.replace("METASTORE_ID", &self.metastore)
    }

    /// What stands for the account: a region whose account is not known is one of its own.
    pub(super) fn account(&self) -> &str {
        self.account.as_deref().unwrap_or(&self.metastore)
    }

    /// Whether a scan before read a table here.
    pub(super) fn has_read(&self, table: &str, marks: &Marks) -> bool {
        sql::ALL.iter().any(|it| it.name() == table && marks.contains_key(&self.mark(it)))
    }

    /// Under which name it is kept how far a table was read.
    fn mark(&self, table: &SystemTable) -> String {
        let place = match table.reach {
            Reach::Account => self.account(),
            Reach::Region => &self.metastore,
        };
        format!("{place}/{}", table.name())
    }
}

/// Whether it can be the name of a folder.
fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
}

/// What is going to be read.
#[derive(Debug)]
pub struct TablePlan {
    /// Whose rows.
    pub region: Region,
    /// What runs the statements.
    pub warehouse: Warehouse,
    /// Table by table.
    pub steps: Vec<Step>,
    /// What cannot be read.
    pub gaps: Vec<ScanGap>,
    /// Rows of node-minutes that the warehouse will reduce, if they could be counted.
    pub node_minutes: Option<u64>,
}

impl TablePlan {
    /// How far the tables will have been read.
    #[cfg(test)]
    pub(super) fn marks(&self) -> Vec<(String, Mark)> {
        self.steps.iter().map(|it| (self.region.mark(it.table), it.mark)).collect()
    }
}

/// What is going to be read of one table.
#[derive(Debug)]
pub struct Step {
    table: &'static SystemTable,
    columns: Columns,
    units: Vec<Unit>,
    mark: Mark,
}

impl Step {
    /// The table's full name.
    #[must_use]
    pub fn table(&self) -> &'static str {
        self.table.name()
    }

    /// The end of the time that the last statement asks for.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.units.last().map(|it| it.span.until)
    }

    /// The statements, in order: the same but for the time that they ask for.
    pub fn statements(&self) -> impl Iterator<Item = String> {
        self.units.iter().map(|it| it.statement(&self.columns))
    }
}

/// What was read.
#[derive(Debug, Default)]
pub struct TableScan {
    /// Rows, by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// How far each table was read; not for those that have a gap.
    pub marks: Marks,
    /// What could not be read.
    pub gaps: Vec<ScanGap>,
    /// Statements that were run, without those of the plan.
    pub statements: usize,
}

/// Finds out which tables can be read and with which columns, and what of them is new since `marks`. Asks the warehouse, which
/// starts if it does not run. `account_too`: whether also what all regions have in common, such as the bill. `sizes` are the
/// node types of the catalog, for workspaces that do not show theirs.
///
/// # Errors
///
/// The warehouse cannot be used, or the workspace cannot be reached. A table that cannot be read is a gap.
pub async fn plan_tables(
    client: &Client,
    region: &Region,
    warehouse: Warehouse,
    window: Since,
    marks: &Marks,
    account_too: bool,
    sizes: &NodeSizes,
) -> Result<TablePlan, ClientError> {
    let wanted = sql::ALL.iter().filter(|it| account_too || it.reach == Reach::Region);
    let found: Vec<_> = stream::iter(wanted)
        .map(|table| {
            let id = warehouse.id.as_str();
            async move { (table, probe(client, id, table).await) }
        })
        .buffered(IN_FLIGHT)
        .collect()
        .await;
    let mut plan = TablePlan { region: region.clone(), warehouse, steps: vec![], gaps: vec![], node_minutes: None };
    let has_types = found.iter().any(|it| it.0.name() == sql::NODE_TYPES && it.1.is_ok());
    let types = if has_types { sql::NODE_TYPES.to_owned() } else { sql::node_types_of(sizes) };
    let span = Span { from: window.from, until: window.until };
    for (table, found) in found {
        let planned = match found {
            Ok(there) => step(region, table, there, span, marks, &types),
            Err(it) if it.is_about_a_table() && table.is_rare => continue,
            Err(it @ ClientError::Statement { .. }) => Err(ScanGap::of(table.name(), &it)),
            // What is wrong with the warehouse is wrong for all tables.
            Err(it) => return Err(it),
        };
        match planned {
            Ok(it) => plan.steps.push(it),
            Err(it) => plan.gaps.push(it),
        }
    }
    if let Some(it) = plan.steps.iter().find(|it| it.table() == NODE_TIMELINE) {
        // It is for people alone: without it the scan goes on.
        plan.node_minutes = counted(client, &plan.warehouse.id, it).await.ok().flatten();
    }
    Ok(plan)
}

fn step(
    region: &Region,
    table: &'static SystemTable,
    there: Available,
    span: Span,
    marks: &Marks,
    node_types: &str,
) -> Result<Step, ScanGap> {
    let columns = Columns::of(table, there, node_types).map_err(|column| ScanGap {
        source: table.name(),
        what: format!("{} could not be read: it has no column {column}", table.name()),
        remedy: "this looks like a change at Databricks: please report it".to_owned(),
    })?;
    let (units, mark) = sql::plan(table, span, marks.get(&region.mark(table)).copied());
    Ok(Step { table, columns, units, mark })
}

/// The columns of a table, from a statement that reads none of its rows.
pub(super) async fn probe(client: &Client, warehouse: &str, table: &SystemTable) -> Result<Available, ClientError> {
    let sql = format!("SELECT * FROM {} LIMIT 0", table.name());
    let told = sql::query(client, warehouse, table.name(), &sql, Way::Json, &mut |_, _| Ok(())).await?;
    Ok(Available::of(told.columns.iter().map(|(name, kind)| (name.as_str(), kind.as_str()))))
}

/// How many node-minutes the first to the last statement have before them.
async fn counted(client: &Client, warehouse: &str, step: &Step) -> Result<Option<u64>, ClientError> {
    let (Some(first), Some(last)) = (step.units.first(), step.units.last()) else { return Ok(Some(0)) };
    let span = Span { from: first.span.from, until: last.span.until };
    let sql = format!("SELECT count(*) AS n FROM {NODE_TIMELINE} WHERE {}", span.within("start_time"));
    let count = cell(client, warehouse, NODE_TIMELINE, &sql).await?;
    Ok(count.and_then(|it| it.parse().ok()))
}

/// The only cell of a result; none if it is null.
pub(super) async fn cell(
    client: &Client,
    warehouse: &str,
    about: &str,
    sql: &str,
) -> Result<Option<String>, ClientError> {
    let mut found = None;
    let mut give = |_: &sql::Told, chunk: Chunk| {
        if let Chunk::Json(rows) = chunk {
            found = rows.into_iter().next().and_then(|it| it.into_iter().next().flatten());
        }
        Ok(())
    };
    sql::query(client, warehouse, about, sql, Way::Json, &mut give).await?;
    Ok(found)
}

/// Reads what was planned into `folder`, in the layout of an export: `<metastore>/<table>/<span>.parquet`. A file that is
/// there already is not read again: a scan that was interrupted goes on where it was.
///
/// # Errors
///
/// The folder cannot be written. A table that cannot be read to its end is a gap.
pub async fn read_tables(
    client: &Client,
    plan: &TablePlan,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<TableScan, ClientError> {
    let reading = Reading {
        client,
        warehouse: &plan.warehouse.id,
        folder: folder.join(&plan.region.metastore),
        progress,
        is_json: AtomicBool::new(false),
    };
    let units = plan.steps.iter().flat_map(|step| step.units.iter().map(move |unit| (step, unit)));
    let done: Vec<_> = stream::iter(units)
        .map(|(step, unit)| {
            let reading = &reading;
            async move { (step.table(), reading.unit(step, unit).await) }
        })
        .buffered(IN_FLIGHT)
        .collect()
        .await;
    let mut scan = TableScan::default();
    let mut failed: BTreeMap<&'static str, Vec<ClientError>> = BTreeMap::new();
    for (table, result) in done {
        match result {
            Ok(it) => {
                *scan.rows.entry(table).or_default() += it.rows;
                scan.statements += it.statements;
            }
            Err(it @ ClientError::Write { .. }) => return Err(it),
            Err(it) => failed.entry(table).or_default().push(it),
        }
    }
    for step in &plan.steps {
        match failed.get(step.table()).map(Vec::as_slice) {
            None => drop(scan.marks.insert(plan.region.mark(step.table), step.mark)),
            Some([first, ..]) => scan.gaps.push(partly(step, failed[step.table()].len(), first)),
            Some([]) => {}
        }
    }
    Ok(scan)
}

fn partly(step: &Step, failed: usize, first: &ClientError) -> ScanGap {
    let all = step.units.len();
    if failed == all {
        return ScanGap::of(step.table(), first);
    }
    let (why, remedy) = first.message_and_hint();
    let what = format!("{failed} of {all} parts of {} could not be read: {why}", step.table());
    ScanGap { source: step.table(), what, remedy }
}

#[derive(Default)]
struct Done {
    rows: u64,
    statements: usize,
}

struct Reading<'a> {
    client: &'a Client,
    warehouse: &'a str,
    folder: PathBuf,
    progress: &'a dyn Progress,
    /// Whether results come as JSON, because the storage cannot be reached.
    is_json: AtomicBool,
}

impl Reading<'_> {
    /// One file, or several if the answer is too large for one.
    async fn unit(&self, step: &Step, unit: &Unit) -> Result<Done, ClientError> {
        let mut done = Done::default();
        let mut left = vec![unit.clone()];
        while let Some(unit) = left.pop() {
            match (self.file(step, &unit).await, unit.halves()) {
                (Ok(it), _) => {
                    done.rows += it.rows;
                    done.statements += it.statements;
                }
                (Err(it), Some([first, second])) if it.is_too_large() => {
                    done.statements += 1;
                    left.extend([second, first]);
                }
                (Err(it), _) => return Err(it),
            }
        }
        Ok(done)
    }

    async fn file(&self, step: &Step, unit: &Unit) -> Result<Done, ClientError> {
        let path = self.folder.join(step.table.folder()).join(format!("{}.parquet", unit.name()));
        if path.exists() {
            return Ok(Done::default());
        }
        let (sql, mut statements) = (unit.statement(&step.columns), 0);
        loop {
            statements += 1;
            let way = if self.is_json.load(Ordering::Relaxed) { Way::Json } else { Way::Arrow };
            let mut part = Part::at(path.clone());
            let mut give = |told: &sql::Told, chunk: Chunk| {
                self.progress.advanced(step.table(), 0, chunk.rows());
                part.add(told, chunk)
            };
            match sql::query(self.client, self.warehouse, step.table(), &sql, way, &mut give).await {
                Ok(told) => {
                    part.finish(&told)?;
                    return Ok(Done { rows: told.rows, statements });
                }
                Err(ClientError::Link { .. }) if way == Way::Arrow => self.is_json.store(true, Ordering::Relaxed),
                Err(it) if it.is_result_gone() && statements < 3 => {}
                Err(it) => return Err(it),
            }
        }
    }
}
