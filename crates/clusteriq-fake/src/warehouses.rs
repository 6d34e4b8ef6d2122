//! SQL warehouses: clumps of queries, starts, stops, a second cluster when there are too many at once, and the bill for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::bill::{dbu_billionths, record};
use crate::catalog::catalog;
use crate::names::query;
use crate::queries::{Need, workers};
use crate::random::Random;
use crate::records::{Query, RecordType, Records, Usage, User, WarehouseEvent, WarehouseState};
use crate::time::{Day, HOUR, MINUTE, Millis, SECOND, hours};
use crate::world::{Endpoint, Questions, Warehouse, WarehouseKind, tags};

/// Queries that one cluster runs at a time
/// (<https://docs.databricks.com/aws/en/compute/sql-warehouse/warehouse-behavior>, read 2026-11).
const QUERIES_PER_CLUSTER: usize = 10;
/// Low load after which a cluster more than the minimum goes (the same page).
const SCALE_DOWN: Millis = 15 * MINUTE;

/// A warehouse as it goes through the days.
pub(crate) struct WarehouseActor {
    warehouse: Arc<Warehouse>,
    random: Random,
    /// Who asks when: the same whatever the warehouse does.
    habits: Random,
    people: Vec<(String, String)>,
    /// Clusters that run; 0: stopped.
    clusters: i64,
    /// Up to here the bill is made.
    metered: Millis,
    /// When it is or was ready.
    ready: Millis,
    /// Ends of the queries that may still run.
    busy: Vec<Millis>,
    last_end: Millis,
    last_crowded: Millis,
    cluster_millis: BTreeMap<Millis, i64>,
}

struct Question {
    at: Millis,
    application: &'static str,
    /// Milliseconds of execution on a Small warehouse.
    work: f64,
    /// What it needs, where the time depends on the size in a more lifelike way.
    need: Option<Need>,
}

impl WarehouseActor {
    pub(crate) fn new(warehouse: Warehouse, mut random: Random) -> Self {
        let people = warehouse.team.everybody().into_iter().map(|it| (it, random.digits(15))).collect();
        Self {
            warehouse: Arc::new(warehouse),
            habits: random.fork(),
            random,
            people,
            clusters: 0,
            metered: 0,
            ready: 0,
            busy: Vec::new(),
            last_end: 0,
            last_crowded: 0,
            cluster_millis: BTreeMap::new(),
        }
    }

    pub(crate) fn day(&mut self, day: Day) -> Records {
        let mut records = Records::default();
        if day.number == 0 && self.warehouse.auto_stop_minutes == 0 {
            // Running since long before.
            (self.clusters, self.metered, self.ready, self.last_end) = (1, day.start, day.start, day.start);
        }
        for question in self.questions(day) {
            self.quiet_until(question.at, &mut records);
            self.answer(&question, day, &mut records);
        }
        self.quiet_until(day.end(), &mut records);
        self.meter(day.end());
        self.bill(day, &mut records);
        records.warehouse_events.retain(|it| it.at < day.until);
        records
    }

    fn event(&self, state: WarehouseState, clusters: i64, at: Millis, records: &mut Records) {
        records.warehouse_events.push(WarehouseEvent { warehouse: self.warehouse.clone(), state, clusters, at });
    }

    /// What happens by itself until the next query: it shrinks, and it stops.
    fn quiet_until(&mut self, at: Millis, records: &mut Records) {
        if self.clusters > 1 && self.last_crowded + SCALE_DOWN < at {
            let down = self.last_crowded + SCALE_DOWN;
            self.meter(down);
            self.clusters = 1;
            self.event(WarehouseState::ScaledDown, 1, down, records);
        }
        let limit = self.warehouse.auto_stop_minutes * MINUTE;
        let stop = self.last_end.max(self.ready) + limit;
        if self.clusters > 0 && limit > 0 && stop < at {
            self.meter(stop);
            self.event(WarehouseState::Stopping, self.clusters, stop, records);
            self.event(WarehouseState::Stopped, 0, stop + 8 * SECOND, records);
            self.clusters = 0;
        }
    }

