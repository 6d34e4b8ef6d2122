//! Every kind's changes do what they should, with the same work and the same people.

use super::*;
use crate::jobs::JobActor;
use crate::market::{Ground, Watch};
use crate::physics::Physics;
use crate::pipelines::PipelineActor;
use crate::pools::PoolActor;
use crate::records::Records;
use crate::serverless::ServerlessActor;
use crate::time::{DAY, Day, HOUR, MINUTE};
use crate::warehouses::WarehouseActor;
use crate::world::Warehouse;

/// 2026-11-02, a Monday.
const START: Millis = 20_759 * DAY;
const DAYS: i64 = 14;

/// What a history came to.
#[derive(Debug, Default)]
struct Sum {
    dbu: f64,
    node_hours: f64,
    idle_hours: f64,
    /// Minutes of each run that ended.
    runs: Vec<f64>,
    /// Seconds of each query, waiting apart.
    queries: Vec<f64>,
    waited_seconds: f64,
    spilled_gib: f64,
}

impl Sum {
    fn run_minutes(&self) -> f64 {
        self.runs.iter().sum::<f64>() / self.runs.len() as f64
    }

    fn p95(&mut self) -> f64 {
        self.queries.sort_by(f64::total_cmp);
        self.queries[self.queries.len() * 95 / 100]
    }

    fn add(&mut self, records: &Records) {
        self.dbu += records.usage.iter().map(|it| it.dbu_billionths as f64 / 1e9).sum::<f64>();
        self.node_hours += records.minutes.len() as f64 / 60.0;
        self.idle_hours += records.idle_millis as f64 / HOUR as f64;
        self.runs.extend(records.job_runs.iter().filter_map(|it| Some(it.result?.1.run as f64 / 60.0)));
        for it in &records.queries {
            self.queries.push((it.compilation + it.execution) as f64 / 1000.0);
            self.waited_seconds += it.waiting_at_capacity as f64 / 1000.0;
            self.spilled_gib += it.spilled_bytes as f64 / 1_073_741_824.0;
        }
    }
}

fn ground() -> Ground {
    Ground { seed: 1, physics: Physics::default(), watch: Watch::Nodes }
}

fn live(mut day: impl FnMut(Day) -> Records) -> Sum {
    let mut sum = Sum::default();
    for number in 0..DAYS {
        sum.add(&day(Day { number, start: START + number * DAY, until: START + DAYS * DAY }));
    }
    sum
}

