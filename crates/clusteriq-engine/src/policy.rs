//! Cluster policies: what a definition forbids, and whether a configuration keeps to it.
//!
//! Source: docs.databricks.com/aws/en/admin/clusters/policy-definition (read 2026-11). A rule about something that the data does
//! not have, or of a kind that is not known here, is not judged.

mod pattern;

use std::collections::BTreeMap;

use clusteriq_model::tables::Tags;
use clusteriq_model::{Autotermination, ConfigVersion, Plane, Purchase, Size};
use serde_json::Value;

/// An attribute whose value its policy does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Its path, e.g. `autotermination_minutes`.
    pub(crate) path: String,
    /// What it is; `None`: it is not there.
    pub(crate) value: Option<String>,
    /// What the policy says.
    pub(crate) rule: String,
}

/// A configuration as policies see it: attributes by path, as far as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    known: BTreeMap<String, String>,
    /// Whether a tag that is not in `known` is not there at all.
    all_tags: Option<()>,
}

const AVAILABILITY: [&str; 3] =
    ["aws_attributes.availability", "azure_attributes.availability", "gcp_attributes.availability"];

impl Attributes {
    /// Of a cluster's configuration. `tags`: `None` if they are not known.
    #[must_use]
    pub(crate) fn of(config: &ConfigVersion, tags: Option<&Tags>) -> Self {
        let mut known = BTreeMap::new();
        let mut put = |path: &str, value: Option<String>| {
            known.extend(value.map(|it| (path.to_owned(), it)));
        };
        let compute = &config.compute;
        if compute.plane == Plane::AllPurpose {
            put(
                "autotermination_minutes",
                Some(match config.autotermination {
                    Autotermination::Never => "0".into(),
                    Autotermination::After(it) => format!("{:.0}", it.0),
                }),
            );
        }
        match compute.size {
            Some(Size::Fixed(it)) => put("num_workers", Some(it.to_string())),
            Some(Size::Autoscale { min, max }) => {
                put("autoscale.min_workers", Some(min.to_string()));
                put("autoscale.max_workers", Some(max.to_string()));
            }
            None => {}
        }
        put("node_type_id", compute.worker_type.clone());
        put("driver_node_type_id", compute.driver_type.clone());
        put("spark_version", config.runtime.clone());
        put("runtime_engine", compute.photon.map(|it| if it { "PHOTON" } else { "STANDARD" }.into()));
        let bought = compute.purchase.map(|it| match it {
            Purchase::OnDemand => "ON_DEMAND",
            Purchase::Spot { .. } => "SPOT",
        });
        for path in AVAILABILITY {
            put(path, bought.map(str::to_owned));
        }
        for (name, value) in tags.into_iter().flatten() {
            put(&format!("custom_tags.{name}"), Some(value.clone()));
        }
        Self { known, all_tags: tags.map(|_| ()) }
    }
}

/// What of a configuration its policy does not allow. `None`: the definition is no JSON.
#[must_use]
pub(crate) fn violations(definition: &str, it: &Attributes) -> Option<Vec<Violation>> {
    let rules: BTreeMap<String, Value> = serde_json::from_str(definition).ok()?;
    let broken = rules.iter().filter_map(|(path, rule)| {
        let value = it.known.get(path);
        let kept = match value {
            Some(value) => allows(path, rule, value),
            // A fixed tag is set by the policy itself, a required one by whoever makes the cluster.
            None if path.starts_with("custom_tags.") && it.all_tags.is_some() => {
                rule.get("type").and_then(Value::as_str) == Some("forbidden") || is_optional(rule)
            }
            None => true,
        };
        (!kept).then(|| Violation { path: path.clone(), value: value.cloned(), rule: words(rule) })
    });
    Some(broken.collect())
}

fn is_optional(rule: &Value) -> bool {
    rule.get("isOptional").and_then(Value::as_bool) == Some(true)
}

/// Whether a rule allows a value. What is not understood is allowed.
fn allows(path: &str, rule: &Value, value: &str) -> bool {
    let values = || rule.get("values").and_then(Value::as_array).cloned().unwrap_or_default();
    let same = |it: &Value| is_same(path, it, value);
    match rule.get("type").and_then(Value::as_str).unwrap_or_default() {
        "fixed" => rule.get("value").is_none_or(same),
        "forbidden" => false,
        "allowlist" => values().is_empty() || values().iter().any(same),
        "blocklist" => !values().iter().any(|it| text(it).is_some_and(|it| !it.contains(':')) && same(it)),
        "regex" => {
            let pattern = rule.get("pattern").and_then(Value::as_str).filter(|_| !AVAILABILITY.contains(&path));
            pattern.and_then(|it| pattern::matches(it, value)).unwrap_or(true)
        }
        "range" => {
            let bound = |name: &str| rule.get(name).and_then(Value::as_f64);
            value.parse::<f64>().ok().is_none_or(|it| {
                bound("minValue").is_none_or(|min| min <= it) && bound("maxValue").is_none_or(|max| it <= max)
            })
        }
        _ => true,
    }
}

