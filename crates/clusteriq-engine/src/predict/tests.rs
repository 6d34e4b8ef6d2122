//! What predictions must do whatever was learned.

use clusteriq_model::{Cores, Fraction, Gib, Minutes, Nodes, Observation, Usage, UsdPerHour};
use proptest::prelude::*;

use super::{Population, Prior, Tolerance, Why};

fn nodes(node_type: &str, workers: u32, cores: f64, memory: f64, price: f64) -> Nodes {
    Nodes {
        node_type: node_type.into(),
        workers,
        cores: Cores(cores),
        memory: Gib(memory),
        price: Some(UsdPerHour(price)),
    }
}

/// Three kinds of nodes, two to sixteen of each.
fn places() -> Vec<Nodes> {
    let kinds = [("c5.xlarge", 8.0, 0.17), ("m5.xlarge", 16.0, 0.192), ("r5.xlarge", 32.0, 0.252)];
    let sizes = [2, 4, 8, 16];
    kinds.iter().flat_map(|it| sizes.map(|workers| nodes(it.0, workers, 4.0, it.1, it.2))).collect()
}

fn population(known: &[Vec<Observation>]) -> Population {
    Population::of_draws(1_000, Prior::default(), &places(), known)
}

fn run(place: usize, minutes: f64) -> Observation {
    let nodes = places().swap_remove(place);
    Observation { nodes, completed: true, runtime: Minutes(minutes), input_bytes: None, usage: None }
}

fn failed(place: usize) -> Observation {
    Observation { completed: false, ..run(place, 1.0) }
}

/// A workload that needs so many core-minutes, and some on one core.
fn scaling(serial: f64, spread: f64) -> Vec<Observation> {
    let minutes = |it: &Nodes| serial + spread / (f64::from(it.workers) * it.cores.0);
    (0..places().len()).map(|it| run(it, minutes(&places()[it]))).collect()
}

#[test]
fn the_stored_prior_is_read_and_is_sane() {
    let it = Prior::default();
    for share in [it.with_cliff, it.with_least, it.with_overhead, it.with_pressure, it.fails_below, it.fails_anyway] {
        assert!((0.0..=1.0).contains(&share));
    }
    assert!(it.noise > 0.0 && it.left_over > 0.0 && it.need[0] < it.need[1]);
}

#[test]
fn where_a_workload_ran_it_is_expected_to_take_as_long_again() {
    let posterior = population(&[]).posterior(&[run(5, 30.0)]).unwrap();
    let it = posterior.forecast(5);
    assert!((it.runtime.likely.0 / 30.0 - 1.0).abs() < 0.05, "{it:?}");
    let elsewhere = posterior.forecast(7);
    let width = |it: super::Forecast| it.runtime.high.0 / it.runtime.low.0;
    assert!(width(elsewhere) > width(it));
}

#[test]
fn more_runs_foretell_better_than_fewer() {
    let workload = scaling(2.0, 480.0);
    let population = population(&[]);
    let foresaw = |seen: &[usize]| {
        let runs: Vec<Observation> = seen.iter().map(|it| workload[*it].clone()).collect();
        let posterior = population.posterior(&runs).unwrap();
        let rest = (0..workload.len()).filter(|it| ![5, 7, 8, 10].contains(it));
        rest.map(|it| posterior.foresaw(it, Some(workload[it].runtime))).sum::<f64>()
    };
    let (one, two, four) = (foresaw(&[5]), foresaw(&[5, 7]), foresaw(&[5, 7, 8, 10]));
    assert!(one < two && two < four, "{one} {two} {four}");
}

#[test]
fn a_failure_makes_places_with_less_memory_suspect() {
    let population = population(&[]);
    let before = population.posterior(&[run(11, 10.0)]).unwrap();
    let after = population.posterior(&[run(11, 10.0), failed(6)]).unwrap();
    let failure = |it: &super::Posterior, at: usize| it.forecast(at).failure.0;
    assert!(failure(&after, 0) > 0.5 && failure(&before, 0) < 0.3);
    assert!(failure(&after, 11) < 0.05);
}

