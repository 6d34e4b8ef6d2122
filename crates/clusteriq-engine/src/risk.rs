//! Risk: the worst of what may go wrong, 0 to 4, with the arithmetic.
//!
//! Each dimension compares projected demand with projected capacity; the score is the maximum, as AWS Compute Optimizer
//! publishes it. A modifier for production counts only where something can go wrong at all.

use clusteriq_model::{Risk, RiskDimension, RiskLevel, RiskPart};

use crate::whatif::Quote;

/// Puts parts together: the maximum of the dimensions plus the modifiers, at most 4.
#[must_use]
pub fn risk(parts: Vec<RiskPart>) -> Risk {
    let worst = parts
        .iter()
        .filter(|it| it.dimension != RiskDimension::Modifier)
        .max_by(|a, b| a.score.cmp(&b.score).then_with(|| b.dimension.cmp(&a.dimension)));
    let base = worst.map_or(0, |it| it.score);
    let modifiers: u8 =
        parts.iter().filter(|it| it.dimension == RiskDimension::Modifier && base > 0).map(|it| it.score).sum();
    let score = (base + modifiers).min(4);
    let mut because = worst.map_or_else(|| "nothing that people notice changes".into(), |it| it.because.clone());
    for it in parts.iter().filter(|it| it.dimension == RiskDimension::Modifier && base > 0 && it.score > 0) {
        because += &format!("; +{} because {}", it.score, it.because);
    }
    Risk { score, level: RiskLevel::of(score), because, parts }
}

/// One dimension.
#[must_use]
pub fn part(dimension: RiskDimension, score: u8, because: impl Into<String>) -> RiskPart {
    RiskPart { dimension, score, because: because.into() }
}

/// +1 for production.
#[must_use]
pub fn production() -> RiskPart {
    part(RiskDimension::Modifier, 1, "it is tagged as production")
}

fn step(value: f64, bounds: [f64; 4]) -> u8 {
    bounds.iter().filter(|it| value > **it).count() as u8
}

/// The dimensions of a change of size, from the replay.
#[must_use]
pub fn of_quote(quote: &Quote) -> Vec<RiskPart> {
    let (memory, fuller, crowded) = (quote.peak_memory, quote.fills_memory(), quote.crowded);
    let (likely, high) = (quote.stretch.likely, quote.stretch.high);
    vec![
        part(
            RiskDimension::Memory,
            if fuller { step(memory, [0.70, 0.80, 0.85, 0.90]) } else { 0 },
            format!(
                "memory peaks at {:.0} % of a node{}; the limit is 90 %",
                memory * 100.0,
                if fuller { "" } else { ", no more than now" }
            ),
        ),
        part(
            RiskDimension::Cpu,
            step(crowded, [0.25, 0.60, 1.0, 1.0]),
            format!("demand newly exceeds 90 % of the cores in {:.0} % of minutes", crowded * 100.0),
        ),
        part(
            RiskDimension::Runtime,
            step(likely, [1.05, 1.20, 1.50, 2.0]).max(step(high, [1.20, 1.35, 1.75, 2.5])),
            format!("runs take {:+.0} % longer, at worst {:+.0} %", (likely - 1.0) * 100.0, (high - 1.0) * 100.0),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_dimension_decides_and_production_adds_one_only_where_there_is_a_risk() {
        let parts = |score| {
            vec![part(RiskDimension::Memory, score, "memory"), part(RiskDimension::Cpu, 0, "cpu"), production()]
        };
        assert_eq!((risk(parts(2)).score, risk(parts(2)).level), (3, RiskLevel::High));
        assert_eq!(risk(parts(0)).score, 0);
        assert_eq!(risk(parts(4)).score, 4);
        assert_eq!(risk(parts(2)).because, "memory; +1 because it is tagged as production");
    }
}
