//! The endpoints as data: router, documentation and tests are all made of this one table.

use std::sync::Arc;

use axum::http::{Method, StatusCode};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::call::{Call, Role};
use super::list::{self, MOST, Page, Row, USUAL};
use super::refusal::Refusal;
use super::reply::Reply;

/// A parameter of the query.
pub(crate) struct Parameter {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) schema: Schema,
}

type Answer = Arc<dyn Fn(&Call) -> Result<Reply, Refusal> + Send + Sync>;
type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

/// One endpoint.
#[derive(Clone)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// With the path's parts in braces.
    pub(crate) path: &'static str,
    /// A verb and a noun, unique.
    pub(crate) id: &'static str,
    /// Which group it is shown in.
    pub(crate) tag: &'static str,
    /// One line for people.
    pub(crate) summary: &'static str,
    /// Who may.
    pub(crate) role: Role,
    pub(crate) parameters: fn(&mut SchemaGenerator) -> Vec<Parameter>,
    pub(crate) body: Option<MakeSchema>,
    pub(crate) reply: MakeSchema,
    /// Status of success.
    pub(crate) success: StatusCode,
    /// Whether it can be had as CSV.
    pub(crate) csv: bool,
    pub(crate) answer: Answer,
}

/// No parameters.
#[derive(Debug, serde::Deserialize, JsonSchema)]
pub(crate) struct Nothing {}

/// An endpoint that reads one thing.
pub(crate) fn get<Q, R>(
    (path, id, tag): (&'static str, &'static str, &'static str),
    summary: &'static str,
    answer: fn(&Call, Q) -> Result<R, Refusal>,
) -> Route
where
    Q: DeserializeOwned + JsonSchema + 'static,
    R: Serialize + JsonSchema + 'static,
{
    Route {
        method: Method::GET,
        path,
        id,
        tag,
        summary,
        role: Role::Viewer,
        parameters: parameters::<Q>,
        body: None,
        reply: |it| it.subschema_for::<R>(),
        success: StatusCode::OK,
        csv: false,
        answer: Arc::new(move |call| Reply::json(StatusCode::OK, &answer(call, call.query()?)?)),
    }
}

/// An endpoint that changes something of ours; administrators only.
pub(crate) fn change<B, R>(
    method: Method,
    (path, id, tag): (&'static str, &'static str, &'static str),
    summary: &'static str,
    success: StatusCode,
    answer: fn(&Call, B) -> Result<R, Refusal>,
) -> Route
where
    B: DeserializeOwned + JsonSchema + 'static,
    R: Serialize + JsonSchema + 'static,
{
    Route {
        method,
        path,
        id,
        tag,
        summary,
        role: Role::Admin,
        parameters: |_| vec![],
        body: Some(|it| it.subschema_for::<B>()),
        reply: |it| it.subschema_for::<R>(),
        success,
        csv: false,
        answer: Arc::new(move |call| Reply::json(success, &answer(call, call.body()?)?)),
    }
}

/// An endpoint that lists rows.
pub(crate) fn rows<R: Row>(
    (path, id, tag): (&'static str, &'static str, &'static str),
    summary: &'static str,
    rows: fn(&Call) -> Result<std::borrow::Cow<'_, [R]>, Refusal>,
) -> Route {
    Route {
        method: Method::GET,
        path,
        id,
        tag,
        summary,
        role: Role::Viewer,
        parameters: list_parameters::<R>,
        body: None,
        reply: |it| it.subschema_for::<Page<R>>(),
        success: StatusCode::OK,
        csv: true,
        answer: Arc::new(move |call| {
            let rows = rows(call)?;
            match call.one("format") {
                None | Some("json") => Reply::json(StatusCode::OK, &list::page(call, &rows)?),
                Some("csv") => Ok(Reply::csv(id.trim_start_matches("list_"), list::table(call, &rows)?)),
                Some(it) => Err(Refusal::invalid(format!("no such format: {it}"), "format is json or csv")),
            }
        }),
    }
}

fn parameter(name: &str, description: &str, schema: serde_json::Value) -> Parameter {
    let schema = Schema::try_from(schema).unwrap_or_default();
    Parameter { name: name.to_owned(), description: description.to_owned(), schema }
}

/// The fields of a type.
fn parameters<Q: JsonSchema>(generator: &mut SchemaGenerator) -> Vec<Parameter> {
    let schema = Q::json_schema(generator);
    let fields = schema.get("properties").and_then(|it| it.as_object()).cloned().unwrap_or_default();
    fields
        .into_iter()
        .map(|(name, mut schema)| {
            let description = schema.as_object_mut().and_then(|it| it.remove("description"));
            let description = description.and_then(|it| it.as_str().map(ToOwned::to_owned)).unwrap_or_default();
            // A parameter is there or not there, and never null.
            if let Some(kinds) = schema.get_mut("type").and_then(|it| it.as_array_mut()) {
                kinds.retain(|it| it != "null");
                if let [one] = kinds.as_slice() {
                    schema["type"] = one.clone();
                }
            }
            parameter(&name, &description, schema)
        })
        .collect()
}

fn list_parameters<R: Row>(_: &mut SchemaGenerator) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = R::FACETS
        .iter()
        .map(|it| {
            let words = "Only rows with one of these values, as `facets` lists them; repeat it for several.";
            parameter(it.0, words, json!({"type": "array", "items": {"type": "string"}}))
        })
        .collect();
    all.extend(R::OTHERS.iter().map(|it| parameter(it.0, it.1, json!({"type": "string"}))));
    all.push(parameter("q", "Only rows that contain all these words.", json!({"type": "string"})));
    let ways: Vec<String> = R::SORTS.iter().flat_map(|it| [it.0.to_owned(), format!("-{}", it.0)]).collect();
    all.push(parameter(
        "sort",
        "What to sort by; `-` for falling. What is not known comes last.",
        json!({"type": "string", "enum": ways, "default": R::SORTED}),
    ));
    let limit = json!({"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL});
    all.push(parameter("limit", "Rows of a page.", limit));
    all.push(parameter("cursor", "`next` of the page before.", json!({"type": "string"})));
    let format = json!({"type": "string", "enum": ["json", "csv"], "default": "json"});
    all.push(parameter("format", "`csv`: all rows that were found, as a table to download.", format));
    all
}
