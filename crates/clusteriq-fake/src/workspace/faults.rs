//! Misbehaviour by script: which requests, which of them, and what goes wrong.

use std::time::Duration;

use crate::random::Random;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// 429, with or without `Retry-After` in seconds: the real service promises none.
    TooManyRequests {
        /// Seconds.
        retry_after: Option<u32>,
    },
    /// 503, with or without `Retry-After`. The official SDKs ask again for minutes if discovery answers that.
    Unavailable {
        /// Seconds.
        retry_after: Option<u32>,
    },
    /// The right answer, that much later.
    Slow(Duration),
    /// The right answer's first half, as if it were the whole: no JSON any more.
    Truncated,
    /// The connection breaks in the middle of the right answer.
    Broken,
    /// 403 `PERMISSION_DENIED`: this object or API is not for this principal.
    Denied,
    /// A link to a part of a result has expired; other requests are answered as usual.
    LinkExpired,
    /// The list grew since the page before: an object at its front moves all others on, so that the last one of that page comes
    /// again. A first page is as usual.
    ListChanges,
    /// All OAuth tokens given out so far have expired; the request meets that too.
    TokensExpire,
}

/// Which of the requests that a rule is about.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// All.
    Always,
    /// The first so many.
    First(u32),
    /// Those, counted from 1.
    At(Vec<u32>),
    /// Each with that probability; the same seed chooses the same ones.
    Chance {
        /// From 0 to 1.
        probability: f64,
        /// Of the choice.
        seed: u64,
    },
}

/// A line of the script.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// How the path begins, as the client writes it: `/api/2.2/jobs`, `/oidc/v1/token`. `/api/` spares discovery.
    pub path: String,
    /// Only requests that name this object's id, in path, query or body.
    pub about: Option<String>,
    /// Which of them.
    pub when: When,
    /// What happens.
    pub fault: Fault,
}

impl Rule {
    /// About all requests whose path begins like that.
    #[must_use]
    pub fn new(path: &str, when: When, fault: Fault) -> Self {
        Self { path: path.to_owned(), about: None, when, fault }
    }

    /// Only those that name this object's id.
    #[must_use]
    pub fn about(self, id: &str) -> Self {
        Self { about: Some(id.to_owned()), ..self }
    }
}

/// A script. Of several rules that a request meets, the first one counts.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// With how many requests each was about so far.
    rules: Vec<(Rule, u32)>,
}

impl Faults {
    /// That script.
    #[must_use]
    pub fn new(rules: Vec<Rule>) -> Self {
        Self { rules: rules.into_iter().map(|it| (it, 0)).collect() }
    }

    /// What happens to a request. Every rule that is about it counts it.
    pub(super) fn meet(&mut self, path: &str, query: &str, body: &[u8]) -> Option<Fault> {
        let mut met = None;
        for (rule, count) in &mut self.rules {
            if !path.starts_with(&rule.path) || !names(rule.about.as_deref(), path, query, body) {
                continue;
            }
            *count += 1;
            if met.is_none() && rule.when.holds(*count) {
                met = Some(rule.fault);
            }
        }
        met
    }
}

impl When {
    fn holds(&self, count: u32) -> bool {
        match self {
            Self::Always => true,
            Self::First(first) => count <= *first,
            Self::At(those) => those.contains(&count),
            Self::Chance { probability, seed } => {
                Random::named(*seed, &format!("request {count}")).chance(*probability)
            }
        }
    }
}

fn names(id: Option<&str>, path: &str, query: &str, body: &[u8]) -> bool {
    id.is_none_or(|id| path.contains(id) || query.contains(id) || String::from_utf8_lossy(body).contains(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUSY: Fault = Fault::TooManyRequests { retry_after: None };

    fn met(when: When) -> Vec<bool> {
        let mut faults = Faults::new(vec![Rule::new("/api/2.1/", when, BUSY)]);
        (0..6).map(|_| faults.meet("/api/2.1/clusters/list", "", b"").is_some()).collect()
    }

    #[test]
    fn a_rule_meets_the_requests_that_its_script_names() {
        assert_eq!(met(When::First(2)), [true, true, false, false, false, false]);
        assert_eq!(met(When::At(vec![2, 5])), [false, true, false, false, true, false]);
        assert_eq!(met(When::Always), [true; 6]);
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let draw = |seed| met(When::Chance { probability: 0.5, seed });
        assert_eq!(draw(3), draw(3));
        assert!((0..20).any(|seed| draw(seed) != draw(3)));
    }

    #[test]
    fn a_rule_about_an_object_leaves_the_others_alone() {
        let rule = Rule::new("/api/", When::Always, Fault::Denied).about("77");
        let mut faults = Faults::new(vec![rule]);
        assert_eq!(faults.meet("/api/2.2/jobs/get", "job_id=77", b""), Some(Fault::Denied));
        assert_eq!(faults.meet("/api/2.2/jobs/get", "job_id=78", b""), None);
    }
}
