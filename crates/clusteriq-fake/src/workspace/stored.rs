//! Objects that are too many to hold as JSON values: their text takes a small part of that.

use serde_json::Value;

/// An object as text, parsed when it is shown.
pub(super) struct Stored(Box<str>);

impl Stored {
    pub(super) fn new(it: &Value) -> Self {
        Self(it.to_string().into())
    }

    pub(super) fn value(&self) -> Value {
        serde_json::from_str(&self.0).expect("it was written from a value")
    }
}
