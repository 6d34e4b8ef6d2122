//! From the store to a report, step by step: the table of contents of an analysis.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clusteriq_engine::money::{Discount, Ledger};
use clusteriq_engine::profile::{DayProfile, KeptDays, Profiles};
use clusteriq_engine::{
    ClusterBook, Context, Input, MinuteBook, PoolEvents, RunBook, Settings, Statements, advisors, catalog,
};
use clusteriq_model::tables::{ClusterMinuteRow, UsageRow};
use clusteriq_model::{ClusterKey, Fleet, Report, Usd, Window, WorkspaceId};
use clusteriq_store::{Damage, Partition, Store};
use jiff::Timestamp;
use rayon::prelude::*;

use crate::args::Scope;
use crate::console::tell;

/// Everything one analysis made.
pub(crate) struct Analysis {
    pub(crate) fleet: Fleet,
    pub(crate) kept: KeptDays,
    pub(crate) settings: Settings,
    pub(crate) data_until: Timestamp,
}

impl Analysis {
    /// Asks all advisors.
    pub(crate) fn report(&self, discounts: &[Discount]) -> Report {
        let profiles = Profiles::of(&self.fleet, &self.kept);
        let cx = Context::new(&self.fleet, &profiles, &self.settings);
        let mut report = clusteriq_engine::report(&cx, advisors::ALL, self.data_until);
        report.costs.discounts = discounts.iter().map(discount).collect();
        report
    }
}

/// A discount in words.
pub(crate) fn discount(it: &Discount) -> String {
    format!("{} {} % off list", it.sku, (it.off * clusteriq_model::Decimal::ONE_HUNDRED).normalize())
}

/// The folder of the store: as asked, else the platform's data folder.
pub(crate) fn store_dir(asked: Option<&Path>) -> Result<PathBuf> {
    if let Some(it) = asked {
        return Ok(it.to_owned());
    }
    use etcetera::BaseStrategy;
    let base = etcetera::choose_base_strategy().context(
        "no home folder is known to keep the store in\n\nhint: name one with `--store DIR` or CLUSTERIQ_STORE",
    )?;
    Ok(base.data_dir().join("clusteriq"))
}

/// Reads the store and builds the fleet of the scope.
pub(crate) fn analyse(dir: &Path, scope: &Scope) -> Result<Analysis> {
    let store = Store::open_read_only(dir)?;
    let Some(newest) = store.latest()? else {
        bail!(
            "the store has no data yet: {}\n\nhint: run `clusteriq import PATH` first, or `clusteriq demo`",
            dir.display()
        );
    };
    let until = scope.until.unwrap_or(newest);
    let window = Window { from: until - scope.window, until };
    let workspaces = chosen(&store, &window, &scope.workspace)?;
    let (tables, mut damages) = store.read_undamaged(&window, workspaces.as_ref())?;
    // The largest tables are taken in a few partitions at a time, so that they never are in memory as rows.
    let mut ledger = Ledger::new(&tables.list_prices, &tables.account_prices, &scope.discount, window);
    damages.extend(store.each(&window, workspaces.as_ref(), |rows: Vec<UsageRow>| ledger.add(&rows))?);
    let bill = Some(ledger.close());
    let (mut statements, mut pool_events) = (Statements::default(), PoolEvents::default());
    let mut runs = RunBook::default();
    damages.extend(store.each(&window, workspaces.as_ref(), |rows| runs.absorb(rows))?);
    damages.extend(store.each(&window, workspaces.as_ref(), |rows| runs.absorb_tasks(rows))?);
    damages.extend(store.each(&window, workspaces.as_ref(), |rows| statements.absorb(rows))?);
    damages.extend(store.each(&window, workspaces.as_ref(), |rows| pool_events.absorb(rows))?);
    let mut clusters = ClusterBook::default();
    damages.extend(store.each(&window, workspaces.as_ref(), |rows| clusters.absorb(rows, window.until))?);
    damages.extend(store.each(&window, workspaces.as_ref(), |rows| clusters.complete(rows))?);
    let minutes = minutes(&store, &window, workspaces.as_ref(), &clusters)?;
    let mut catalog = catalog::embedded();
    let settings = settings(&store, scope)?;
    catalog.least_saving = settings.least_saving;
    let discounts = scope.discount.clone();
    let input = Input { tables, minutes: minutes.book, bill, clusters, runs, statements, pool_events, discounts };
    let mut fleet = clusteriq_engine::fleet(input, window, catalog);
    let nothing = scope.workspace.is_empty()
        && fleet.bill.records == 0
        && fleet.jobs.values().all(|it| it.runs.is_empty())
        && fleet.clusters.values().all(|it| it.minutes.is_empty());
    if nothing {
        bail!(
            "there is no data in the window: {} to {}\n\nhint: the newest data ends at {newest}; move the window with `--until` and `--window`",
            window.from,
            window.until
        );
    }
    // A table without rows for the workspaces asked for is not a table that was not imported.
    let stored: BTreeSet<&str> =
        store.datasets()?.iter().filter(|it| it.rows > 0).filter_map(|it| source(&it.dataset)).collect();
    fleet.gaps.retain(|gap| {
        let named = |it: &&str| gap.what.starts_with(&format!("{it} is not in the data"));
        gap.kind != clusteriq_model::GapKind::MissingSource || !stored.iter().any(named)
    });
    crate::commands::not_scanned(&store, &mut fleet.gaps)?;
    fleet.gaps.extend(damages.into_iter().chain(minutes.damages).map(|it| damage_gap(&it)));
    Ok(Analysis { fleet, kept: minutes.kept, settings, data_until: newest })
}

