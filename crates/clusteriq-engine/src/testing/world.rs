//! A world of a few jobs, clusters and warehouses with known demand. Everything runs on `m5.xlarge`: 4 cores, 16 GiB, 0.69 DBU/h.

use clusteriq_model::tables::{
    ClusterMinuteRow, ClusterRow, JobRow, JobRunSliceRow, QueryRow, Tables, TaskRunSliceRow, UsageRow,
    WarehouseEventRow, WarehouseRow,
};
use clusteriq_model::{Action, Fleet, Recommendation, Size, Target, Window};
use jiff::{SignedDuration, Timestamp};

use super::quirks::{self, Quirks, Serverless};
use super::twist::Twist;
use super::{at, minute_row, parts, pipelines, pools, usage_row, warehouses};
use crate::assemble::{self, Input, MinuteBook};
use crate::scenario::off_hours::WorkHours;

pub(super) const DAYS: i64 = 14;
const CORES: f64 = 4.0;
const GIB: f64 = 16.0;
/// DBUs of an `m5.xlarge` per hour.
const DBU: f64 = 0.69;
/// Start-up of a job's cluster.
const SETUP: i64 = 5;

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(super) jobs: Vec<Job>,
    pub(super) serverless: Vec<Serverless>,
    shared: Vec<Shared>,
    warehouses: Vec<(String, Option<i64>)>,
    pub(super) sized: Vec<warehouses::Sized>,
    pub(super) pools: Vec<pools::Pool>,
    pub(super) pipelines: Vec<pipelines::Pipeline>,
    /// Put before the names of shared clusters, never before their ids.
    prefix: String,
    /// Rows of every table in the opposite order.
    reversed: bool,
    /// How many rows are taken in at a time; `None`: all at once.
    at_a_time: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) struct Job {
    name: String,
    workers: u32,
    range: Option<(u32, u32)>,
    /// Cores that it wants in every minute of work.
    demand: f64,
    /// GiB that it needs besides what every node needs.
    working_set: f64,
    hour: i64,
    runs: i64,
    minutes: i64,
    on: Option<String>,
    /// Whether its workers are on spot.
    spot: bool,
    /// A type of the same size as `m5.xlarge`.
    node: String,
    twist: Twist,
    pub(super) quirks: Quirks,
}

#[derive(Clone, Debug)]
struct Shared {
    name: String,
    hours: Option<WorkHours>,
    limit: Option<i64>,
    stopped: bool,
    /// Range of workers; four if there is none.
    range: Option<(u32, u32)>,
    /// Day, first hour, last hour of use.
    sessions: Vec<(i64, i64, i64)>,
}

pub(crate) fn world() -> World {
    World::default()
}

impl World {
    /// A job on its own cluster of `workers`, whose work uses `demand` cores.
    pub(crate) fn job(mut self, name: &str, workers: u32, cores: f64, demand: f64) -> Self {
        assert_eq!(cores, CORES, "every node is an m5.xlarge");
        self.jobs.push(Job {
            name: name.into(),
            workers,
            range: None,
            demand,
            working_set: 3.0 * f64::from(workers.max(1)),
            hour: 2,
            runs: 14,
            minutes: 60,
            on: None,
            spot: false,
            node: "m5.xlarge".into(),
            twist: Twist::default(),
            quirks: Quirks::default(),
        });
        self
    }

    /// A job on a shared cluster.
    pub(crate) fn job_on(self, cluster: &str, name: &str, demand: f64) -> Self {
        let mut world = self.job(name, 4, CORES, demand);
        world.last().on = Some(cluster.into());
        world
    }

    pub(super) fn last(&mut self) -> &mut Job {
        self.jobs.last_mut().expect("a job before what changes it")
    }

    pub(crate) fn runs(mut self, runs: i64, minutes: i64) -> Self {
        (self.last().runs, self.last().minutes) = (runs, minutes);
        self
    }

    pub(crate) fn at_hour(mut self, hour: i64) -> Self {
        self.last().hour = hour;
        self
    }

    pub(crate) fn autoscale(mut self, min: u32, max: u32) -> Self {
        self.last().range = Some((min, max));
        self
    }

    /// Memory that each worker uses, as a share.
    pub(crate) fn memory(mut self, share: f64) -> Self {
        let workers = f64::from(self.last().workers.max(1));
        self.last().working_set = (share * GIB - 1.0).max(0.0) * workers;
        self
    }

