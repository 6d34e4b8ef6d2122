//! # Memory starved
//!
//! ## What it finds
//! TODO: which resources, by which measured sign, beyond which limit.
//!
//! ## What it costs
//! TODO: what is billed for nothing, and on which meter.
//!
//! ## When it is silent
//! TODO: what it does not look at, and what it cannot judge and why.
//!
//! ## Risk
//! TODO: what may go wrong for whom, and how one would notice.
//!
//! ## Sources
//! TODO: the tables it reads, and a link with the date it was read per fact about Databricks or a cloud.

use clusteriq_model::{AdvisorId, Target};

use crate::advisor::{Advisor, Context, Opinion};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("memory-starved"),
    detection: "D22",
    title: "TODO: what to do, in the imperative",
    source: include_str!("memory_starved.rs"),
    advise,
};

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    // TODO: one opinion per resource that it understands.
    let jobs = cx.fleet.jobs.keys().cloned();
    jobs.map(|it| Opinion::Fine(Target::Job(it))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn todo_say_what_is_proposed_for_the_smallest_fleet_that_shows_it() {
        let fleet = world().job("etl", 4, 4.0, 2.0).runs(14, 20).fleet();
        assert_eq!(check(&ADVISOR, &fleet), "TODO: what it should say");
    }
}
