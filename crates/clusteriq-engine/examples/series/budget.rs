//! Sums over the coming one, two and four weeks, as for a budget: how far off, how often the interval holds, and whether
//! probabilities of a breach are what happens. By day, of the six AdExchange series (prices paid, about 68 days).

use crate::{Outcome, data, row};
use clusteriq_engine::series::forecast::forecast;
use clusteriq_engine::series::robust::{normal_quantile, normal_tail};
use std::path::Path;

#[derive(Default)]
struct Tally {
    count: f64,
    off: f64,
    held: f64,
    brier: f64,
    said: f64,
    was: f64,
}

impl Tally {
    /// `breach` says how likely a sum above a budget is; budgets are 90 to 120 % of what the last days would give.
    fn add(&mut self, likely: f64, low: f64, high: f64, was: f64, run_rate: f64, breach: impl Fn(f64) -> f64) {
        self.count += 1.0;
        self.off += (likely - was).abs() / was.abs().max(1e-9);
        self.held += f64::from(low <= was && was <= high);
        for share in [0.9, 1.0, 1.1, 1.2] {
            let said = breach(run_rate * share);
            let came = f64::from(was > run_rate * share);
            self.brier += 0.25 * (said - came).powi(2);
            self.said += 0.25 * said;
            self.was += 0.25 * came;
        }
    }
}

pub(crate) fn measure(folder: &Path) -> Outcome<()> {
    for (ahead, first) in [(7, 21), (14, 28), (28, 36)] {
        let (mut ours, mut plain) = (Tally::default(), Tally::default());
        for it in data::numenta(folder)?.iter().filter(|it| it.per_day == 24) {
            let days: Vec<f64> = it
                .values
                .chunks_exact(24)
                .map(|day| {
                    let known: Vec<f64> = day.iter().flatten().copied().collect();
                    24.0 * known.iter().sum::<f64>() / known.len().max(1) as f64
                })
                .collect();
            for now in first..=days.len().saturating_sub(ahead) {
                let (past, coming) = (&days[..now], &days[now..now + ahead]);
                let was: f64 = coming.iter().sum();
                let history: Vec<Option<f64>> = past.iter().map(|it| Some(*it)).collect();
                let Some(said) = forecast(&history, 1, ahead) else { continue };
                let band = said.sum(0.8);
                // Baseline: the mean of the last four weeks goes on, with independent days.
                let last = &past[past.len().saturating_sub(28)..];
                let mean = last.iter().sum::<f64>() / last.len() as f64;
                let variance = last.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / (last.len() as f64 - 1.0);
                let (rate, doubt) = (mean * ahead as f64, (variance * ahead as f64).sqrt());
                let away = doubt * normal_quantile(0.9);
                ours.add(band.likely, band.low, band.high, was, rate, |it| said.breach_probability(it));
                plain.add(rate, rate - away, rate + away, was, rate, |it| normal_tail((it - rate) / doubt));
            }
        }
        let data = format!("nab AdExchange by day, sum of {ahead} days");
        let text = |it: &Tally| {
            [
                format!("{:.1} %", 100.0 * it.off / it.count),
                format!("{:.0} %", 100.0 * it.held / it.count),
                format!("{:.3}", it.brier / it.count),
                format!("{:.2} said, {:.2} came", it.said / it.count, it.was / it.count),
            ]
        };
        let names = ["MAPE", "80 % interval holds", "Brier score of a breach", "mean probability of a breach"];
        for ((name, plain), ours) in names.iter().zip(text(&plain)).zip(text(&ours)) {
            row(["budget", &data, name, "mean of four weeks, independent days", &plain, &ours]);
        }
    }
    Ok(())
}