    pub(crate) fn shared(mut self, name: &str, limit: Option<i64>, sessions: &[(i64, i64, i64)]) -> Self {
        self.shared.push(Shared {
            name: name.into(),
            hours: None,
            limit,
            stopped: false,
            range: None,
            sessions: sessions.into(),
        });
        self
    }

    /// The shared cluster autoscales.
    pub(crate) fn shared_range(mut self, min: u32, max: u32) -> Self {
        self.shared.last_mut().expect("a cluster before its range").range = Some((min, max));
        self
    }

    pub(super) fn twist(mut self, change: impl FnOnce(&mut Twist)) -> Self {
        change(&mut self.last().twist);
        self
    }

    pub(crate) fn warehouse(mut self, name: &str, auto_stop: Option<i64>) -> Self {
        self.warehouses.push((name.into(), auto_stop));
        self
    }

    /// The world after somebody did what was recommended.
    pub(crate) fn accept(&self, it: &Recommendation) -> Self {
        let mut next = self.clone();
        if next.mend(it).is_some() {
            return next;
        }
        let job = |target: &Target| target.id().parse::<usize>().expect("a job's number") - 1;
        match (&it.target, &it.action) {
            (target @ Target::Job(_), Action::SetWorkers { to, .. }) => {
                let job = &mut next.jobs[job(target)];
                (job.workers, job.range) = match to {
                    Size::Fixed(it) => (*it, None),
                    Size::Autoscale { min, max } => (*min, Some((*min, *max))),
                };
            }
            (target @ Target::Job(_), Action::SetPurchase { .. }) => next.jobs[job(target)].spot = true,
            (target @ Target::Job(_), Action::SetNodeType { from, to }) => {
                // Faster by a part of what its cores are faster; it does the same work.
                let mark = |it: &str| node_type(it).coremark.expect("a type that is proposed has a known speed");
                let job = &mut next.jobs[job(target)];
                job.minutes = (job.minutes as f64 / (mark(to) / mark(from)).powf(0.7)).ceil() as i64;
                job.node.clone_from(to);
                job.twist.follow(from);
            }
            (target @ Target::Job(_), Action::UseSingleNode { .. }) => {
                let job = &mut next.jobs[job(target)];
                (job.twist.driver, job.twist.driver_use) = (None, None);
                (job.workers, job.range) = (0, None);
            }
            (target @ Target::Job(_), Action::SetDriverType { to, .. }) => {
                next.jobs[job(target)].twist.change_driver(to);
            }
            (Target::Cluster(key), Action::SetWorkers { to, .. }) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.range = Some((to.least(), to.most()));
                }
            }
            (target @ Target::Job(_), Action::UseJobCluster { size, .. }) => {
                let job = &mut next.jobs[job(target)];
                (job.workers, job.range, job.on) = (size.most(), None, None);
            }
            (target @ Target::Job(_), Action::ShareJobCluster { jobs, size, .. }) => {
                let others: Vec<usize> = jobs.iter().map(|it| it.id.parse::<usize>().expect("a number") - 1).collect();
                let first = job(target);
                let members = || others.iter().map(|it| &self.jobs[*it]);
                let work: f64 = members().map(|it| it.demand * (it.minutes * it.runs) as f64).sum();
                let minutes = members().map(|it| it.minutes).max().expect("a job");
                let runs = members().map(|it| it.runs).max().expect("a job");
                for other in others.iter().filter(|it| **it != first) {
                    next.jobs[first].working_set += self.jobs[*other].working_set;
                    next.jobs[*other].runs = 0;
                }
                // The same work in all, as if it were one job's.
                (next.jobs[first].minutes, next.jobs[first].runs) = (minutes, runs);
                next.jobs[first].demand = work / (minutes * runs).max(1) as f64;
                (next.jobs[first].workers, next.jobs[first].range) = (size.most(), None);
            }
            (Target::Cluster(key), Action::SetAutotermination { to, .. }) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.limit = Some(to.0 as i64);
                }
            }
            (Target::Cluster(key), Action::StopOffHours { from_hour, until_hour }) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.hours = Some(WorkHours { from: *from_hour, until: *until_hour });
                }
            }
            (Target::Cluster(key), Action::StopCluster) => {
                for it in next.shared.iter_mut().filter(|it| it.name == key.id) {
                    it.stopped = true;
                }
            }
            (Target::Warehouse(key), Action::SetAutoStop { to, .. }) => {
                for it in next.warehouses.iter_mut().filter(|it| it.0 == key.id) {
                    it.1 = Some(to.0 as i64);
                }
            }
            (Target::Warehouse(key), Action::SetWarehouseSize { to, .. }) => {
                next.sized.iter_mut().filter(|it| it.name == key.id).for_each(|it| it.size.clone_from(to));
            }
            (Target::Pool(key), Action::SetPoolIdle { to, .. }) => {
                next.pools.iter_mut().filter(|it| it.name == key.id).for_each(|it| it.min = *to);
            }
            (Target::Pipeline(key), action @ (Action::TriggerPipeline { .. } | Action::LeaveDevelopment)) => {
                next.pipelines.iter_mut().filter(|it| it.name == key.id).for_each(|it| it.accept(action));
            }
            (target, action) => panic!("cannot accept {action:?} on {target}"),
        }
        next
    }

    /// Names changed, everything else as it is.
    pub(crate) fn renamed(&self) -> Self {
        let mut next = self.clone();
        for it in &mut next.jobs {
            it.name = format!("zz-{}", it.name.chars().rev().collect::<String>());
        }
        next.prefix = "zz-".into();
        next
    }

    /// The same rows, the last first.
    pub(crate) fn taken_in_parts(&self, rows: usize) -> Self {
        Self { at_a_time: Some(rows), ..self.clone() }
    }

    pub(crate) fn reversed(&self) -> Self {
        Self { reversed: true, ..self.clone() }
    }

    pub(crate) fn fleet(&self) -> Fleet {
        let mut out = Out::default();
        for (index, job) in self.jobs.iter().enumerate() {
            for run in 0..job.runs {
                out.run(index + 1, job, run);
            }
            out.tables.jobs.push(job_row(index + 1, &job.name, job.hour, job.quirks.timeout_seconds()));
        }
        quirks::serverless(&mut out, &self.serverless);
        for it in &self.shared {
            let jobs: Vec<_> = self.jobs.iter().filter(|job| job.on.as_ref() == Some(&it.name)).collect();
            out.shared(it, &jobs);
        }
        for (name, limit) in &self.warehouses {
            out.warehouse(name, *limit);
        }
        self.sized.iter().for_each(|it| warehouses::rows(it, &mut out.tables));
        self.pools.iter().for_each(|it| pools::rows(it, &mut out.tables));
        self.pipelines.iter().for_each(|it| pipelines::rows(it, &mut out.tables, &mut out.minutes));
        for it in out.tables.clusters.iter_mut().filter(|it| it.cluster_source.as_deref() == Some("UI")) {
            it.cluster_name = Some(format!("{}{}", self.prefix, it.cluster_id));
        }
        if self.reversed {
            let tables = &mut out.tables;
            tables.usage.reverse();
            tables.clusters.reverse();
            tables.jobs.reverse();
            tables.job_run_slices.reverse();
            tables.task_run_slices.reverse();
            tables.warehouse_events.reverse();
            tables.queries.reverse();
            tables.instance_events.reverse();
            tables.pipeline_updates.reverse();
        }
        out.fleet(self.at_a_time)
    }
}

