//! The rows of a run of a job.

use clusteriq_model::tables::{ClusterMinuteRow, JobRunSliceRow, TaskRunSliceRow};

use super::out::Out;
use super::rows::{cluster_row, first_minute, time};
use super::{CORES, DAYS, DBU, GIB, Job, node_type};
use crate::testing::{minute_row, quirks};

/// Start-up of a job's cluster.
const SETUP: i64 = 5;

impl Out {
    pub(super) fn run(&mut self, id: usize, job: &Job, run: i64) {
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
}