    fn meter(&mut self, to: Millis) {
        if self.clusters > 0 && self.metered < to {
            for (start, end) in hours(self.metered, to) {
                *self.cluster_millis.entry(start.div_euclid(HOUR) * HOUR).or_default() += (end - start) * self.clusters;
            }
        }
        self.metered = self.metered.max(to);
    }

    fn answer(&mut self, question: &Question, day: Day, records: &mut Records) {
        let at = question.at;
        if self.clusters == 0 {
            self.event(WarehouseState::Starting, 0, at, records);
            self.ready = at
                + match self.warehouse.kind {
                    WarehouseKind::Serverless => self.random.whole(4_000, 6_500),
                    WarehouseKind::Pro => self.random.whole(190, 280) * SECOND,
                };
            self.event(WarehouseState::Running, 1, self.ready, records);
            self.meter(self.ready);
            self.metered = self.ready;
            self.clusters = 1;
        }
        self.busy.retain(|it| *it > at);
        let room = QUERIES_PER_CLUSTER * self.clusters.unsigned_abs() as usize;
        let mut waiting_at_capacity = 0;
        if self.busy.len() >= room {
            self.busy.sort_unstable();
            waiting_at_capacity = (self.busy[self.busy.len() - room] - at).max(0);
            self.last_crowded = at;
            if self.clusters < self.warehouse.max_clusters && at >= self.ready {
                self.meter(at);
                self.clusters += 1;
                self.event(WarehouseState::ScaledUp, self.clusters, at, records);
            }
        }
        let waiting_for_compute = (self.ready - at).max(0);
        let it = self.query(question, waiting_for_compute, waiting_at_capacity);
        self.last_end = self.last_end.max(it.end());
        self.busy.push(it.end());
        if it.end() < day.until {
            records.queries.push(it);
        }
    }

    fn query(&mut self, question: &Question, waiting_for_compute: Millis, waiting_at_capacity: Millis) -> Query {
        let random = &mut self.random;
        let size = catalog().warehouse_dbu[self.warehouse.size] as f64 / 12_000_000.0;
        // A query takes less than half as long on twice the size.
        let execution = question.work / size.powf(0.75) * random.factor(0.25);
        let (text, statement_type) = query(random, self.warehouse.team);
        let (person, person_id) = random.pick(&self.people).clone();
        let read_bytes = (question.work * random.between(40_000.0, 130_000.0)) as i64;
        let took = question.need.map(|it| it.on(workers(self.warehouse.size), random));
        let failed = random.chance(0.008);
        let it = Query {
            warehouse: self.warehouse.clone(),
            statement_id: format!(
                "01f0{}-{}-1{}-{}{}-{}",
                random.hex(4),
                random.hex(4),
                random.hex(3),
                random.text("89ab", 1),
                random.hex(3),
                random.hex(12)
            ),
            session_id: random.uuid(),
            person,
            person_id,
            text,
            statement_type,
            application: question.application,
            start: question.at,
            waiting_for_compute,
            waiting_at_capacity,
            compilation: random.whole(60, 420),
            execution: execution as Millis,
            fetch: random.whole(2, 40),
            task_total: (execution * 8.0 * size * random.between(0.35, 0.75)) as Millis,
            read_bytes,
            read_rows: read_bytes / random.whole(40, 160),
            read_files: read_bytes / 24_000_000 + 1,
            cache_percent: random.whole(10, 95),
            produced_rows: random.whole(1, 6_000),
            spilled_bytes: if question.work > 50_000.0 && random.chance(0.1) { read_bytes / 9 } else { 0 },
            failed,
        };
        let Some(took) = took else { return it };
        Query {
            execution: took.execution as Millis,
            task_total: took.task_total as Millis,
            read_bytes: took.read_bytes,
            read_rows: took.read_bytes / 110,
            read_files: took.read_bytes / 118_000_000 + 1,
            spilled_bytes: took.spilled_bytes,
            ..it
        }
    }

