//! What a statement may ask for.

use serde_json::Value;

use crate::sql::{Parameter, Question};
use crate::time::Millis;
use crate::workspace::errors::Refusal;

/// A statement as it came.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) text: String,
    pub(super) warehouse_id: String,
    namespace: (String, String),
    parameters: Vec<Parameter>,
    pub(super) row_limit: Option<usize>,
    pub(super) byte_limit: Option<usize>,
    pub(super) delivery: Delivery,
    pub(super) wait: Wait,
    pub(super) on_timeout: OnTimeout,
}

/// How a result comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivery {
    Inline,
    Links(Format),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    JsonArray,
    ArrowStream,
    Csv,
}

/// Whether the first answer waits for the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    Not,
    AWhile,
}

/// What happens to a statement that takes longer than the wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnTimeout {
    Continue,
    Cancel,
}

/// No text is longer.
const LONGEST: usize = 16 << 20;

impl Format {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::JsonArray => "JSON_ARRAY",
            Self::ArrowStream => "ARROW_STREAM",
            Self::Csv => "CSV",
        }
    }
}

impl Request {
    pub(super) fn of(body: &Value) -> Result<Self, Refusal> {
        let text = required(body, "statement")?;
        if text.len() > LONGEST {
            return Err(Refusal::invalid("statement is longer than 16 MiB"));
        }
        let namespace = (
            word(body, "catalog")?.unwrap_or("hive_metastore").to_owned(),
            word(body, "schema")?.unwrap_or("default").to_owned(),
        );
        let wait = wait(word(body, "wait_timeout")?.unwrap_or("10s"))?;
        let on_timeout = match word(body, "on_wait_timeout")? {
            None | Some("CONTINUE") => OnTimeout::Continue,
            Some("CANCEL") => OnTimeout::Cancel,
            Some(other) => return Err(not_one("on_wait_timeout", other)),
        };
        Ok(Self {
            text: text.to_owned(),
            warehouse_id: required(body, "warehouse_id")?.to_owned(),
            namespace,
            parameters: parameters(body)?,
            row_limit: limit(body, "row_limit")?,
            byte_limit: limit(body, "byte_limit")?,
            delivery: delivery(body)?,
            wait,
            on_timeout,
        })
    }

    pub(super) fn question(&self, now: Millis) -> Question {
        Question {
            text: self.text.clone(),
            parameters: self.parameters.clone(),
            namespace: self.namespace.clone(),
            now,
        }
    }
}

fn delivery(body: &Value) -> Result<Delivery, Refusal> {
    let format = match word(body, "format")? {
        None | Some("JSON_ARRAY") => Format::JsonArray,
        Some("ARROW_STREAM") => Format::ArrowStream,
        Some("CSV") => Format::Csv,
        Some(other) => return Err(not_one("format", other)),
    };
    match word(body, "disposition")? {
        None | Some("INLINE") if format == Format::JsonArray => Ok(Delivery::Inline),
        None | Some("INLINE") => {
            let message = format!("The format {} is only supported with disposition EXTERNAL_LINKS.", format.word());
            Err(Refusal::invalid(&message))
        }
        Some("EXTERNAL_LINKS") => Ok(Delivery::Links(format)),
        Some(other) => Err(not_one("disposition", other)),
    }
}

/// `0s`, or from `5s` to `50s`.
fn wait(text: &str) -> Result<Wait, Refusal> {
    match text.strip_suffix('s').and_then(|it| it.parse::<u32>().ok()) {
        Some(0) => Ok(Wait::Not),
        Some(5..=50) => Ok(Wait::AWhile),
        Some(_) | None => {
            let message = format!("wait_timeout must be 0s, or between 5s and 50s, not '{text}'");
            Err(Refusal::invalid(&message))
        }
    }
}

fn parameters(body: &Value) -> Result<Vec<Parameter>, Refusal> {
    let all = body["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let parameter = |it: &Value| {
        Ok(Parameter {
            name: required(it, "name")?.to_owned(),
            value: word(it, "value")?.map(str::to_owned),
            kind: word(it, "type")?.map(str::to_owned),
        })
    };
    all.iter().map(parameter).collect()
}

fn limit(body: &Value, name: &str) -> Result<Option<usize>, Refusal> {
    // Protocol buffers write 64-bit numbers as text.
    let number = match &body[name] {
        Value::Null => return Ok(None),
        Value::String(it) => it.parse().ok(),
        other => other.as_u64(),
    };
    let number = number.and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    number.map(Some).ok_or_else(|| Refusal::invalid(&format!("{name} must be a positive whole number")))
}

fn required<'a>(body: &'a Value, name: &str) -> Result<&'a str, Refusal> {
    let found = word(body, name)?.filter(|it| !it.is_empty());
    found.ok_or_else(|| Refusal::invalid(&format!("Missing required field: {name}")))
}

fn word<'a>(body: &'a Value, name: &str) -> Result<Option<&'a str>, Refusal> {
    match &body[name] {
        Value::Null => Ok(None),
        Value::String(it) => Ok(Some(it)),
        _ => Err(Refusal::invalid(&format!("{name} must be a text"))),
    }
}

fn not_one(name: &str, value: &str) -> Refusal {
    Refusal::invalid(&format!("{value} is not a value of {name}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn request(extra: Value) -> Result<Request, u16> {
        let mut body = json!({"statement": "SELECT 1", "warehouse_id": "w"});
        for (key, value) in extra.as_object().unwrap() {
            body[key] = value.clone();
        }
        Request::of(&body).map_err(|it| it.status)
    }

    #[test]
    fn what_is_left_out_has_the_usual_value() {
        let it = request(json!({})).unwrap();
        assert_eq!((it.delivery, it.wait, it.on_timeout), (Delivery::Inline, Wait::AWhile, OnTimeout::Continue));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for extra in [
            json!({"statement": ""}),
            json!({"warehouse_id": null}),
            json!({"wait_timeout": "3s"}),
            json!({"wait_timeout": "51s"}),
            json!({"wait_timeout": "10"}),
            json!({"format": "CSV"}),
            json!({"format": "ARROW_STREAM", "disposition": "INLINE"}),
            json!({"format": "PARQUET", "disposition": "EXTERNAL_LINKS"}),
            json!({"disposition": "BY_MAIL"}),
            json!({"on_wait_timeout": "PERHAPS"}),
            json!({"row_limit": 0}),
            json!({"byte_limit": -1}),
            json!({"parameters": [{"value": "1"}]}),
        ] {
            assert_eq!(request(extra.clone()).unwrap_err(), 400, "{extra}");
        }
    }
}
