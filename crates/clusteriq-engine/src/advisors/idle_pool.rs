//! # Idle pool
//!
//! ## What it finds
//! Instance pools in which, in more than 70 % of the hours, at least one node stood idle for most of the hour, and which
//! keep more nodes ready than the starts of their clusters need. The minimum that is proposed is the smallest with which
//! at most 5 % of the measured starts wait for a node, or not more than wait now. It is 0 where a start is rare: less
//! than one a day, or less than three a day by clusters that run ten times as long as a node takes to start.
//!
//! ## What it costs
//! The machine price of every idle node, every hour; idle nodes of a pool have no DBUs. The measured starts are played
//! through a pool with the lower minimum, nodes that come back and wait for the idle limit included.
//!
//! ## When it is silent
//! Pools that keep no node ready: their idle nodes are those that just came back. Pools whose starts need the minimum.
//! It cannot judge without the table of instance events, without the price of the node type, or on less than a week of data.
//!
//! ## Risk
//! A start that finds no idle node waits until the cloud has started one, about 4 minutes.
//!
//! ## Sources
//! `system.compute.instance_pools`, `system.compute.instance_events`, the catalogue of prices. Databricks charges no DBUs
//! for idle nodes of a pool (<https://docs.databricks.com/aws/en/compute/pool-index>, read 2026-11).

use clusteriq_model::{
    Action, AdvisorId, Evidence, Fraction, Minutes, Pool, Quantity, RiskDimension, RiskPart, Source, Target,
};

use crate::advisor::{Advisor, Context, Gain, Opinion, Proposal};
use crate::money::node_price::Spot;
use crate::money::pool_node_price;
use crate::profile::PoolProfile;
use crate::profile::job::quantile;
use crate::risk;
use crate::scenario::pools::{LAUNCH_MINUTES, Played, play};

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("idle-pool"),
    detection: "D37",
    title: "Keep fewer nodes of a pool idle",
    source: include_str!("idle_pool.rs"),
    advise,
};

const POOLS: Source = Source::SystemTable("system.compute.instance_pools");
const EVENTS: Source = Source::SystemTable("system.compute.instance_events");

/// Days of data that a judgement needs.
const LEAST_DAYS: f64 = 7.0;
/// Share of the hours in which a node is idle, beyond which a pool is looked at.
const IDLE_HOURS: f64 = 0.70;
/// Share of the starts that may wait for a node.
const LATE_STARTS: f64 = 0.05;
/// So many starts a day live on nodes that are ready.
const IN_USE: f64 = 24.0;
/// Fewer starts a day than this are not worth a waiting node.
const RARE: f64 = 1.0;
/// The same for clusters that run so long that the wait hardly shows.
const RARE_FOR_LONG: f64 = 3.0;
/// Share of a cluster's life that a wait may add there.
const HARDLY_SHOWS: f64 = 0.12;

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    let here = cx.fleet.pools.values().filter(|it| it.deleted.is_none());
    here.map(|it| judge(cx, it)).collect()
}

fn judge(cx: &Context<'_>, pool: &Pool) -> Opinion {
    let target = Target::Pool(pool.key.clone());
    let abstain = |why: String| Opinion::Abstain(Target::Pool(pool.key.clone()), why);
    let Some(from) = pool.min_idle else {
        return abstain("how many nodes it keeps ready is not known".into());
    };
    if from == 0 {
        return Opinion::Fine(target);
    }
    let Some(profile) = cx.profiles.pools.get(&pool.key) else {
        return abstain(
            "system.compute.instance_events is not in the data, so idle and used nodes cannot be told apart".into(),
        );
    };
    let days = cx.fleet.window.days();
    if days < LEAST_DAYS {
        return abstain(format!("there are {days:.0} days of data; {:.0} more are needed", (LEAST_DAYS - days).ceil()));
    }
    let idle = profile.idle_share(1);
    if idle <= IDLE_HOURS {
        return Opinion::Fine(target);
    }
    let Some(price) = pool_node_price(cx.fleet, pool, Spot::Usual) else {
        let node = pool.node_type.as_deref().unwrap_or("its nodes");
        return abstain(format!("the price of {node} is not known"));
    };
    let to = needed(profile, pool, from);
    if to >= from {
        return Opinion::Fine(target);
    }
    let then = play(profile, to, pool.idle_limit);
    let hours = profile.idle_hours();
    let starts = profile.starts.len();
    let mut parts = vec![wait(profile, then)];
    if cx.is_production(&pool.tags) {
        parts.push(risk::production());
    }
    let used = if starts == 0 {
        "no cluster took a node in the window".to_owned()
    } else {
        format!("clusters took nodes {starts} times, at most {} at once", most(profile))
    };
    let seen = if profile.silent { " (by its setting: no node of it has an event)" } else { "" };
    Opinion::Propose(Box::new(Proposal {
        action: Action::SetPoolIdle { from, to },
        title: match to {
            0 => format!("Keep no node of pool {} idle", pool.name),
            1 => format!("Keep 1 node of pool {} idle instead of {from}", pool.name),
            _ => format!("Keep {to} nodes of pool {} idle instead of {from}", pool.name),
        },
        why: format!(
            "A node stood idle in {} of the hours{seen}, {hours} of node time in all, and {used}.",
            Fraction(idle)
        ),
        risk: risk::risk(parts),
        runtime: None,
        options: vec![],
        at_stake: None,
        evidence: vec![
            Evidence::new("idle time of all nodes", Quantity::Hours(hours), EVENTS),
            Evidence::new("hours in which a node was idle", Quantity::Fraction(Fraction(idle)), EVENTS),
            Evidence::new("starts of clusters from the pool", Quantity::Count(starts as u64), EVENTS),
            Evidence::new("nodes of the largest start", Quantity::Count(most(profile) as u64), EVENTS),
            Evidence::new("starts that would wait for a node", Quantity::Fraction(Fraction(then.late)), Source::Replay),
            Evidence::new("nodes kept ready now", Quantity::Count(u64::from(from)), POOLS),
            Evidence::new("price of a node", Quantity::UsdPerHour(price), Source::Catalog),
        ],
        alternatives: vec![],
        confidence: format!("{starts} starts over {days:.0} days"),
        rollback: format!("set min_idle_instances back to {from}"),
        verify: "compare idle nodes and the start-up time of clusters over the next two weeks".into(),
        gain: Gain::Money,
        target,
    }))
}

