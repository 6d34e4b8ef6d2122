//! The report for programs: JSON with a schema. Times are RFC 3339 in UTC, ids are strings, unknown is null and never 0.
//!
//! Exact amounts of the bill are decimal strings (`"12.3456"`), estimates are numbers. Within schema version 1 fields
//! may be added; none disappears or changes its meaning.

mod action;
mod advice;
mod chart;
mod costs;
mod gap;
mod pretty;
mod report;
mod value;
mod what_if;

/// The parts of documents, for who answers with some of them: the HTTP API.
pub mod data {
    pub use super::advice::{AlternativeJson, EvidenceJson, RecommendationJson, RiskJson, RuntimeJson, SavingsJson};
    pub use super::chart::{ChartJson, LineJson, NamedJson, RowJson};
    pub use super::gap::GapJson;
    pub use super::report::ExaminedJson;
    pub use super::value::{IntervalJson, TargetJson, WindowJson, finite, interval, usd_interval};
    pub use super::what_if::WhatIfDocument;
}

use std::collections::BTreeMap;

use clusteriq_model::{CostEntry, Recommendation, Report, ResourceSummary};
use schemars::generate::SchemaSettings;

/// Version of the documents' shape.
pub const SCHEMA_VERSION: &str = "1";

/// What made a document.
pub const GENERATED_BY: &str = concat!("ClusterIQ ", env!("CARGO_PKG_VERSION"));

/// The whole report.
#[must_use]
pub fn json(report: &Report) -> String {
    pretty::write(&report::ReportDocument::from(report))
}

/// One recommendation: `{schema_version, …, recommendation}`. Its rank is null if the report does not hold it.
#[must_use]
pub fn json_recommendation(report: &Report, it: &Recommendation) -> String {
    let rank = report.recommendations.iter().position(|other| other.id == it.id);
    pretty::write(&report::RecommendationDocument {
        head: report::Head::from(report),
        recommendation: advice::RecommendationJson::new(it, rank.map(|it| it as u64 + 1)),
    })
}

/// One job, cluster or warehouse: `{schema_version, …, resource, cost, recommendations}`.
#[must_use]
pub fn json_resource(
    report: &Report,
    it: &ResourceSummary,
    recommendations: &[&Recommendation],
    cost: Option<&CostEntry>,
) -> String {
    let ranks: BTreeMap<&str, u64> =
        (1..).zip(&report.recommendations).map(|(rank, it)| (it.id.as_str(), rank)).collect();
    pretty::write(&report::ResourceDocument {
        head: report::Head::from(report),
        resource: it.into(),
        cost: cost.map(Into::into),
        recommendations: recommendations
            .iter()
            .map(|it| advice::RecommendationJson::new(it, ranks.get(it.id.as_str()).copied()))
            .collect(),
    })
}

/// The answer to "what if": `{schema_version, …}`.
#[must_use]
pub fn json_what_if(it: &clusteriq_model::WhatIf) -> String {
    pretty::write(&what_if::WhatIfDocument::from(it))
}

/// The money: `{schema_version, …, costs}`.
#[must_use]
pub fn json_costs(report: &Report) -> String {
    pretty::write(&report::CostsDocument { head: report::Head::from(report), costs: (&report.costs).into() })
}

