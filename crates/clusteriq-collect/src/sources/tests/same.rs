//! What REST alone tells is what the system tables tell.

use clusteriq_fake::workspace::Faults;
use clusteriq_model::tables::{JobRunSliceRow, NodeTypeRow, TaskRunSliceRow, WarehouseRow};
use jiff::Timestamp;

use super::company::{By, batches, company, rows, scanned};
use crate::sources::Source;

const STAND_INS: [Source; 3] = [Source::Warehouses, Source::Runs, Source::NodeTypes];

/// A run or a task as its slices tell it: begin, end, result, and everything that has to be the same.
type Told = (Timestamp, Timestamp, Option<String>, Vec<Option<String>>);

fn run(slices: &[JobRunSliceRow]) -> Told {
    let first = slices.iter().min_by_key(|it| it.period_start_time).unwrap();
    let last = slices.iter().max_by_key(|it| (it.period_end_time, it.result_state.is_some())).unwrap();
    let told = [&first.run_type, &first.trigger_type, &first.run_name, &last.termination_code];
    let told = told.into_iter().cloned().chain([Some(first.job_id.clone())]);
    (first.period_start_time, last.period_end_time, last.result_state.clone(), told.collect())
}

fn task(slices: &[TaskRunSliceRow]) -> Told {
    let first = slices.iter().min_by_key(|it| it.period_start_time).unwrap();
    let last = slices.iter().max_by_key(|it| (it.period_end_time, it.result_state.is_some())).unwrap();
    let told = [&first.job_run_id, &first.task_key, &last.termination_code].into_iter().cloned();
    let told = told.chain([Some(first.job_id.clone()), last.setup_duration_seconds.map(|it| it.to_string())]);
    let told = told.chain(first.compute_ids.clone().unwrap_or_default().into_iter().map(Some));
    (first.period_start_time, last.period_end_time, last.result_state.clone(), told.collect())
}

/// Equal, but for the end of what goes on: the tables know it to the hour, REST only what has been until then.
fn same(rest: Told, table: Told, id: &str) {
    match table.2 {
        Some(_) => assert_eq!(rest, table, "{id}"),
        None => {
            assert_eq!((rest.0, rest.2, rest.3), (table.0, None, table.3), "{id}");
            assert!(rest.1 >= rest.0, "{id}");
        }
    }
}

#[test]
fn runs_and_tasks_are_those_of_the_system_tables() {
    let company = company();
    let tables = batches(&[company.export()]);
    let mut of_tables = rows(&tables, |it: &JobRunSliceRow| (it.workspace_id.clone(), it.run_id.clone()));
    let mut tasks_of_tables = rows(&tables, |it: &TaskRunSliceRow| (it.workspace_id.clone(), it.run_id.clone()));
    let mut results = std::collections::BTreeSet::new();
    for id in company.workspaces() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = company.history.workspace(&id).unwrap();
        let scan = scanned(&workspace, &[Source::Runs], By::Token, Faults::default(), folder.path());
        assert_eq!(scan.gaps, []);
        let rest = batches(&[folder.path().to_owned()]);
        for (key, it) in rows(&rest, |it: &JobRunSliceRow| (it.workspace_id.clone(), it.run_id.clone())) {
            assert_eq!(it.len(), 1, "{key:?}");
            results.insert(it[0].result_state.clone());
            same(run(&it), run(&of_tables.remove(&key).unwrap()), &key.1);
        }
        for (key, it) in rows(&rest, |it: &TaskRunSliceRow| (it.workspace_id.clone(), it.run_id.clone())) {
            assert_eq!(it.len(), 1, "{key:?}");
            same(task(&it), task(&tasks_of_tables.remove(&key).unwrap()), &key.1);
        }
    }
    assert!(of_tables.is_empty() && tasks_of_tables.is_empty(), "{of_tables:?} {tasks_of_tables:?}");
    assert!(results.len() > 3, "{results:?}");
}

#[test]
fn warehouses_and_node_types_are_those_of_the_system_tables() {
    let company = company();
    let tables = batches(&[company.export()]);
    let of_tables = rows(&tables, |it: &WarehouseRow| (it.workspace_id.clone(), it.warehouse_id.clone()));
    let types = rows(&tables, |it: &NodeTypeRow| it.node_type.clone());
    let mut seen = 0;
    for id in company.workspaces() {
        let folder = tempfile::tempdir().unwrap();
        let workspace = company.history.workspace(&id).unwrap();
        scanned(&workspace, &STAND_INS, By::Token, Faults::default(), folder.path());
        let rest = batches(&[folder.path().to_owned()]);
        for (key, it) in rows(&rest, |it: &WarehouseRow| (it.workspace_id.clone(), it.warehouse_id.clone())) {
            // The one that every workspace comes with is not in the export.
            if it[0].warehouse_name.as_deref() == Some("Serverless Starter Warehouse") {
                continue;
            }
            let newest = of_tables[&key].iter().max_by_key(|it| it.change_time).unwrap();
            assert_eq!(it, [WarehouseRow { change_time: "2000-01-01T00:00:00Z".parse().unwrap(), ..newest.clone() }]);
            seen += 1;
        }
        let rest = rows(&rest, |it: &NodeTypeRow| it.node_type.clone());
        assert!(rest.len() > 20, "{}", rest.len());
        for (name, it) in rest {
            assert_eq!(it[0], types[&name][0]);
        }
    }
    assert_eq!(seen, of_tables.len());
}

#[test]
fn where_there_are_system_tables_the_lists_that_stand_in_for_them_change_nothing() {
    let company = company();
    let folder = tempfile::tempdir().unwrap();
    for id in company.workspaces() {
        let workspace = company.history.workspace(&id).unwrap();
        let scan = scanned(&workspace, &STAND_INS, By::Token, Faults::default(), folder.path());
        assert_eq!(scan.lists.len(), STAND_INS.len());
    }
    let (export, lists) = (company.export(), folder.path().to_owned());
    let alone = batches(std::slice::from_ref(&export));
    assert!(alone == batches(&[export.clone(), lists.clone()]));
    assert!(alone == batches(&[lists, export]));
}

#[test]
fn a_run_of_many_tasks_comes_with_all_of_them() {
    let company = company();
    let folder = tempfile::tempdir().unwrap();
    let workspace = company.history.workspace(&company.busiest()).unwrap();
    let (_, run) = workspace.add_wide_job(250);
    let scan = scanned(&workspace, &[Source::Runs], By::Token, Faults::default(), folder.path());
    assert_eq!(scan.gaps, []);
    let rest = batches(&[folder.path().to_owned()]);
    let tasks = rows(&rest, |it: &TaskRunSliceRow| it.job_run_id.clone());
    assert_eq!(tasks[&Some(run.to_string())].len(), 250);
}
