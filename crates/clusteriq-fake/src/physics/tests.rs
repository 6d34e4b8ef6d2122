//! Laws that hold in either physics.

use super::*;
use crate::catalog::node_type;
use crate::market::Watch;
use crate::nodes::{Identity, Role};
use crate::time::MINUTE;

const BOTH: [Physics; 2] = [Physics::Tasks, Physics::Fluid];

/// A run on so many workers of a type, driver included, on demand unless said otherwise.
struct Try {
    physics: Physics,
    stage: Stage,
    nature: Nature,
    worker: &'static str,
    workers: u32,
    engine: Engine,
    losses_per_hour: f64,
    number: u64,
}

impl Try {
    fn usual(physics: Physics) -> Self {
        Self {
            physics,
            stage: Stage { tasks: 64, task_seconds: 90.0, memory_gib: 30.0, ..Stage::USUAL },
            nature: Nature::USUAL,
            worker: "m6i.xlarge",
            workers: 4,
            engine: Engine::Standard,
            losses_per_hour: 0.0,
            number: 1,
        }
    }

    fn trace(&self) -> Trace {
        let node = |role, up, ready| {
            let node_type = node_type(self.worker);
            let (workspace_id, cluster_id) = ("1".into(), "c".into());
            let identity = Identity { workspace_id, cluster_id, instance_id: "i".into(), role, node_type };
            let mut node = Node::new(identity, up, ready);
            if role == Role::Worker && self.losses_per_hour > 0.0 {
                node.purchase = Purchase::Spot;
            }
            node
        };
        let mut nodes = vec![node(Role::Driver, 0, 0)];
        nodes.extend((0..self.workers).map(|_| node(Role::Worker, 0, 0)));
        let setting = Setting {
            nature: &self.nature,
            size: Size::Fixed(self.workers),
            engine: self.engine,
            ready: 0,
            spot: Spot {
                first_on_demand: 1,
                worker_losses_per_hour: self.losses_per_hour,
                driver_losses_per_hour: 0.0,
            },
        };
        let mut launch = |up, ready, _: &mut Random| node(Role::Worker, up, ready);
        let stages = vec![self.stage.clone(); 3];
        let mut random = Random::named(self.number, "try");
        run(self.physics, &stages, nodes, setting, &mut random, &mut launch)
    }

    fn minutes(&self) -> f64 {
        self.trace().end as f64 / MINUTE as f64
    }

    /// Of forty runs.
    fn failures(&self) -> usize {
        (0..40)
            .filter(|number| Try { number: *number, stage: self.stage.clone(), ..*self }.trace().ending != Ending::Done)
            .count()
    }
}

#[test]
fn more_memory_never_fails_more_in_either_physics() {
    for physics in BOTH {
        let mut failures = Vec::new();
        for worker in ["c6i.xlarge", "m6i.xlarge", "r6i.xlarge"] {
            let mut it = Try { worker, ..Try::usual(physics) };
            it.nature.spill_limit = 1.0;
            let at_sizes = [40.0, 75.0, 90.0, 150.0, 190.0].map(|memory_gib| {
                it.stage.memory_gib = memory_gib;
                it.failures()
            });
            assert!(at_sizes.is_sorted(), "{physics:?} {worker}: {at_sizes:?}");
            failures.push(at_sizes);
        }
        assert!(
            failures.windows(2).all(|it| it[0].iter().zip(&it[1]).all(|(less, more)| less >= more)),
            "{failures:?}"
        );
        assert!(failures[0][4] > 0 && failures[2][0] == 0, "{physics:?} {failures:?}");
    }
}

#[test]
fn a_driver_that_cannot_hold_the_results_fails() {
    for physics in BOTH {
        let mut it = Try::usual(physics);
        it.stage.driver_gib = 14.0;
        assert_eq!(it.trace().ending, Ending::DriverOutOfMemory);
        assert_eq!(Try { worker: "r6i.xlarge", ..it }.trace().ending, Ending::Done);
    }
}

