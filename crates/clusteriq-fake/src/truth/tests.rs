//! What-ifs of the demo company.

use super::*;
use crate::physics::Physics;

fn company(physics: Physics) -> Company {
    Company::new(&DemoOptions { days: 7, physics, ..DemoOptions::default() }).unwrap()
}

fn planted(company: &Company, problem: &str) -> String {
    company.planted().iter().find(|it| it.problem == problem).unwrap().target_id.clone()
}

fn then(company: &Company, id: &str, change: &Change) -> Outcome {
    company.outcome(&[id.to_owned()], &[(id.to_owned(), change.clone())]).unwrap()
}

fn now(company: &Company, id: &str) -> Outcome {
    company.outcome(&[id.to_owned()], &[]).unwrap()
}

fn workers(count: u32) -> Change {
    Change::Workers { min: count, max: count }
}

const BOTH: [Physics; 2] = [Physics::Tasks, Physics::Fluid];

#[test]
fn fewer_workers_make_the_oversized_job_cheaper_and_hardly_slower() {
    for physics in BOTH {
        let it = company(physics);
        let id = planted(&it, "D01");
        let (now, fewer) = (now(&it, &id), then(&it, &id, &workers(5)));
        assert_eq!(now.runs, fewer.runs);
        assert!(fewer.dbu_usd < now.dbu_usd * 0.65, "{now:?} {fewer:?}");
        assert!(fewer.run_minutes_mean < now.run_minutes_mean * 1.1, "{now:?} {fewer:?}");
    }
}

#[test]
fn fewer_workers_do_not_help_a_job_that_needs_their_memory() {
    for physics in BOTH {
        let it = company(physics);
        let id = planted(&it, "decoy:memory-bound");
        let (now, fewer) = (now(&it, &id), then(&it, &id, &workers(2)));
        let worse = fewer.failed > now.failed || fewer.run_minutes_mean > now.run_minutes_mean * 1.5;
        assert!(worse, "{now:?} {fewer:?}");
    }
}

#[test]
fn a_healthy_job_gets_slower_as_it_gets_smaller() {
    for physics in BOTH {
        let it = company(physics);
        let id = planted(&it, "healthy");
        let (now, fewer) = (now(&it, &id), then(&it, &id, &workers(2)));
        assert!(fewer.run_minutes_mean > now.run_minutes_mean * 1.3, "{now:?} {fewer:?}");
    }
}

#[test]
fn autotermination_saves_a_forgotten_cluster_and_a_person_who_stops_it_saves_more() {
    let it = company(Physics::Tasks);
    let id = planted(&it, "D05");
    let (now, soon) = (now(&it, &id), then(&it, &id, &Change::Autotermination { minutes: 30 }));
    assert!(soon.dbu_usd < now.dbu_usd * 0.3, "{now:?} {soon:?}");
    assert!(then(&it, &id, &Change::Stop).usd() < soon.usd());
}

#[test]
fn auto_stop_saves_an_idle_warehouse_and_nothing_on_a_busy_one() {
    let it = company(Physics::Tasks);
    let stop = Change::AutoStop { minutes: 10 };
    let (idle, busy) = (planted(&it, "D39"), planted(&it, "decoy:always-busy"));
    assert!(then(&it, &idle, &stop).dbu_usd < now(&it, &idle).dbu_usd * 0.5);
    assert!(then(&it, &busy, &stop).dbu_usd > now(&it, &busy).dbu_usd * 0.95);
}

#[test]
fn what_nobody_has_cannot_be_changed() {
    let it = company(Physics::Tasks);
    let nobody = it.outcome(&["no such id".to_owned()], &[]);
    assert!(matches!(nobody, Err(FakeError::NoSuchChange { .. })));
    let id = planted(&it, "D39");
    let wrong = it.outcome(std::slice::from_ref(&id), &[(id.clone(), workers(2))]);
    assert!(matches!(wrong, Err(FakeError::NoSuchChange { .. })));
}

#[test]
fn the_same_options_have_the_same_outcome_and_another_physics_another() {
    let id = planted(&company(Physics::Tasks), "D01");
    let of = |physics| now(&company(physics), &id);
    assert_eq!(of(Physics::Tasks), of(Physics::Tasks));
    assert_ne!(of(Physics::Tasks), of(Physics::Fluid));
}

#[test]
fn nodes_on_spot_cost_less_and_the_dbu_hardly_change() {
    let it = company(Physics::Tasks);
    let id = planted(&it, "D01");
    let (spot, demand) = (now(&it, &id), then(&it, &id, &Change::OnDemand));
    assert!(spot.vm_usd < demand.vm_usd * 0.85, "{spot:?} {demand:?}");
    assert!((spot.dbu_usd / demand.dbu_usd - 1.0).abs() < 0.1, "{spot:?} {demand:?}");
}

#[test]
fn photon_never_pays_where_it_gains_nothing() {
    for physics in BOTH {
        let mut it = company(physics);
        let id = planted(&it, "D01");
        let job = it.world.jobs.iter_mut().find(|it| it.card.id == id).unwrap();
        for stage in &mut job.latent.stages {
            stage.photon_gain = 1.0;
        }
        assert!(then(&it, &id, &Change::Photon(Switch::On)).usd() > now(&it, &id).usd() * 1.2);
    }
}

