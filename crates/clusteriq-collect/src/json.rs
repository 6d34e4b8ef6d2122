//! JSON text taken apart as far as needed; numbers keep the digits they were written with.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Problem;

/// The members of an object, in their order.
pub(crate) struct Members<'a>(pub(crate) Vec<(Cow<'a, str>, &'a RawValue)>);

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Text(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(All)
    }
}

/// The members of an object, or of a map written as a list of `{"key": …, "value": …}`.
pub(crate) fn members(json: &str) -> Result<Vec<(Cow<'_, str>, &RawValue)>, Problem> {
    if !json.trim_start().starts_with('[') {
        let Members(members) = serde_json::from_str(json).map_err(|_| Problem::NotJson)?;
        return Ok(members);
    }
    let entries: Vec<Members<'_>> = serde_json::from_str(json).map_err(|_| Problem::NotJson)?;
    entries
        .into_iter()
        .map(|Members(it)| {
            let of = |name: &str| it.iter().find(|it| it.0.eq_ignore_ascii_case(name)).map(|it| it.1);
            let (key, value) = of("key").zip(of("value")).ok_or(Problem::NotJson)?;
            Ok((text(key)?.ok_or(Problem::NotJson)?, value))
        })
        .collect()
}

/// The elements of a list.
pub(crate) fn elements(json: &str) -> Result<Vec<&RawValue>, Problem> {
    serde_json::from_str(json).map_err(|_| Problem::NotJson)
}

/// A value as text: a string without its quotes, anything else as it is written; null is none.
pub(crate) fn text(json: &RawValue) -> Result<Option<Cow<'_, str>>, Problem> {
    let raw = json.get();
    match raw.as_bytes().first() {
        Some(b'"') => {
            let Text(it) = serde_json::from_str(raw).map_err(|_| Problem::NotText)?;
            Ok(Some(it))
        }
        Some(b'n') => Ok(None),
        Some(_) => Ok(Some(raw.into())),
        None => Ok(None),
    }
}

/// An object with these members put in place of its own, or taken out (`None`); everything else as it was written.
/// `None` if it is no object.
pub(crate) fn edited(json: &str, edits: &[(&str, Option<&str>)]) -> Option<String> {
    if !json.trim_start().starts_with('{') {
        return None;
    }
    let old = members(json).ok()?;
    let kept = old.iter().filter(|it| edits.iter().all(|edit| edit.0 != it.0)).map(|it| (it.0.as_ref(), it.1.get()));
    let new = edits.iter().filter_map(|it| Some((it.0, it.1?)));
    let each = kept.chain(new).map(|(name, value)| Some(format!("{}:{value}", serde_json::to_string(name).ok()?)));
    Some(format!("{{{}}}", each.collect::<Option<Vec<_>>>()?.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edited_object_keeps_the_digits_of_what_was_not_touched() {
        let json = r#"{"id":9007199254740993,"price":0.10,"more":true,"a\"b":1}"#;
        let edited = edited(json, &[("more", None), ("tasks", Some("[1]"))]).unwrap();
        assert_eq!(edited, r#"{"id":9007199254740993,"price":0.10,"a\"b":1,"tasks":[1]}"#);
        assert_eq!(super::edited("[1]", &[]), None);
    }
}
