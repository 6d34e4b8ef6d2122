//! # Development pipeline
//!
//! ## What it finds
//! Pipelines in development mode whose updates are started by jobs, by a schedule, or at regular times: nobody is there who
//! works on them, and yet their cluster stays up after each update.
//!
//! ## What it costs
//! The uptime after an update until the cluster stops or the next update begins, about two hours each. An update that found
//! a running cluster then starts its own, and that is counted against the saving.
//!
//! ## When it is silent
//! Pipelines that people start, now and then; those on serverless compute; those whose cluster does not outlive its updates.
//! It cannot judge with fewer than five updates that a machine started, or without telemetry.
//!
//! ## Risk
//! Each update waits for a cluster, about five minutes, and failures are tried again, as production mode does. The
//! recommendation also says if the preview channel runs what jobs depend on.
//!
//! ## Sources
//! `system.lakeflow.pipelines`, `system.lakeflow.pipeline_update_timeline`, `system.compute.node_timeline`,
//! `system.billing.usage`, `pipelines/get`. Development mode: <https://docs.databricks.com/aws/en/ldp/updates>, read 2026-11.

use clusteriq_model::{
    Action, AdvisorId, Evidence, Minutes, Pipeline, PipelineUpdate, Quantity, RiskDimension, Source, Target,
};

use super::shape::{self, NODES};
use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::profile::PipelineProfile;
use crate::profile::activity::START_UP_MINUTES;
use crate::profile::job::quantile;
use crate::risk;
use crate::scenario::pipelines::stopped_minutes;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("development-pipeline"),
    detection: "D46",
    title: "Take pipelines that run by schedule out of development mode",
    source: include_str!("development_pipeline.rs"),
    advise,
};

const PIPELINES: Source = Source::SystemTable("system.lakeflow.pipelines");
const UPDATES: Source = Source::SystemTable("system.lakeflow.pipeline_update_timeline");

/// Updates by a machine that a judgement needs.
const LEAST_UPDATES: usize = 5;
/// Starts this close to the median distance are regular, minutes.
const REGULAR: i64 = 5;
/// Share of the distances that must be regular.
const REGULAR_SHARE: f64 = 0.8;
/// Share of the uptime beyond updates from which the mode matters.
const LEAST_IDLE: f64 = 0.10;

/// What starts a pipeline's updates, if it is not people.
enum Starter {
    Jobs,
    Schedule,
    Clockwork,
}

impl Starter {
    fn words(&self) -> &'static str {
        match self {
            Self::Jobs => "jobs",
            Self::Schedule => "a schedule",
            Self::Clockwork => "something that keeps regular times",
        }
    }
}

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let here = cx.fleet.pipelines.values().filter(|it| it.deleted.is_none());
    here.filter_map(|it| Some(judge(cx, it, cx.profiles.pipelines.get(&it.key)?))).collect()
}

fn judge(cx: &Context<'_>, it: &Pipeline, profile: &PipelineProfile) -> Opinion {
    let target = Target::Pipeline(it.key.clone());
    let abstain = |why: String| Opinion::Abstain(Target::Pipeline(it.key.clone()), why);
    if it.development != Some(true) || it.serverless == Some(true) || it.continuous == Some(true) {
        return Opinion::Fine(target);
    }
    let Some((starter, count)) = starter(cx, it) else { return Opinion::Fine(target) };
    if count < LEAST_UPDATES {
        return abstain(format!(
            "{} started {count} updates; {} more are needed",
            starter.words(),
            LEAST_UPDATES - count
        ));
    }
    if profile.up.is_empty() {
        return abstain("its clusters have no telemetry, so how long they outlive updates is not known".into());
    }
    let up = profile.up_minutes();
    let idle = up - stopped_minutes(&profile.up, &profile.updates);
    if idle < LEAST_IDLE * up {
        return Opinion::Fine(target);
    }
    propose(cx, it, profile, (&starter, count), idle)
}

/// What starts most updates, and how many. `None`: people, or too little to tell.
fn starter(cx: &Context<'_>, it: &Pipeline) -> Option<(Starter, usize)> {
    let word = |update: &PipelineUpdate, words: &[&str]| {
        let said = update.trigger.as_deref().unwrap_or_default().to_ascii_lowercase();
        words.iter().any(|it| said.contains(it))
    };
    let by_people = it.updates.iter().filter(|it| word(it, &["user"])).count();
    let runs: Vec<_> = cx
        .fleet
        .jobs
        .values()
        .filter(|job| job.key.workspace == it.key.workspace)
        .filter(|job| job.tasks.iter().any(|task| task.pipeline_id.as_ref() == Some(&it.key.id)))
        .flat_map(|it| &it.runs)
        .collect();
    let in_a_run = |update: &PipelineUpdate| runs.iter().any(|it| it.start <= update.start && update.start < it.end);
    let by_jobs = it.updates.iter().filter(|it| word(it, &["job"]) || (!word(it, &["user"]) && in_a_run(it))).count();
    let others: Vec<&PipelineUpdate> = it.updates.iter().filter(|it| !word(it, &["user"])).collect();
    if by_jobs > 0 && by_jobs * 2 >= it.updates.len() {
        return Some((Starter::Jobs, by_jobs));
    }
    if others.len() <= by_people {
        return None;
    }
    if it.schedule.is_some() {
        return Some((Starter::Schedule, others.len()));
    }
    regular(&others).then_some((Starter::Clockwork, others.len()))
}

