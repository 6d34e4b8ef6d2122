//! Answers of `clusteriq rightsize` as JSON Lines.

use clusteriq_model::{Fraction, Interval, Minutes};
use serde_json::json;

/// What a run on a configuration would be like.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted<'a> {
    /// The configuration's name.
    pub config: &'a str,
    /// Of one run that completes.
    pub runtime: Interval<Minutes>,
    /// Probability that it does not.
    pub failure: Fraction,
}

/// An answer as a line: the recommended configuration with its risk, or why there is none.
#[must_use]
pub fn json_line(query: &str, recommended: Result<(&str, Fraction), &str>, predicted: &[Predicted<'_>]) -> String {
    let seconds = |it: Minutes| it.0 * 60.0;
    let predictions: Vec<_> = predicted
        .iter()
        .map(|it| {
            let runtime = it.runtime.map(seconds);
            json!({
                "config": it.config,
                "runtime_s": { "low": runtime.low, "likely": runtime.likely, "high": runtime.high },
                "failure_probability": it.failure.0,
            })
        })
        .collect();
    let line = json!({
        "query": query,
        "recommended": recommended.ok().map(|it| it.0),
        "risk": recommended.ok().map(|it| it.1.0),
        "why": recommended.err(),
        "predictions": predictions,
    });
    format!("{line}\n")
}
