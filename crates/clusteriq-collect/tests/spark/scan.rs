//! The statements of scans of a made-up company: what its workspaces answer, and the same statements for Spark.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clusteriq_collect::{
    Client, Config, Export, HttpOptions, Layers, Mark, Marks, Proxies, Question, Region, Since, TablePlan, Unseen,
    block_on, plan_scan, read, read_tables,
};
use clusteriq_fake::workspace::{History, Server, SystemTables, TOKEN, Workspace};
use clusteriq_fake::{DemoOptions, Fleet, write_export};
use clusteriq_model::tables::{ClusterMinuteRow, NODE_TIMELINE, NodeTypeRow};
use clusteriq_tables::{NodeSize, NodeSizes, from_batch};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

const DAYS: u32 = 4;
const NODE_TYPES: &str = "system.compute.node_types";
const SCHEMAS: [&str; 5] = ["access", "billing", "compute", "lakeflow", "query"];
/// All of the history.
pub(crate) const WHOLE: &str = "scan of the whole history";
/// From an hour inside of the history to another.
pub(crate) const PART: &str = "scan of a part";
/// What came since an earlier one.
pub(crate) const NEXT: &str = "scan after a scan";
/// Of the telemetry alone, where the sizes of nodes stand in the statement.
pub(crate) const SIZED: &str = "scan without node types";

fn options() -> DemoOptions {
    DemoOptions { seed: 11, days: DAYS, clusters: 60, fleet: Fleet::Known, ..DemoOptions::default() }
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Where the company's export is.
pub(crate) fn export(folder: &Path) -> PathBuf {
    folder.join("known")
}

/// What Spark made of a scan's statements.
pub(crate) fn by_spark(folder: &Path, scan: &str) -> Vec<PathBuf> {
    regions(&folder.join("spark").join(scan))
}

/// What the workspaces answered to them.
pub(crate) fn by_workspaces(folder: &Path, scan: &str) -> Vec<PathBuf> {
    regions(&folder.join("workspaces").join(scan))
}

fn regions(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    all.sort();
    all
}

/// Makes the company, scans its workspaces in every way, and gives the statements of each region to Spark.
pub(crate) fn questions(folder: &Path) -> Vec<Value> {
    write_export(&export(folder), &options(), &|_, _| ()).unwrap();
    block_on(scans(folder)).unwrap()
}

async fn scans(folder: &Path) -> Vec<Value> {
    let mut company = Company::of(folder).await;
    let (start, end) = (options().until - hours(24 * i64::from(DAYS)), options().until);
    let whole = question(start, end);
    let marks = company.scan(WHOLE, &whole, |_| ()).await;
    company.scan(PART, &question(start + hours(31), end - hours(7)), |_| ()).await;
    let early = |it: Mark| Mark { until: end - hours(13), ..it };
    let marks = marks.into_iter().map(|(table, it)| (table, early(it))).collect();
    company.scan(NEXT, &Question { marks, ..whole.clone() }, |_| ()).await;
    for it in &company.workspaces {
        it.0.revoke(NODE_TYPES);
    }
    let telemetry = |it: &mut TablePlan| it.steps.retain(|it| it.table() == NODE_TIMELINE);
    company.scan(SIZED, &Question { sizes: sizes(folder), ..whole }, telemetry).await;
    company.regions.into_values().map(|it| json!({ "tables": it.tables, "statements": it.statements })).collect()
}

fn question(from: Timestamp, until: Timestamp) -> Question {
    Question {
        window: Since { from, until },
        all_lists: false,
        tables: true,
        warehouse: None,
        marks: Marks::new(),
        sizes: NodeSizes::new(),
    }
}

/// The sizes that the export has.
fn sizes(folder: &Path) -> NodeSizes {
    let mut sizes = NodeSizes::new();
    let export = Export::find(&[export(folder)]).unwrap();
    read(&export, &NodeSizes::new(), &Unseen, &mut |spec, batch| {
        if spec.dataset == NodeTypeRow::SPEC.dataset {
            let rows = from_batch::<NodeTypeRow>(&batch)?.into_iter();
            sizes.extend(rows.map(|it| (it.node_type, NodeSize { cores: it.core_count, mib: it.memory_mb })));
        }
        Ok(())
    })
    .unwrap();
    sizes
}

/// The company's workspaces, and what Spark has to know of their regions.
struct Company<'a> {
    folder: &'a Path,
    workspaces: Vec<(Workspace, Server)>,
    clients: Vec<Client>,
    /// By metastore.
    regions: BTreeMap<String, Seen>,
}

