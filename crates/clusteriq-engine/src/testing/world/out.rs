//! The tables that a world fills, and the fleet that they are.

use clusteriq_model::tables::{Tables, UsageRow};
use clusteriq_model::{Fleet, Window};
use jiff::SignedDuration;

use super::rows::{first_minute, time};
use super::{DAYS, DBU};
use crate::assemble::{self, Input, MinuteBook};
use crate::testing::{parts, price_row, usage_row};

#[derive(Default)]
pub(crate) struct Out {
    pub(crate) tables: Tables,
    pub(super) minutes: MinuteBook,
}

impl Out {
    pub(super) fn bill(
        &mut self,
        cluster: &str,
        sku: &str,
        from: i64,
        until: i64,
        nodes: f64,
        job: Option<(usize, &String)>,
    ) {
        let mut at = from;
        while at < until {
            let end = ((at / 60 + 1) * 60).min(until);
            let quantity = format!("{:.9}", nodes * DBU * (end - at) as f64 / 60.0);
            let id = format!("{cluster}-{at}");
            let row = usage_row(&id, "2026-09-01T00:00:00Z", &quantity);
            self.tables.usage.push(UsageRow {
                usage_start_time: time(at),
                usage_end_time: time(end),
                sku_name: sku.into(),
                cluster_id: Some(cluster.into()),
                job_id: job.map(|it| it.0.to_string()),
                job_run_id: job.map(|it| it.1.clone()),
                ..row
            });
            at = end;
        }
    }

    pub(super) fn fleet(mut self, at_a_time: Option<usize>) -> Fleet {
        let price = |sku: &str, price: &str| clusteriq_model::tables::ListPriceRow {
            sku_name: sku.into(),
            ..price_row(price, "2025-01-01T00:00:00Z", None)
        };
        self.tables.list_prices = vec![
            price("PREMIUM_JOBS_COMPUTE", "0.15"),
            price("PREMIUM_ALL_PURPOSE_COMPUTE", "0.55"),
            price("PREMIUM_JOBS_SERVERLESS_COMPUTE", "0.35"),
            price("PREMIUM_SERVERLESS_SQL_COMPUTE", "0.70"),
            price("PREMIUM_DLT_CORE_COMPUTE", "0.20"),
        ];
        let from = time(first_minute());
        let until = from + SignedDuration::from_hours(DAYS * 24);
        let window = Window { from, until };
        let input = match at_a_time {
            Some(rows) => parts::input(self.tables, self.minutes, window, rows),
            None => Input { tables: self.tables, minutes: self.minutes, ..Input::default() },
        };
        assemble::fleet(input, window, crate::catalog::embedded())
    }
}