#[test]
fn another_workload_that_uses_its_nodes_alike_is_followed() {
    let busy = |it: f64, runs: Vec<Observation>| -> Vec<Observation> {
        let usage = Usage { busy: Fraction(it), waiting: Some(Fraction(0.0)), memory: Some(Gib(20.0)) };
        runs.into_iter().map(|it| Observation { usage: Some(usage), ..it }).collect()
    };
    let (flat, steep) = (busy(0.1, scaling(30.0, 10.0)), busy(0.9, scaling(0.1, 480.0)));
    let known: Vec<Vec<Observation>> = [&flat, &steep].into_iter().cycle().take(8).cloned().collect();
    let population = population(&known);
    for (workload, other) in [(&flat, &steep), (&steep, &flat)] {
        let likely = population.posterior(&workload[4..5]).unwrap().forecast(7).runtime.likely.0;
        let (own, others) = (workload[7].runtime.0, other[7].runtime.0);
        assert!((likely / own).ln().abs() < (likely / others).ln().abs(), "{likely} of {own}, not {others}");
    }
}

#[test]
fn why_nothing_is_recommended_is_said() {
    let population = population(&[]);
    let advise = |runs: &[Observation]| population.advise(&[0, 5], runs, 1, &Tolerance::default()).recommended;
    assert_eq!(advise(&[failed(5)]), Err(Why::NothingSeen));
    let mut unpriced = run(5, 10.0);
    unpriced.nodes.price = None;
    assert_eq!(advise(&[unpriced]), Err(Why::NoPrice));
    let strict = Tolerance { harm: 0.0, slow: 0.0, failure: 0.0, ..Tolerance::default() };
    assert_eq!(population.advise(&[0, 5], &[run(5, 10.0)], 1, &strict).recommended, Err(Why::NothingBetter));
}

#[test]
fn a_workload_that_does_not_scale_is_moved_to_fewer_nodes_once_that_is_tried() {
    let workload = scaling(30.0, 5.0);
    let candidates: Vec<usize> = (0..places().len()).collect();
    let population = population(&[]);
    let cost = |it: &Observation| it.nodes.cost(it.runtime).unwrap().0;
    let mut seen = vec![workload[7].clone()];
    for left in (1..=30).rev() {
        let Ok(next) = population.advise(&candidates, &seen, left, &Tolerance::default()).recommended else { break };
        assert!(seen.iter().all(|it| it.nodes != workload[next.candidate].nodes), "a known place is no trial");
        seen.push(workload[next.candidate].clone());
    }
    let best = seen.iter().map(cost).fold(f64::MAX, f64::min);
    assert!(best < 0.7 * cost(&workload[7]), "{best} of {}", cost(&workload[7]));
    assert!(seen.len() <= 7, "{} tries", seen.len() - 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn forecasts_are_ordered_and_probable_whatever_was_seen(
        first in 0..12_usize, minutes in 0.1..500.0_f64, more in proptest::collection::vec((0..12_usize, 0.1..500.0_f64, any::<bool>()), 0..5),
    ) {
        let mut runs = vec![run(first, minutes)];
        runs.extend(more.iter().map(|it| Observation { completed: it.2, ..run(it.0, it.1) }));
        let population = population(&[scaling(1.0, 100.0), scaling(5.0, 10.0), scaling(0.0, 50.0)]);
        let advice = population.advise(&[0, 3, 6, 9], &runs, 10, &Tolerance::default());
        prop_assert_eq!(&advice, &population.advise(&[0, 3, 6, 9], &runs, 10, &Tolerance::default()));
        for it in &advice.forecasts {
            prop_assert!(0.0 < it.runtime.low.0 && it.runtime.low <= it.runtime.likely && it.runtime.likely <= it.runtime.high);
            prop_assert!(it.runtime.high.0.is_finite() && (0.0..=1.0).contains(&it.failure.0));
        }
        if let Ok(it) = advice.recommended {
            prop_assert!(it.candidate < 4 && (0.0..=1.0).contains(&it.risk.0));
        }
    }
}
