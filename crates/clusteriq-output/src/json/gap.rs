//! What is not known, as data.

use clusteriq_model::{Gap, Remedy};
use schemars::JsonSchema;
use serde::Serialize;

use super::value::{ExactUsd, TargetJson};
use crate::gaps::remedy_word;

/// Something the answer does not rest on because it was not there.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
pub struct GapJson {
    /// `missing_source`, `incomplete`, `unpriced`, `unknown_node_type` or `not_judged`.
    kind: &'static str,
    /// What it is about; null: the whole account.
    target: Option<TargetJson>,
    /// Which advisor could not judge.
    advisor: Option<String>,
    /// What is missing and what follows from it.
    what: String,
    remedy: Option<RemedyJson>,
    /// Billed money it touches.
    touches_usd: Option<ExactUsd>,
}

/// What would close a gap.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Remedy")]
struct RemedyJson {
    /// `grant` (a statement for an administrator), `collect`, `wait` or `configure`.
    kind: &'static str,
    text: String,
}

impl From<&Remedy> for RemedyJson {
    fn from(it: &Remedy) -> Self {
        Self { kind: remedy_word(it), text: it.text().into() }
    }
}

impl GapJson {
    /// The word for its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// What it is about.
    #[must_use]
    pub fn target(&self) -> Option<&TargetJson> {
        self.target.as_ref()
    }

    /// What is missing.
    #[must_use]
    pub fn what(&self) -> &str {
        &self.what
    }

    /// Whether it is known what would close it.
    #[must_use]
    pub fn has_remedy(&self) -> bool {
        self.remedy.is_some()
    }
}

impl From<&Gap> for GapJson {
    fn from(it: &Gap) -> Self {
        Self {
            kind: it.kind.word(),
            target: it.target.as_ref().map(|target| TargetJson::new(target, it.name.as_deref())),
            advisor: it.advisor.map(|it| it.0.into()),
            what: it.what.clone(),
            remedy: it.remedy.as_ref().map(Into::into),
            touches_usd: it.touches.map(Into::into),
        }
    }
}
