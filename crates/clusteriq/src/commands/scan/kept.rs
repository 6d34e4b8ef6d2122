//! What a scan leaves in the store beside its rows: how far it read, and what it could not read.

use anyhow::{Context as _, Result};
use clusteriq_collect::{Mark, Marks, Scan};
use clusteriq_model::{Gap, GapKind, Remedy};
use clusteriq_store::Store;
use serde_json::{Map, Value, json};

/// A line for each table: where and which, a tab, from when to when.
const MARKS: &str = "scan.marks";
/// An object with the gaps of each scan, by its hosts.
const GAPS: &str = "scan.gaps";

/// How far tables were read before.
pub(crate) fn marks(store: &Store) -> Result<Marks> {
    let text = store.setting(MARKS)?.unwrap_or_default();
    // A line that cannot be read is a table that is read anew.
    let line = |it: &str| {
        let (name, mark) = it.split_once('\t')?;
        Some((name.to_owned(), mark.parse::<Mark>().ok()?))
    };
    Ok(text.lines().filter_map(line).collect())
}

/// Keeps both. Where a table could not be read to its end, its old mark stays; where tables were not asked for, what is known
/// of them stays.
pub(crate) fn keep(store: &Store, mut marks: Marks, hosts: &[String], tables: bool, scan: &Scan) -> Result<()> {
    for it in &scan.tables {
        marks.extend(it.marks.clone());
    }
    let lines: Vec<String> = marks.iter().map(|(name, mark)| format!("{name}\t{mark}")).collect();
    let mut all = all(store)?;
    let before = all.remove(&hosts.join(" ")).and_then(|it| it.as_array().cloned()).unwrap_or_default();
    let stays = |it: &Value| !tables && it[0].as_str().is_some_and(|it| it.starts_with("system"));
    let told = scan.gaps.iter().map(|it| json!([it.source, it.what, it.remedy]));
    let told: Vec<Value> = before.into_iter().filter(stays).chain(told).collect();
    if !told.is_empty() {
        all.insert(hosts.join(" "), told.into());
    }
    store.set(GAPS, &Value::Object(all).to_string())?;
    store.set(MARKS, &lines.join("\n"))?;
    Ok(())
}

fn all(store: &Store) -> Result<Map<String, Value>> {
    let Some(text) = store.setting(GAPS)? else { return Ok(Map::new()) };
    serde_json::from_str(&text).with_context(|| format!("the store's setting {GAPS} is not what was written"))
}

/// Puts what the last scans could not read into the gaps of a report: as the remedy of a gap that is there already, else as
/// one of its own.
pub(crate) fn gaps(store: &Store, gaps: &mut Vec<Gap>) -> Result<()> {
    let all = all(store)?;
    for it in all.values().flat_map(|it| it.as_array().into_iter().flatten()) {
        let text = |at: usize| it[at].as_str().unwrap_or_default().to_owned();
        let (source, what, remedy) = (text(0), text(1), text(2));
        let there = gaps.iter_mut().find(|it| it.what.starts_with(&format!("{source} is not in the data")));
        let remedy = if remedy.contains("GRANT ") { Remedy::Grant(remedy) } else { Remedy::Collect(remedy) };
        match there {
            Some(it) => it.remedy = Some(remedy),
            None => gaps.push(Gap {
                kind: GapKind::Incomplete,
                target: None,
                name: None,
                advisor: None,
                what,
                remedy: Some(remedy),
                touches: None,
            }),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_collect::{ScanGap, TableScan};

    #[test]
    fn marks_and_gaps_come_back_and_a_clean_scan_takes_its_gaps_away() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let mark: Mark = "2026-10-01T00:00:00Z/2026-10-31T08:30:00Z".parse().unwrap();
        let mut scan = Scan::default();
        scan.tables.push(TableScan { marks: Marks::from([("m/system.x.y".to_owned(), mark)]), ..TableScan::default() });
        let (what, remedy) = ("system.x.y broke".to_owned(), "GRANT SELECT".to_owned());
        scan.gaps.push(ScanGap { source: "system.x.y", what, remedy });
        let hosts = ["https://a".to_owned()];
        keep(&store, Marks::new(), &hosts, true, &scan).unwrap();
        assert_eq!(marks(&store).unwrap()["m/system.x.y"], mark);
        let mut found = vec![];
        gaps(&store, &mut found).unwrap();
        assert!(found.len() == 1 && matches!(&found[0].remedy, Some(Remedy::Grant(it)) if it == "GRANT SELECT"));
        let again = |tables| {
            keep(&store, marks(&store).unwrap(), &hosts, tables, &Scan::default()).unwrap();
            let mut found = vec![];
            gaps(&store, &mut found).unwrap();
            found
        };
        assert_eq!(again(false).len(), 1, "lists alone say nothing of tables");
        assert!(again(true).is_empty() && marks(&store).unwrap().len() == 1);
    }
}
