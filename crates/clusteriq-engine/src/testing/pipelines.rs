//! Pipelines in a test's world, each on a cluster of four workers and a driver.

use clusteriq_model::Action;
use clusteriq_model::tables::{ClusterRow, PipelineRow, PipelineUpdateRow, Tables, UsageRow};

use super::world::{DAYS, World, cluster_row, first_minute, time};
use super::{at, minute_row, usage_row};
use crate::assemble::MinuteBook;

/// Length of an update that is not continuous, its start-up included.
const UPDATE: i64 = 20;

#[derive(Clone, Debug)]
pub(super) struct Pipeline {
    pub(super) name: String,
    pub(super) work: Work,
    pub(super) development: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Work {
    /// So many minutes of work in every so many, without pause or by a trigger.
    Bursts { every: i64, burst: i64, trigger: Option<i64> },
    /// Updates at these hours of each day, and the word for what starts them.
    Updates { hours: Vec<i64>, trigger: String },
}

impl World {
    /// A continuous pipeline that works `burst` of every `every` minutes.
    pub(crate) fn continuous_pipeline(mut self, name: &str, every: i64, burst: i64) -> Self {
        let work = Work::Bursts { every, burst, trigger: None };
        self.pipelines.push(Pipeline { name: name.into(), work, development: false });
        self
    }

    /// A pipeline in development mode with updates of twenty minutes at these hours of every day.
    pub(crate) fn development_pipeline(mut self, name: &str, hours: &[i64], trigger: &str) -> Self {
        let work = Work::Updates { hours: hours.into(), trigger: trigger.into() };
        self.pipelines.push(Pipeline { name: name.into(), work, development: true });
        self
    }
}

impl Pipeline {
    /// The pipeline after somebody did what was recommended.
    pub(super) fn accept(&mut self, action: &Action) {
        match (action, &mut self.work) {
            (Action::TriggerPipeline { every }, Work::Bursts { trigger, .. }) => *trigger = Some(every.0 as i64),
            (Action::LeaveDevelopment, _) => self.development = false,
            (action, _) => panic!("cannot accept {action:?} on pipeline {}", self.name),
        }
    }
}

pub(super) fn rows(it: &Pipeline, tables: &mut Tables, minutes: &mut MinuteBook) {
    let continuous = matches!(it.work, Work::Bursts { trigger: None, .. });
    tables.pipelines.push(PipelineRow {
        workspace_id: "1".into(),
        pipeline_id: it.name.clone(),
        change_time: at("2026-08-01T00:00:00Z"),
        pipeline_type: Some("ETL_PIPELINE".into()),
        name: Some(it.name.clone()),
        created_by: None,
        run_as: Some("ana@example.com".into()),
        tags: None,
        photon: Some(false),
        development: Some(it.development),
        continuous: Some(continuous),
        serverless: Some(false),
        edition: Some("CORE".into()),
        channel: Some("CURRENT".into()),
        delete_time: None,
    });
    let cluster = format!("pipeline-{}", it.name);
    tables.clusters.push(ClusterRow {
        cluster_name: Some(format!("dlt-execution-{}", it.name)),
        ..cluster_row(&cluster, "PIPELINE")
    });
    let end = DAYS * 1440;
    // Updates as start and end; minutes up and whether they work.
    let updates: Vec<(i64, i64)> = match &it.work {
        Work::Bursts { trigger: None, .. } => vec![(0, end)],
        Work::Bursts { every, burst, trigger: Some(trigger) } => {
            let work = |from: i64| (from..from + trigger).filter(|at| at % every < *burst).count() as i64;
            (0..end / trigger)
                .map(|at| (at * trigger, at * trigger + (5 + work(at * trigger) + 2).min(*trigger)))
                .collect()
        }
        Work::Updates { hours, .. } => {
            let day =
                |day: i64| hours.iter().map(move |hour| (day * 1440 + hour * 60, day * 1440 + hour * 60 + UPDATE));
            (0..DAYS).flat_map(day).collect()
        }
    };
    let tail = if it.development { 120 } else { 2 };
    let (mut up, mut busy) = (vec![false; end as usize], vec![false; end as usize]);
    for (from, until) in &updates {
        (*from..(until + tail).min(end)).for_each(|at| up[at as usize] = true);
        match &it.work {
            Work::Bursts { every, burst, trigger: None } => {
                (*from..*until).for_each(|at| busy[at as usize] = at % every < *burst);
            }
            Work::Bursts { .. } | Work::Updates { .. } => {
                (from + 5..*until).for_each(|at| busy[at as usize] = true);
            }
        }
    }
    let first = first_minute();
    let used = |at: i64| if busy[at as usize] { 6.0 } else { 0.16 };
    let running: Vec<i64> = (0..end).filter(|at| up[*at as usize]).collect();
    let rows = running.iter().map(|at| minute_row(&cluster, first + at, 4, used(*at), 0.3));
    minutes.absorb(rows.collect());
    for hour in 0..end / 60 {
        let count = (hour * 60..hour * 60 + 60).filter(|at| up[*at as usize]).count();
        if count == 0 {
            continue;
        }
        let start = first + hour * 60;
        let quantity = format!("{:.9}", 5.0 * 0.69 * count as f64 / 60.0);
        tables.usage.push(UsageRow {
            usage_start_time: time(start),
            usage_end_time: time(start + 60),
            sku_name: "PREMIUM_DLT_CORE_COMPUTE".into(),
            cluster_id: Some(cluster.clone()),
            dlt_pipeline_id: Some(it.name.clone()),
            ..usage_row(&format!("{cluster}-{hour}"), "2026-09-01T00:00:00Z", &quantity)
        });
    }
    let word = match &it.work {
        Work::Bursts { .. } => "UPDATE",
        Work::Updates { trigger, .. } => trigger.as_str(),
    };
    for (index, (from, until)) in updates.iter().enumerate() {
        tables.pipeline_updates.push(PipelineUpdateRow {
            workspace_id: "1".into(),
            pipeline_id: it.name.clone(),
            update_id: format!("{}-{index}", it.name),
            period_start_time: time(first + from),
            period_end_time: time(first + until),
            update_type: Some(word.into()),
            trigger_type: None,
            job_task_run_id: None,
            run_as_user_name: None,
            request_id: None,
            result_state: Some("COMPLETED".into()),
            compute_type: Some("CLASSIC_COMPUTE".into()),
            cluster_id: Some(cluster.clone()),
        });
    }
}