#[test]
fn a_job_on_a_cluster_of_its_own_no_longer_pays_for_the_notebooks() {
    for physics in BOTH {
        let it = company(physics);
        let id = planted(&it, "D08");
        let change = Change::JobCluster { node_type: "m6i.2xlarge".to_owned(), min: 2, max: 2 };
        let (now, own) = (now(&it, &id), then(&it, &id, &change));
        assert_eq!(now.runs, own.runs);
        assert!(own.usd() < now.usd() * 0.8, "{now:?} {own:?}");
        assert!(own.run_minutes_mean < now.run_minutes_mean * 1.4, "{now:?} {own:?}");
    }
}

#[test]
fn jobs_on_one_cluster_start_it_once() {
    let it = company(Physics::Tasks);
    let jobs: Vec<String> =
        it.planted().iter().filter(|it| it.problem == "D04").map(|it| it.target_id.clone()).collect();
    let change = Change::ShareCluster { jobs: jobs.clone(), node_type: "m6i.xlarge".to_owned(), min: 2, max: 2 };
    let apart = it.outcome(&jobs, &[]).unwrap();
    let together = it.outcome(&jobs, &[(jobs[0].clone(), change)]).unwrap();
    assert_eq!(apart.runs, together.runs);
    // Three starts of some four minutes become one.
    assert!(together.vm_usd < apart.vm_usd * 0.95, "{apart:?} {together:?}");
}

#[test]
fn the_best_that_can_be_done_is_cheaper_and_harmless() {
    let it = company(Physics::Tasks);
    for problem in ["D01", "D05", "healthy"] {
        let id = planted(&it, problem);
        let before = now(&it, &id);
        let (changes, best) = it.best(&id).unwrap();
        assert!(best.usd() <= before.usd(), "{problem} {changes:?} {before:?} {best:?}");
        assert!(best.run_minutes_mean <= before.run_minutes_mean * 1.1, "{problem} {changes:?}");
        assert_eq!(it.outcome(std::slice::from_ref(&id), &changes).unwrap(), best);
    }
}

#[test]
fn planted_problems_are_problems() {
    for physics in BOTH {
        let it = company(physics);
        for problem in ["D01", "D02", "D04", "D05", "D07", "D08", "D39"] {
            let planted = it.planted().iter().find(|it| it.problem == problem).unwrap();
            let remedy = it.remedy(planted).unwrap().unwrap();
            assert!(remedy.verified, "{physics:?} {problem} {remedy:?}");
        }
    }
}

#[test]
fn a_cluster_that_is_down_at_night_costs_less_and_who_asks_then_waits() {
    let it = company(Physics::Tasks);
    let id = planted(&it, "decoy:service");
    let change = Change::OffHours { from_hour: 7, until_hour: 19 };
    let (now, office) = (now(&it, &id), then(&it, &id, &change));
    // 5 × 12 of 168 hours.
    assert!((office.dbu_usd / now.dbu_usd - 0.357).abs() < 0.02, "{now:?} {office:?}");
    assert!(office.queries_waited_hours > now.queries_waited_hours + 100.0);
}

#[test]
fn mended_runs_do_not_fail() {
    let mut it = company(Physics::Tasks);
    let id = planted(&it, "D02");
    it.world.jobs.iter_mut().find(|it| it.card.id == id).unwrap().latent.failures = 0.3;
    let (now, mended) = (now(&it, &id), then(&it, &id, &Change::Mended));
    assert!(now.failure_rate() > 0.1 && mended.failure_rate() < 0.02, "{now:?} {mended:?}");
}

#[test]
fn native_code_that_moves_to_arm_fails_every_time() {
    for physics in BOTH {
        let mut it = company(physics);
        let id = planted(&it, "D01");
        let job = it.world.jobs.iter_mut().find(|it| it.card.id == id).unwrap();
        job.latent.nature.needs_x86 = crate::workload::NeedsX86::Yes;
        let arm = then(&it, &id, &Change::WorkerType("m7g.2xlarge".to_owned()));
        assert!(arm.failed > arm.runs * 0.99, "{arm:?}");
        let (changes, best) = it.best(&id).unwrap();
        assert!(!best.harms(&now(&it, &id)), "{changes:?}");
    }
}

#[test]
fn a_job_that_wants_another_type_of_driver_does_without_its_pool() {
    let it = Company::new(&DemoOptions { days: 4, clusters: 41, ..DemoOptions::default() }).unwrap();
    let kept = |it: &&crate::world::Job| it.shape.pool.as_ref().is_some_and(|it| it.keeping.is_some());
    let job = it.world.jobs.iter().find(kept).unwrap();
    let id = job.card.id.clone();
    let mut changed = it.world.clone();
    let workers = Change::Workers { min: 1, max: 1 };
    for (change, pooled) in [(workers, true), (Change::DriverType("r5d.4xlarge".to_owned()), false)] {
        assert!(change::apply(&mut changed, &id, &change, 1));
        let shape = &changed.jobs.iter().find(|it| it.card.id == id).unwrap().shape;
        assert_eq!(shape.pool.is_some(), pooled, "{change}");
    }
}