/// Of the catalogue, read once.
fn node_type(name: &str) -> &'static clusteriq_model::NodeType {
    static CATALOG: std::sync::OnceLock<clusteriq_model::Catalog> = std::sync::OnceLock::new();
    &CATALOG.get_or_init(crate::catalog::embedded).node_types[name]
}

pub(super) fn first_minute() -> i64 {
    at("2026-09-01T00:00:00Z").as_second() / 60
}

pub(super) fn time(minute: i64) -> Timestamp {
    Timestamp::from_second(minute * 60).expect("a minute of our time")
}

pub(super) fn job_row(id: usize, name: &str, hour: i64, timeout_seconds: Option<i64>) -> JobRow {
    JobRow {
        workspace_id: "1".into(),
        job_id: id.to_string(),
        change_time: at("2026-08-01T00:00:00Z"),
        delete_time: None,
        name: Some(name.into()),
        tags: None,
        run_as: Some("ana@example.com".into()),
        creator: None,
        trigger_type: Some("CRON".into()),
        cron: Some(format!("0 0 {hour} * * ?")),
        timezone: Some("UTC".into()),
        paused: Some(false),
        timeout_seconds,
    }
}

pub(super) fn cluster_row(id: &str, source: &str) -> ClusterRow {
    ClusterRow {
        workspace_id: "1".into(),
        cluster_id: id.into(),
        cluster_name: Some(id.into()),
        owned_by: Some("ana@example.com".into()),
        create_time: None,
        delete_time: None,
        change_time: at("2026-08-01T00:00:00Z"),
        driver_node_type: Some("m5.xlarge".into()),
        worker_node_type: Some("m5.xlarge".into()),
        worker_count: Some(4),
        min_autoscale_workers: None,
        max_autoscale_workers: None,
        auto_termination_minutes: None,
        tags: None,
        cluster_source: Some(source.into()),
        availability: Some("ON_DEMAND".into()),
        first_on_demand: Some(1),
        driver_instance_pool_id: None,
        worker_instance_pool_id: None,
        dbr_version: Some("16.4.x-scala2.12".into()),
        data_security_mode: None,
        policy_id: None,
        init_scripts: None,
    }
}