#[test]
fn native_code_fails_on_arm_and_nowhere_else() {
    for physics in BOTH {
        let nature = Nature { needs_x86: NeedsX86::Yes, ..Nature::USUAL };
        let on = |worker, nature| Try { worker, nature, ..Try::usual(physics) }.trace().ending;
        assert_eq!(on("m7g.xlarge", nature), Ending::WrongArchitecture);
        assert_eq!(on("m6i.xlarge", nature), Ending::Done);
        assert_eq!(on("m7g.xlarge", Nature::USUAL), Ending::Done);
    }
}

#[test]
fn photon_follows_its_gain_and_slows_what_it_does_not_suit() {
    for physics in BOTH {
        let with = |photon_gain, engine| {
            let stage = Stage { photon_gain, ..Try::usual(physics).stage };
            Try { stage, engine, ..Try::usual(physics) }.minutes()
        };
        let plain = with(2.5, Engine::Standard);
        assert!(with(2.5, Engine::Photon) < plain * 0.65, "{physics:?}");
        assert!(with(0.85, Engine::Photon) > plain * 1.08, "{physics:?}");
    }
}

#[test]
fn only_spot_nodes_are_lost_and_losses_cost_time() {
    for physics in BOTH {
        let calm = Try::usual(physics);
        assert!(calm.trace().losses.is_empty());
        let rough = |number| Try { losses_per_hour: 2.0, number, ..Try::usual(physics) };
        let (mut lost, mut slower) = (0, 0.0);
        for number in 0..20 {
            let trace = rough(number).trace();
            lost += trace.losses.len();
            slower += trace.end as f64 / Try { number, ..Try::usual(physics) }.trace().end as f64 / 20.0;
        }
        assert!(lost > 10, "{physics:?} {lost}");
        assert!(slower > 1.03, "{physics:?} {slower}");
    }
}

#[test]
fn a_faster_core_helps_as_far_as_the_work_follows_it() {
    for physics in BOTH {
        let with = |worker, speed_affinity| {
            let nature = Nature { speed_affinity, ..Nature::USUAL };
            Try { worker, nature, ..Try::usual(physics) }.minutes()
        };
        let gain = |affinity| with("m5.xlarge", affinity) / with("m7a.xlarge", affinity);
        assert!(gain(0.9) > gain(0.3) + 0.05, "{physics:?} {} {}", gain(0.9), gain(0.3));
    }
}

#[test]
fn exchange_makes_many_small_nodes_worse_than_few_large_ones() {
    for physics in BOTH {
        let mut many = Try { worker: "m6i.xlarge", workers: 16, ..Try::usual(physics) };
        many.stage.shuffle = 0.4;
        many.stage.tasks = 256;
        let few = Try { worker: "m6i.4xlarge", workers: 4, stage: many.stage.clone(), ..many };
        assert!(few.minutes() < many.minutes() * 0.95, "{physics:?} {} {}", few.minutes(), many.minutes());
    }
}

#[test]
fn the_two_worlds_differ_in_shape_and_not_only_in_numbers() {
    // 20 pieces on 32 cores: bursts on full cores here, an even flow there.
    let spread = |physics| {
        let mut it = Try::usual(physics);
        it.stage = Stage { tasks: 18, task_seconds: 110.0, skew: 1.5, ..it.stage };
        let mut rows = Vec::new();
        let mut trace = it.trace();
        for node in &mut trace.nodes[1..] {
            node.down = trace.end;
            node.report(trace.end, &mut Random::named(1, "rows"), &mut rows);
        }
        let busy: Vec<f64> = rows.iter().map(|it| it.cpu_user + it.cpu_system).collect();
        let mean = busy.iter().sum::<f64>() / busy.len() as f64;
        (busy.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / busy.len() as f64).sqrt() / mean
    };
    let (bursts, even) = (spread(Physics::Tasks), spread(Physics::Fluid));
    assert!(bursts > even * 1.15, "{bursts} {even}");
}

#[test]
fn true_prices_of_spot_lie_within_the_catalogue() {
    let ground = Ground { seed: 5, physics: Physics::Tasks, watch: Watch::Nothing };
    for name in ["m6i.xlarge", "Standard_D8ds_v5", "r6i.xlarge"] {
        let losses = ground.losses_per_hour(node_type(name));
        assert!((0.002..=0.08).contains(&losses), "{name} {losses}");
    }
}
