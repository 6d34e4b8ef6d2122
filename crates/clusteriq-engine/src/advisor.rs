//! What an advisor is, what it may look at, and what it says.

use clusteriq_model::{Action, AdvisorId, Alternative, Evidence, Fleet, Risk, Runtime, Target, Usd};

use crate::profile::Profiles;
use crate::scenario::Scenario;

/// One detection. Plain data around a pure function, so that the list is a `const`.
#[derive(Debug)]
pub struct Advisor {
    /// Stable kebab-case name of the problem.
    pub id: AdvisorId,
    /// Its number in the catalogue of detections.
    pub detection: &'static str,
    /// What it finds, one line for people.
    pub title: &'static str,
    /// The text of its own file: its documentation.
    pub source: &'static str,
    /// The judgement itself: at most one opinion per target it understands.
    pub advise: fn(&Context<'_>) -> Vec<Opinion>,
}

/// Knobs that people may turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Smallest monthly saving worth a recommendation.
    pub least_saving: Usd,
    /// How much longer a run may likely take, as a factor.
    pub tolerated_slowdown: f64,
    /// Highest share of a node's memory that a recommendation may lead to.
    pub memory_limit: f64,
    /// Words in tags or names that mean production.
    pub production_words: Vec<String>,
    /// Names of tags that everything must have; empty: those that most of the account's spending has.
    pub required_tags: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            least_saving: crate::catalog::LEAST_SAVING,
            tolerated_slowdown: 1.10,
            memory_limit: 0.85,
            production_words: vec!["prod".into(), "production".into(), "prd".into()],
            required_tags: vec![],
        }
    }
}

/// Everything that a judgement may depend on.
#[derive(Clone)]
pub struct Context<'a> {
    /// What exists, what it did, what it cost.
    pub fleet: &'a Fleet,
    /// Its profiles.
    pub profiles: &'a Profiles,
    /// Knobs.
    pub settings: &'a Settings,
    /// The fleet as it is: prices a change that an advisor weighs.
    pub today: Scenario<'a>,
}

impl<'a> Context<'a> {
    /// For a fleet.
    #[must_use]
    pub fn new(fleet: &'a Fleet, profiles: &'a Profiles, settings: &'a Settings) -> Self {
        Self { fleet, profiles, settings, today: Scenario::new(fleet, profiles) }
    }

    /// The same of a fleet that was looked at before.
    #[must_use]
    pub fn again(
        fleet: &'a Fleet,
        profiles: &'a Profiles,
        settings: &'a Settings,
        behaviour: std::sync::Arc<crate::scenario::Behaviour>,
    ) -> Self {
        Self { fleet, profiles, settings, today: Scenario::again(fleet, profiles, behaviour) }
    }

    /// Likely monthly saving of one change made to the fleet as it is. `None`: it cannot be priced.
    #[must_use]
    pub fn saving(&self, target: &Target, action: &Action) -> Option<Usd> {
        let touched = self.today.touched(target, action);
        let before = self.today.cost(&touched)?.total()?;
        let after = self.today.with(target, action).cost(&touched)?.total()?;
        Some(before.likely - after.likely)
    }

    /// Whether tags or name say that it is production.
    #[must_use]
    pub fn is_production(&self, tags: &clusteriq_model::tables::Tags) -> bool {
        let says = |it: &String| self.settings.production_words.iter().any(|word| it.eq_ignore_ascii_case(word));
        tags.iter().any(|(key, value)| key.to_ascii_lowercase().starts_with("env") && says(value))
    }
}

/// What an advisor thinks of one target.
#[derive(Clone, Debug)]
pub enum Opinion {
    /// Change this.
    Propose(Box<Proposal>),
    /// Looked, and nothing to change.
    Fine(Target),
    /// Could not judge, and why; shown to people as a gap.
    Abstain(Target, String),
}

/// A change and the facts behind it. No money: the engine prices it.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// What the change applies to.
    pub target: Target,
    /// The change.
    pub action: Action,
    /// Imperative.
    pub title: String,
    /// One paragraph with the deciding number.
    pub why: String,
    /// How likely it is to hurt someone.
    pub risk: Risk,
    /// What it changes for the runs.
    pub runtime: Option<Runtime>,
    /// Other changes of the same setting that would do as well, for the joint plan to choose from.
    pub options: Vec<Action>,
    /// Money a month that it is about and that is no saving.
    pub at_stake: Option<Usd>,
    /// The facts behind it, strongest first. Never empty.
    pub evidence: Vec<Evidence>,
    /// What else was weighed.
    pub alternatives: Vec<Alternative>,
    /// How much it rests on.
    pub confidence: String,
    /// How to undo it.
    pub rollback: String,
    /// How to see that it holds.
    pub verify: String,
    /// Whether money is its reason.
    pub gain: Gain,
}

/// Why a change is worth making.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gain {
    /// It saves money; without a saving it is not proposed.
    Money,
    /// It is worth making although it saves nothing by itself.
    Other,
}