#[derive(Default)]
pub(super) struct Out {
    pub(super) tables: Tables,
    minutes: MinuteBook,
}

impl Out {
    fn run(&mut self, id: usize, job: &Job, run: i64) {
        let start = first_minute() + run * 1440 % (DAYS * 1440) + job.hour * 60;
        let demand = job.twist.demand(job.demand, run);
        let fixed = job.twist.earlier.filter(|it| run < it.0).map_or(job.workers, |it| it.1);
        let (workers, room) = match (job.range, fixed) {
            (_, 0) => (0, CORES),
            (Some((min, max)), _) => {
                let need = job.twist.held.unwrap_or((demand / CORES).ceil() as u32);
                let workers = need.clamp(min, max);
                (workers, f64::from(workers) * CORES)
            }
            (None, it) => (it, f64::from(it) * CORES),
        };
        let slower = (demand / room).max(1.0);
        let mut course = job.quirks.course(run, (job.minutes as f64 * slower).ceil() as i64);
        if job.twist.failing.contains(&run) {
            course.end = ("FAILED", "RUN_EXECUTION_ERROR");
        }
        let run_id = format!("{}", 1000 * id as i64 + run);
        let own = job.on.is_none();
        let cluster = if own { format!("job-{id}-run-{run_id}-main") } else { job.on.clone().expect("shared") };
        let setup = if own { SETUP } else { 0 };
        let end = start + setup + course.work;
        if own {
            let mut row = cluster_row(&cluster, "JOB");
            row.worker_count = Some(i64::from(fixed));
            if let Some((min, max)) = job.range {
                row.worker_count = None;
                (row.min_autoscale_workers, row.max_autoscale_workers) = (Some(min.into()), Some(max.into()));
            }
            if job.spot {
                row.availability = Some("SPOT_WITH_FALLBACK".into());
            }
            (row.driver_node_type, row.worker_node_type) = (Some(job.node.clone()), Some(job.node.clone()));
            job.twist.cluster(&mut row);
            self.tables.clusters.push(row);
            let memory = job.twist.memory((1.0 + job.working_set / f64::from(workers.max(1))) / GIB, run);
            let rows = (start..end).map(|minute| {
                let starting = minute < start + setup;
                let used = if starting { 0.2 } else { demand.min(room) };
                let row = minute_row(&cluster, minute, workers, used, if starting { 0.06 } else { memory.min(0.99) });
                let named = |it: Option<String>| it.map(|_| job.node.clone());
                let mut row = ClusterMinuteRow {
                    worker_type: named(row.worker_type),
                    driver_type: named(row.driver_type),
                    ..row
                };
                job.twist.minute(&mut row);
                row
            });
            self.minutes.absorb(rows.collect());
            let rate = |name: &str| node_type(name).dbu.map_or(0.0, |it| it.0) / DBU;
            let (of_job, workers) = (Some((id, &run_id)), f64::from(workers) * rate(&job.node));
            match job.twist.driver {
                // A driver of another type is billed in records of its own.
                Some((driver, _)) if driver != job.node => {
                    self.bill(&cluster, "PREMIUM_JOBS_COMPUTE", start, end, workers, of_job);
                    let first = self.tables.usage.len();
                    self.bill(&cluster, "PREMIUM_JOBS_COMPUTE", start, end, rate(driver), of_job);
                    for row in &mut self.tables.usage[first..] {
                        row.record_id += "-driver";
                        row.node_type = Some(driver.into());
                    }
                }
                Some(_) | None => {
                    let nodes = workers + rate(&job.node);
                    self.bill(&cluster, "PREMIUM_JOBS_COMPUTE", start, end, nodes, of_job);
                }
            }
        }
        self.tables.job_run_slices.push(JobRunSliceRow {
            workspace_id: "1".into(),
            job_id: id.to_string(),
            run_id: run_id.clone(),
            period_start_time: time(start),
            period_end_time: time(end),
            trigger_type: Some("CRON".into()),
            run_type: Some("JOB_RUN".into()),
            run_name: None,
            result_state: Some(course.end.0.into()),
            termination_code: Some(course.end.1.into()),
            setup_duration_seconds: Some(setup * 60),
            queue_duration_seconds: Some(0),
            compute_ids: None,
        });
        let task = TaskRunSliceRow {
            workspace_id: "1".into(),
            job_id: id.to_string(),
            run_id: format!("9{run_id}"),
            job_run_id: Some(run_id),
            task_key: Some("main".into()),
            period_start_time: time(start),
            period_end_time: time(end),
            result_state: None,
            termination_code: None,
            setup_duration_seconds: Some(setup * 60),
            compute_ids: Some(vec![cluster]),
        };
        self.tables.task_run_slices.extend(quirks::tries(&task, &course, start, end));
    }

