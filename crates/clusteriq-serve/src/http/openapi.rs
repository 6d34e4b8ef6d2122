//! The OpenAPI 3.1 document, made from the table of endpoints and the types they answer with.

use std::collections::BTreeMap;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::call::Role;
use super::refusal::Refusal;
use super::route::Route;

const ABOUT: &str = "What ClusterIQ knows about a Databricks account: what was spent, what could be saved, how sure that is. \
    It reads and never writes to Databricks.\n\nMoney is US dollars; a month has 30.4 days; times are RFC 3339 in UTC; ids are strings; what is \
    not known is null and never 0. Estimates are intervals: `low` is what we would promise. Lists are filtered, sorted and paged by query \
    parameters, and come as CSV with `format=csv`. Answers have an `ETag`: send it as `If-None-Match`. Errors are \
    `{status, code, message, hint}`, and codes are stable. Within a major version fields may be added; none disappears.";

/// The document.
pub(crate) fn document(routes: &[Route]) -> Value {
    // The dialect of OpenAPI 3.1 is JSON Schema 2020-12.
    let mut settings = SchemaSettings::draft2020_12();
    settings.meta_schema = None;
    settings.definitions_path = "/components/schemas".into();
    let mut generator = settings.for_serialize().into_generator();
    let mut read = SchemaSettings::draft2020_12();
    read.meta_schema = None;
    read.inline_subschemas = true;
    let mut read = read.for_deserialize().into_generator();
    let refusal = generator.subschema_for::<Refusal>();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let mut operation = json!({
            "operationId": route.id,
            "tags": [route.tag],
            "summary": route.summary,
            "responses": responses(route, &(route.reply)(&mut generator).to_value(), &refusal.clone().to_value()),
        });
        let mut parameters: Vec<Value> = parts(route.path)
            .map(|it| json!({"name": it, "in": "path", "required": true, "description": about_part(it), "schema": {"type": "string"}}))
            .collect();
        for it in (route.parameters)(&mut read) {
            let mut one = json!({"name": it.name, "in": "query", "required": false, "schema": it.schema.to_value()});
            if !it.description.is_empty() {
                one["description"] = it.description.into();
            }
            parameters.push(one);
        }
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        if let Some(body) = route.body {
            operation["requestBody"] = json!({
                "required": true,
                "content": {"application/json": {"schema": body(&mut read).to_value()}},
            });
        }
        if route.role == Role::Nobody {
            operation["security"] = json!([]);
        }
        paths.entry(route.path).or_default().insert(route.method.as_str().to_lowercase(), operation);
    }
    paths.entry(super::events::PATH).or_default().insert("get".into(), super::events::documented());
    let schemas = generator.take_definitions(true);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "ClusterIQ",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {}],
        "tags": tags(routes),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "Where the server asks for one: a server on this machine alone does not.",
            }},
        },
    })
}

fn tags(routes: &[Route]) -> Vec<Value> {
    let mut names: Vec<&str> = vec![];
    for it in routes {
        if !names.contains(&it.tag) {
            names.push(it.tag);
        }
    }
    names.into_iter().map(|it| json!({"name": it})).collect()
}

/// The names of a path's parts in braces.
fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|it| it.strip_prefix('{')?.strip_suffix('}'))
}

fn about_part(name: &str) -> &'static str {
    match name {
        "id" => "Its id.",
        _ => "A part of the path.",
    }
}

fn responses(route: &Route, reply: &Value, refusal: &Value) -> Value {
    let mut all = Map::new();
    let mut content = Map::new();
    content.insert("application/json".into(), json!({"schema": reply}));
    if route.csv {
        content.insert("text/csv".into(), json!({"schema": {"type": "string"}}));
    }
    all.insert(route.success.as_str().into(), json!({"description": "The answer.", "content": content}));
    let mut refused = |status: &str, description: &str| {
        let content = json!({"application/json": {"schema": refusal}});
        all.insert(status.into(), json!({"description": description, "content": content}));
    };
    refused("400", "A parameter or the body cannot be understood.");
    if route.role != Role::Nobody {
        refused("401", "A token is needed.");
        refused("409", "Nothing has been analysed yet, or two things stand in each other's way.");
    }
    refused("403", "Not allowed.");
    if route.role != Role::Nobody {
        refused("404", "No such thing.");
        refused("422", "The question is understood, and the data cannot answer it.");
    }
    refused("413", "The body is too large.");
    refused("429", "Too many requests; wait as long as `Retry-After` says.");
    refused("500", "A fault of ours; the server's log has the cause.");
    if route.method == "GET" {
        all.insert("304".into(), json!({"description": "Nothing changed since the answer with that `ETag`."}));
    }
    Value::Object(all)
}
