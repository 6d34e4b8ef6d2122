//! The one place that prices: what a job, a cluster or a warehouse costs in a month, now or under a change.

use clusteriq_model::{Compute, Dbu, DbuPerHour, Fleet, Hours, Interval, Minutes, Plane, Purchase, Usd, UsdPerDbu};

use crate::money::node_price::{NodePrices, Spot};
use crate::profile::{JobProfile, Response};
use crate::replay::{Machine, Outcome, replay};

/// Days in the month that savings are stated for.
pub const MONTH_DAYS: f64 = 30.4;
/// Relative error that every estimate carries, whatever the runs agree on.
const LEAST_ERROR: f64 = 0.05;
/// Part of the range of spot prices in which four of five lie: they are nearer to the middle than to the ends. An assumption.
const SPOT_SHARE: f64 = 0.7;
/// Bounds on how far the model is bent to agree with the bill.
const CALIBRATION: (f64, f64) = (0.7, 1.3);

/// A month's cost, the two meters apart. `None`: a price is not known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// DBUs at the account's price.
    pub dbu: Option<Interval<Usd>>,
    /// Machines.
    pub vm: Option<Interval<Usd>>,
}

impl Cost {
    /// Nothing.
    pub const ZERO: Self = Self {
        dbu: Some(Interval { low: Usd(0.0), likely: Usd(0.0), high: Usd(0.0) }),
        vm: Some(Interval { low: Usd(0.0), likely: Usd(0.0), high: Usd(0.0) }),
    };

    /// Both meters together, as far as they are known; `None` if neither is.
    #[must_use]
    pub fn total(&self) -> Option<Interval<Usd>> {
        match (self.dbu, self.vm) {
            (Some(a), Some(b)) => Some(a + b),
            (one, None) | (None, one) => one,
        }
    }

    /// Sums; what is not known in one is not known in the sum.
    #[must_use]
    pub fn plus(self, o: Self) -> Self {
        let add = |a: Option<Interval<Usd>>, b: Option<Interval<Usd>>| Some(a? + b?);
        Self { dbu: add(self.dbu, o.dbu), vm: add(self.vm, o.vm) }
    }

    /// Times a factor that is not negative.
    #[must_use]
    pub fn times(self, k: f64) -> Self {
        let scale = |it: Interval<Usd>| it.map(|it| it * k);
        Self { dbu: self.dbu.map(scale), vm: self.vm.map(scale) }
    }
}

/// What a job would cost and how it would run on a configuration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quote {
    /// Per month.
    pub cost: Cost,
    /// Median run.
    pub runtime: Interval<Minutes>,
    /// Runtime against the measured one, over all runs.
    pub stretch: Interval<f64>,
    /// The worst run's.
    pub peak_memory: f64,
    /// The same on the present configuration.
    pub memory_now: f64,
    /// The driver's, in the worst run.
    pub driver_memory: f64,
    /// Mean share of minutes in which demand exceeds nine tenths of capacity and does not now.
    pub crowded: f64,
}

impl Quote {
    /// Whether the worst run's memory stays within a limit; where it is fuller already, that it gets no fuller.
    #[must_use]
    pub fn within(&self, memory_limit: f64) -> bool {
        self.peak_memory <= memory_limit || !self.fills_memory()
    }

    /// Whether memory gets fuller than it is.
    #[must_use]
    pub fn fills_memory(&self) -> bool {
        self.peak_memory > self.memory_now * 1.001
    }
}

/// The factor from the window to a month.
#[must_use]
pub fn per_month(fleet: &Fleet) -> f64 {
    MONTH_DAYS / fleet.window.days().max(1.0 / 24.0)
}

/// The price of a DBU on a plane, for compute billed now under `sku`: the account's own price of the sister SKU.
#[must_use]
pub fn rate(fleet: &Fleet, cloud: &str, sku: &str, plane: Plane) -> Option<UsdPerDbu> {
    let word = match plane {
        Plane::AllPurpose => "ALL_PURPOSE_COMPUTE",
        Plane::Jobs => "JOBS_COMPUTE",
        Plane::Pipeline => "DLT_CORE_COMPUTE",
    };
    let sister = ["ALL_PURPOSE_COMPUTE", "JOBS_COMPUTE", "DLT_CORE_COMPUTE"]
        .into_iter()
        .find(|it| sku.contains(it))
        .map(|it| sku.replace(it, word));
    let plain = sister.as_ref().map(|it| it.replace("_(PHOTON)", ""));
    let own =
        [sister, plain].into_iter().flatten().find_map(|it| fleet.bill.prices.get(&(cloud.to_owned(), it)).copied());
    own.or_else(|| {
        let tier = sku.split('_').next()?.to_ascii_lowercase();
        let family = match plane {
            Plane::AllPurpose => "all_purpose",
            Plane::Jobs => "jobs",
            Plane::Pipeline => "dlt_core",
        };
        let cloud = clusteriq_model::Cloud::parse(cloud)?;
        fleet.catalog.dbu_prices.get(&(cloud, tier, family.into())).copied()
    })
}

