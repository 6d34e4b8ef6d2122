//! Minutes of nodes, and the runs and queries inside them.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::AsArray;
use arrow::datatypes::{Float64Type, Int64Type};

use crate::support::{HOUR, batches, export, instants, members, texts};

#[test]
fn no_node_reports_twice_a_minute_and_percentages_stay_below_a_hundred() {
    let mut seen = BTreeSet::new();
    let mut rows = 0;
    for batch in batches("system.compute.node_timeline") {
        let nodes = texts(&batch, "instance_id");
        for (node, start) in nodes.into_iter().zip(instants(&batch, "start_time")) {
            assert_eq!(start % 60_000_000, 0);
            assert!(seen.insert((node, start)));
            rows += 1;
        }
        let percent = |name: &str| batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().clone();
        let parts = [percent("cpu_user_percent"), percent("cpu_system_percent"), percent("cpu_wait_percent")];
        let memory = percent("mem_used_percent");
        for row in 0..batch.num_rows() {
            let busy: f64 = parts.iter().map(|it| it.value(row)).sum();
            assert!((0.0..=100.02).contains(&busy), "{busy}");
            assert!((0.0..=100.0).contains(&memory.value(row)));
        }
    }
    assert_eq!(rows, export().1.node_minutes);
}

#[test]
fn every_run_on_a_cluster_has_minutes_inside_it() {
    let mut minutes = BTreeMap::<String, BTreeSet<i64>>::new();
    for batch in batches("system.compute.node_timeline") {
        for (cluster, start) in texts(&batch, "cluster_id").into_iter().zip(instants(&batch, "start_time")) {
            minutes.entry(cluster).or_default().insert(start);
        }
    }
    // Nodes of the development workspace were silent for a day, and a run may end with the history.
    let silent: BTreeSet<_> =
        export().1.planted.iter().filter(|it| it.problem == "D60").map(|it| it.workspace_id.clone()).collect();
    let mut runs = BTreeMap::<(String, String), (i64, i64, String)>::new();
    for batch in batches("system.lakeflow.job_task_run_timeline") {
        let ids = batch.column_by_name("compute_ids").unwrap().as_list::<i32>();
        let (runs_ids, workspaces) = (texts(&batch, "job_run_id"), texts(&batch, "workspace_id"));
        let (starts, ends) = (instants(&batch, "period_start_time"), instants(&batch, "period_end_time"));
        for row in 0..batch.num_rows() {
            let cluster = ids.value(row).as_string::<i32>().value(0).to_owned();
            let entry = runs.entry((runs_ids[row].clone(), cluster)).or_insert((i64::MAX, 0, workspaces[row].clone()));
            *entry = (entry.0.min(starts[row]), entry.1.max(ends[row]), entry.2.clone());
        }
    }
    assert!(runs.len() > 300);
    for ((run, cluster), (start, end, workspace)) in runs {
        let inside = minutes.get(&cluster).is_some_and(|it| it.range(start..end).next().is_some());
        assert!(inside || silent.contains(&workspace) || end - start < 6 * 60_000_000, "run {run} on {cluster}");
    }
}

#[test]
fn runs_are_cut_at_clock_hours_and_end_once_unless_repaired() {
    let mut ends = BTreeMap::<String, i64>::new();
    for batch in batches("system.lakeflow.job_run_timeline") {
        let (starts, stops) = (instants(&batch, "period_start_time"), instants(&batch, "period_end_time"));
        let (ids, states) = (texts(&batch, "run_id"), texts(&batch, "result_state"));
        for row in 0..batch.num_rows() {
            assert!(starts[row] == stops[row] || starts[row] / HOUR == (stops[row] - 1) / HOUR);
            *ends.entry(ids[row].clone()).or_default() += i64::from(!states[row].is_empty());
        }
    }
    let repaired = ends.values().filter(|it| **it == 2).count();
    assert!(repaired >= 1);
    assert!(ends.values().all(|it| *it <= 2));
}

#[test]
fn queries_run_only_while_their_warehouse_does() {
    let mut running = BTreeMap::<String, Vec<(i64, i64)>>::new();
    for batch in batches("system.compute.warehouse_events") {
        let (ids, kinds) = (texts(&batch, "warehouse_id"), texts(&batch, "event_type"));
        for (row, at) in instants(&batch, "event_time").into_iter().enumerate() {
            let spans = running.entry(ids[row].clone()).or_default();
            match kinds[row].as_str() {
                "RUNNING" => spans.push((at, i64::MAX)),
                "STOPPING" => spans.last_mut().unwrap().1 = at,
                _ => {}
            }
        }
    }
    let mut checked = 0;
    for batch in batches("system.query.history") {
        let ids = members(&batch, "compute", "warehouse_id");
        let ends = instants(&batch, "end_time");
        let waits = batch.column_by_name("waiting_for_compute_duration_ms").unwrap().as_primitive::<Int64Type>();
        for (row, start) in instants(&batch, "start_time").into_iter().enumerate() {
            // A warehouse that never stops has no events.
            if let Some(spans) = running.get(&ids[row]).filter(|it| it.iter().any(|span| span.1 < i64::MAX)) {
                let begin = start + waits.value(row) * 1_000;
                assert!(spans.iter().any(|it| it.0 <= begin && ends[row] <= it.1), "{} at {start}", ids[row]);
                checked += 1;
            }
        }
    }
    assert!(checked > 200, "{checked}");
}

#[test]
fn a_lost_spot_node_reports_nothing_after_it_was_lost() {
    let mut last = BTreeMap::<String, i64>::new();
    for batch in batches("system.compute.node_timeline") {
        let ends = instants(&batch, "end_time");
        for (row, instance) in texts(&batch, "instance_id").into_iter().enumerate() {
            let end = last.entry(instance).or_default();
            *end = (*end).max(ends[row]);
        }
    }
    let losses = &export().1.spot_losses;
    assert!(!losses.is_empty());
    for it in losses {
        // One that was lost in its first minute never reported.
        let reported = last.get(&it.instance_id).copied().unwrap_or_default();
        assert!(reported <= it.at.as_microsecond(), "{it:?}");
    }
}