/// Whether most of them start at the same distance from the one before.
fn regular(updates: &[&PipelineUpdate]) -> bool {
    let minute = |it: &PipelineUpdate| it.start.as_second().div_euclid(60);
    let mut gaps: Vec<i64> = updates.windows(2).map(|it| minute(it[1]) - minute(it[0])).collect();
    gaps.sort_unstable();
    let Some(median) = quantile(&gaps, 0.5).filter(|_| gaps.len() + 1 >= LEAST_UPDATES) else { return false };
    let close = gaps.iter().filter(|it| (*it - median).abs() <= REGULAR).count();
    close as f64 >= REGULAR_SHARE * gaps.len() as f64
}

fn propose(
    cx: &Context<'_>,
    it: &Pipeline,
    profile: &PipelineProfile,
    (starter, count): (&Starter, usize),
    idle: f64,
) -> Opinion {
    let updates = profile.updates.len();
    let mut lengths: Vec<i64> = profile.updates.iter().map(|it| it.minutes()).collect();
    lengths.sort_unstable();
    let length = quantile(&lengths, 0.5).map(|it| Minutes(it as f64));
    let mut parts = vec![risk::part(
        RiskDimension::Runtime,
        1,
        format!("an update that finds no running cluster waits about {START_UP_MINUTES} minutes for one"),
    )];
    if cx.is_production(&it.tags) {
        parts.push(risk::production());
    }
    let preview = it.channel.as_deref().is_some_and(|it| it.eq_ignore_ascii_case("PREVIEW"));
    let also = if preview { " It also runs on the PREVIEW channel; move it to CURRENT." } else { "" };
    let mut evidence = vec![
        shape::hours("up without an update, beyond start-ups", idle, NODES),
        shape::hours("up in the window", profile.up_minutes(), NODES),
        Evidence::new("updates", Quantity::Count(updates as u64), UPDATES),
        Evidence::new(format!("updates started by {}", starter.words()), Quantity::Count(count as u64), UPDATES),
        Evidence::new("mode", Quantity::Text("development".into()), PIPELINES),
    ];
    evidence.extend(length.map(|it| Evidence::new("length of an update, median", Quantity::Minutes(it), UPDATES)));
    evidence.extend(it.channel.clone().map(|it| Evidence::new("channel", Quantity::Text(it), PIPELINES)));
    Opinion::Propose(Box::new(Proposal {
        title: format!("Take pipeline {} out of development mode", it.name),
        why: format!(
            "Its updates are started by {} ({count} of {updates}), and in development mode its cluster was up for {} of {} \
             without need.{also}",
            starter.words(),
            Minutes(idle),
            Minutes(profile.up_minutes())
        ),
        risk: risk::risk(parts),
        runtime: None,
        options: vec![],
        at_stake: None,
        evidence,
        alternatives: vec![],
        confidence: format!("{updates} updates over {:.0} days", cx.fleet.window.days()),
        rollback: "switch development mode on again".into(),
        verify: "its cluster stops within minutes of an update, and what starts the updates still meets its deadline"
            .into(),
        gain: Gain::Money,
        action: Action::LeaveDevelopment,
        target: Target::Pipeline(it.key.clone()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_pipeline_that_jobs_start_is_to_leave_development_mode() {
        // 28 updates of 20 minutes; each cluster lives 120 minutes longer, and stops after 2 instead.
        let said = check(&ADVISOR, &world().development_pipeline("gold", &[3, 15], "JOB_TASK").fleet());
        assert!(
            said.starts_with("Take pipeline gold out of development mode. Its updates are started by jobs (28 of 28)"),
            "{said}"
        );
    }

    #[test]
    fn regular_times_are_a_machine_and_a_person_is_not() {
        let said = check(&ADVISOR, &world().development_pipeline("gold", &[3], "API_CALL").fleet());
        assert!(said.contains("something that keeps regular times"), "{said}");
        let fleet = world().development_pipeline("gold", &[3], "USER_ACTION").fleet();
        assert_eq!(check(&ADVISOR, &fleet), "fine: pipeline gold");
    }

    #[test]
    fn irregular_updates_of_nobody_in_particular_stay() {
        let fleet = world().development_pipeline("gold", &[3, 4, 9], "UPDATE").fleet();
        assert_eq!(check(&ADVISOR, &fleet), "fine: pipeline gold");
    }

    #[test]
    fn the_preview_channel_is_named() {
        let mut fleet = world().development_pipeline("gold", &[3], "job_task").fleet();
        fleet.pipelines.values_mut().for_each(|it| it.channel = Some("PREVIEW".into()));
        let said = check(&ADVISOR, &fleet);
        assert!(said.contains("runs on the PREVIEW channel"), "{said}");
    }

    #[test]
    fn no_telemetry_is_a_gap() {
        let mut fleet = world().development_pipeline("gold", &[3], "job_task").fleet();
        fleet.clusters.values_mut().for_each(|it| it.minutes = clusteriq_model::Demand::default());
        let said = check(&ADVISOR, &fleet);
        assert!(said.starts_with("abstains on pipeline gold: its clusters have no telemetry"), "{said}");
    }
}