/// The smallest minimum that serves the measured starts.
fn needed(profile: &PoolProfile, pool: &Pool, from: u32) -> u32 {
    let starts = profile.starts_a_day();
    let rare =
        if life(profile).is_some_and(|it| LAUNCH_MINUTES as f64 <= HARDLY_SHOWS * it.0) { RARE_FOR_LONG } else { RARE };
    if starts < rare {
        return 0;
    }
    let now = play(profile, from, pool.idle_limit).late;
    let served = |min: &u32| play(profile, *min, pool.idle_limit).late <= now.max(LATE_STARTS);
    // Clusters that start every hour and more often live on nodes that are ready: a minimum below what one of them takes would
    // save only as long as nodes happen to come back in time.
    let least = if starts >= IN_USE { u32::try_from(most(profile)).unwrap_or(from).min(from) } else { 0 };
    (least..from).find(served).unwrap_or(from)
}

/// How long clusters keep the nodes they take, median.
fn life(profile: &PoolProfile) -> Option<Minutes> {
    let mut lives: Vec<i64> =
        profile.starts.iter().filter_map(|it| it.until.last().map(|until| until - it.at)).collect();
    lives.sort_unstable();
    quantile(&lives, 0.5).map(|it| Minutes(it as f64))
}

fn most(profile: &PoolProfile) -> usize {
    profile.starts.iter().map(crate::profile::PoolStart::nodes).max().unwrap_or(0)
}

/// Starts that wait, and what that is against the life of a cluster.
fn wait(profile: &PoolProfile, then: Played) -> RiskPart {
    let daily = profile.starts_a_day() * then.late;
    let Some(life) = life(profile).filter(|_| then.late > 0.0) else {
        return risk::part(RiskDimension::Runtime, 0, "no measured start would wait for a node");
    };
    let longer = LAUNCH_MINUTES as f64 / life.0.max(1.0);
    let score = if then.late <= LATE_STARTS || longer <= 0.05 {
        1
    } else if longer <= 0.2 {
        2
    } else {
        3
    };
    let because = format!(
        "{daily:.1} starts a day would wait about {LAUNCH_MINUTES} minutes for a node; a cluster runs {life} (median)"
    );
    risk::part(RiskDimension::Runtime, score, because)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};

    #[test]
    fn a_pool_that_nobody_uses_is_to_keep_no_node() {
        // 3 nodes × 14 days × 24 h.
        let said = check(&ADVISOR, &world().pool("spare", 3, &[]).fleet());
        assert!(said.starts_with("Keep no node of pool spare idle. A node stood idle in 100 % of the hours"), "{said}");
        assert!(said.contains("1,008 h of node time in all, and no cluster took a node"), "{said}");
    }

    #[test]
    fn a_pool_is_to_keep_as_many_nodes_as_a_start_takes() {
        // Two nodes every hour, ten kept.
        let every_hour: Vec<_> = (0..14 * 24).map(|it| (it * 60, 2, 20)).collect();
        let said = check(&ADVISOR, &world().pool("etl", 10, &every_hour).fleet());
        assert!(said.starts_with("Keep 2 nodes of pool etl idle instead of 10"), "{said}");
    }

    #[test]
    fn a_pool_whose_starts_need_its_idle_nodes_is_fine() {
        let every_hour: Vec<_> = (0..14 * 24).map(|it| (it * 60 + 3, 4, 12)).collect();
        assert_eq!(check(&ADVISOR, &world().pool("busy", 4, &every_hour).fleet()), "fine: pool busy");
    }

    #[test]
    fn a_pool_whose_nodes_come_back_in_time_for_the_next_start_needs_no_others() {
        // Back after 12 minutes, taken again after 18 more: before the limit of 20. Of 22 starts a day only the first waits.
        let by_day: Vec<_> = (0..14 * 22).map(|it| (it / 22 * 24 * 60 + 483 + it % 22 * 30, 4, 12)).collect();
        let said = check(&ADVISOR, &world().pool("warm", 4, &by_day).fleet());
        assert!(said.starts_with("Keep no node of pool warm idle"), "{said}");
    }

    #[test]
    fn a_pool_in_use_all_day_keeps_what_a_start_takes_even_if_nodes_come_back_in_time() {
        let every_half: Vec<_> = (0..14 * 48).map(|it| (it * 30 + 3, 4, 12)).collect();
        assert_eq!(check(&ADVISOR, &world().pool("warm", 4, &every_half).fleet()), "fine: pool warm");
    }

    #[test]
    fn a_pool_that_keeps_none_is_fine() {
        assert_eq!(check(&ADVISOR, &world().pool("none", 0, &[(600, 2, 30)]).fleet()), "fine: pool none");
    }

    #[test]
    fn without_events_idle_nodes_are_not_guessed() {
        let mut fleet = world().pool("spare", 3, &[]).fleet();
        fleet.pools.values_mut().for_each(|it| it.events = None);
        let said = check(&ADVISOR, &fleet);
        assert!(said.starts_with("abstains on pool spare: system.compute.instance_events"), "{said}");
    }
}