/// Whether a policy's value is the cluster's. Versions such as `auto:latest-lts` stand for others and count as the same.
fn is_same(path: &str, rule: &Value, value: &str) -> bool {
    let Some(rule) = text(rule) else { return true };
    if AVAILABILITY.contains(&path) {
        // Only the kind is known: every other word is a kind of spot.
        return rule.starts_with("ON_DEMAND") == value.starts_with("ON_DEMAND");
    }
    rule == value || (path == "spark_version" && rule.contains(':'))
}

fn text(it: &Value) -> Option<String> {
    match it {
        Value::String(it) => Some(it.clone()),
        Value::Number(it) => Some(it.to_string()),
        Value::Bool(it) => Some(it.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A rule for people.
fn words(rule: &Value) -> String {
    let get = |name: &str| rule.get(name).and_then(text);
    match rule.get("type").and_then(Value::as_str).unwrap_or_default() {
        "fixed" => format!("must be {}", get("value").unwrap_or_default()),
        "forbidden" => "must not be set".into(),
        kind @ ("allowlist" | "blocklist") => {
            let values: Vec<String> =
                rule.get("values").and_then(Value::as_array).into_iter().flatten().filter_map(text).collect();
            format!("{} {}", if kind == "allowlist" { "must be one of" } else { "must be none of" }, values.join(", "))
        }
        "regex" => format!("must match {}", get("pattern").unwrap_or_default()),
        "range" => match (get("minValue"), get("maxValue")) {
            (Some(min), Some(max)) => format!("must be {min} to {max}"),
            (Some(min), None) => format!("must be at least {min}"),
            (None, Some(max)) => format!("must be at most {max}"),
            (None, None) => "must be a number".into(),
        },
        _ => "must be set".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::Compute;

    fn config() -> ConfigVersion {
        ConfigVersion {
            since: crate::testing::at("2026-08-01T00:00:00Z"),
            compute: Compute {
                plane: Plane::AllPurpose,
                driver_type: Some("m5.xlarge".into()),
                worker_type: Some("m5.xlarge".into()),
                size: Some(Size::Autoscale { min: 2, max: 12 }),
                purchase: Some(Purchase::OnDemand),
                photon: Some(false),
            },
            autotermination: Autotermination::Never,
            runtime: Some("16.4.x-scala2.12".into()),
            policy_id: Some("p".into()),
        }
    }

    fn broken(definition: &str) -> Vec<String> {
        let tags = Tags::from([("team".into(), "ana".into())]);
        let it = Attributes::of(&config(), Some(&tags));
        violations(definition, &it).expect("JSON").into_iter().map(|it| format!("{} {}", it.path, it.rule)).collect()
    }

    #[test]
    fn each_kind_of_rule_is_judged() {
        for (rule, says) in [
            (
                r#"{"autotermination_minutes": {"type": "range", "minValue": 10, "maxValue": 60}}"#,
                Some("must be 10 to 60"),
            ),
            (r#"{"autoscale.max_workers": {"type": "range", "maxValue": 8}}"#, Some("must be at most 8")),
            (r#"{"autoscale.max_workers": {"type": "range", "maxValue": 12}}"#, None),
            (r#"{"num_workers": {"type": "fixed", "value": 3}}"#, None),
            (r#"{"node_type_id": {"type": "allowlist", "values": ["m6i.xlarge"]}}"#, Some("must be one of m6i.xlarge")),
            (r#"{"node_type_id": {"type": "allowlist", "values": ["m6i.xlarge", "m5.xlarge"]}}"#, None),
            (r#"{"node_type_id": {"type": "blocklist", "values": ["m5.xlarge"]}}"#, Some("must be none of m5.xlarge")),
            (r#"{"spark_version": {"type": "regex", "pattern": "1[5-7]\\.[0-9]+\\.x-.*"}}"#, None),
            (r#"{"spark_version": {"type": "regex", "pattern": "17\\..*"}}"#, Some(r"must match 17\..*")),
            (r#"{"spark_version": {"type": "fixed", "value": "auto:latest-lts"}}"#, None),
            (
                r#"{"aws_attributes.availability": {"type": "fixed", "value": "SPOT_WITH_FALLBACK"}}"#,
                Some("must be SPOT_WITH_FALLBACK"),
            ),
            (r#"{"custom_tags.team": {"type": "fixed", "value": "ana"}}"#, None),
            (r#"{"custom_tags.cost": {"type": "unlimited"}}"#, Some("must be set")),
            (r#"{"custom_tags.cost": {"type": "unlimited", "isOptional": true}}"#, None),
            (r#"{"runtime_engine": {"type": "forbidden"}}"#, Some("must not be set")),
            (r#"{"dbus_per_hour": {"type": "range", "maxValue": 10}}"#, None),
        ] {
            let expected: Vec<&str> = says.into_iter().collect();
            let said = broken(rule);
            assert_eq!(said.len(), expected.len(), "{rule}: {said:?}");
            assert!(said.iter().zip(&expected).all(|(said, expected)| said.ends_with(expected)), "{rule}: {said:?}");
        }
    }

    #[test]
    fn a_definition_that_is_no_json_is_not_judged() {
        assert_eq!(violations("fixed", &Attributes::of(&config(), None)), None);
    }
}
