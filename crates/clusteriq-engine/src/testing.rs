//! Small worlds for tests: latent demand made into tables, so that every test goes the way real data goes.

mod laws;
mod parts;
mod pipelines;
mod pools;
mod quirks;
mod twist;
mod warehouses;
mod world;

use clusteriq_model::tables::{ClusterMinuteRow, ListPriceRow, UsageRow};
use clusteriq_model::{Fleet, Interval, Minute, Report, Size};
use jiff::Timestamp;
use proptest::prelude::*;

use crate::advisor::{Advisor, Context, Opinion, Settings};
use crate::profile::fleet::KeptDays;
use crate::profile::{Profiles, RunTrace, TraceMinute};
use crate::replay::Machine;

pub(crate) use warehouses::Statements;
pub(crate) use world::world;

/// The single place that knows how an advisor is asked: every advisor's test goes through it.
pub(crate) fn check(advisor: &Advisor, fleet: &Fleet) -> String {
    let profiles = Profiles::of(fleet, &KeptDays::new());
    let settings = Settings::default();
    let cx = Context::new(fleet, &profiles, &settings);
    let lines = (advisor.advise)(&cx).into_iter().map(|it| match it {
        Opinion::Propose(it) => {
            assert!(!it.evidence.is_empty(), "a proposal without evidence: {}", it.title);
            format!("{}. {}", it.title, it.why)
        }
        Opinion::Fine(target) => format!("fine: {target}"),
        Opinion::Abstain(target, why) => format!("abstains on {target}: {why}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What these advisors come to.
pub(crate) fn report(fleet: &Fleet, settings: &Settings, advisors: &[&Advisor]) -> Report {
    let profiles = Profiles::of(fleet, &KeptDays::new());
    crate::report(&Context::new(fleet, &profiles, settings), advisors, fleet.window.until)
}

/// A run of so many minutes on workers of so many cores that use so many cores in all.
pub(crate) fn trace(minutes: usize, workers: u32, cores: f64, used: f64) -> RunTrace {
    let minute = TraceMinute {
        workers: f64::from(workers),
        capacity: f64::from(workers) * cores,
        used,
        waiting: 0.0,
        memory: f64::from(workers) * 2.0,
        fullest: 0.125,
        driver: 0.05,
        driver_memory: 0.3,
        swap: 0.0,
        starting: false,
    };
    RunTrace { run_id: "1".into(), start: 0, minutes: vec![minute; minutes], billed: None, succeeded: true }
}

/// So many workers of so many cores and 16 GiB.
pub(crate) fn machine(workers: u32, cores: f64) -> Machine {
    Machine {
        size: Size::Fixed(workers),
        cores,
        memory: 16.0,
        driver_cores: cores,
        driver_memory: 16.0,
        speed: Interval::exactly(1.0),
        driver_speed: Interval::exactly(1.0),
        losses: Interval::exactly(0.0),
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().expect("a timestamp")
}

pub(crate) fn usage_row(id: &str, start: &str, quantity: &str) -> UsageRow {
    let start = at(start);
    UsageRow {
        record_id: id.into(),
        record_type: "ORIGINAL".into(),
        workspace_id: Some("1".into()),
        sku_name: "PREMIUM_JOBS_COMPUTE".into(),
        cloud: "AWS".into(),
        usage_start_time: start,
        usage_end_time: start + jiff::SignedDuration::from_hours(1),
        usage_unit: "DBU".into(),
        usage_quantity: quantity.parse().expect("a decimal"),
        custom_tags: None,
        billing_origin_product: Some("JOBS".into()),
        is_photon: Some(false),
        is_serverless: Some(false),
        performance_target: None,
        cluster_id: Some("c".into()),
        job_id: None,
        job_run_id: None,
        warehouse_id: None,
        instance_pool_id: None,
        node_type: Some("m5.xlarge".into()),
        dlt_pipeline_id: None,
        notebook_id: None,
        endpoint_name: None,
        run_as: None,
        owned_by: None,
    }
}

pub(crate) fn price_row(price: &str, from: &str, until: Option<&str>) -> ListPriceRow {
    ListPriceRow {
        sku_name: "PREMIUM_JOBS_COMPUTE".into(),
        cloud: "AWS".into(),
        usage_unit: "DBU".into(),
        currency_code: "USD".into(),
        price_start_time: at(from),
        price_end_time: until.map(at),
        price: price.parse().expect("a decimal"),
    }
}

/// A minute's row of a cluster of `m5.xlarge`.
pub(crate) fn minute_row(cluster: &str, minute: i64, workers: u32, used: f64, memory: f64) -> ClusterMinuteRow {
    let n = i64::from(workers);
    let capacity = 4000 * n;
    let with = |it: i64| (n > 0).then_some(it);
    let cpu = if n > 0 { used * 100_000.0 / (4.0 * f64::from(workers)) } else { 0.0 };
    ClusterMinuteRow {
        workspace_id: "1".into(),
        cluster_id: cluster.into(),
        minute: Timestamp::from_second(minute * 60).expect("a minute of our time"),
        workers: n,
        drivers: 1,
        worker_type: (n > 0).then(|| "m5.xlarge".into()),
        driver_type: Some("m5.xlarge".into()),
        worker_millicores: Some(capacity),
        worker_mib: Some(16_384 * n),
        used_millicores: Some(((used * 1000.0) as i64).min(capacity)),
        wait_millicores: Some(0),
        used_mib: Some((memory * 16_384.0) as i64 * n),
        busiest_cpu: with((cpu as i64).min(100_000)),
        fullest_mem: with((memory * 100_000.0) as i64),
        most_swap: with(0),
        network_bytes: 1_000_000,
        driver_cpu: Some(if n > 0 { 3_000 } else { ((used / 4.0 * 100_000.0) as i64).min(100_000) }),
        driver_mem: Some(if n > 0 { 30_000 } else { (memory * 100_000.0) as i64 }),
        driver_wait: Some(0),
    }
}

prop_compose! {
    pub(crate) fn arbitrary_minutes()(
        parts in prop::collection::vec((0..100_000i64, 0..20u32, 0.0..80.0f64, 0.0..1.0f64), 0..100)
    ) -> Vec<Minute> {
        parts
            .into_iter()
            .map(|(at, workers, used, memory)| Minute::new(&minute_row("c", at, workers, used, memory), 0, 0))
            .collect()
    }
}