    fn shared(&mut self, it: &Shared, jobs: &[&Job]) {
        let mut row = cluster_row(&it.name, "UI");
        row.auto_termination_minutes = it.limit;
        if let Some((min, max)) = it.range {
            row.worker_count = None;
            (row.min_autoscale_workers, row.max_autoscale_workers) = (Some(min.into()), Some(max.into()));
        }
        self.tables.clusters.push(row);
        let first = first_minute();
        let mut busy: Vec<(i64, i64, f64)> = it
            .sessions
            .iter()
            .map(|(day, from, until)| (first + day * 1440 + from * 60, first + day * 1440 + until * 60, 6.0))
            .collect();
        for job in jobs {
            for run in 0..job.runs {
                let start = first + run * 1440 % (DAYS * 1440) + job.hour * 60;
                busy.push((start, start + job.minutes, job.demand.min(16.0)));
            }
        }
        let tasks: Vec<(i64, i64, f64)> = busy[it.sessions.len()..].to_vec();
        busy.sort_by_key(|it| it.0);
        let end = first + DAYS * 1440;
        let limit = if it.stopped { Some(0) } else { it.limit };
        let days = it.hours.map(|hours| hours.days(first, end));
        let up = |minute: i64| {
            let in_hours =
                days.as_ref().is_none_or(|days| days.iter().any(|it| it.from <= minute && minute < it.until));
            if !in_hours && !tasks.iter().any(|it| it.0 <= minute && minute < it.1) {
                return false;
            }
            let after = |b: &(i64, i64, f64)| match limit {
                None => minute >= b.0,
                Some(limit) => b.0 <= minute && minute < b.1 + limit,
            };
            busy.iter().any(after)
        };
        let used = |minute: i64| -> f64 {
            busy.iter().filter(|b| b.0 <= minute && minute < b.1).map(|b| b.2).fold(0.16, f64::max)
        };
        let minutes: Vec<i64> = (first..end).filter(|it| up(*it)).collect();
        let workers = |minute: i64| {
            let range = it.range.unwrap_or((4, 4));
            ((used(minute) / CORES).ceil() as u32).clamp(range.0, range.1)
        };
        let rows = minutes.iter().map(|at| {
            let (workers, used) = (workers(*at), used(*at));
            minute_row(&it.name, *at, workers, used.min(CORES * f64::from(workers)), 0.3)
        });
        self.minutes.absorb(rows.collect());
        let mut start = minutes.first().copied();
        for (at, minute) in minutes.iter().enumerate() {
            let next = minutes.get(at + 1);
            if next != Some(&(minute + 1)) || workers(*minute) != workers(minute + 1) {
                let from = start.expect("a span has a start");
                let nodes = f64::from(workers(*minute)) + 1.0;
                self.bill(&it.name, "PREMIUM_ALL_PURPOSE_COMPUTE", from, minute + 1, nodes, None);
                start = minutes.get(at + 1).copied();
            }
        }
    }

    fn bill(&mut self, cluster: &str, sku: &str, from: i64, until: i64, nodes: f64, job: Option<(usize, &String)>) {
        let mut at = from;
        while at < until {
            let end = ((at / 60 + 1) * 60).min(until);
            let quantity = format!("{:.9}", nodes * DBU * (end - at) as f64 / 60.0);
            let id = format!("{cluster}-{at}");
            let row = usage_row(&id, "2026-09-01T00:00:00Z", &quantity);
            self.tables.usage.push(UsageRow {
                usage_start_time: time(at),
                usage_end_time: time(end),
                sku_name: sku.into(),
                cluster_id: Some(cluster.into()),
                job_id: job.map(|it| it.0.to_string()),
                job_run_id: job.map(|it| it.1.clone()),
                ..row
            });
            at = end;
        }
    }

