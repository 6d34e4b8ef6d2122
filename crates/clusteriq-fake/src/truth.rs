//! What would have happened on another configuration: the same work, the same people, the same failures, run again.
//!
//! This is how promised savings are judged: with the work that no table shows, not with an advisor's formula.

use clusteriq_model::{Dbu, Hours};

use crate::catalog::catalog;
use crate::time::{DAY, Day};
use crate::workload::Size;
use crate::world::{Shape, World};
use crate::{DemoOptions, FakeError, actors, start};

/// A configuration to try instead of the one that there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Instead {
    /// As it is.
    Nothing,
    /// Another cluster for a job, or another all-purpose cluster; without a node type: the one it has.
    Cluster {
        /// Driver's and workers'.
        node_type: Option<String>,
        /// Equal to `max_workers`: a fixed size.
        min_workers: u32,
        /// The most that autoscaling may take.
        max_workers: u32,
    },
    /// An all-purpose cluster terminates after so many minutes without work; 0: never.
    Autotermination {
        /// Minutes.
        minutes: i64,
    },
    /// A warehouse stops after so many minutes without queries; 0: never.
    AutoStop {
        /// Minutes.
        minutes: i64,
    },
}

/// What it did and used over the whole history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truth {
    /// Runs of jobs.
    pub runs: u64,
    /// Runs that did not succeed in the end.
    pub failed: u64,
    /// Time of all runs, start-up included.
    pub run_hours: Hours,
    /// Billed.
    pub dbu: Dbu,
    /// Time of all nodes, start-up included: what the cloud charges for.
    pub node_hours: Hours,
    /// Time that queries waited for a warehouse to start or for a place.
    pub queries_waited: Hours,
}

/// Runs one resource's whole history again on another configuration.
pub fn truth(options: &DemoOptions, target_id: &str, instead: &Instead) -> Result<Truth, FakeError> {
    let start = start(options)?;
    let mut world = World::new(options, start);
    if !change(&mut world, target_id, instead) {
        return Err(FakeError::NoSuchChange { id: target_id.to_owned(), change: format!("{instead:?}") });
    }
    let mut truth = Truth {
        runs: 0,
        failed: 0,
        run_hours: Hours(0.0),
        dbu: Dbu(0.0),
        node_hours: Hours(0.0),
        queries_waited: Hours(0.0),
    };
    let mut failed = std::collections::BTreeSet::new();
    for mut actor in actors(options, &world) {
        for number in 0..i64::from(options.days) {
            let until = options.until.as_millisecond();
            let records = actor.day(Day { number, start: start + number * DAY, until });
            truth.runs += records.runs;
            truth.node_hours = Hours(truth.node_hours.0 + records.minutes.len() as f64 / 60.0);
            for it in &records.usage {
                truth.dbu = Dbu(truth.dbu.0 + it.dbu_billionths as f64 / 1e9);
            }
            for it in &records.queries {
                let waited = it.waiting_for_compute + it.waiting_at_capacity;
                truth.queries_waited = Hours(truth.queries_waited.0 + waited as f64 / 3.6e6);
            }
            for it in &records.job_runs {
                truth.run_hours = Hours(truth.run_hours.0 + (it.end - it.start) as f64 / 3.6e6);
                match it.result {
                    Some((crate::records::RunEnd::Succeeded, _)) => drop(failed.remove(&it.run_id)),
                    Some(_) => drop(failed.insert(it.run_id.clone())),
                    None => {}
                }
            }
        }
    }
    truth.failed = failed.len() as u64;
    Ok(truth)
}