fn drawn<T>(seed: u64, draw: impl FnOnce(&mut Site<'_>, &mut Random) -> Drawn<T>) -> T {
    let options = DemoOptions { clusters: 1, days: DAYS as u32, ..DemoOptions::default() };
    let world = World::new(&options, START);
    let mut names = BTreeSet::new();
    let workspace = world.workspaces[0].clone();
    let mut site = Site { workspace, team: Team::called("risk"), start: START, days: 14, names: &mut names };
    draw(&mut site, &mut Random::named(seed, "test")).it
}

fn pool(case: pools::Case, idle: Option<u32>) -> Sum {
    let options = DemoOptions { clusters: 1, days: DAYS as u32, ..DemoOptions::default() };
    let mut world = World::new(&options, START);
    world.jobs.clear();
    let group = drawn(7, |site, random| pools::draw_case(case, site, random));
    let id = group.pool.id.clone();
    add_pool(&mut world, Drawn { it: group, problem: "" });
    if let Some(nodes) = idle {
        assert!(pools::apply_idle(&mut world, &id, nodes));
    }
    let pool = world.pools.iter().find(|it| it.id == id).unwrap().clone();
    let jobs = world.jobs.iter().map(|it| JobActor::new(it.clone(), ground(), Random::named(1, &it.card.id))).collect();
    let mut actor = PoolActor::new(pool.clone(), pool.keeping.unwrap(), jobs, Random::named(1, "pool"));
    live(|day| actor.day(day))
}

#[test]
fn a_pool_that_keeps_nothing_has_hardly_an_idle_hour_and_its_long_runs_hardly_notice() {
    let (now, then) = (pool(pools::Case::MostlyIdle, None), pool(pools::Case::MostlyIdle, Some(0)));
    assert!(then.idle_hours < now.idle_hours * 0.1, "{now:?} {then:?}");
    assert_eq!(then.runs.len(), now.runs.len());
    let slower = then.run_minutes() / now.run_minutes();
    assert!((1.01..1.2).contains(&slower), "{slower}");
    assert!((then.dbu / now.dbu - 1.0).abs() < 0.03, "idle nodes have no DBU: {} {}", now.dbu, then.dbu);
}

#[test]
fn a_forgotten_pool_pays_for_every_hour_of_its_nodes() {
    let now = pool(pools::Case::Forgotten, None);
    let nodes = now.idle_hours / (DAYS as f64 * 24.0);
    assert!((nodes - nodes.round()).abs() < 0.001 && nodes > 0.9, "{nodes}");
    assert_eq!((now.dbu, now.node_hours), (0.0, 0.0));
}

#[test]
fn short_runs_of_a_hot_pool_would_take_much_longer_without_its_idle_nodes() {
    let (now, then) = (pool(pools::Case::Hot, None), pool(pools::Case::Hot, Some(0)));
    assert!(then.run_minutes() > now.run_minutes() * 1.5, "{} {}", now.run_minutes(), then.run_minutes());
}

#[test]
fn an_exhausted_pool_has_hardly_a_node_to_spare() {
    let now = pool(pools::Case::Exhausted, None);
    assert!(now.idle_hours < now.node_hours * 0.35, "{} of {}", now.idle_hours, now.node_hours);
}

fn pipeline(case: pipelines::Case, seed: u64, change: impl FnOnce(&mut pipelines::Pipeline)) -> Sum {
    let mut it = drawn(seed, |site, random| pipelines::draw_case(case, site, random));
    change(&mut it);
    let mut actor = PipelineActor::new(it, ground(), Random::named(seed, "pipeline"));
    live(|day| actor.day(day))
}

#[test]
fn an_idle_continuous_pipeline_costs_less_than_half_when_it_is_triggered() {
    for seed in 1..6 {
        let now = pipeline(pipelines::Case::ContinuousAndIdle, seed, |_| ());
        let then = pipeline(pipelines::Case::ContinuousAndIdle, seed, |it| assert!(pipelines::apply_triggered(it)));
        assert!(then.dbu < now.dbu * 0.5 && then.dbu > now.dbu * 0.02, "{} {}", now.dbu, then.dbu);
        assert!(then.node_hours < now.node_hours * 0.6, "{} {}", now.node_hours, then.node_hours);
    }
}

#[test]
fn a_busy_continuous_pipeline_saves_little_when_it_is_triggered() {
    for seed in 1..6 {
        let now = pipeline(pipelines::Case::ContinuousAndBusy, seed, |_| ());
        let then = pipeline(pipelines::Case::ContinuousAndBusy, seed, |it| assert!(pipelines::apply_triggered(it)));
        assert!(then.node_hours > now.node_hours * 0.85, "{} {}", now.node_hours, then.node_hours);
    }
}

#[test]
fn a_scheduled_pipeline_in_development_pays_for_two_hours_after_each_update() {
    for seed in 1..6 {
        let now = pipeline(pipelines::Case::ScheduledDevelopment, seed, |_| ());
        let then = pipeline(pipelines::Case::ScheduledDevelopment, seed, |it| assert!(pipelines::apply_production(it)));
        assert!(then.dbu < now.dbu * 0.5, "{} {}", now.dbu, then.dbu);
        assert_eq!(then.runs.len(), now.runs.len());
    }
}

#[test]
fn a_person_who_works_on_a_pipeline_costs_little_in_either_mode() {
    let now = pipeline(pipelines::Case::PersonsDevelopment, 3, |_| ());
    assert!(now.node_hours < 100.0, "{}", now.node_hours);
}

fn serverless(case: serverless::Case, change: impl FnOnce(&mut serverless::ServerlessJob)) -> Sum {
    let mut it = drawn(5, |site, random| serverless::draw_case(case, site, random));
    change(&mut it);
    let mut actor = ServerlessActor::new(it, Random::named(5, "serverless"));
    live(|day| actor.day(day))
}

#[test]
fn a_job_that_waits_costs_less_by_its_hidden_factor_and_starts_minutes_later() {
    let case = serverless::Case::CanWait;
    let now = serverless(case, |_| ());
    let mut factor = 0.0;
    let then = serverless(case, |it| {
        factor = it.standard_dbu;
        assert!(serverless::apply_standard(it));
    });
    assert!((then.dbu / now.dbu - factor).abs() < 0.02, "{factor}: {} {}", now.dbu, then.dbu);
    assert!(then.run_minutes() > now.run_minutes() + 3.2, "{} {}", now.run_minutes(), then.run_minutes());
    assert_eq!(then.runs.len(), now.runs.len());
}

#[test]
fn what_waits_already_cannot_be_told_to() {
    let mut it = drawn(1, |site, random| serverless::draw_case(serverless::Case::WaitsAlready, site, random));
    assert!(!serverless::apply_standard(&mut it));
}

fn warehouse(case: warehouses::Case, seed: u64, smaller_by: usize) -> Sum {
    const SIZES: [&str; 6] = ["2X-Small", "X-Small", "Small", "Medium", "Large", "X-Large"];
    let mut it: Warehouse = drawn(seed, |site, random| warehouses::draw_case(case, site, random));
    let at = SIZES.iter().position(|size| *size == it.size).unwrap();
    assert!(warehouses::apply_size(&mut it, SIZES[at - smaller_by]));
    let mut actor = WarehouseActor::new(it, Random::named(seed, "warehouse"));
    live(|day| actor.day(day))
}

#[test]
fn an_oversized_warehouse_is_quick_enough_on_a_smaller_size_and_costs_less() {
    for seed in 1..6 {
        let mut now = warehouse(warehouses::Case::Oversized, seed, 0);
        let mut then = warehouse(warehouses::Case::Oversized, seed, 1);
        assert!(then.dbu < now.dbu * 0.7, "{} {}", now.dbu, then.dbu);
        assert!(now.p95() < 4.0 && then.p95() < 6.0, "{} {}", now.p95(), then.p95());
        assert_eq!((now.spilled_gib, then.spilled_gib), (0.0, 0.0));
    }
}

#[test]
fn a_warehouse_whose_joins_just_fit_spills_on_a_smaller_size() {
    for seed in 1..6 {
        let mut now = warehouse(warehouses::Case::FitsExactly, seed, 0);
        let mut then = warehouse(warehouses::Case::FitsExactly, seed, 1);
        assert!(now.spilled_gib < then.spilled_gib * 0.02, "{} {}", now.spilled_gib, then.spilled_gib);
        assert!(then.p95() > now.p95() * 2.2, "{} {}", now.p95(), then.p95());
    }
}

#[test]
fn a_scan_bound_warehouse_takes_nearly_twice_as_long_on_half_the_size() {
    for seed in 1..6 {
        let mut now = warehouse(warehouses::Case::ScanBound, seed, 0);
        let mut then = warehouse(warehouses::Case::ScanBound, seed, 1);
        let slower = then.p95() / now.p95();
        assert!(now.p95() > 20.0 && (1.7..2.1).contains(&slower), "{} {slower}", now.p95());
    }
}

#[test]
fn a_crowded_warehouse_lets_people_wait_longer_when_it_is_smaller() {
    let (now, then) = (warehouse(warehouses::Case::Crowded, 1, 0), warehouse(warehouses::Case::Crowded, 1, 1));
    assert!(now.waited_seconds > 60.0 && then.waited_seconds > now.waited_seconds * 1.5, "{now:?}");
}

#[test]
fn any_of_a_kind_is_the_same_for_the_same_stream() {
    let one = drawn(9, pools::draw);
    assert_eq!(format!("{:?}", one), format!("{:?}", drawn(9, pools::draw)));
    assert_eq!(format!("{:?}", drawn(9, pipelines::draw)), format!("{:?}", drawn(9, pipelines::draw)));
    assert_eq!(format!("{:?}", drawn(9, serverless::draw)), format!("{:?}", drawn(9, serverless::draw)));
    assert_eq!(format!("{:?}", drawn(9, warehouses::draw)), format!("{:?}", drawn(9, warehouses::draw)));
}

#[test]
fn batches_keep_the_cores_of_an_idle_pipeline_busy_for_less_than_a_third_of_the_time() {
    let it = drawn(2, |site, random| pipelines::draw_case(pipelines::Case::ContinuousAndIdle, site, random));
    let mut actor = PipelineActor::new(it, ground(), Random::named(2, "pipeline"));
    let (mut busy, mut all) = (0, 0);
    for number in 0..3 {
        let day = Day { number, start: START + number * DAY, until: START + DAYS * DAY };
        for it in actor.day(day).minutes {
            if it.node.role == crate::nodes::Role::Worker && it.start > START + 30 * MINUTE {
                all += 1;
                busy += i64::from(it.cpu_user + it.cpu_system > 30.0);
            }
        }
    }
    assert!(busy * 100 > all && busy * 10 < all * 3, "{busy} of {all}");
}

#[test]
fn every_planted_problem_of_these_kinds_is_worth_its_remedy_under_both_physics() {
    for (seed, physics) in [(11, Physics::Tasks), (12, Physics::Fluid)] {
        let fleet = crate::Fleet::Known;
        let options = DemoOptions { seed, fleet, physics, clusters: 180, days: 14, ..DemoOptions::default() };
        let company = crate::Company::new(&options).unwrap();
        let mut judged = std::collections::BTreeMap::<&str, i64>::new();
        for planted in company.planted() {
            if ["D37", "D40", "D45", "D46", "D48"].contains(&planted.problem.as_str()) {
                let remedy = company.remedy(planted).unwrap().unwrap();
                assert!(remedy.verified && !remedy.changes.is_empty(), "{planted:?} {remedy:?}");
                *judged.entry(&planted.problem).or_default() += 1;
            }
        }
        assert!(judged.len() == 5, "{judged:?}");
    }
}

#[test]
fn what_looks_like_a_problem_costs_more_or_does_harm_when_it_is_changed() {
    use crate::Change;
    let company = crate::Company::new(&DemoOptions { clusters: 41, days: 14, ..DemoOptions::default() }).unwrap();
    let of = |problem: &str| company.planted().iter().find(|it| it.problem == problem).unwrap().target_id.clone();
    let try_out = |problem: &str, change: Change| {
        let id = of(problem);
        let now = company.outcome(std::slice::from_ref(&id), &[]).unwrap();
        let then = company.outcome(std::slice::from_ref(&id), &[(id.clone(), change)]).unwrap();
        (now, then)
    };
    let (now, then) = try_out("decoy:hot-pool", Change::PoolIdle(0));
    assert!(then.run_minutes_mean > now.run_minutes_mean * 1.5, "{now:?} {then:?}");
    let (now, then) = try_out("decoy:busy-pipeline", Change::PipelineTriggered);
    assert!(then.usd() > now.usd() * 0.85 && then.queries_waited_hours > now.queries_waited_hours, "{now:?} {then:?}");
    let (now, then) = try_out("decoy:low-latency-pipeline", Change::PipelineTriggered);
    assert!(then.queries_waited_hours > now.queries_waited_hours + 100.0, "{now:?} {then:?}");
    let (now, then) = try_out("decoy:latency-critical-serverless", Change::PerformanceStandard);
    assert!(then.run_minutes_mean > now.run_minutes_mean * 1.4, "{now:?} {then:?}");
    let (now, then) = try_out("decoy:pipeline-in-development", Change::PipelineProduction);
    assert!(now.usd() - then.usd() < 60.0, "{now:?} {then:?}");
    for decoy in ["decoy:spills-when-smaller", "decoy:scan-bound-warehouse"] {
        let id = of(decoy);
        let world = World::new(&DemoOptions { clusters: 41, days: 14, ..DemoOptions::default() }, START);
        let size = world.warehouses.iter().find(|it| it.id == id).unwrap().size;
        for size in smaller_sizes(size) {
            let (now, then) = try_out(decoy, Change::WarehouseSize((*size).to_owned()));
            assert!(then.run_minutes_mean > now.run_minutes_mean * 1.3, "{size}: {now:?} {then:?}");
        }
    }
}