/// What a replayed run was billed, on average; 0: not known.
fn billed_per_run(profile: &JobProfile) -> f64 {
    let billed: Vec<f64> = profile.traces.iter().filter_map(|it| it.billed).collect();
    billed.iter().sum::<f64>() / billed.len().max(1) as f64
}

/// Runs of the job in a month.
fn runs_per_month(fleet: &Fleet, profile: &JobProfile) -> f64 {
    profile.started as f64 * per_month(fleet)
}

/// The job on its own cluster with another configuration (or the present one). `None`: its demand or sizes are not known.
#[must_use]
pub fn job_on(fleet: &Fleet, profile: &JobProfile, then: &Compute) -> Option<Quote> {
    let now = profile.compute.as_ref()?;
    let runs = runs_per_month(fleet, profile);
    let of = |then| quote(fleet, &profile.traces, now, then, profile.rate, runs, &profile.response);
    let unchanged = of(now)?;
    let mut quoted = if now == then { unchanged } else { of(then)? };
    // The bill is the truth: the model only says by how much a change moves it.
    if let Some(model) = unchanged.cost.dbu.filter(|it| it.likely.0 > 0.0) {
        let billed = billed_per_run(profile) * runs;
        if billed > 0.0 {
            let k = (billed / model.likely.0).clamp(CALIBRATION.0, CALIBRATION.1);
            quoted.cost.dbu = quoted.cost.dbu.map(|it| it.map(|it| it * k));
        }
    }
    if now == then {
        quoted.cost.dbu = quoted.cost.dbu.map(|it| Interval::exactly(it.likely));
        quoted.cost.vm = quoted.cost.vm.map(|it| Interval::exactly(it.likely));
    }
    Some(quoted)
}

/// Any traces measured on one configuration, quoted on another.
#[must_use]
pub fn quote(
    fleet: &Fleet,
    traces: &[crate::profile::RunTrace],
    now: &Compute,
    then: &Compute,
    rate: Option<UsdPerDbu>,
    runs_per_month: f64,
    response: &Response,
) -> Option<Quote> {
    if traces.is_empty() {
        return None;
    }
    let from = Machine::of(&fleet.catalog, now, now, response)?;
    let to = Machine::of(&fleet.catalog, then, now, response)?;
    let prices = NodePrices::of(&fleet.catalog, then);
    // What spot costs is known of what runs on it now: the bill has it. Of what does not, the market's range is.
    let spot = |it: &Compute| matches!(it.purchase, Some(Purchase::Spot { .. }));
    let market = |bound| match bound {
        Bound::Low if spot(then) && !spot(now) => NodePrices::at_spot(&fleet.catalog, then, Spot::Cheap),
        Bound::High if spot(then) && !spot(now) => NodePrices::at_spot(&fleet.catalog, then, Spot::Dear),
        Bound::Low | Bound::Likely | Bound::High => prices,
    };
    let outcomes: Vec<Outcome> = traces.iter().map(|it| replay(it, &from, &to)).collect();
    let n = outcomes.len() as f64;
    let error = sampling_error(&outcomes);
    let mean = |get: &dyn Fn(&Outcome, Bound) -> Option<f64>| -> Option<Interval<Usd>> {
        let at = |bound| {
            let sum: Option<f64> = outcomes.iter().map(|it| get(it, bound)).sum();
            sum.map(|it| it / n * runs_per_month)
        };
        let (low, likely, high) = (at(Bound::Low)?, at(Bound::Likely)?, at(Bound::High)?);
        Some(Interval::spanning(Usd(low * (1.0 - error)), Usd(likely), Usd(high * (1.0 + error))))
    };
    let dbu = rate.and_then(|rate| mean(&|it, bound| Some((dbu_of(&prices, it, bound)? * rate).0)));
    let doubt = spot_doubt(fleet, traces, &outcomes, now, then).unwrap_or((0.0, 0.0));
    let vm = mean(&|it, bound| Some(vm_of(&market(bound), it, bound)?.0)).map(|it| {
        let k = SPOT_SHARE * runs_per_month / n;
        let wider = |own: Usd, doubt: f64| Usd(own.0.hypot(doubt * k));
        Interval {
            low: it.likely - wider(it.likely - it.low, doubt.1),
            high: it.likely + wider(it.high - it.likely, doubt.0),
            ..it
        }
    });
    let mut minutes: Vec<Interval<f64>> = outcomes.iter().map(|it| it.minutes).collect();
    minutes.sort_by(|a, b| a.likely.total_cmp(&b.likely));
    let runtime = crate::profile::job::quantile(&minutes, 0.5)?.map(Minutes);
    let measured: f64 = traces.iter().map(|it| it.minutes.len() as f64).sum();
    let sum = |get: fn(&Interval<f64>) -> f64| minutes.iter().map(get).sum::<f64>() / measured;
    Some(Quote {
        cost: Cost { dbu, vm },
        runtime,
        stretch: Interval::spanning(sum(|it| it.low), sum(|it| it.likely), sum(|it| it.high)),
        peak_memory: outcomes.iter().map(|it| it.peak_memory).fold(0.0, f64::max),
        memory_now: outcomes.iter().map(|it| it.memory_now).fold(0.0, f64::max),
        driver_memory: outcomes.iter().map(|it| it.driver_memory).fold(0.0, f64::max),
        crowded: outcomes.iter().map(|it| it.crowded).sum::<f64>() / n,
    })
}

