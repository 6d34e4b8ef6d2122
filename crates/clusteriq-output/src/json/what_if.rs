//! The answer to "what if" as data.

use clusteriq_model::WhatIf;
use schemars::JsonSchema;
use serde::Serialize;

use super::advice::{AlternativeJson, RiskJson, RuntimeJson, SavingsJson};
use super::value::{IntervalJson, TargetJson, WindowJson, finite, usd_interval};

/// One answer; US dollars per month of 30.4 days.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "WhatIf")]
pub struct WhatIfDocument {
    schema_version: &'static str,
    generated_by: &'static str,
    target: TargetJson,
    now: String,
    then: String,
    cost_now_per_month: Option<IntervalJson>,
    cost_then_per_month: Option<IntervalJson>,
    savings_per_month: Option<SavingsJson>,
    runtime_minutes: Option<RuntimeJson>,
    risk: RiskJson,
    replay_error: Option<f64>,
    confidence: String,
    curve: Vec<AlternativeJson>,
    window: WindowJson,
}

impl From<&WhatIf> for WhatIfDocument {
    fn from(it: &WhatIf) -> Self {
        Self {
            schema_version: super::SCHEMA_VERSION,
            generated_by: super::GENERATED_BY,
            target: TargetJson::new(&it.target, Some(&it.name)),
            now: it.now.clone(),
            then: it.then.clone(),
            cost_now_per_month: it.cost_now.as_ref().and_then(usd_interval),
            cost_then_per_month: it.cost_then.as_ref().and_then(usd_interval),
            savings_per_month: it.savings.as_ref().and_then(SavingsJson::new),
            runtime_minutes: it.runtime.as_ref().and_then(RuntimeJson::new),
            risk: (&it.risk).into(),
            replay_error: it.replay_error.and_then(|it| finite(it.0)),
            confidence: it.confidence.clone(),
            curve: it.curve.iter().map(Into::into).collect(),
            window: (&it.window).into(),
        }
    }
}