/// JSON Schema 2020-12 of [`json`]'s documents, made from the types that write them.
#[must_use]
pub fn json_schema() -> String {
    let schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<report::ReportDocument>();
    let mut text = pretty::write(&schema);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use serde_json::Value;

    fn parsed(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn assert_valid(schema: &Value, document: &Value) {
        let validator = jsonschema::draft202012::options().should_validate_formats(true).build(schema).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(document).map(|it| format!("{}: {it}", it.instance_path())).collect();
        assert_eq!(errors, Vec::<String>::new());
    }

    /// The schema of a part, as the published schema defines it.
    fn part(name: &str) -> Value {
        let mut schema = parsed(&json_schema());
        let definitions = schema["$defs"].take();
        let mut part = definitions[name].clone();
        assert!(part.is_object(), "no definition of {name}");
        part["$defs"] = definitions;
        part
    }

    #[test]
    fn every_report_is_valid_against_the_schema() {
        for report in [sample::report(), sample::quiet(), sample::empty(), sample::named("x")] {
            assert_valid(&parsed(&json_schema()), &parsed(&json(&report)));
        }
    }

    #[test]
    fn the_schema_says_which_fields_are_always_there() {
        let schema = parsed(&json_schema());
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        let required: Vec<_> = schema["required"].as_array().unwrap().iter().collect();
        insta::assert_snapshot!(serde_json::to_string(&required).unwrap(), @r#"["schema_version","generated_by","window","data_until","headline","recommendations","gaps","fine","resources","costs"]"#);
        let mut broken = parsed(&json(&sample::report()));
        broken["recommendations"][0].as_object_mut().unwrap().remove("risk");
        assert!(!jsonschema::is_valid(&schema, &broken));
    }

    #[test]
    fn the_published_schema_is_the_one_in_the_code() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/report.schema.json");
        let published = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            serde_json::from_str::<Value>(&published).ok() == Some(parsed(&json_schema())),
            "docs/report.schema.json is out of date\n\nhint: cargo run -p clusteriq-output --example report_schema"
        );
    }

    #[test]
    fn a_recommendation_has_the_agreed_fields() {
        let mut report = sample::report();
        report.recommendations.truncate(1);
        report.recommendations[0].evidence[0].chart = None;
        let document = parsed(&json(&report));
        insta::assert_snapshot!(pretty::write(&document["recommendations"][0]));
    }

    #[test]
    fn the_money_has_the_agreed_fields() {
        insta::assert_snapshot!(json_costs(&sample::report()));
    }

    #[test]
    fn exact_money_is_a_decimal_string_that_loses_no_digit() {
        let document = parsed(&json(&sample::report()));
        assert_eq!(document["costs"]["billed_usd"], "8100.1234567");
        assert_eq!(document["costs"]["jobs"][0]["billed_usd"], "2100.50");
        assert_eq!(document["gaps"][0]["touches_usd"], "1234.56");
    }

    #[test]
    fn what_is_not_known_is_null_and_never_nan() {
        let mut report = sample::report();
        report.headline.spent = clusteriq_model::Usd(f64::NAN);
        report.costs.vm = Some(clusteriq_model::Usd(f64::INFINITY));
        if let Some(savings) = &mut report.recommendations[0].savings {
            savings.total.high = clusteriq_model::Usd(f64::NAN);
        }
        let document = parsed(&json(&report));
        assert_valid(&parsed(&json_schema()), &document);
        assert!(document["headline"]["spent_usd"].is_null());
        assert!(document["costs"]["modelled_vm_usd"].is_null());
        assert!(document["recommendations"][0]["savings_per_month"].is_null());
        assert!(document["costs"]["clusters"][1]["vm_basis"].is_null());
        assert!(document["costs"]["clusters"][1]["modelled_vm_spot_usd"].is_null());
        assert!(document["costs"]["workspaces"][1]["id"].is_null());
    }

    #[test]
    fn single_answers_are_built_from_the_reports_parts() {
        let report = sample::report();
        let one = parsed(&json_recommendation(&report, &report.recommendations[2]));
        assert_eq!(one["recommendation"]["rank"], 3);
        assert_eq!(one["schema_version"], SCHEMA_VERSION);
        assert_valid(&part("Recommendation"), &one["recommendation"]);
        let entry = report.costs.jobs.first();
        let chosen = [&report.recommendations[0]];
        let resource = parsed(&json_resource(&report, &sample::resource(), &chosen, entry));
        assert_valid(&part("Resource"), &resource["resource"]);
        assert_valid(&part("CostEntry"), &resource["cost"]);
        assert_eq!(resource["recommendations"][0]["rank"], 1);
        let answer = parsed(&json_what_if(&sample::answer("nightly-etl")));
        assert_valid(&part("Savings"), &answer["savings_per_month"]);
        assert_valid(&part("Alternative"), &answer["curve"][0]);
        assert!(answer["cost_then_per_month"].is_null());
        let costs = parsed(&json_costs(&report));
        assert_valid(&part("Costs"), &costs["costs"]);
    }
}
