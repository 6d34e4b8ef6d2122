//! What a pool's idle nodes would cost if it kept fewer of them ready, and how often a start would wait.

use std::collections::VecDeque;

use clusteriq_model::{Fleet, Hours, Interval, Minutes, Pool, Usd};

use super::scaled;
use crate::money::node_price::Spot;
use crate::money::{pool_node_price, pool_vm};
use crate::profile::PoolProfile;
use crate::whatif::{Cost, per_month};

/// Time until a node that the cloud has to start is ready: 2 to 5 minutes are usual.
pub const LAUNCH_MINUTES: i64 = 4;
/// Time after which a node above the minimum goes, where the setting is not known: the form's default.
const IDLE_LIMIT: Minutes = Minutes(60.0);

/// A pool with another minimum, played through.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Played {
    /// Idle time of all nodes together.
    pub idle: Hours,
    /// Share of the starts that find too few idle nodes; 0 without starts.
    pub late: f64,
}

/// The pool's idle nodes in a month. `None`: its events or the price of its nodes are not known.
pub(super) fn cost(fleet: &Fleet, pool: &Pool, profile: &PoolProfile, to: Option<u32>) -> Option<Cost> {
    let month = pool_vm(fleet, pool, profile)? * per_month(fleet);
    let now = Cost { dbu: Some(Interval::exactly(Usd(0.0))), vm: Some(Interval::exactly(month)) };
    let Some((to, from)) = to.zip(pool.min_idle) else { return Some(now) };
    let (before, after) = (play(profile, from, pool.idle_limit), play(profile, to, pool.idle_limit));
    if before.idle <= Hours(0.0) {
        return Some(now);
    }
    let kept = after.idle / before.idle;
    let mut then = scaled(now, kept);
    // What spot costs in the end is in the cloud's bill, which is not here: what goes may be worth as much as the market's bounds.
    let at = |market| Some(pool_node_price(fleet, pool, market)? / pool_node_price(fleet, pool, Spot::Usual)?);
    if let (Some(cheap), Some(dear), Some(vm)) = (at(Spot::Cheap), at(Spot::Dear), then.vm.as_mut()) {
        let gone = month * (1.0 - kept).max(0.0);
        *vm = Interval::spanning(vm.low - gone * (dear - 1.0), vm.likely, vm.high + gone * (1.0 - cheap));
    }
    Some(then)
}

/// The measured starts on a pool that keeps `min` nodes ready. Nodes that came back are taken first and stay for the idle
/// limit; of those that are kept ready, one that is taken is replaced.
#[must_use]
pub fn play(profile: &PoolProfile, min: u32, idle_limit: Option<Minutes>) -> Played {
    let Some(span) = profile.span else { return Played { idle: Hours(0.0), late: 0.0 } };
    let limit = idle_limit.unwrap_or(IDLE_LIMIT).0 as i64;
    // When each kept node became, or will become, ready; and when each that came back did.
    let mut kept: Vec<i64> = vec![span.from; min as usize];
    let mut back: VecDeque<i64> = VecDeque::new();
    let (mut minutes, mut late) = (0, 0);
    let mut ends: Vec<i64> = profile.starts.iter().flat_map(|it| it.until.iter().copied()).collect();
    ends.retain(|it| *it < span.until);
    ends.sort_unstable();
    let mut ends = ends.into_iter().peekable();
    for start in &profile.starts {
        back.extend(std::iter::from_fn(|| ends.next_if(|it| *it <= start.at)));
        while back.front().is_some_and(|it| it + limit <= start.at) {
            back.pop_front();
            minutes += limit;
        }
        let mut missing = start.nodes();
        while let Some(since) = back.front().filter(|_| missing > 0).copied() {
            back.pop_front();
            minutes += start.at - since;
            missing -= 1;
        }
        kept.sort_unstable();
        let ready = kept.partition_point(|it| *it <= start.at).min(missing);
        late += usize::from(ready < missing);
        for it in kept.iter_mut().take(ready) {
            minutes += start.at - *it;
            *it = start.at + LAUNCH_MINUTES;
        }
    }
    minutes += back.into_iter().chain(ends).map(|it| limit.min(span.until - it)).sum::<i64>();
    minutes += kept.into_iter().map(|it| (span.until - it).max(0)).sum::<i64>();
    let late = if profile.starts.is_empty() { 0.0 } else { late as f64 / profile.starts.len() as f64 };
    Played { idle: Hours(minutes as f64 / 60.0), late }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::PoolStart;
    use crate::profile::activity::Span;
    use proptest::prelude::*;

    fn starts(each: &[(i64, i64, usize)]) -> PoolProfile {
        let starts = each.iter().map(|(at, long, nodes)| PoolStart { at: *at, until: vec![at + long; *nodes] });
        let span = Some(Span { from: 0, until: 1440 });
        PoolProfile { span, idle: vec![], starts: starts.collect(), silent: false }
    }

    #[test]
    fn without_a_minimum_nodes_are_idle_only_after_use_and_the_first_start_waits() {
        let profile = starts(&[(600, 30, 2), (640, 30, 2)]);
        let played = play(&profile, 0, Some(Minutes(20.0)));
        // Two nodes for 10 minutes between the starts and for 20 after the second; the first start finds none.
        assert_eq!(played, Played { idle: Hours(1.0), late: 0.5 });
    }

    #[test]
    fn a_minimum_of_two_serves_two_and_is_idle_all_day() {
        let played = play(&starts(&[(600, 30, 2)]), 2, Some(Minutes(20.0)));
        assert_eq!(played.late, 0.0);
        // 2 × (600 + 1440 − 604), and two that came back for 20 minutes.
        assert_eq!(played.idle, Hours((2.0 * (600.0 + 836.0) + 40.0) / 60.0));
    }

    proptest! {
        #[test]
        fn a_lower_minimum_is_never_idle_for_longer_and_never_later_less_often(
            each in prop::collection::vec((0..1300i64, 5..120i64, 1..6usize), 0..12), min in 1..8u32,
        ) {
            let mut each = each;
            each.sort_unstable();
            let profile = starts(&each);
            let (low, high) = (play(&profile, min - 1, None), play(&profile, min, None));
            prop_assert!(low.idle <= high.idle + Hours(1e-9), "{low:?} {high:?}");
            prop_assert!(low.late >= high.late);
        }
    }
}
