//! Changes of level: false ones on noise and on real run times in random order, and how many true ones are found.

use crate::data::Dice;
use crate::{Outcome, data, row};
use clusteriq_engine::series::change::{WORTH, at_equal_size, changes};
use std::path::Path;

const TIMES: usize = 2000;

pub(crate) fn measure(folder: &Path) -> Outcome<()> {
    let mut dice = Dice(1);
    let mut noise = |name: &str, draw: &mut dyn FnMut(&mut Dice) -> Vec<f64>| {
        let (mut plain, mut ours) = (0, 0);
        for _ in 0..TIMES {
            let values = draw(&mut dice);
            plain += usize::from(by_z(&values).is_some());
            ours += usize::from(!changes(&values, &WORTH).1.is_empty());
        }
        let share = |it: usize| format!("{:.1} %", 100.0 * it as f64 / TIMES as f64);
        row([
            "change",
            name,
            "series with a false change",
            "last 5 runs, z ≥ 2.5 against all before",
            &share(plain),
            &share(ours),
        ]);
    };
    for runs in [20, 30, 60, 100, 200] {
        noise(&format!("{runs} runs, noise 8 %"), &mut |it| (0..runs).map(|_| (0.08 * it.normal()).exp()).collect());
        noise(&format!("{runs} runs, noise 40 %"), &mut |it| (0..runs).map(|_| (0.4 * it.normal()).exp()).collect());
    }
    noise("60 runs, noise 20 %, 5 % of runs tenfold", &mut |it| {
        (0..60).map(|_| (0.2 * it.normal()).exp() * if it.share() < 0.05 { 10.0 } else { 1.0 }).collect()
    });
    for r in [0.3, 0.6] {
        noise(&format!("60 runs, noise 20 %, each like the one before (r {r})"), &mut |it| {
            let mut last = it.normal();
            (0..60)
                .map(|_| {
                    last = r * last + (1.0f64 - r * r).sqrt() * it.normal();
                    (0.2 * last).exp()
                })
                .collect()
        });
    }
    let groups = data::run_times(folder)?;
    let first: Vec<Vec<f64>> = groups.iter().map(|it| it.iter().copied().take(100).collect()).collect();
    noise("swf run times of a user and size, in random order", &mut |it| {
        let mut values = first[it.below(first.len())].clone();
        for place in (1..values.len()).rev() {
            values.swap(place, it.below(place + 1));
        }
        values
    });
    let changed = first.iter().filter(|it| !changes(it, &WORTH).1.is_empty()).count();
    let plain = first.iter().filter(|it| by_z(it).is_some()).count();
    let of = |it: usize| format!("{it} of {}", first.len());
    row([
        "change",
        "swf run times, in their order",
        "series with a change (truth unknown)",
        "last 5 runs, z ≥ 2.5",
        &of(plain),
        &of(changed),
    ]);

    let mut found = |name: &str, before: usize, after: usize, noise: f64, ratio: f64| {
        let (mut plain, mut ours, mut near, mut held) = (0, 0, 0, 0);
        for _ in 0..TIMES {
            let values: Vec<f64> = (0..before + after)
                .map(|it| (noise * dice.normal()).exp() * if it < before { 1.0 } else { ratio })
                .collect();
            plain += usize::from(by_z(&values).is_some_and(|it| it.abs_diff(before) <= 5));
            if let [it] = changes(&values, &WORTH).1.as_slice() {
                ours += 1;
                near += usize::from(it.at.abs_diff(before) <= 2);
                held += usize::from(it.low <= ratio && ratio <= it.high);
            }
        }
        let share = |it: usize, of: usize| format!("{:.1} %", 100.0 * it as f64 / of.max(1) as f64);
        let text = format!(
            "{} ({} of them within two runs, interval holds {})",
            share(ours, TIMES),
            share(near, ours),
            share(held, ours)
        );
        row(["change", name, "found, exactly one", "last 5 runs, z ≥ 2.5, within 5 runs", &share(plain, TIMES), &text]);
    };
    found("15 + 15 runs, +20 %, noise 8 %", 15, 15, 0.08, 1.2);
    found("15 + 15 runs, −20 %, noise 8 %", 15, 15, 0.08, 0.8);
    found("30 + 10 runs, +20 %, noise 8 %", 30, 10, 0.08, 1.2);
    found("30 + 30 runs, +20 %, noise 20 %", 30, 30, 0.20, 1.2);
    found("30 + 30 runs, +50 %, noise 40 %", 30, 30, 0.40, 1.5);

    let mut both = 0;
    for _ in 0..TIMES {
        let level = |it: usize| if (20..40).contains(&it) { 1.4 } else { 1.0 };
        let values: Vec<f64> = (0..60).map(|it| (0.1 * dice.normal()).exp() * level(it)).collect();
        let at: Vec<usize> = changes(&values, &WORTH).1.iter().map(|it| it.at).collect();
        both += usize::from(at.len() == 2 && at[0].abs_diff(20) <= 2 && at[1].abs_diff(40) <= 2);
    }
    let text = format!("{:.1} %", 100.0 * both as f64 / TIMES as f64);
    row(["change", "+40 % from run 20 to 40 of 60, noise 10 %", "both found within two runs, no other", "", "", &text]);

    // Inputs that grow make runs longer, which is no change; a change under them is still found.
    let (mut raw, mut equal, mut kept) = (0, 0, 0);
    for _ in 0..TIMES {
        let sizes: Vec<f64> = (0..40).map(|it| (0.02 * it as f64 + 0.3 * dice.normal()).exp()).collect();
        let grown: Vec<f64> = sizes.iter().map(|it| it.powf(0.8) * (0.08 * dice.normal()).exp()).collect();
        let worse: Vec<f64> = grown.iter().enumerate().map(|it| it.1 * if it.0 < 20 { 1.0 } else { 1.3 }).collect();
        raw += usize::from(!changes(&grown, &WORTH).1.is_empty());
        equal += usize::from(!changes(&at_equal_size(&grown, &sizes).0, &WORTH).1.is_empty());
        kept += usize::from(changes(&at_equal_size(&worse, &sizes).0, &WORTH).1.len() == 1);
    }
    let share = |it: usize| format!("{:.1} %", 100.0 * it as f64 / TIMES as f64);
    row([
        "change",
        "40 runs, input grows 2 % per run",
        "series with a false change",
        "run time as it is",
        &share(raw),
        &share(equal),
    ]);
    row(["change", "the same, and +30 % after 20 runs", "found, exactly one", "", "", &share(kept)]);
    Ok(())
}

/// The usual rule (detections.md, D32): the first run at which the mean logarithm of the last five is 2.5 standard
/// errors from all before, of which there are at least five.
fn by_z(values: &[f64]) -> Option<usize> {
    let logs: Vec<f64> = values.iter().map(|it| it.ln()).collect();
    (5..=logs.len().saturating_sub(5)).find(|at| {
        let (before, last) = (&logs[..*at], &logs[*at..at + 5]);
        let mean = before.iter().sum::<f64>() / before.len() as f64;
        let variance = before.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (before.len() as f64 - 1.0);
        let off = last.iter().sum::<f64>() / 5.0 - mean;
        off.abs() >= 2.5 * (variance / 5.0).sqrt()
    })
}
