//! How long something stays up if it stops after a time without use.

use clusteriq_model::{Minutes, Warehouse, WarehouseType};

use crate::profile::activity::{START_UP_MINUTES, Span, union};

/// Start-up of a cluster that was stopped and is needed again: 3 to 7 minutes are usual.
pub const RESTART_MINUTES: f64 = 5.0;

/// Start-up of a warehouse: 4–6 s serverless, about 4 min otherwise (Databricks documentation, read 2026-11).
pub(super) fn warehouse_restart(warehouse: &Warehouse) -> f64 {
    match warehouse.kind {
        Some(WarehouseType::Serverless) => 0.1,
        Some(WarehouseType::Classic | WarehouseType::Pro) | None => 4.0,
    }
}

/// Minutes of the uptime that are left if it ends `limit` after each use. `first` is the first minute of the data: what was
/// up before it without use would have been stopped long ago. Every stop inside an uptime costs a restart. `gone` is use that
/// no longer happens: an uptime that began for it begins with what is left.
#[must_use]
pub fn kept_minutes(up: &[Span], busy: Vec<Span>, gone: &[Span], limit: Minutes, first: i64, restart: f64) -> f64 {
    let limit = limit.0.ceil() as i64;
    let busy = union(busy, 0);
    let mut kept = 0.0;
    for span in up {
        let mut parts: Vec<Span> = busy
            .iter()
            .filter(|it| it.until > span.from && it.from < span.until)
            .map(|it| Span { from: it.from.max(span.from), until: (it.until + limit).min(span.until) })
            .collect();
        let earliest = |spans: &[Span]| {
            spans.iter().filter(|it| it.until > span.from && it.from < span.until).map(|it| it.from).min()
        };
        let started_for_gone = earliest(gone).is_some_and(|gone| earliest(&busy).is_none_or(|left| gone < left));
        if span.from > first && !started_for_gone {
            // Somebody started it: it waits for its first use as long as for any other.
            let until = (span.from + START_UP_MINUTES + limit).min(span.until);
            parts.push(Span { from: span.from, until });
        }
        let parts = union(parts, 0);
        let minutes: i64 = parts.iter().map(|it| it.minutes()).sum();
        let restarts = parts.len().saturating_sub(1) as f64;
        kept += (minutes as f64 + restarts * restart).min(span.minutes() as f64);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_idle_night_is_cut_after_the_limit() {
        let up = [Span { from: 100, until: 1100 }];
        let busy = vec![Span { from: 105, until: 200 }, Span { from: 1000, until: 1050 }];
        // 100–230 and 1000–1080, and a restart of 5.
        assert_eq!(kept_minutes(&up, busy, &[], Minutes(30.0), 0, 5.0), 130.0 + 80.0 + 5.0);
    }

    #[test]
    fn what_was_up_unused_since_before_the_data_is_all_idle() {
        assert_eq!(kept_minutes(&[Span { from: 0, until: 900 }], vec![], &[], Minutes(30.0), 0, 5.0), 0.0);
    }

    #[test]
    fn an_uptime_that_began_for_a_job_that_is_gone_does_not_begin() {
        let (up, gone) = ([Span { from: 100, until: 160 }], [Span { from: 101, until: 140 }]);
        assert_eq!(kept_minutes(&up, vec![], &gone, Minutes(20.0), 0, 5.0), 0.0);
    }

    proptest! {
        #[test]
        fn a_shorter_limit_keeps_no_more_than_restarts_explain_and_never_more_than_all(
            busy in prop::collection::vec((0..2000i64, 1..90i64), 0..20), a in 10..60i64, more in 1..100i64,
        ) {
            let up = [Span { from: 5, until: 2100 }];
            let busy: Vec<_> = busy.into_iter().map(|(from, len)| Span { from, until: from + len }).collect();
            let kept = |limit: i64, restart| kept_minutes(&up, busy.clone(), &[], Minutes(limit as f64), 0, restart);
            prop_assert!(kept(a, 0.0) <= kept(a + more, 0.0));
            prop_assert!(kept(a, 5.0) <= 2095.0);
        }
    }
}