/// What all traces together may save less, and more, in USD, since what spot costs is known within a range only: a change that
/// leaves spot, or has less of it, saves what that part costs.
fn spot_doubt(
    fleet: &Fleet,
    traces: &[crate::profile::RunTrace],
    outcomes: &[Outcome],
    now: &Compute,
    then: &Compute,
) -> Option<(f64, f64)> {
    if !matches!(now.purchase, Some(Purchase::Spot { .. })) || now == then {
        return None;
    }
    let hour = Hours::from(Minutes(1.0));
    let before = |market| -> Option<f64> {
        let prices = NodePrices::at_spot(&fleet.catalog, now, market);
        traces.iter().flat_map(|it| &it.minutes).map(|it| Some((prices.on_spot(it.workers)? * hour).0)).sum()
    };
    let after = |market| -> Option<f64> {
        let prices = NodePrices::at_spot(&fleet.catalog, then, market);
        let of = |it: &Outcome| {
            let minutes = it.minutes.likely.max(1e-9);
            Some((prices.on_spot(it.worker_minutes.likely / minutes)? * Hours::from(Minutes(minutes))).0)
        };
        outcomes.iter().map(of).sum()
    };
    let range = |cost: &dyn Fn(Spot) -> Option<f64>| Some((cost(Spot::Cheap)?, cost(Spot::Usual)?, cost(Spot::Dear)?));
    let (old, new) = (range(&before)?, range(&after)?);
    if now.worker_type == then.worker_type {
        // One price: what is saved moves with it.
        let saved = (old.0 - new.0, old.1 - new.1, old.2 - new.2);
        let less = (saved.1 - saved.0).max(saved.1 - saved.2);
        return Some((less.max(0.0), (saved.2 - saved.1).max(saved.0 - saved.1).max(0.0)));
    }
    // Two prices that have nothing to do with each other.
    Some(((old.1 - old.0).hypot(new.2 - new.1), (old.2 - old.1).hypot(new.1 - new.0)))
}

#[derive(Clone, Copy)]
enum Bound {
    Low,
    Likely,
    High,
}

fn pick(it: &Interval<f64>, bound: Bound) -> f64 {
    match bound {
        Bound::Low => it.low,
        Bound::Likely => it.likely,
        Bound::High => it.high,
    }
}

/// DBUs are counted from when the cluster is ready, machines from when they boot.
fn dbu_of(prices: &NodePrices, it: &Outcome, bound: Bound) -> Option<Dbu> {
    let driver = prices.driver_dbu? * Hours::from(Minutes(pick(&it.minutes, bound) - it.starting.0));
    let worker_minutes = pick(&it.worker_minutes, bound) - it.starting.1;
    if worker_minutes <= 0.0 {
        return Some(driver);
    }
    let workers: DbuPerHour = prices.worker_dbu?;
    Some(driver + workers * Hours::from(Minutes(worker_minutes)))
}

fn vm_of(prices: &NodePrices, it: &Outcome, bound: Bound) -> Option<Usd> {
    let minutes = pick(&it.minutes, bound);
    let workers = if minutes > 0.0 { pick(&it.worker_minutes, bound) / minutes } else { 0.0 };
    Some(prices.vm(workers)? * Hours::from(Minutes(minutes)))
}

/// 80 % error of the mean over runs, from how much they differ.
fn sampling_error(outcomes: &[Outcome]) -> f64 {
    let n = outcomes.len() as f64;
    let mean = outcomes.iter().map(|it| it.minutes.likely).sum::<f64>() / n;
    if n < 2.0 || mean <= 0.0 {
        return 0.5;
    }
    let square = outcomes.iter().map(|it| (it.minutes.likely - mean).powi(2)).sum::<f64>();
    let spread = (square / (n - 1.0)).sqrt() / mean;
    (1.28 * spread / n.sqrt()).clamp(LEAST_ERROR, 0.5)
}
