//! The detections: what each finds, how it judges, what it examined.

use clusteriq_engine::advisors::ALL;
use clusteriq_model::AdvisorId;
use clusteriq_output::data::ExaminedJson;
use schemars::JsonSchema;
use serde::Serialize;

use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Nothing, Route};

pub(crate) fn routes() -> Vec<Route> {
    vec![route::get(
        ("/api/advisors", "list_advisors", "Settings"),
        "The detections: what each finds, when it is silent, what it examined",
        list,
    )]
}

/// What an advisor finds, in words.
pub(crate) fn title(id: AdvisorId) -> &'static str {
    ALL.iter().find(|it| it.id == id).map_or(id.0, |it| it.title)
}

/// All detections.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Advisors")]
struct Advisors {
    items: Vec<Advisor>,
}

/// A detection.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Advisor")]
struct Advisor {
    /// Stable kebab-case name.
    id: &'static str,
    /// Its number in the catalogue.
    detection: &'static str,
    /// What it finds, one line.
    title: &'static str,
    /// Its documentation: what it finds, what that costs, when it is silent, the risk, the sources.
    sections: Vec<Section>,
    /// What came of it; null: nothing was analysed yet.
    examined: Option<ExaminedJson>,
}

/// A part of a detection's documentation.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "AdvisorSection")]
struct Section {
    heading: String,
    /// Markdown.
    text: String,
}

fn list(call: &Call, _: Nothing) -> Result<Advisors, Refusal> {
    let examined = call.snapshot.as_ref().map(|it| &it.report.examined);
    let items = ALL.iter().map(|it| Advisor {
        id: it.id.0,
        detection: it.detection,
        title: it.title,
        sections: sections(it.source),
        examined: examined.and_then(|all| all.get(&it.id)).map(Into::into),
    });
    Ok(Advisors { items: items.collect() })
}

/// The documentation at the beginning of an advisor's file.
fn sections(source: &str) -> Vec<Section> {
    let lines = source.lines().map_while(|it| it.strip_prefix("//!")).map(|it| it.strip_prefix(' ').unwrap_or(it));
    let mut sections: Vec<Section> = vec![];
    for line in lines {
        if let Some(heading) = line.strip_prefix("## ") {
            sections.push(Section { heading: heading.to_owned(), text: String::new() });
        } else if let Some(it) = sections.last_mut()
            && !line.is_empty()
        {
            if !it.text.is_empty() {
                it.text.push(' ');
            }
            it.text += line;
        }
    }
    sections
}
