//! What is billed: node time times the type's rate times Photon's multiplier, to the millisecond, in hourly records.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::BilledDay;
use crate::catalog::{NodeType, catalog};
use crate::nodes::Node;
use crate::prices::PriceBook;
use crate::random::Random;
use crate::records::{RecordType, TagList, Usage, User};
use crate::time::{DAY, HOUR, Millis, date, day_number, hours};
use crate::workload::Engine;
use crate::world::Workspace;
use crate::world::pipelines::Edition;

/// Which product's SKU a cluster is billed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    Jobs,
    AllPurpose,
    Pipeline(Edition),
}

/// Node time of a cluster by clock hour and node type.
#[derive(Default)]
pub(crate) struct Meter {
    node_millis: BTreeMap<(Millis, &'static str), (i64, Option<&'static NodeType>)>,
}

/// On whose account.
pub(crate) struct Account {
    pub(crate) workspace: Arc<Workspace>,
    pub(crate) user: User,
    pub(crate) tags: TagList,
    pub(crate) run_as: Option<String>,
}

impl Meter {
    /// Counts a node between two instants, as far as it was in the cluster.
    pub(crate) fn count(&mut self, node: &Node, from: Millis, to: Millis) {
        let kind = node.node_type();
        let (from, to) = (from.max(node.ready), to.min(node.down));
        if from < to {
            for (start, end) in hours(from, to) {
                let hour = start.div_euclid(HOUR) * HOUR;
                let entry = self.node_millis.entry((hour, kind.id.as_str())).or_insert((0, None));
                entry.0 += end - start;
                entry.1 = Some(kind);
            }
        }
    }

    /// The usage records, with their noise: late ones and corrections.
    pub(crate) fn bill(
        self,
        product: Product,
        engine: Engine,
        account: &Account,
        until: Millis,
        random: &mut Random,
        rows: &mut Vec<Usage>,
    ) {
        let cloud = account.workspace.cloud;
        let base = match product {
            Product::Jobs => "jobs",
            Product::AllPurpose => "all_purpose",
            Product::Pipeline(it) => it.product(),
        };
        let (sku, tenths) = match engine {
            Engine::Standard => (base.to_owned(), 10),
            Engine::Photon => (format!("{base}_photon"), catalog().photon_tenths(cloud, base)),
        };
        let sku = catalog().sku(cloud, &sku).name.clone();
        for ((hour, _), (millis, kind)) in self.node_millis {
            let Some(kind) = kind else { continue };
            let usage = Usage {
                workspace: account.workspace.clone(),
                record_id: String::new(),
                record_type: RecordType::Original,
                sku: sku.clone(),
                hour,
                dbu_billionths: dbu_billionths(kind.dbu_millionths, millis, tenths),
                tags: account.tags.clone(),
                user: account.user.clone(),
                node_type: Some(kind.id.as_str()),
                photon: engine == Engine::Photon,
                run_as: account.run_as.clone(),
                ingestion_day: 0,
            };
            record(usage, until, random, rows);
        }
    }
}

/// DBU in billionths of so many node-milliseconds at a rate in millionths per hour, rounded half up.
pub(crate) fn dbu_billionths(dbu_millionths: i128, node_millis: i64, photon_tenths: i128) -> i128 {
    // millionths × ms × tenths × 1000 ÷ (10 × 3,600,000)
    (dbu_millionths * i128::from(node_millis) * photon_tenths + 18_000) / 36_000
}

/// Gives a record its id and its day of arrival. One in a hundred was wrong at first and was corrected a few days later:
/// the original and its retraction cancel out, and the restatement is right.
pub(crate) fn record(usage: Usage, until: Millis, random: &mut Random, rows: &mut Vec<Usage>) {
    if usage.dbu_billionths == 0 {
        return;
    }
    let used = day_number(usage.hour);
    // The export is made when the last day is over, so nothing arrived later than that.
    let arrive = |days: i64| (used + days).min(day_number(until));
    let delay = match random.whole(0, 99) {
        0..=69 => 0,
        70..=91 => 1,
        92..=97 => 2,
        _ => 4,
    };
    let original = Usage { record_id: random.uuid(), ingestion_day: arrive(delay), ..usage };
    if !random.chance(0.011) {
        rows.push(original);
        return;
    }
    let right = original.dbu_billionths;
    let wrong = right * i128::from(random.whole(880, 1120)) / 1000;
    let corrected = arrive(delay + random.whole(1, 4));
    let correction = |record_id, record_type, dbu_billionths| Usage {
        record_id,
        record_type,
        dbu_billionths,
        ingestion_day: corrected,
        ..original.clone()
    };
    let retraction = correction(random.uuid(), RecordType::Retraction, -wrong);
    let restatement = correction(random.uuid(), RecordType::Restatement, right);
    rows.push(Usage { dbu_billionths: wrong, ..original });
    rows.push(retraction);
    rows.push(restatement);
}

/// What all records come to, by workspace and day.
#[derive(Default)]
pub(crate) struct Total {
    days: BTreeMap<(Arc<str>, i64), (i128, i128)>,
}

impl Total {
    /// Adds records; corrections net out.
    pub(crate) fn add(&mut self, rows: &[Usage], prices: &PriceBook) {
        for it in rows {
            let day = self.days.entry((it.workspace.id.clone(), day_number(it.hour))).or_default();
            match prices.usd_millionths(it.workspace.cloud, &it.sku, it.hour) {
                Some(price) => day.0 += it.dbu_billionths * price,
                None => day.1 += it.dbu_billionths,
            }
        }
    }

    /// In order of workspace and day.
    pub(crate) fn days(self) -> Vec<BilledDay> {
        let day = |((workspace, day), (usd, unpriced)): ((Arc<str>, i64), (i128, i128))| BilledDay {
            workspace_id: workspace.to_string(),
            day: date(day * DAY),
            usd_quadrillionths: usd,
            unpriced_dbu_billionths: unpriced,
        };
        self.days.into_iter().map(day).collect()
    }
}

/// A number with that many decimals, exactly.
pub(crate) fn decimal(units: i128, decimals: u32) -> String {
    let sign = if units < 0 { "-" } else { "" };
    let one = 10_u128.pow(decimals);
    let it = units.unsigned_abs();
    format!("{sign}{}.{:0width$}", it / one, it % one, width = decimals as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::MINUTE;

    #[test]
    fn a_node_hour_of_photon_is_the_rate_times_the_multiplier() {
        // 1.38 × 2.9 = 4.002
        assert_eq!(dbu_billionths(1_380_000, HOUR, 29), 4_002_000_000);
        // 0.69 for a minute: 0.0115
        assert_eq!(dbu_billionths(690_000, MINUTE, 10), 11_500_000);
    }
}
