//! A text that is never shown: tokens and client secrets.

use std::fmt;

/// A secret text. It has no `Display` and cannot be serialised; `Debug` says nothing but that there is one.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Secret(String);

impl Secret {
    /// Wraps it, as soon as it is read.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A text in which this secret is made unreadable, should a service have sent it back.
    #[must_use]
    pub(crate) fn hidden_in(&self, text: &str) -> String {
        // Shorter ones would take ordinary words out of messages.
        if self.0.len() < 6 { text.to_owned() } else { text.replace(&self.0, "***") }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_shows_nothing_of_itself_and_is_taken_out_of_texts() {
        let it = Secret::new("hunter2-hunter2");
        assert_eq!(format!("{it:?} {:?}", Some(&it)), "Secret(***) Some(Secret(***))");
        assert_eq!(it.hidden_in("invalid token hunter2-hunter2."), "invalid token ***.");
        assert_eq!(Secret::new("").hidden_in("as it is"), "as it is");
    }
}
