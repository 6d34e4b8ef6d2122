//! What would come of every alternative: the truth that an advisor can only estimate.

use rayon::prelude::*;

use super::levers::{Plan, others, weighed};
use super::oracle::{Search, changes};
use super::{Change, Company, Outcome};
use crate::FakeError;

/// Resources that stand or fall together, as they are and as they could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternatives {
    /// Their ids.
    pub ids: Vec<String>,
    /// As it is.
    pub now: Outcome,
    /// Each change on its own; those that make no difference are left out.
    pub singles: Vec<Tried>,
    /// The best combination that the search found: without changes if there is none that is better and does no harm.
    pub best: Tried,
}

/// Changes that are made together, and what comes of them.
pub type Tried = (Vec<(String, Change)>, Outcome);

impl Company {
    /// The alternatives of all resources, in a fixed order. The processors share the work.
    pub fn all_alternatives(&self) -> Result<Vec<Alternatives>, FakeError> {
        let mut found: Vec<Alternatives> =
            self.groups().par_iter().map(|ids| self.alternatives(ids)).collect::<Result<_, _>>()?;
        found.extend(self.shared_clusters()?);
        Ok(found)
    }

    /// Of one group of [`Company::groups`].
    fn alternatives(&self, ids: &[String]) -> Result<Alternatives, FakeError> {
        let part = self.part(ids)?;
        let now = part.outcome(&[])?;
        let nothing = Plan::new();
        let steps = weighed(&part.world).into_iter().flat_map(|it| it.steps(&nothing)).chain(others(&part.world));
        let mut singles: Vec<Tried> = Vec::new();
        for step in steps {
            let changes = changes(&step.on(&nothing));
            if singles.iter().any(|it| it.0 == changes) {
                continue;
            }
            // What the resource does not take is no alternative, nor is what it is already.
            match part.outcome(&changes) {
                Ok(outcome) if outcome != now => singles.push((changes, outcome)),
                Ok(_) | Err(_) => {}
            }
        }
        let best = Search::new(&part)?.run();
        Ok(Alternatives { ids: ids.to_vec(), now, singles, best })
    }

    /// Of jobs that could run on one cluster and stand alone otherwise.
    fn shared_clusters(&self) -> Result<Vec<Alternatives>, FakeError> {
        let mut found: Vec<Alternatives> = Vec::new();
        for planted in self.planted().iter().filter(|it| it.problem == "D04") {
            let Some((ids, candidates)) = self.overlapping(&planted.target_id) else { continue };
            if found.iter().any(|it| it.ids == ids) {
                continue;
            }
            let part = self.part(&ids)?;
            let named = |list: Vec<Change>| list.into_iter().map(|it| (ids[0].clone(), it)).collect::<Vec<_>>();
            let mut singles: Vec<Tried> = Vec::new();
            for changes in candidates.into_iter().map(named) {
                let outcome = part.outcome(&changes)?;
                singles.push((changes, outcome));
            }
            let now = part.outcome(&[])?;
            let best = match self.remedy(planted)? {
                Some(it) => (it.changes, it.then),
                None => (Vec::new(), now),
            };
            found.push(Alternatives { ids, now, singles, best });
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DemoOptions, truth::outcome_json};

    /// One more than the demo, which brings pools, pipelines and serverless jobs.
    fn company() -> Company {
        Company::new(&DemoOptions { days: 4, clusters: 41, ..DemoOptions::default() }).unwrap()
    }

    fn planted<'a>(company: &'a Company, problem: &str) -> &'a str {
        &company.planted().iter().find(|it| it.problem == problem).unwrap().target_id
    }

    fn group(company: &Company, id: &str) -> Vec<String> {
        company.groups().into_iter().find(|group| group.iter().any(|it| it == id)).unwrap()
    }

    #[test]
    fn each_planted_resource_stands_in_one_group() {
        let company = company();
        let groups = company.groups();
        let apart = |it: &&crate::Planted| it.kind != "workspace";
        for it in company.planted().iter().filter(apart) {
            let found = groups.iter().filter(|group| group.contains(&it.target_id)).count();
            assert_eq!(found, 1, "{it:?}");
        }
    }

    #[test]
    fn an_alternative_comes_out_as_it_does_when_it_is_made() {
        let company = company();
        for problem in ["D01", "D08", "D39", "D37", "D45", "D48"] {
            let ids = group(&company, planted(&company, problem));
            let it = company.alternatives(&ids).unwrap();
            assert_eq!(it.now, company.outcome(&ids, &[]).unwrap());
            assert!(!it.singles.is_empty(), "{problem}");
            for (changes, outcome) in it.singles.iter().step_by(7).chain([&it.best]) {
                assert_eq!(*outcome, company.outcome(&ids, changes).unwrap(), "{problem} {changes:?}");
            }
            let value = |outcome| company.value(&ids, outcome).unwrap();
            assert!(value(&it.best.1) <= value(&it.now), "{problem}");
        }
    }

    #[test]
    fn the_search_for_the_best_weighs_the_remedy_of_what_is_known_to_be_wrong() {
        let company = company();
        for problem in ["D37", "D45", "D46", "D48"] {
            let id = planted(&company, problem);
            let it = company.alternatives(&group(&company, id)).unwrap();
            let about_it = it.best.0.iter().any(|(target, _)| target == id);
            assert!(about_it && it.best.1.usd() < it.now.usd(), "{problem} {:?}", it.best);
        }
    }

    #[test]
    fn jobs_that_could_share_a_cluster_have_an_entry_of_their_own() {
        let company = company();
        let shared = company.shared_clusters().unwrap();
        let id = planted(&company, "D04");
        let it = shared.iter().find(|it| it.ids.iter().any(|it| it == id)).unwrap();
        assert!(it.ids.len() > 1 && it.best.1.usd() < it.now.usd(), "{it:?}");
    }

    #[test]
    fn an_outcome_says_how_likely_a_run_fails() {
        let company = company();
        let ids = [planted(&company, "D01").to_owned()];
        let now = company.outcome(&ids, &[]).unwrap();
        let failing = Outcome { failed: now.runs / 4.0, ..now };
        assert_eq!(outcome_json(&failing)["failure_probability"], 0.25);
    }
}