/// The prefix of the names under which the store keeps settings that people changed.
pub(crate) const SETTING: &str = "setting.";

/// The knobs as people have turned them, and what was asked for now.
fn settings(store: &Store, scope: &Scope) -> Result<Settings> {
    let mut settings = Settings::default();
    for knob in clusteriq_serve::KNOBS {
        if let Some(text) = store.setting(&format!("{SETTING}{}", knob.id))? {
            // What does not fit any more is as if nobody had turned it.
            let _ = serde_json::from_str(&text).is_ok_and(|it| knob.turn(&mut settings, &it));
        }
    }
    if let Some(it) = scope.least_saving {
        settings.least_saving = Usd(it);
    }
    Ok(settings)
}

/// The system table that a dataset of the store comes from.
pub(crate) fn source(dataset: &str) -> Option<&'static str> {
    let all = clusteriq_model::tables::ALL;
    all.iter().find(|it| it.dataset == dataset).map(|it| it.source_name())
}

fn damage_gap(it: &Damage) -> clusteriq_model::Gap {
    clusteriq_model::Gap {
        kind: clusteriq_model::GapKind::Incomplete,
        target: None,
        name: None,
        advisor: None,
        what: format!("a file of the store cannot be read: {it}"),
        remedy: Some(clusteriq_model::Remedy::Collect("import that day anew".into())),
        touches: None,
    }
}

/// The workspaces asked for by id or name; `None`: all.
fn chosen(store: &Store, window: &Window, asked: &[String]) -> Result<Option<BTreeSet<WorkspaceId>>> {
    if asked.is_empty() {
        return Ok(None);
    }
    // Names are in a small table that is kept whole: an empty window reads little else.
    let instant = Window { from: window.until, until: window.until };
    let (tables, _) = store.read_undamaged(&instant, None)?;
    let mut known: BTreeSet<String> = store.partitions("usage")?.into_iter().map(|it| it.workspace).collect();
    known.extend(tables.workspaces.iter().map(|it| it.workspace_id.clone()));
    let mut found = BTreeSet::new();
    for word in asked {
        let by_name = tables.workspaces.iter().find(|it| it.workspace_name.as_ref() == Some(word));
        match by_name.map(|it| &it.workspace_id).or_else(|| known.get(word)) {
            Some(id) => found.insert(WorkspaceId(id.as_str().into())),
            None => {
                let known: Vec<_> = known.into_iter().filter(|it| it != clusteriq_store::ACCOUNT).collect();
                bail!("no workspace has that id or name: {word}\n\nhint: the store has {}", known.join(", "));
            }
        };
    }
    Ok(Some(found))
}

#[derive(Default)]
struct Minutes {
    book: MinuteBook,
    kept: KeptDays,
    damages: Vec<Damage>,
}

/// The kind under which day profiles are cached; a change of their bytes needs a new one.
const KEPT: &str = "day-profile-1";

