//! The report for a terminal: lines that are never wider than asked for, readable without colour.

mod advice;
mod chart;
mod costs;
mod grid;
mod page;
mod resource;
mod summary;
mod what_if;

pub use advice::recommendation;
pub use chart::chart_text;
pub use costs::costs;
pub use resource::resource;
pub use summary::table;
pub use what_if::what_if;

/// How wide, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns; fewer than 40 are taken as 40.
    pub width: usize,
    /// Colour, as an addition to words.
    pub colour: Colour,
    /// Characters beyond ASCII for lines, bars and arrows. Names are data and stay as they are.
    pub charset: Charset,
}

impl Style {
    /// Unicode at this width.
    #[must_use]
    pub fn new(width: usize, colour: Colour) -> Self {
        Self { width, colour, charset: Charset::Unicode }
    }

    pub(crate) fn columns(&self) -> usize {
        self.width.max(40)
    }
}

/// Whether to write colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Escape sequences for colour and weight.
    On,
    /// Plain text.
    Off,
}

/// Which characters the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// All.
    Unicode,
    /// ASCII in what ClusterIQ itself writes.
    Ascii,
}

/// How much to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// At most this many of each kind.
    Top(usize),
    /// Everything.
    All,
}

impl Detail {
    pub(crate) fn most(self) -> usize {
        match self {
            Self::Top(it) => it,
            Self::All => usize::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use crate::text::width;
    use clusteriq_model::Report;
    use proptest::prelude::*;

    fn plain(width: usize) -> Style {
        Style::new(width, Colour::Off)
    }

    /// Every text a report can become.
    fn all(report: &Report, style: &Style) -> Vec<String> {
        let mut texts =
            vec![table(report, style, Detail::All), table(report, style, Detail::Top(3)), costs(report, style)];
        let recommendations: Vec<_> = report.recommendations.iter().collect();
        texts.extend(recommendations.iter().map(|it| recommendation(it, style)));
        for it in &report.resources {
            texts.push(resource(it, &recommendations, report.costs.jobs.first(), style));
        }
        texts.push(what_if(&sample::answer(&report.recommendations[0].name), style));
        texts.extend(sample::charts().iter().map(|it| chart_text(it, style)));
        texts
    }

    fn without_colour(text: &str) -> String {
        text.lines().map(|it| crate::text::clean(it) + "\n").collect()
    }

    #[test]
    fn the_report_at_80_columns() {
        insta::assert_snapshot!(table(&sample::report(), &plain(80), Detail::Top(10)));
    }

    #[test]
    fn the_report_at_120_columns() {
        insta::assert_snapshot!(table(&sample::report(), &plain(120), Detail::All));
    }

    #[test]
    fn a_recommendation_in_full() {
        let report = sample::report();
        insta::assert_snapshot!(recommendation(&report.recommendations[0], &plain(100)));
    }

    #[test]
    fn what_has_no_vms_says_so_and_a_warehouse_has_no_share_of_clusters() {
        use clusteriq_model::{Target, Usd, WarehouseKey, WorkspaceId};
        let mut it = sample::resource();
        let mut cost = sample::report().costs.warehouses.remove(0);
        let said = |it: &clusteriq_model::ResourceSummary, cost: &clusteriq_model::CostEntry| {
            resource(it, &[], Some(cost), &plain(200))
        };
        it.target = Target::Warehouse(WarehouseKey { workspace: WorkspaceId("1".into()), id: "w".into() });
        cost.target = it.target.clone();
        let pro = said(&it, &cost);
        assert!(pro.contains("for VMs") && !pro.contains("share of shared"), "{pro}");
        cost.vm = Some(Usd(0.0));
        assert!(said(&it, &cost).contains("no VMs of its own"));
    }

    #[test]
    fn a_job_that_is_billed_without_a_cluster_has_no_vms_and_one_without_telemetry_has_unknown_ones() {
        let mut cost = sample::report().costs.jobs.remove(0);
        cost.vm = None;
        let said = |it: &clusteriq_model::CostEntry| resource(&sample::resource(), &[], Some(it), &plain(200));
        assert!(said(&cost).contains("cost of VMs not known"));
        cost.dbu = clusteriq_model::Dbu(0.0);
        assert!(said(&cost).contains("no VMs of its own") && !said(&cost).contains("DBU)"));
    }

    #[test]
    fn a_resource_in_full() {
        let report = sample::report();
        let recommendations: Vec<_> = report.recommendations.iter().take(2).collect();
        let cost = report.costs.jobs.first();
        insta::assert_snapshot!(resource(&sample::resource(), &recommendations, cost, &plain(90)));
    }

    #[test]
    fn an_answer_to_what_if() {
        insta::assert_snapshot!(what_if(&sample::answer("nightly-etl"), &plain(90)));
    }

    #[test]
    fn a_change_that_costs_more_says_so() {
        let mut answer = sample::answer("nightly-etl");
        let savings = answer.savings.as_mut().unwrap();
        savings.total = savings.total.map(|it| -it * 2.0);
        std::mem::swap(&mut savings.total.low, &mut savings.total.high);
        let text = what_if(&answer, &plain(90));
        assert!(text.contains("Costs $670–$818, likely $744 more a month"), "{text}");
    }

    #[test]
    fn the_money_in_full() {
        insta::assert_snapshot!(costs(&sample::report(), &plain(100)));
    }

    #[test]
    fn nothing_to_recommend_says_how_many_were_examined_and_why_others_were_not() {
        insta::assert_snapshot!(table(&sample::quiet(), &plain(80), Detail::Top(10)));
    }

    #[test]
    fn an_empty_store_gives_a_report_all_the_same() {
        insta::assert_snapshot!(table(&sample::empty(), &plain(80), Detail::Top(10)));
    }

    #[test]
    fn colour_adds_to_the_words_and_takes_nothing_away() {
        let report = sample::report();
        let coloured = Style::new(100, Colour::On);
        for (coloured, plain) in all(&report, &coloured).iter().zip(all(&report, &plain(100))) {
            assert!(coloured.contains("\u{1b}["));
            let bare =
                |it: &str| without_colour(it).lines().map(|it| format!("{}\n", it.trim_end())).collect::<String>();
            assert_eq!(bare(coloured), plain);
        }
    }

    #[test]
    fn ascii_draws_with_ascii_alone() {
        let style = Style { charset: Charset::Ascii, ..plain(90) };
        for text in all(&sample::named("plain-name"), &style) {
            let own = text.replace(sample::HOSTILE[4], "");
            let strange: String = own.chars().filter(|it| !it.is_ascii()).collect();
            assert!(strange.chars().all(|it| sample::HOSTILE[4].contains(it)), "{strange}");
        }
    }

    #[test]
    fn escape_sequences_in_names_do_not_reach_the_terminal() {
        for text in all(&sample::named(sample::HOSTILE[3]), &plain(80)) {
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn no_line_is_wider_than_asked(columns in 60usize..160, name in any::<String>(), hostile in 0..sample::HOSTILE.len()) {
            for name in [name.as_str(), sample::HOSTILE[hostile]] {
                for text in all(&sample::named(name), &plain(columns)) {
                    for line in text.lines() {
                        prop_assert!(width(line) <= columns, "{} > {columns}: {line:?}", width(line));
                    }
                }
            }
        }
    }
}