    /// A statement of two minutes at every full hour from 8 to 18.
    fn warehouse(&mut self, name: &str, limit: Option<i64>) {
        self.tables.warehouses.push(WarehouseRow {
            workspace_id: "1".into(),
            warehouse_id: name.into(),
            change_time: at("2026-08-01T00:00:00Z"),
            warehouse_name: Some(name.into()),
            warehouse_type: Some("SERVERLESS".into()),
            warehouse_size: Some("SMALL".into()),
            min_clusters: Some(1),
            max_clusters: Some(1),
            auto_stop_minutes: Some(limit.unwrap_or(0)),
            tags: None,
            delete_time: None,
        });
        let first = first_minute();
        let mut event = |minute: i64, kind: &str| {
            self.tables.warehouse_events.push(WarehouseEventRow {
                workspace_id: "1".into(),
                warehouse_id: name.into(),
                event_type: kind.into(),
                cluster_count: Some(1),
                event_time: time(minute),
            });
        };
        let mut spans = vec![];
        if limit.is_none() {
            event(first, "RUNNING");
            spans.push((first, first + DAYS * 1440));
        }
        for day in 0..DAYS {
            for hour in 8..=18 {
                let start = first + day * 1440 + hour * 60;
                if let Some(limit) = limit {
                    event(start, "RUNNING");
                    event(start + 2 + limit, "STOPPED");
                    spans.push((start, start + 2 + limit));
                }
                self.tables.queries.push(QueryRow {
                    workspace_id: "1".into(),
                    statement_id: format!("{name}-{start}"),
                    warehouse_id: Some(name.into()),
                    executed_by: None,
                    execution_status: Some("FINISHED".into()),
                    start_time: time(start),
                    end_time: Some(time(start) + SignedDuration::from_secs(110)),
                    total_duration_ms: Some(110_000),
                    waiting_for_compute_duration_ms: Some(0),
                    waiting_at_capacity_duration_ms: Some(0),
                    execution_duration_ms: Some(110_000),
                    compilation_duration_ms: None,
                    total_task_duration_ms: None,
                    read_bytes: None,
                    spilled_local_bytes: None,
                    from_result_cache: None,
                    job_id: None,
                });
            }
        }
        for (from, until) in spans {
            let mut at = from;
            while at < until {
                let end = ((at / 60 + 1) * 60).min(until);
                let quantity = format!("{:.9}", 12.0 * (end - at) as f64 / 60.0);
                self.tables.usage.push(UsageRow {
                    usage_start_time: time(at),
                    usage_end_time: time(end),
                    sku_name: "PREMIUM_SERVERLESS_SQL_COMPUTE".into(),
                    cluster_id: None,
                    node_type: None,
                    warehouse_id: Some(name.into()),
                    ..usage_row(&format!("{name}-{at}"), "2026-09-01T00:00:00Z", &quantity)
                });
                at = end;
            }
        }
    }

    fn fleet(mut self, at_a_time: Option<usize>) -> Fleet {
        let price = |sku: &str, price: &str| clusteriq_model::tables::ListPriceRow {
            sku_name: sku.into(),
            ..super::price_row(price, "2025-01-01T00:00:00Z", None)
        };
        self.tables.list_prices = vec![
            price("PREMIUM_JOBS_COMPUTE", "0.15"),
            price("PREMIUM_ALL_PURPOSE_COMPUTE", "0.55"),
            price("PREMIUM_JOBS_SERVERLESS_COMPUTE", "0.35"),
            price("PREMIUM_SERVERLESS_SQL_COMPUTE", "0.70"),
            price("PREMIUM_DLT_CORE_COMPUTE", "0.20"),
        ];
        let from = time(first_minute());
        let until = from + SignedDuration::from_hours(DAYS * 24);
        let window = Window { from, until };
        let input = match at_a_time {
            Some(rows) => parts::input(self.tables, self.minutes, window, rows),
            None => Input { tables: self.tables, minutes: self.minutes, ..Input::default() },
        };
        assemble::fleet(input, window, crate::catalog::embedded())
    }
}
