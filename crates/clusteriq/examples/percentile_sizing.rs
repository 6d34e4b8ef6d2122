//! Fits capacities on the first half of series and counts on the second half: what is freed, and how often it is too little.
//!
//! Standard input: one series a line, values in percent of what is provisioned, separated by commas. Used by `bench/machines`.

use std::io::BufRead;

use clusteriq_engine::sizing::{by_percentile, with_shared_tolerance};

const LIMIT: f64 = 100.0;

fn main() {
    let series: Vec<Vec<f64>> = std::io::stdin()
        .lock()
        .lines()
        .map_while(Result::ok)
        .map(|line| line.split(',').filter_map(|it| it.trim().parse().ok()).collect())
        .filter(|it: &Vec<f64>| it.len() >= 20)
        .collect();
    let train: Vec<Vec<f64>> = series.iter().map(|it| it[..it.len() / 2].to_vec()).collect();
    let test: Vec<&[f64]> = series.iter().map(|it| &it[it.len() / 2..]).collect();
    let percentile = |share, margin| -> Vec<Option<f64>> {
        train.iter().map(|it| by_percentile(it, share, margin, LIMIT)).collect()
    };
    print("percentile 99 + 15 %", &percentile(0.99, 1.15), &test);
    print("percentile 95 + 15 %", &percentile(0.95, 1.15), &test);
    print("maximum + 15 %", &percentile(1.0, 1.15), &test);
    for tolerance in [0.003, 0.004, 0.006, 0.01, 0.03] {
        let name = format!("shared tolerance {:.2} %", tolerance * 100.0);
        print(&name, &with_shared_tolerance(&train, tolerance, LIMIT), &test);
    }
}

#[expect(clippy::print_stdout, reason = "printing is what this is for")]
fn print(name: &str, capacities: &[Option<f64>], test: &[&[f64]]) {
    let each = capacities.iter().zip(test).filter_map(|(capacity, samples)| {
        let capacity = (*capacity)?;
        let above = samples.iter().filter(|it| **it > capacity).count();
        Some((1.0 - capacity / LIMIT, above as f64 / samples.len() as f64, f64::from(u8::from(above > 0))))
    });
    let all: Vec<_> = each.collect();
    let mean = |get: fn(&(f64, f64, f64)) -> f64| all.iter().map(get).sum::<f64>() / all.len().max(1) as f64;
    println!("{name}\t{:.4}\t{:.4}\t{:.4}", mean(|it| it.0), mean(|it| it.1), mean(|it| it.2));
}
