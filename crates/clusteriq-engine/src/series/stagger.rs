//! Schedules that start together, moved apart by at most an hour: the fewest runs at once.
//!
//! Greedy from the largest load to the smallest, then each job is moved again until nothing improves. It is the
//! minimum-peak variant of interval scheduling with windows, which is NP-hard (strip packing), so this is a good answer,
//! not the best one; [`floor`] says how far from the best it can be.

use std::cmp::Reverse;

/// A job that starts again and again within a cycle (a day, a week).
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The minutes of the cycle at which it starts.
    pub starts: Vec<usize>,
    /// How many minutes past runs took, each at least one. Several say how likely it is that one still runs.
    pub runs: Vec<usize>,
    /// How much of what is scarce a run takes: 1 to count runs, or nodes, or quota.
    pub weight: u64,
    /// By how many minutes it may start earlier.
    pub earlier: usize,
    /// By how many minutes it may start later.
    pub later: usize,
}

/// Where jobs start after having been moved apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Staggered {
    /// By how many minutes each job moves; negative is earlier.
    pub shifts: Vec<i64>,
    /// The largest expected weight at once today.
    pub before: f64,
    /// The largest expected weight at once with the shifts.
    pub after: f64,
}

/// A job that moves, and what has been reached with it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Move {
    /// Which job, from 0.
    pub job: usize,
    /// By how many minutes; negative is earlier.
    pub shift: i64,
    /// The largest expected weight at once after this move and those before it.
    pub peak: f64,
}

/// Shifts in steps of `grain` minutes that make the largest expected weight at once small, in a cycle of `cycle` minutes.
/// A job that does not help by moving stays. Jobs keep their order in the answer.
pub fn stagger(jobs: &[Job], cycle: usize, grain: usize) -> Staggered {
    const PASSES: usize = 30;
    let grain = grain.max(1) as i64;
    let shapes: Vec<Shape> = jobs.iter().map(shape).collect();
    let before = peak(jobs, &vec![0; jobs.len()], cycle);
    let mut order: Vec<usize> = (0..jobs.len()).collect();
    order.sort_by_key(|it| (Reverse(shapes[*it].size()), *it));
    let mut load = vec![0u64; cycle.max(1)];
    let mut shifts = vec![0i64; jobs.len()];
    for which in &order {
        shifts[*which] = shapes[*which].best_shift(&load, &jobs[*which], grain);
        shapes[*which].put(&mut load, shifts[*which]);
    }
    let mut best = cost(&load);
    for _ in 0..PASSES {
        for which in &order {
            shapes[*which].take(&mut load, shifts[*which]);
            shifts[*which] = shapes[*which].best_shift(&load, &jobs[*which], grain);
            shapes[*which].put(&mut load, shifts[*which]);
        }
        let now = cost(&load);
        if now >= best {
            break;
        }
        best = now;
    }
    let after = peak(jobs, &shifts, cycle);
    if after < before {
        Staggered { shifts, before, after }
    } else {
        Staggered { shifts: vec![0; jobs.len()], before, after: before }
    }
}

/// The moves of `staggered` one by one, each with the peak once it and all before it are made: first what runs at the peak
/// of the moment, the heaviest there. People make few moves; the first ones do most. Ends at the last that lowers it.
pub fn in_order(jobs: &[Job], staggered: &Staggered, cycle: usize) -> Vec<Move> {
    let shapes: Vec<Shape> = jobs.iter().map(shape).collect();
    let mut load = vec![0u64; cycle.max(1)];
    shapes.iter().for_each(|it| it.put(&mut load, 0));
    let mut left: Vec<usize> = (0..jobs.len()).filter(|it| staggered.shifts[*it] != 0).collect();
    let mut moves: Vec<Move> = Vec::new();
    while !left.is_empty() {
        let highest = load.iter().copied().max().unwrap_or(0);
        let peak_minute = load.iter().position(|it| *it == highest).unwrap_or(0);
        let there = |job: usize| {
            shapes[job].minutes(0, load.len()).filter(|it| it.0 == peak_minute).map(|it| it.1).sum::<u64>()
        };
        let heaviest = left.iter().enumerate().map(|(place, job)| (there(*job), Reverse(*job), place)).max();
        let Some((weight, Reverse(job), place)) = heaviest else { break };
        if weight == 0 {
            break;
        }
        left.remove(place);
        shapes[job].take(&mut load, 0);
        shapes[job].put(&mut load, staggered.shifts[job]);
        let peak = load.iter().copied().max().unwrap_or(0) as f64 / PARTS as f64;
        moves.push(Move { job, shift: staggered.shifts[job], peak });
    }
    let lowest = moves.iter().map(|it| it.peak).fold(f64::INFINITY, f64::min);
    let last = moves.iter().position(|it| it.peak <= lowest).map_or(0, |it| it + 1);
    moves.truncate(last);
    moves
}

