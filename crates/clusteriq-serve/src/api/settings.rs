//! The knobs: what each does, and turning them.

use axum::http::{Method, StatusCode};
use clusteriq_engine::Settings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::http::call::Call;
use crate::http::refusal::Refusal;
use crate::http::route::{self, Nothing, Route};

pub(crate) fn routes() -> Vec<Route> {
    vec![
        route::get(
            ("/api/settings", "get_settings", "Settings"),
            "The knobs, each with its unit, range, default and reason; secrets are never among them",
            list,
        ),
        route::change(
            Method::PUT,
            ("/api/settings/{id}", "set_setting", "Settings"),
            "Turns a knob and judges anew",
            StatusCode::OK,
            set,
        ),
    ]
}

/// A knob.
pub struct Knob {
    /// Its name; it is stored, so it never changes.
    pub id: &'static str,
    title: &'static str,
    unit: &'static str,
    /// Least and most of a number; none: a list of words.
    range: Option<(f64, f64)>,
    why: &'static str,
    get: fn(&Settings) -> Value,
    /// Changes nothing where the value does not fit.
    put: fn(&mut Settings, &Value) -> bool,
}

/// Every knob.
pub const KNOBS: &[Knob] = &[
    Knob {
        id: "least_saving",
        title: "Smallest saving worth a recommendation",
        unit: "US dollars a month",
        range: Some((0.0, 100_000.0)),
        why: "Below it the work of changing something costs more than it saves.",
        get: |it| json!(it.least_saving.0),
        put: |it, value| set_to(&mut it.least_saving.0, value.as_f64()),
    },
    Knob {
        id: "tolerated_slowdown",
        title: "How much longer a run may likely take",
        unit: "times as long",
        range: Some((1.0, 3.0)),
        why: "Fewer workers are cheaper and slower; this is where slower begins to hurt.",
        get: |it| json!(it.tolerated_slowdown),
        put: |it, value| set_to(&mut it.tolerated_slowdown, value.as_f64()),
    },
    Knob {
        id: "memory_limit",
        title: "How full a node's memory may become",
        unit: "share of its memory",
        range: Some((0.3, 0.95)),
        why: "A run that does not fit fails; what is left free is the reserve for inputs that grow.",
        get: |it| json!(it.memory_limit),
        put: |it, value| set_to(&mut it.memory_limit, value.as_f64()),
    },
    Knob {
        id: "production_words",
        title: "Words in tags that mean production",
        unit: "words",
        range: None,
        why: "What is production is judged with more care: its risk counts one more.",
        get: |it| json!(it.production_words),
        put: |it, value| set_to(&mut it.production_words, words(value)),
    },
    Knob {
        id: "required_tags",
        title: "Tags that everything must have",
        unit: "names of tags",
        range: None,
        why: "Money without them belongs to nobody. Empty: the tags that most of the spending has.",
        get: |it| json!(it.required_tags),
        put: |it, value| set_to(&mut it.required_tags, words(value)),
    },
];

fn set_to<T>(place: &mut T, value: Option<T>) -> bool {
    value.map(|it| *place = it).is_some()
}

fn words(it: &Value) -> Option<Vec<String>> {
    let words = it.as_array()?.iter().map(|it| it.as_str().map(|it| it.trim().to_owned()));
    let words: Option<Vec<String>> = words.collect();
    words.filter(|it| it.len() <= 50 && it.iter().all(|it| !it.is_empty() && it.len() <= 100))
}

impl Knob {
    /// Turns it in settings; `false`: the value does not fit, and nothing was changed.
    pub fn turn(&self, settings: &mut Settings, value: &Value) -> bool {
        let fits = |(least, most): (f64, f64)| value.as_f64().is_some_and(|it| (least..=most).contains(&it));
        self.range.is_none_or(fits) && (self.put)(settings, value)
    }
}

/// All knobs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SettingsView")]
struct SettingsView {
    items: Vec<Setting>,
}

/// A knob and where it stands.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Setting")]
struct Setting {
    id: &'static str,
    title: &'static str,
    unit: &'static str,
    /// A number, or a list of words.
    value: SettingValue,
    /// The same if nobody turned it.
    default: SettingValue,
    least: Option<f64>,
    most: Option<f64>,
    /// Why there is such a knob.
    why: &'static str,
}

/// Where a knob stands.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum SettingValue {
    /// A number in the knob's unit.
    Number(f64),
    /// Words.
    Words(Vec<String>),
}

fn view(knob: &Knob, settings: &Settings) -> Setting {
    let value = |it: &Settings| serde_json::from_value((knob.get)(it)).unwrap_or(SettingValue::Words(vec![]));
    Setting {
        id: knob.id,
        title: knob.title,
        unit: knob.unit,
        value: value(settings),
        default: value(&Settings::default()),
        least: knob.range.map(|it| it.0),
        most: knob.range.map(|it| it.1),
        why: knob.why,
    }
}

fn list(call: &Call, _: Nothing) -> Result<SettingsView, Refusal> {
    let usual = Settings::default();
    let settings = call.snapshot.as_ref().map_or(&usual, |it| &it.settings);
    Ok(SettingsView { items: KNOBS.iter().map(|it| view(it, settings)).collect() })
}

/// Where to turn a knob to.
#[derive(Debug, Deserialize, JsonSchema)]
struct Turn {
    value: SettingValue,
}

fn set(call: &Call, turn: Turn) -> Result<SettingsView, Refusal> {
    let id = call.part("id");
    let knob = KNOBS.iter().find(|it| it.id == id).ok_or_else(|| {
        let names: Vec<_> = KNOBS.iter().map(|it| it.id).collect();
        Refusal::not_found(format!("no such setting: {id}"), format!("there are {}", names.join(", ")))
    })?;
    let value = serde_json::to_value(&turn.value).unwrap_or_default();
    let mut settings = call.snapshot.as_ref().map(|it| it.settings.clone()).unwrap_or_default();
    if !knob.turn(&mut settings, &value) {
        let hint = match knob.range {
            Some((least, most)) => format!("a number from {least} to {most}, {}", knob.unit),
            None => format!("a list of {}", knob.unit),
        };
        return Err(Refusal::invalid(format!("{} cannot be set to {value}", knob.id), hint));
    }
    let fault = |it: crate::work::Failure| {
        tracing::error!(error = %it, "a setting could not be kept");
        Refusal::conflict("not_kept", it.message, it.hint.unwrap_or_default())
    };
    (call.state.work.keep)(knob.id, &value.to_string()).map_err(fault)?;
    call.state.analyse().map_err(fault)?;
    Ok(SettingsView { items: KNOBS.iter().map(|it| view(it, &settings)).collect() })
}
