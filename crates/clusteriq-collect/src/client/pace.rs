//! Staying below the limits of the service, by waiting before it has to say so.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::clock::Clock;
use super::endpoint::Family;

/// Calls a second of all kinds together.
const ALL_PER_SECOND: u32 = 10;

/// When the next call of each family, and of any, may begin.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    next: Mutex<Next>,
}

#[derive(Debug, Default)]
struct Next {
    any: Duration,
    of: BTreeMap<Family, Duration>,
}

impl Pace {
    /// Takes the next place in the line, and waits for it.
    pub(crate) async fn turn(&self, family: Family, clock: &dyn Clock) {
        let now = clock.now();
        let wait = self.place(family, now).saturating_sub(now);
        if !wait.is_zero() {
            clock.sleep(wait).await;
        }
    }

    fn place(&self, family: Family, now: Duration) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let of = next.of.get(&family).copied().unwrap_or_default();
        let at = now.max(next.any).max(of);
        next.any = at + Duration::from_secs(1) / ALL_PER_SECOND;
        next.of.insert(family, at + Duration::from_secs(1) / family.calls_per_second());
        at
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_keeps_its_distance_and_all_together_theirs() {
        let pace = Pace::default();
        let at = |family| pace.place(family, Duration::ZERO).as_millis();
        let events: Vec<_> = (0..3).map(|_| at(Family::ClusterEvents)).collect();
        assert_eq!(events, [0, 500, 1000]);
        let pace = Pace::default();
        let at = |family| pace.place(family, Duration::ZERO).as_millis();
        assert_eq!([at(Family::Jobs), at(Family::Runs), at(Family::Jobs)], [0, 100, 200]);
    }

    #[test]
    fn a_pause_is_not_saved_up() {
        let pace = Pace::default();
        let second = Duration::from_secs(1);
        assert_eq!(pace.place(Family::Jobs, 60 * second), 60 * second);
        assert_eq!(pace.place(Family::Jobs, 60 * second), 60 * second + second / 10);
    }
}