    /// When people and dashboards ask, in order.
    fn questions(&mut self, day: Day) -> Vec<Question> {
        let random = &mut self.habits;
        let mut questions = Vec::new();
        match self.warehouse.questions {
            Questions::Office { clumps } => {
                let clumps = if day.is_weekend() { i64::from(random.chance(0.3)) } else { clumps };
                for _ in 0..clumps {
                    let begin = day.start + (random.between(6.5, 17.5) * HOUR as f64) as Millis;
                    clump(begin, random, &mut questions);
                }
            }
            Questions::Mixed(mix) => {
                let application = *random.pick(&["Databricks SQL Dashboard", "Tableau", "Power BI"]);
                let asked = mix.day(day, random).into_iter();
                questions.extend(asked.map(|(at, need)| Question { at, application, work: 0.0, need: Some(need) }));
            }
            Questions::Always => {
                let mut at = day.start + random.whole(5_000, 60_000);
                while at < day.end() {
                    for tile in 0..random.whole(1, 4) {
                        let work = random.between(9_000.0, 70_000.0);
                        questions.push(Question {
                            at: at + tile * 700,
                            application: "Databricks SQL Dashboard",
                            work,
                            need: None,
                        });
                    }
                    at += random.whole(90, 300) * SECOND;
                }
            }
        }
        questions.retain(|it| it.at < day.end());
        questions.sort_by_key(|it| it.at);
        questions
    }

    fn bill(&mut self, day: Day, records: &mut Records) {
        let it = &self.warehouse;
        let (product, serverless) = match it.kind {
            WarehouseKind::Pro => ("sql_pro", false),
            WarehouseKind::Serverless => ("sql_serverless", true),
        };
        let sku = &catalog().sku(it.workspace.cloud, product).name;
        let rate = catalog().warehouse_dbu[it.size];
        for (hour, millis) in std::mem::take(&mut self.cluster_millis) {
            // Serverless may come in several records an hour.
            let first = if serverless && self.random.chance(0.2) { millis / 3 } else { millis };
            for part in [first, millis - first] {
                let usage = Usage {
                    workspace: it.workspace.clone(),
                    record_id: String::new(),
                    record_type: RecordType::Original,
                    sku: sku.clone(),
                    hour,
                    dbu_billionths: dbu_billionths(rate, part, 10),
                    tags: tags(&it.workspace, it.team),
                    user: User::Warehouse(it.clone()),
                    node_type: None,
                    photon: true,
                    run_as: None,
                    ingestion_day: 0,
                };
                record(usage, day.until, &mut self.random, &mut records.usage);
            }
        }
    }
}

/// A dashboard that loads its tiles at once, or an analyst who asks one thing after another.
fn clump(begin: Millis, random: &mut Random, questions: &mut Vec<Question>) {
    if random.chance(0.5) {
        for tile in 0..random.whole(4, 14) {
            let at = begin + tile * random.whole(20, 300);
            questions.push(Question {
                at,
                application: "Databricks SQL Dashboard",
                work: random.between(700.0, 9_000.0),
                need: None,
            });
        }
    } else {
        let mut at = begin;
        let application = *random.pick(&["Databricks SQL Editor", "Tableau", "Power BI"]);
        for _ in 0..random.whole(3, 16) {
            let work = random.between(900.0, 18_000.0) * if random.chance(0.08) { 6.0 } else { 1.0 };
            questions.push(Question { at, application, work, need: None });
            at += random.whole(15, 260) * SECOND;
        }
    }
}

/// Model serving: a steady amount by the hour, under a SKU without a price.
pub(crate) fn serve(endpoint: &Endpoint, day: Day, random: &mut Random) -> Records {
    let mut records = Records::default();
    for hour in 0..24 {
        let usage = Usage {
            workspace: endpoint.workspace.clone(),
            record_id: String::new(),
            record_type: RecordType::Original,
            sku: endpoint.sku.to_owned(),
            hour: day.start + hour * HOUR,
            dbu_billionths: i128::from(random.whole(1_800_000, 2_600_000)) * 1_000,
            tags: vec![("env", endpoint.workspace.env), ("team", "growth")],
            user: User::Endpoint { id: endpoint.id.clone(), name: endpoint.name.clone() },
            node_type: None,
            photon: false,
            run_as: None,
            ingestion_day: 0,
        };
        record(usage, day.until, random, &mut records.usage);
    }
    records
}