/// The largest expected weight at once, with each job moved by its shift.
pub fn peak(jobs: &[Job], shifts: &[i64], cycle: usize) -> f64 {
    let mut load = vec![0u64; cycle.max(1)];
    for (job, shift) in jobs.iter().zip(shifts) {
        shape(job).put(&mut load, *shift);
    }
    load.into_iter().max().unwrap_or(0) as f64 / PARTS as f64
}

/// No shifts whatsoever have a peak below this: the mean weight, and what one job needs by itself.
pub fn floor(jobs: &[Job], cycle: usize) -> f64 {
    let mean = jobs.iter().map(|it| shape(it).size()).sum::<u64>() as f64 / (PARTS as f64 * cycle.max(1) as f64);
    jobs.iter().map(|it| peak(std::slice::from_ref(it), &[0], cycle)).fold(mean, f64::max)
}

/// Weights are added in thousandths, so that sums do not depend on their order.
const PARTS: u64 = 1000;

/// When a job starts, and its expected weight in each minute after a start, in thousandths.
struct Shape<'a> {
    starts: &'a [usize],
    weights: Vec<u64>,
}

fn shape(job: &Job) -> Shape<'_> {
    let longest = job.runs.iter().copied().max().unwrap_or(1).max(1);
    let count = job.runs.len().max(1) as u64;
    // Every run has a first minute, also of a job that never ran.
    let running = |minute: usize| match minute {
        0 => count,
        _ => job.runs.iter().filter(|it| **it > minute).count() as u64,
    };
    Shape { starts: &job.starts, weights: (0..longest).map(|it| job.weight * running(it) * PARTS / count).collect() }
}

impl Shape<'_> {
    fn size(&self) -> u64 {
        self.starts.len() as u64 * self.weights.iter().sum::<u64>()
    }

    fn minutes(&self, shift: i64, cycle: usize) -> impl Iterator<Item = (usize, u64)> {
        self.starts.iter().flat_map(move |start| {
            let from = (*start as i64 + shift).rem_euclid(cycle as i64) as usize;
            self.weights.iter().enumerate().map(move |(it, weight)| ((from + it) % cycle, *weight))
        })
    }

    fn put(&self, load: &mut [u64], shift: i64) {
        self.minutes(shift, load.len()).for_each(|(minute, weight)| load[minute] += weight);
    }

    fn take(&self, load: &mut [u64], shift: i64) {
        self.minutes(shift, load.len()).for_each(|(minute, weight)| load[minute] -= weight);
    }

    /// The shift with the lowest peak on top of `load`; among equals the one over the least load, then the smallest move,
    /// then the later one, because what a job reads is then there for sure.
    fn best_shift(&self, load: &[u64], job: &Job, grain: i64) -> i64 {
        let elsewhere = load.iter().copied().max().unwrap_or(0);
        (-(job.earlier as i64) / grain..=job.later as i64 / grain)
            .map(|it| it * grain)
            .map(|shift| {
                let (mut highest, mut under) = (elsewhere, 0);
                for (minute, weight) in self.minutes(shift, load.len()) {
                    highest = highest.max(load[minute] + weight);
                    under += load[minute] * weight;
                }
                (highest, under, shift.abs(), shift < 0, shift)
            })
            .min()
            .map_or(0, |it| it.4)
    }
}

/// Peak, how many minutes have it, and the sum of squares, which prefers even loads.
fn cost(load: &[u64]) -> (u64, usize, u64) {
    let peak = load.iter().copied().max().unwrap_or(0);
    (peak, load.iter().filter(|it| **it == peak).count(), load.iter().map(|it| it * it).sum())
}