/// A region, as `run.py` wants it.
struct Seen {
    /// Files and conditions by view.
    tables: Map<String, Value>,
    statements: Vec<Value>,
}

impl<'a> Company<'a> {
    async fn of(folder: &'a Path) -> Self {
        let history = History::of(&options()).unwrap();
        let tables = SystemTables::of(&export(folder)).unwrap();
        let (mut workspaces, mut clients) = (vec![], vec![]);
        let mut here: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (id, _) in history.workspaces() {
            let workspace = history.workspace(&id).unwrap();
            workspace.set_tables(tables.clone());
            let server = workspace.start().unwrap();
            let client = client(&server).await;
            let region = Region::of(&client).await.unwrap().unwrap();
            here.entry(region.metastore).or_default().push(format!("'{id}'"));
            workspaces.push((workspace, server));
            clients.push(client);
        }
        let regions = here.into_iter().map(|(metastore, workspaces)| {
            let here = format!("workspace_id IN ({})", workspaces.join(", "));
            let tables = tables.names().into_iter().map(|name| {
                let files = export(folder).join(&name);
                (view(&name), json!({ "files": files, "where": is_of_a_region(&name).then_some(&here) }))
            });
            (metastore, Seen { tables: tables.collect(), statements: vec![] })
        });
        Self { folder, regions: regions.collect(), workspaces, clients }
    }

    /// Plans a scan, lets the workspaces answer, and leaves the statements of the plan to Spark.
    async fn scan(&mut self, name: &str, question: &Question, change: impl Fn(&mut TablePlan)) -> Marks {
        let mut plan = plan_scan(&self.clients, question).await.unwrap();
        let mut marks = Marks::new();
        for asked in &mut plan.workspaces {
            let Some(tables) = &mut asked.tables else { continue };
            change(tables);
            let folder = self.folder.join("workspaces").join(name);
            let scan = read_tables(asked.client, tables, &folder, &Unseen).await.unwrap();
            assert_eq!(scan.gaps, [], "{name}");
            marks.extend(scan.marks);
            let metastore = &tables.region.metastore;
            let region = self.regions.get_mut(metastore).unwrap();
            let result = self.folder.join("spark").join(name).join(metastore);
            for step in &tables.steps {
                // An export leaves out tables that would have no row.
                if !region.tables.contains_key(&view(step.table())) {
                    continue;
                }
                // Of node-minutes a statement makes cluster-minutes.
                let made = if step.table() == NODE_TIMELINE { ClusterMinuteRow::SPEC.dataset } else { step.table() };
                for (at, sql) in step.statements().enumerate() {
                    let result = result.join(made).join(at.to_string());
                    region.statements.push(json!({ "sql": with_views(&sql), "result": result }));
                }
            }
        }
        marks
    }
}

async fn client(server: &Server) -> Client {
    let given = BTreeMap::from([("host", server.url.clone()), ("token", TOKEN.to_owned())]);
    let config = Config::resolve(&Layers { given, ..Layers::default() }).unwrap();
    let options = HttpOptions { proxies: Proxies::None, ..HttpOptions::default() };
    Client::connect(config, &options).await.unwrap()
}

/// Spark alone has no catalog `system`: its tables are views without a schema.
fn view(table: &str) -> String {
    table.replace('.', "_")
}

fn with_views(sql: &str) -> String {
    SCHEMAS.iter().fold(sql.to_owned(), |sql, it| sql.replace(&format!("system.{it}."), &format!("system_{it}_")))
}

/// Of these tables a workspace shows the rows of its region; not of node types, which are the same everywhere.
fn is_of_a_region(table: &str) -> bool {
    ["system.compute.", "system.lakeflow.", "system.query."].iter().any(|it| table.starts_with(it))
        && table != NODE_TYPES
}
