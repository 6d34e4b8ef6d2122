//! Learns the prior from measurements: `bench/decisions/learn.py` runs it.
//!
//! `learn RUNS.csv ASSUMPTIONS.json STEPS` looks for beliefs under which runs that are kept back were foreseen best, of algorithms of which
//! no other run is known: so many steps of a random search that keeps what is better. It prints the best as JSON.

// The engine is pure; this program reads files and arguments.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use clusteriq_engine::predict::{Population, Prior};
use clusteriq_model::{Cores, Fraction, Gib, Minutes, Nodes, Observation, Usage};
use serde_json::{Value, json};

/// Workloads that are drawn: fewer than usual, for speed.
const DRAWS: usize = 2_000;
/// Starts of an algorithm, and runs that are seen of each before the others are foretold.
const STARTS: usize = 9;
const SEEN: [usize; 3] = [1, 2, 4];
/// What a relative error counts where runs have their utilisation, against the logarithm of a density.
const ERROR: f64 = 5.0;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Splitmix64, so that the search is the same every time.
struct Chance(u64);

impl Chance {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((it ^ (it >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, number: usize) -> usize {
        (self.unit() * number as f64) as usize
    }

    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// A workload's runs.
struct Workload {
    algorithm: String,
    runs: Vec<Observation>,
}

/// An algorithm that is foretold from the others of its set.
struct Fold {
    set: String,
    algorithm: String,
    known: Vec<Vec<Observation>>,
    places: Vec<Nodes>,
    /// What is seen, and what is then foretold.
    asked: Vec<(Vec<Observation>, Vec<Observation>)>,
}

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, runs, assumptions, steps] = arguments.as_slice() else {
        return Err("usage: learn RUNS.csv ASSUMPTIONS.json STEPS".into());
    };
    let assumptions: Value = serde_json::from_str(&std::fs::read_to_string(assumptions)?)?;
    let assumed: BTreeSet<String> = serde_json::from_value(assumptions["assumed"].clone())?;
    let folds = folds(&read(Path::new(runs))?);
    let mut best = assumptions["prior"].clone();
    let names: Vec<String> =
        best.as_object().ok_or("no prior")?.keys().filter(|it| !assumed.contains(*it)).cloned().collect();
    let mut top = score(&serde_json::from_value(best.clone())?, &folds);
    let mut chance = Chance(1);
    for step in 0..steps.parse::<usize>()? {
        let mut tried = best.clone();
        for _ in 0..=chance.below(2) {
            let name = &names[chance.below(names.len())];
            change(name, &mut tried[name], &mut chance);
        }
        let prior: Prior = serde_json::from_value(tried.clone())?;
        if prior.need[0] < prior.need[1] {
            let reached = score(&prior, &folds);
            if reached > top {
                (top, best) = (reached, tried);
                eprintln!("step {step}: {top:.4}");
            }
        }
    }
    println!("{}", json!({ "score": top, "assumed": assumed, "prior": best }));
    Ok(())
}

fn read(path: &Path) -> Outcome<BTreeMap<String, BTreeMap<String, Workload>>> {
    let mut sets: BTreeMap<String, BTreeMap<String, Workload>> = BTreeMap::new();
    for row in csv::Reader::from_path(path)?.deserialize() {
        let row: BTreeMap<String, String> = row?;
        let number = |name: &str| row[name].parse::<f64>();
        let known = |name: &str| row[name].parse::<f64>().ok();
        let run = Observation {
            nodes: Nodes {
                node_type: row["node_type"].clone(),
                workers: number("workers")? as u32,
                cores: Cores(number("vcpus")?),
                memory: Gib(number("memory_gib")?),
                price: None,
            },
            completed: row["completed"] == "true",
            runtime: Minutes(number("runtime_s")? / 60.0),
            input_bytes: known("input_bytes").map(|it| it as u64),
            usage: known("cpu_busy_mean").map(|busy| Usage {
                busy: Fraction(busy / 100.0),
                waiting: known("io_wait_mean").map(|it| Fraction(it / 100.0)),
                memory: known("memory_used_gib_max").map(Gib),
            }),
        };
        let set = sets.entry(row["set"].clone()).or_default();
        let new = || Workload { algorithm: row["algorithm"].clone(), runs: vec![] };
        set.entry(row["workload"].clone()).or_insert_with(new).runs.push(run);
    }
    Ok(sets)
}

fn folds(sets: &BTreeMap<String, BTreeMap<String, Workload>>) -> Vec<Fold> {
    let mut folds = vec![];
    let mut chance = Chance(5);
    for (set, workloads) in sets {
        let algorithms: BTreeSet<&String> = workloads.values().map(|it| &it.algorithm).collect();
        for algorithm in algorithms {
            let (mine, others): (Vec<&Workload>, Vec<&Workload>) =
                workloads.values().partition(|it| it.algorithm == *algorithm);
            let mut asked = vec![];
            for it in mine.iter().filter(|it| it.runs.len() >= 5) {
                for _ in 0..(STARTS / mine.len()).max(2) {
                    asked.extend(questions(&it.runs, &mut chance));
                }
            }
            folds.push(Fold {
                set: set.clone(),
                algorithm: algorithm.clone(),
                known: others.iter().map(|it| it.runs.clone()).collect(),
                places: workloads.values().flat_map(|it| &it.runs).map(|it| it.nodes.clone()).collect(),
                asked,
            });
        }
    }
    folds
}

/// Runs in a random order of which the first completed: so many are seen, the others are foretold.
fn questions(runs: &[Observation], chance: &mut Chance) -> Vec<(Vec<Observation>, Vec<Observation>)> {
    let mut order: Vec<Observation> = runs.to_vec();
    for it in (1..order.len()).rev() {
        order.swap(it, chance.below(it + 1));
    }
    let Some(first) = order.iter().position(|it| it.completed) else { return vec![] };
    order.swap(0, first);
    let seen: &[usize] = if order[0].usage.is_some() { &SEEN[..1] } else { &SEEN };
    let fits = seen.iter().filter(|it| **it + 1 < order.len());
    fits.map(|it| (order[..*it].to_vec(), order[*it..].to_vec())).collect()
}

/// How well an algorithm is foretold.
fn foretold(prior: &Prior, fold: &Fold) -> f64 {
    let population = Population::of_draws(DRAWS, prior.clone(), &fold.places, &fold.known);
    let (mut sum, mut number) = (0.0, 0.0);
    for (seen, rest) in &fold.asked {
        let Some(posterior) = population.posterior(seen) else { continue };
        let of = |it: &Observation| {
            let Some(at) = population.place(&it.nodes) else { return 0.0 };
            if it.usage.is_some() {
                -ERROR * (posterior.forecast(at).runtime.likely / it.runtime - 1.0).abs()
            } else {
                posterior.foresaw(at, it.completed.then_some(it.runtime))
            }
        };
        sum += rest.iter().map(of).sum::<f64>() / rest.len() as f64;
        number += 1.0;
    }
    sum / number
}

/// Mean over the sets of the mean over their algorithms.
fn score(prior: &Prior, folds: &[Fold]) -> f64 {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done: Vec<(usize, f64)> = vec![];
        while let Some((number, fold)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|it| Some((it, folds.get(it)?)))
        {
            done.push((number, foretold(prior, fold)));
        }
        done
    };
    let mut done = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..2).map(|_| scope.spawn(work)).collect();
        threads.into_iter().flat_map(|it| it.join().unwrap_or_default()).collect::<Vec<_>>()
    });
    done.sort_by_key(|it| it.0);
    let mut sets: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for ((_, reached), fold) in done.iter().zip(folds) {
        debug_assert!(!fold.algorithm.is_empty());
        sets.entry(&fold.set).or_default().push(*reached);
    }
    let mean = |it: &[f64]| it.iter().sum::<f64>() / it.len() as f64;
    let means: Vec<f64> = sets.values().map(|it| mean(it)).collect();
    mean(&means)
}

/// Moves a belief a little: amounts and spreads by a factor, shares by their odds, the rest by a difference.
fn change(name: &str, belief: &mut Value, chance: &mut Chance) {
    let factor = (0.25 * chance.normal()).exp();
    if let Value::Array(pair) = belief {
        let at = chance.below(pair.len());
        let it = pair[at].as_f64().unwrap_or_default();
        let spread = at == 1 && !matches!(name, "need");
        pair[at] = if spread || name == "alike" { it * factor } else { it + 0.3 * chance.normal() }.into();
    } else {
        let it = belief.as_f64().unwrap_or_default();
        let share = name.starts_with("with_") || name == "others_failure";
        let odds = it / (1.0 - it) * factor.powf(1.6);
        *belief = if share { odds / (1.0 + odds) } else { it * factor }.into();
    }
}