/// Demand by partition, a few at a time so that memory stays bounded. Whole days are profiled once and kept.
fn minutes(
    store: &Store,
    window: &Window,
    workspaces: Option<&BTreeSet<WorkspaceId>>,
    clusters: &ClusterBook,
) -> Result<Minutes> {
    let mut partitions = store.partitions("cluster_minutes")?;
    let day = |at: Timestamp| at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let (first, last) = (day(window.from), day(window.until));
    partitions.retain(|it| {
        let asked = workspaces.is_none_or(|all| all.contains(&WorkspaceId(it.workspace.as_str().into())));
        asked && it.day >= first && it.day <= last
    });
    partitions.sort_by(|a, b| (&a.day, &a.workspace).cmp(&(&b.day, &b.workspace)));
    let mut out = Minutes::default();
    for chunk in partitions.chunks(rayon::current_num_threads()) {
        let read: Vec<_> = chunk
            .par_iter()
            .map(|it| {
                let rows = store.read_partition::<ClusterMinuteRow>(it)?;
                let kept = store.cached(KEPT, "cluster_minutes", &it.workspace, &it.day)?;
                Ok::<_, clusteriq_store::StoreError>((rows, kept))
            })
            .collect();
        for (partition, read) in chunk.iter().zip(read) {
            match read {
                Ok((rows, kept)) => absorb(&mut out, store, window, partition, rows, kept, clusters)?,
                Err(clusteriq_store::StoreError::Damaged(it)) => out.damages.push(*it),
                Err(other) => return Err(other.into()),
            }
        }
    }
    Ok(out)
}

fn absorb(
    out: &mut Minutes,
    store: &Store,
    window: &Window,
    partition: &Partition,
    mut rows: Vec<ClusterMinuteRow>,
    kept: Option<Vec<u8>>,
    clusters: &ClusterBook,
) -> Result<()> {
    let all = rows.len();
    rows.retain(|it| window.contains(it.minute));
    let whole = rows.len() == all;
    let days = match kept.filter(|_| whole).and_then(|it| days_from_bytes(&it)) {
        Some(days) => days,
        None => {
            let days = day_profiles(&rows);
            if whole {
                let bytes = days_to_bytes(&days);
                store.cache(KEPT, "cluster_minutes", &partition.workspace, &partition.day, &bytes)?;
            }
            days
        }
    };
    for (id, day) in days {
        let key = ClusterKey { workspace: WorkspaceId(partition.workspace.as_str().into()), id };
        // Nobody asks for the days of a cluster that lives for one run, and there are many of them.
        if !clusters.is_made_for_a_run(&key) {
            out.kept.entry(key).or_default().merge(&day);
        }
    }
    out.book.absorb(rows);
    Ok(())
}

/// Of one partition's rows, which are sorted by cluster.
fn day_profiles(rows: &[ClusterMinuteRow]) -> Vec<(String, DayProfile)> {
    rows.chunk_by(|a, b| a.cluster_id == b.cluster_id)
        .map(|rows| {
            let minutes: Vec<_> = rows.iter().map(|it| clusteriq_model::Minute::new(it, u16::MAX, u16::MAX)).collect();
            (rows[0].cluster_id.clone(), DayProfile::of(&minutes))
        })
        .collect()
}

fn days_to_bytes(days: &[(String, DayProfile)]) -> Vec<u8> {
    let mut out = vec![];
    for (id, day) in days {
        for part in [id.as_bytes(), &day.to_bytes()] {
            out.extend(u32::try_from(part.len()).expect("a part is small").to_le_bytes());
            out.extend(part);
        }
    }
    out
}

fn days_from_bytes(mut bytes: &[u8]) -> Option<Vec<(String, DayProfile)>> {
    let mut part = || -> Option<&[u8]> {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (part, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        bytes = rest;
        Some(part)
    };
    let mut days = vec![];
    while let Some(id) = part() {
        days.push((String::from_utf8(id.to_vec()).ok()?, DayProfile::from_bytes(part()?)?));
    }
    bytes.is_empty().then_some(days)
}

/// Tells what an import's reader noticed.
pub(crate) fn tell_notes(notes: &[String]) {
    notes.iter().for_each(|it| tell(&format!("note: {it}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_days_come_back_and_broken_bytes_are_refused() {
        let days = vec![("a".to_owned(), DayProfile::default()), ("b".to_owned(), DayProfile::default())];
        let bytes = days_to_bytes(&days);
        assert_eq!(days_from_bytes(&bytes), Some(days));
        assert_eq!(days_from_bytes(&bytes[..bytes.len() - 1]), None);
    }
}
