//! A report for tests: every kind of action, chart and gap, and names that try to break out.

use std::collections::BTreeMap;

use clusteriq_model::*;
use jiff::civil::date;
use jiff::{Timestamp, ToSpan};

pub(crate) const HOSTILE: [&str; 6] = [
    "<script>alert('x')</script>",
    "a|b\nc `d` *e* [f](https://example.com/)",
    "=cmd|' /C calc'!A0",
    "\u{1b}[31mred\u{1b}[0m \u{202e}txt.exe",
    "とても長い名前の夜間バッチ処理クラスター_本番環境_アジア太平洋_テスト用_二〇二六年版",
    "averyveryveryveryveryverylongnamewithoutanyspacesthatneverendsinanyreasonabletableoftheworld",
];

pub(crate) fn window() -> Window {
    let until: Timestamp = "2026-08-21T06:00:00Z".parse().unwrap();
    Window { from: until - (14 * 24).hours(), until }
}

fn workspace() -> WorkspaceId {
    WorkspaceId("4711000000000001".into())
}

fn job(id: &str) -> JobKey {
    JobKey { workspace: workspace(), id: id.into() }
}

pub(crate) fn actions() -> Vec<Action> {
    vec![
        Action::SetWorkers { from: Size::Fixed(8), to: Size::Autoscale { min: 1, max: 3 } },
        Action::UseSingleNode { from: Size::Fixed(2), node_type: "m5.xlarge".into() },
        Action::SetNodeType { from: "m5.4xlarge".into(), to: "m6g.2xlarge".into(), driver: None },
        Action::SetDriverType { from: "m5.4xlarge".into(), to: "m5.xlarge".into() },
        Action::SetPurchase { from: Purchase::OnDemand, to: Purchase::Spot { first_on_demand: 1 } },
        Action::EnablePhoton,
        Action::DisablePhoton,
        Action::UseJobCluster {
            from_clusters: vec!["0812-101112-abcd1234".into()],
            node_type: "m5.xlarge".into(),
            size: Size::Fixed(2),
        },
        Action::ShareJobCluster {
            jobs: vec![job("11"), job("12"), job("13")],
            node_type: "m5.xlarge".into(),
            size: Size::Fixed(4),
        },
        Action::StopCluster,
        Action::SetAutotermination { from: None, to: Minutes(20.0) },
        Action::SetAutoStop { from: Some(Minutes(120.0)), to: Minutes(10.0) },
        Action::SetWarehouseSize { from: "LARGE".into(), to: "MEDIUM".into() },
        Action::SetPoolIdle { from: 4, to: 0 },
        Action::TriggerPipeline { every: Minutes(60.0) },
        Action::LeaveDevelopment,
        Action::UseStandardPerformance,
        Action::StopOffHours { from_hour: 7, until_hour: 19 },
        Action::SetTimeout { from: None, to: Minutes(90.0) },
        Action::SetRetries { from: Some(-1), to: 0 },
        Action::MendFailures { code: "RUN_EXECUTION_ERROR".into() },
        Action::AddTags { keys: vec!["team".into(), "cost_center".into()] },
        Action::ApplyPolicy { definition: r#"{"autotermination_minutes":{"type":"range","maxValue":60}}"#.into() },
        Action::UpgradeRuntime { from: "12.2.x-scala2.12".into(), to: "17.3".into() },
        Action::CloseGap { how: "GRANT SELECT ON SCHEMA system.compute TO `clusteriq`".into() },
    ]
}

pub(crate) fn charts() -> Vec<Chart> {
    let start_minute = window().from.as_second() / 60;
    let wave = |at: usize| 6.0 + 5.0 * (at as f64 / 9.0).sin() + (at % 7) as f64 * 0.4;
    vec![
        Chart::Series {
            title: "Cores used by workers in the run of 20 Aug, against capacity".into(),
            start_minute,
            step_minutes: 1,
            unit: "cores".into(),
            lines: vec![
                Line {
                    label: "used by all workers".into(),
                    values: (0..400).map(|at| (!(100..130).contains(&at)).then(|| wave(at))).collect(),
                },
                Line { label: "busiest worker".into(), values: (0..400).map(|at| Some(wave(at) / 4.0)).collect() },
            ],
            levels: vec![
                Marker { label: "capacity now".into(), value: 32.0 },
                Marker { label: "capacity proposed".into(), value: 12.0 },
            ],
        },
        Chart::Bars {
            title: "What the window cost, by part".into(),
            unit: "$".into(),
            bars: vec![("work".into(), 312.4), ("idle <waiting>".into(), 120.0), (HOSTILE[4].into(), 7.25)],
        },
        Chart::Week {
            title: "Cores used, by hour of the week".into(),
            unit: "cores".into(),
            hours: (0..168)
                .map(|at| match at {
                    30..36 => None,
                    _ if at % 24 < 7 || at / 24 > 4 => Some(0.0),
                    _ => Some(wave(at)),
                })
                .collect(),
        },
        Chart::Spans {
            title: "Runs of the jobs on 20 Aug".into(),
            from_minute: 0,
            until_minute: 1440,
            rows: vec![
                ("load-orders".into(), vec![(60, 95), (780, 815)]),
                ("load-customers".into(), vec![(70, 100)]),
                (HOSTILE[0].into(), vec![(100, 130), (1400, 1500)]),
            ],
        },
    ]
}

fn dollars(likely: f64) -> Interval<Usd> {
    Interval::around(Usd(likely), 0.1)
}

fn recommendation(at: usize, action: Action) -> Recommendation {
    let name = match at {
        0 => "nightly-etl",
        _ => HOSTILE[at % HOSTILE.len()],
    };
    let likely = 372.0 / (at + 1) as f64;
    let free = matches!(action.kind(), ActionKind::CloseGap | ActionKind::EnablePhoton);
    let cluster = ClusterKey { workspace: workspace(), id: format!("0812-101112-abcd12{at:02}") };
    let target = match action.kind() {
        ActionKind::SetAutotermination | ActionKind::StopCluster => Target::Cluster(cluster),
        _ => Target::Job(job(&format!("90{at:02}"))),
    };
    let score = (at % 5) as u8;
    let mut evidence = vec![
        Evidence::new(
            "cores used by workers, 95th percentile",
            Quantity::Cores(Cores(9.6)),
            Source::SystemTable("system.compute.node_timeline"),
        )
        .with_runs(["7001".into(), "7002".into()]),
        Evidence::new(
            "memory at its highest, of what 3 workers have",
            Quantity::Fraction(Fraction(0.58)),
            Source::Replay,
        ),
    ];
    if let Some(chart) = charts().into_iter().nth(at) {
        evidence[0].chart = Some(chart);
    }
    Recommendation {
        id: format!("a1b2c3d4e5{at:02x}"),
        judged_on: "00ff00ff00ff".into(),
        advisor: AdvisorId("oversized-job-cluster"),
        detection: "D01",
        title: format!("Change {name}: {action}"),
        why: format!(
            "In 28 runs {name} never used more than 2.4 workers of CPU, and memory peaked at 58 % of what 3 workers have."
        ),
        target,
        name: name.into(),
        owner: (at != 1).then(|| "data-platform@example.com".into()),
        action,
        savings: (!free).then(|| Savings {
            total: dollars(likely),
            dbu: Some(dollars(likely * 0.6)),
            vm: (at != 2).then(|| dollars(likely * 0.4)),
            because: "5 workers × 31.2 h a month × (0.69 DBU/h × $0.150/DBU + $0.192/h) × 4.3".into(),
        }),
        at_stake: free.then_some(Usd(48.0)),
        runtime: Some(Runtime {
            now: Minutes(38.0),
            then: Interval::spanning(Minutes(43.0), Minutes(45.0), Minutes(47.0)),
        }),
        risk: Risk {
            score,
            level: RiskLevel::of(score),
            because: format!("maximum of the parts is {score}"),
            parts: vec![
                RiskPart { dimension: RiskDimension::Memory, score: 0, because: "58 % of 90 %".into() },
                RiskPart {
                    dimension: RiskDimension::Runtime,
                    score,
                    because: "+13–24 %, the next run starts 3 h later".into(),
                },
            ],
        },
        confidence: "28 runs over 14 days".into(),
        evidence,
        alternatives: vec![
            Alternative {
                label: "next smaller".into(),
                compute: "2 workers of m5.xlarge".into(),
                savings: Some(dollars(likely * 1.2)),
                runtime: Some(Interval::spanning(Minutes(70.0), Minutes(88.0), Minutes(101.0))),
                risk: Some(3),
                verdict: "memory would reach 87 %; the limit is 90 %".into(),
            },
            Alternative {
                label: "keep".into(),
                compute: "8 workers of m5.xlarge".into(),
                savings: None,
                runtime: None,
                risk: None,
                verdict: "what runs now".into(),
            },
        ],
        after: if at == 4 { vec!["a1b2c3d4e500".into()] } else { vec![] },
        instead_of: if at == 1 {
            vec![Settled {
                advisor: AdvisorId("too-many-workers"),
                detection: "D01",
                title: "Cut the workers of nightly-etl from 2 to 1".into(),
                action: Action::SetWorkers { from: Size::Fixed(2), to: Size::Fixed(1) },
                alone: Some(dollars(20.0)),
            }]
        } else {
            vec![]
        },
        rollback: "Set num_workers back to 8; the next run uses it".into(),
        verify: "Median run time of the next 5 runs stays below 50 min".into(),
        window: window(),
    }
}

fn gaps() -> Vec<Gap> {
    let cluster = |id: &str| Some(Target::Cluster(ClusterKey { workspace: workspace(), id: id.into() }));
    let not_judged = |id: &str, name: &str, cents| Gap {
        kind: GapKind::NotJudged,
        target: cluster(id),
        name: Some(name.into()),
        advisor: Some(AdvisorId("late-autotermination")),
        what: "there is no telemetry, so nothing can be said about its use".into(),
        remedy: Some(Remedy::Grant(
            "GRANT SELECT ON TABLE system.compute.node_timeline TO `clusteriq-service-principal`".into(),
        )),
        touches: Some(Money(Decimal::new(cents, 2))),
    };
    vec![
        not_judged("c1", "adhoc-ml", 123_456),
        not_judged("c2", HOSTILE[0], 98_765),
        Gap {
            kind: GapKind::Unpriced,
            target: None,
            name: None,
            advisor: None,
            what: "PREMIUM_SERVERLESS_X_US has no price, so its 120.5 DBU are in no sum".into(),
            remedy: Some(Remedy::Configure("prices.PREMIUM_SERVERLESS_X_US = 0.35".into())),
            touches: None,
        },
        Gap {
            kind: GapKind::NotJudged,
            target: Some(Target::Job(job("77"))),
            name: Some("weekly|report".into()),
            advisor: Some(AdvisorId("oversized-job-cluster")),
            what: "2 runs are too few; 5 are needed".into(),
            remedy: Some(Remedy::Wait("3 more runs".into())),
            touches: Some(Money(Decimal::new(4_200, 2))),
        },
    ]
}

fn money(cents: i64) -> Money {
    Money(Decimal::new(cents, 2))
}

fn entry(target: Target, name: &str, cents: i64) -> CostEntry {
    let idle = matches!(target, Target::Cluster(_)).then(|| money(cents / 4));
    CostEntry {
        target,
        name: name.into(),
        owner: Some("data-platform@example.com".into()),
        billed: money(cents),
        attributed: money(cents * 3 / 4),
        idle,
        dbu: Dbu(cents as f64 / 15.0),
        vm: Some(Usd(cents as f64 * 0.006)),
        vm_spot: Some(Usd(cents as f64 * 0.001)),
        vm_basis: Basis::Modelled,
        job_id: None,
    }
}

fn costs() -> Costs {
    let cluster = |id: &str| Target::Cluster(ClusterKey { workspace: workspace(), id: id.into() });
    let warehouse = Target::Warehouse(WarehouseKey { workspace: workspace(), id: "abcdef0123456789".into() });
    let sku = |cents| SkuCost { usd: money(cents), quantity: 12_345.6, unit: "DBU".into() };
    Costs {
        billed: Money(Decimal::new(81_001_234_567, 7)),
        vm: Some(Usd(4_240.0)),
        workspaces: vec![
            WorkspaceCost {
                workspace: workspace(),
                name: Some("prod".into()),
                billed: money(700_000),
                vm: Some(Usd(4_240.0)),
                attributed: money(520_000),
                idle: money(180_000),
                reconciliation: Some(Reconciliation {
                    billed: Usd(6_000.0),
                    modelled: Usd(5_874.0),
                    error: -0.021,
                    uncovered: Usd(210.0),
                }),
            },
            WorkspaceCost {
                workspace: WorkspaceId("".into()),
                name: None,
                billed: money(110_012),
                vm: None,
                attributed: money(0),
                idle: money(0),
                reconciliation: None,
            },
        ],
        jobs: vec![
            entry(Target::Job(job("9000")), "nightly-etl", 210_050),
            entry(Target::Job(job("9001")), HOSTILE[1], 80_000),
        ],
        clusters: vec![
            entry(cluster("0812-101112-abcd1234"), HOSTILE[4], 150_000),
            CostEntry {
                vm: None,
                vm_spot: None,
                job_id: Some("9000".into()),
                ..entry(cluster("0812-101112-abcd1235"), HOSTILE[5], 1_234)
            },
        ],
        warehouses: vec![CostEntry { vm_basis: Basis::Assumed, ..entry(warehouse, "bi", 99_999) }],
        pools: vec![],
        pipelines: vec![],
        skus: BTreeMap::from([
            ("PREMIUM_JOBS_COMPUTE".into(), sku(510_000)),
            ("PREMIUM_ALL_PURPOSE_COMPUTE".into(), sku(300_012)),
        ]),
        tags: BTreeMap::from([
            (("team".into(), "=1+1".into()), money(400_000)),
            (("team".into(), HOSTILE[0].into()), money(50)),
        ]),
        owners: BTreeMap::from([(None, money(110_012)), (Some("data-platform@example.com".into()), money(700_000))]),
        days: (0_i8..14)
            .map(|at| DailyCost {
                day: date(2026, 8, 7 + at),
                billed: money(50_000 + i64::from(at % 7) * 4_000),
                vm: (at != 3).then(|| Usd(250.0 + f64::from(at) * 5.0)),
            })
            .collect(),
        workspace_days: vec![WorkspaceDay {
            day: date(2026, 8, 7),
            workspace: workspace(),
            billed: money(50_000),
            attributed: money(41_000),
            idle: money(9_000),
        }],
        unpriced: vec![UnpricedSku {
            sku_name: "PREMIUM_SERVERLESS_X_US".into(),
            cloud: "AWS".into(),
            usage_unit: "DBU".into(),
            quantity: 120.5,
            records: 17,
            workspaces: std::collections::BTreeSet::from([workspace()]),
        }],
        discounts: vec![],
    }
}

pub(crate) fn resource() -> ResourceSummary {
    ResourceSummary {
        target: Target::Job(job("9000")),
        name: "nightly-etl".into(),
        owner: Some("data-platform@example.com".into()),
        compute: "8 workers of m5.xlarge, driver m5.2xlarge, Photon".into(),
        class: WorkloadClass::SteadyBatch,
        class_because: "CPU varies by 12 % from run to run".into(),
        facts: vec![
            Evidence::new(
                "median run time",
                Quantity::Minutes(Minutes(134.0)),
                Source::SystemTable("system.lakeflow.job_run_timeline"),
            ),
            Evidence::new("runs", Quantity::Count(28), Source::SystemTable("system.lakeflow.job_run_timeline")),
            Evidence::new("a number that is none", Quantity::Gib(Gib(f64::NAN)), Source::Catalog),
        ],
        charts: charts(),
    }
}

/// A report with everything in it.
pub(crate) fn report() -> Report {
    Report {
        window: window(),
        data_until: window().until,
        headline: Headline {
            spent: Usd(12_340.0),
            spent_per_month: Usd(26_795.0),
            savings_per_month: Some(Interval::spanning(Usd(930.0), Usd(1_031.0), Usd(1_135.0))),
            low_risk_savings_per_month: Some(Interval::spanning(Usd(500.0), Usd(560.0), Usd(610.0))),
            judged: 38,
            not_judged: 12,
            not_judged_usd: Usd(120.0),
        },
        recommendations: actions().into_iter().enumerate().map(|(at, action)| recommendation(at, action)).collect(),
        gaps: gaps(),
        examined: BTreeMap::from([
            (AdvisorId("late-autotermination"), Examined { proposed: 1, fine: 9, abstained: 2 }),
            (AdvisorId("oversized-job-cluster"), Examined { proposed: 12, fine: 28, abstained: 10 }),
        ]),
        resources: vec![resource()],
        costs: costs(),
    }
}

/// A report that found nothing to change.
pub(crate) fn quiet() -> Report {
    let mut report = report();
    report.recommendations.clear();
    report.headline.savings_per_month = None;
    report.headline.low_risk_savings_per_month = None;
    report
}

/// A report of a store without anything in it.
pub(crate) fn empty() -> Report {
    Report {
        headline: Headline {
            spent: Usd(0.0),
            spent_per_month: Usd(0.0),
            savings_per_month: None,
            low_risk_savings_per_month: None,
            judged: 0,
            not_judged: 0,
            not_judged_usd: Usd(0.0),
        },
        recommendations: vec![],
        gaps: vec![],
        examined: BTreeMap::new(),
        resources: vec![],
        costs: Costs::default(),
        ..report()
    }
}

/// An answer to "what if" about something with this name.
pub(crate) fn answer(name: &str) -> WhatIf {
    let it = recommendation(0, actions().remove(0));
    WhatIf {
        target: it.target,
        name: name.into(),
        now: format!("8 workers of {name}"),
        then: format!("3 workers of {name}"),
        cost_now: Some(dollars(800.0)),
        cost_then: None,
        savings: it.savings,
        runtime: it.runtime,
        risk: it.risk,
        replay_error: Some(Fraction(0.06)),
        confidence: it.confidence,
        curve: it.alternatives,
        window: window(),
    }
}

/// The report with this name wherever a name can stand.
pub(crate) fn named(name: &str) -> Report {
    let mut report = report();
    for it in &mut report.recommendations {
        it.title = format!("Change {name}");
        it.name = name.into();
        it.owner = Some(name.into());
        it.why = format!("Because {name}");
        it.confidence = name.into();
        it.evidence[0].fact = name.into();
        it.evidence[0].value = Quantity::Text(name.into());
    }
    for it in &mut report.gaps {
        it.name = Some(name.into());
        it.what = name.into();
        it.remedy = Some(Remedy::Grant(name.into()));
    }
    let costs = &mut report.costs;
    for it in costs.jobs.iter_mut().chain(&mut costs.clusters).chain(&mut costs.warehouses) {
        it.name = name.into();
    }
    costs.workspaces[0].name = Some(name.into());
    costs.discounts = vec![name.into()];
    costs.tags.insert((name.into(), name.into()), Money::ZERO);
    costs.owners.insert(Some(name.into()), Money::ZERO);
    report
}