/// Leaves only the target in the world, changed; says whether there is one that takes the change.
fn change(world: &mut World, id: &str, instead: &Instead) -> bool {
    world.endpoints.clear();
    world.jobs.retain(|it| it.card.id == id);
    world.streams.retain(|it| it.card.id == id);
    world.all_purpose.retain(|it| &*it.id == id);
    world.warehouses.retain(|it| it.id == id);
    match instead {
        Instead::Nothing => {
            !(world.jobs.is_empty()
                && world.streams.is_empty()
                && world.all_purpose.is_empty()
                && world.warehouses.is_empty())
        }
        Instead::Cluster { node_type, min_workers, max_workers } => {
            let jobs = world.jobs.iter_mut().chain(&mut world.streams).map(|it| &mut it.shape);
            let shape = jobs.chain(world.all_purpose.iter_mut().map(|it| &mut it.shape)).next();
            shape.is_some_and(|it| reshape(it, node_type.as_deref(), *min_workers, *max_workers))
        }
        Instead::Autotermination { minutes } => {
            for it in &mut world.all_purpose {
                it.autotermination = (*minutes > 0).then_some(*minutes);
            }
            !world.all_purpose.is_empty()
        }
        Instead::AutoStop { minutes } => {
            for it in &mut world.warehouses {
                it.auto_stop_minutes = *minutes;
            }
            !world.warehouses.is_empty()
        }
    }
}

fn reshape(shape: &mut Shape, node_type: Option<&str>, min: u32, max: u32) -> bool {
    if let Some(node_type) = node_type {
        let Some(found) = catalog().node_types.get(node_type).filter(|it| it.cloud == shape.worker.cloud) else {
            return false;
        };
        (shape.driver, shape.worker) = (found, found);
    }
    shape.size = if min == max { Size::Fixed(max) } else { Size::Autoscale { min, max } };
    min <= max
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> DemoOptions {
        DemoOptions { days: 7, ..DemoOptions::default() }
    }

    fn planted(problem: &str) -> String {
        let options = options();
        let world = World::new(&options, options.until.as_millisecond() - 7 * DAY);
        world.planted.iter().find(|it| it.problem == problem).unwrap().target_id.clone()
    }

    fn of(id: &str, instead: &Instead) -> Truth {
        truth(&options(), id, instead).unwrap()
    }

    fn workers(count: u32) -> Instead {
        Instead::Cluster { node_type: None, min_workers: count, max_workers: count }
    }

    #[test]
    fn fewer_workers_make_the_oversized_job_cheaper_and_hardly_slower() {
        let id = planted("D01");
        let (now, fewer) = (of(&id, &Instead::Nothing), of(&id, &workers(5)));
        assert_eq!(now.runs, fewer.runs);
        assert!(fewer.dbu.0 < now.dbu.0 * 0.65, "{now:?} {fewer:?}");
        assert!(fewer.run_hours.0 < now.run_hours.0 * 1.1, "{now:?} {fewer:?}");
    }

    #[test]
    fn fewer_workers_do_not_help_a_job_that_needs_their_memory() {
        let id = planted("decoy:memory-bound");
        let (now, fewer) = (of(&id, &Instead::Nothing), of(&id, &workers(2)));
        assert!(fewer.run_hours.0 > now.run_hours.0 * 1.5, "{now:?} {fewer:?}");
    }

    #[test]
    fn a_healthy_job_gets_slower_as_it_gets_smaller() {
        let id = planted("healthy");
        let (now, fewer) = (of(&id, &Instead::Nothing), of(&id, &workers(2)));
        assert!(fewer.run_hours.0 > now.run_hours.0 * 1.3, "{now:?} {fewer:?}");
    }

    #[test]
    fn autotermination_saves_a_forgotten_cluster() {
        let id = planted("D05");
        let (now, then) = (of(&id, &Instead::Nothing), of(&id, &Instead::Autotermination { minutes: 30 }));
        assert!(then.dbu.0 < now.dbu.0 * 0.3, "{now:?} {then:?}");
    }

    #[test]
    fn auto_stop_saves_an_idle_warehouse_and_nothing_on_a_busy_one() {
        let stop = Instead::AutoStop { minutes: 10 };
        let (idle, busy) = (planted("D39"), planted("decoy:always-busy"));
        assert!(of(&idle, &stop).dbu.0 < of(&idle, &Instead::Nothing).dbu.0 * 0.5);
        assert!(of(&busy, &stop).dbu.0 > of(&busy, &Instead::Nothing).dbu.0 * 0.95);
    }

    #[test]
    fn what_nobody_has_cannot_be_changed() {
        let result = truth(&options(), "no such id", &Instead::Nothing);
        assert!(matches!(result, Err(FakeError::NoSuchChange { .. })));
    }
}
