//! Numbers, spans and kinds in words: the one place where this crate turns a value into text for people.

use std::fmt::Display;

use clusteriq_model::{
    ActionKind, CostEntry, GapKind, Headline, Interval, Minutes, Money, Quantity, Recommendation, Report,
    RiskDimension, RiskLevel, Runtime, Settled, Target, Usd, Window, WorkloadClass, WorkspaceCost,
};
use jiff::Timestamp;
use jiff::civil::Date;

/// What is said of a value that is unknown.
pub const NOT_KNOWN: &str = "not known";

/// `$340–$410`: what a change saves, or another estimate of money.
#[must_use]
pub fn savings_interval(it: &Interval<Usd>) -> String {
    range(it, |it| it.0)
}

/// `38 min now; 43–47 min then, likely 45 min`: medians.
#[must_use]
pub fn runtime(it: &Runtime) -> String {
    let then = minutes_interval(&it.then);
    let text = format!("{} now; {then} then", minutes(it.now));
    with_likely(text, &it.then)
}

/// `$340–$410, likely $372`; a known amount stands alone.
#[must_use]
pub fn savings_with_likely(it: &Interval<Usd>) -> String {
    with_likely(savings_interval(it), it)
}

/// `43–47 min`: how long something takes.
#[must_use]
pub fn minutes_interval(it: &Interval<Minutes>) -> String {
    let text = range(it, |it| it.0);
    match text.split_once(" min–") {
        Some((low, high)) if !low.contains(' ') && !high.contains('h') => format!("{low}–{high}"),
        _ => text,
    }
}

fn with_likely<T: Display>(text: String, it: &Interval<T>) -> String {
    if text.contains(NOT_KNOWN) || it.low.to_string() == it.high.to_string() {
        return text;
    }
    format!("{text}, likely {}", it.likely)
}

fn range<T: Copy + Display>(it: &Interval<T>, number: impl Fn(T) -> f64) -> String {
    if ![it.low, it.likely, it.high].into_iter().all(|it| number(it).is_finite()) {
        return NOT_KNOWN.into();
    }
    let (low, high) = (it.low.to_string(), it.high.to_string());
    if low == high {
        low
    } else if low.starts_with('-') {
        format!("{low} to {high}")
    } else {
        format!("{low}–{high}")
    }
}

/// An estimate of money, or that it is not known.
#[must_use]
pub fn usd(it: Usd) -> String {
    if it.0.is_finite() { it.to_string() } else { NOT_KNOWN.into() }
}

/// An estimate of money that may be missing.
#[must_use]
pub fn usd_or_not_known(it: Option<Usd>) -> String {
    it.map_or_else(|| NOT_KNOWN.into(), usd)
}

/// The exact amount as a decimal number with at least two decimals, for systems: `12.3456`.
#[must_use]
pub fn exact(it: Money) -> String {
    let mut amount = it.0.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount.to_string()
}

/// A duration, or that it is not known.
#[must_use]
pub fn minutes(it: Minutes) -> String {
    if it.0.is_finite() { it.to_string() } else { NOT_KNOWN.into() }
}

/// Whether it has no VMs of its own: serverless compute has them in its DBU price. A job is billed without a cluster then.
#[must_use]
pub fn has_no_vms(it: &CostEntry) -> bool {
    match it.vm {
        Some(vm) => vm.0 == 0.0,
        None => matches!(it.target, Target::Job(_)) && it.billed != Money::ZERO && it.dbu.0 == 0.0,
    }
}

/// A measurement with its unit, or that it is not known.
#[must_use]
pub fn quantity(it: &Quantity) -> String {
    match it.number() {
        Some(number) if !number.is_finite() => NOT_KNOWN.into(),
        Some(_) | None => it.to_string(),
    }
}

/// `14 %`; below 10 with one decimal.
#[must_use]
pub fn percent(fraction: f64) -> String {
    if !fraction.is_finite() {
        return NOT_KNOWN.into();
    }
    let percent = fraction * 100.0;
    if percent.abs() >= 9.95 || percent == 0.0 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// `+2.1 %` or `−2.1 %`: how far one amount lies from another.
#[must_use]
pub fn signed_percent(fraction: f64) -> String {
    if !fraction.is_finite() {
        return NOT_KNOWN.into();
    }
    let sign = if fraction < 0.0 { "−" } else { "+" };
    format!("{sign}{}", percent(fraction.abs()))
}

/// `1 job`, `2 jobs`, `1,234 jobs`.
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(number))
}

/// `1,234`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A plain number for an axis or a bar: few digits, grouped.
#[must_use]
pub fn number(it: f64) -> String {
    if !it.is_finite() {
        return NOT_KNOWN.into();
    }
    let size = it.abs();
    let sign = if it < 0.0 { "-" } else { "" };
    if size >= 99.95 {
        return format!("{sign}{}", grouped(size.round() as u64));
    }
    let decimals = if size >= 9.995 {
        1
    } else if size >= 0.0995 || size == 0.0 {
        2
    } else {
        4
    };
    let text = format!("{size:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "0" {
        return "0".into();
    }
    format!("{sign}{text}")
}

/// A number of a chart with its unit: `$12`, `58 %`, `3 cores`.
#[must_use]
pub fn measure(it: f64, unit: &str) -> String {
    match unit {
        _ if !it.is_finite() => NOT_KNOWN.into(),
        "$" | "usd" | "USD" => Usd(it).to_string(),
        "" => number(it),
        other => format!("{} {other}", number(it)),
    }
}

/// `21 Aug 2026 06:00 UTC`.
#[must_use]
pub fn instant(it: Timestamp) -> String {
    it.strftime("%-d %b %Y %H:%M UTC").to_string()
}

/// `21 Aug`.
#[must_use]
pub fn day(it: Date) -> String {
    it.strftime("%-d %b").to_string()
}

/// `14 days`, `1 day`, `13.5 days`, `7 hours`.
#[must_use]
pub fn length(it: &Window) -> String {
    let days = it.days();
    if days < 1.0 {
        return count(it.hours().0.round() as u64, "hour");
    }
    if (days - days.round()).abs() < 0.05 {
        return count(days.round() as u64, "day");
    }
    format!("{days:.1} days")
}

/// `14 days up to 21 Aug 2026 06:00 UTC`.
#[must_use]
pub fn span(it: &Window) -> String {
    format!("{} up to {}", length(it), instant(it.until))
}

/// The risk in a word.
#[must_use]
pub fn risk(it: RiskLevel) -> &'static str {
    match it {
        RiskLevel::VeryLow => "very low",
        RiskLevel::Low => "low",
        RiskLevel::Medium => "medium",
        RiskLevel::High => "high",
    }
}

/// What a dimension of risk is about.
#[must_use]
pub fn risk_dimension(it: RiskDimension) -> &'static str {
    match it {
        RiskDimension::Cpu => "CPU",
        RiskDimension::Memory => "memory",
        RiskDimension::Network => "network",
        RiskDimension::Runtime => "run time",
        RiskDimension::Driver => "driver",
        RiskDimension::People => "people",
        RiskDimension::Coupling => "coupling",
        RiskDimension::Modifier => "modifier",
    }
}

/// A workload's class in words.
#[must_use]
pub fn class(it: WorkloadClass) -> &'static str {
    match it {
        WorkloadClass::Streaming => "streaming",
        WorkloadClass::Interactive => "interactive",
        WorkloadClass::BiSql => "BI and SQL",
        WorkloadClass::Gpu => "GPU",
        WorkloadClass::DriverBound => "driver-bound",
        WorkloadClass::MemoryBound => "memory-bound",
        WorkloadClass::IoBound => "I/O-bound",
        WorkloadClass::Micro => "micro",
        WorkloadClass::LightSingleNode => "light, fits a single node",
        WorkloadClass::CpuBound => "CPU-bound",
        WorkloadClass::BurstyBatch => "bursty batch",
        WorkloadClass::SteadyBatch => "steady batch",
        WorkloadClass::MixedBatch => "mixed batch",
        WorkloadClass::Unknown => NOT_KNOWN,
    }
}

/// The kind of a change, as a label.
#[must_use]
pub fn action(it: ActionKind) -> &'static str {
    match it {
        ActionKind::SetWorkers => "number of workers",
        ActionKind::UseSingleNode => "single node",
        ActionKind::SetNodeType => "node type",
        ActionKind::SetDriverType => "driver's node type",
        ActionKind::SetPurchase => "how nodes are bought",
        ActionKind::EnablePhoton => "Photon on",
        ActionKind::DisablePhoton => "Photon off",
        ActionKind::UseJobCluster => "job cluster",
        ActionKind::ShareJobCluster => "shared job cluster",
        ActionKind::StopCluster => "stop",
        ActionKind::SetAutotermination => "auto-termination",
        ActionKind::SetAutoStop => "auto-stop",
        ActionKind::SetWarehouseSize => "warehouse size",
        ActionKind::SetPoolIdle => "idle nodes of a pool",
        ActionKind::TriggerPipeline => "triggered pipeline",
        ActionKind::LeaveDevelopment => "production mode",
        ActionKind::UseStandardPerformance => "standard performance",
        ActionKind::StopOffHours => "working hours",
        ActionKind::SetTimeout => "timeout",
        ActionKind::SetRetries => "retries",
        ActionKind::MendFailures => "failing runs",
        ActionKind::AddTags => "tags",
        ActionKind::ApplyPolicy => "policy",
        ActionKind::UpgradeRuntime => "runtime",
        ActionKind::CloseGap => "close a gap",
    }
}

/// Which detection found it, and what it would save alone.
#[must_use]
pub fn alone(it: &Settled) -> String {
    match &it.alone {
        Some(savings) => format!("{}, alone {} a month", it.detection, savings_interval(savings)),
        None => it.detection.into(),
    }
}

/// The kind of a gap in words.
#[must_use]
pub fn gap(it: GapKind) -> &'static str {
    match it {
        GapKind::MissingSource => "missing source",
        GapKind::Incomplete => "incomplete source",
        GapKind::Unpriced => "no price",
        GapKind::UnknownNodeType => "unknown node type",
        GapKind::NotJudged => "not judged",
    }
}

/// A workspace's name, or its id.
#[must_use]
pub fn workspace(it: &WorkspaceCost) -> &str {
    match &it.name {
        Some(name) => name,
        None if it.workspace.0.is_empty() => "account level",
        None => &it.workspace.0,
    }
}

/// The report's first sentence: spent, and what can be saved.
#[must_use]
pub fn headline(report: &Report) -> String {
    let it = &report.headline;
    let spent = spent_words(report);
    match &it.savings_per_month {
        Some(savings) => {
            format!("{spent} and can save {} a month ({}).", savings_interval(savings), likely_share(it, savings))
        }
        None if report.recommendations.is_empty() => {
            format!("{spent}, and nothing was found to change.")
        }
        None => format!("{spent}; what was found saves nothing by itself."),
    }
}

/// What was spent, as a sentence.
#[must_use]
pub fn spent(report: &Report) -> String {
    format!("{}.", spent_words(report))
}

/// Without a record of usage and a modelled machine, nothing spent is not the same as nothing known.
fn spent_words(report: &Report) -> String {
    let (it, window) = (&report.headline, length(&report.window));
    if is_spent_unknown(report) {
        return format!("What you spent in {window} is not known");
    }
    format!("You spent {} in {window} ({} a month)", usd(it.spent), usd(it.spent_per_month))
}

fn is_spent_unknown(report: &Report) -> bool {
    let it = &report.costs;
    it.skus.is_empty() && it.unpriced.is_empty() && it.vm.is_none()
}

/// What a recommendation promises, in one line: amount and basis, risk, what it rests on.
#[must_use]
pub fn promise(it: &Recommendation) -> String {
    let risk = format!("risk {} · {}", risk(it.risk.level), it.confidence);
    let Some(savings) = &it.savings else {
        return format!("Saves nothing by itself · {risk}");
    };
    let part = |part: &Option<Interval<Usd>>| usd_or_not_known(part.as_ref().map(|it| it.likely));
    format!(
        "Saves {} a month: DBU {} at billed rates, VM {} modelled · {risk}",
        savings_with_likely(&savings.total),
        part(&savings.dbu),
        part(&savings.vm)
    )
}

/// How many were examined when there is nothing to recommend.
#[must_use]
pub fn examined(report: &Report) -> String {
    let it = &report.headline;
    let fine = count(it.judged.into(), "resource");
    let rest = match it.not_judged {
        0 => "none was left out".into(),
        more => format!("{} could not be judged; the reasons are below", grouped(more.into())),
    };
    format!("{fine} examined and found fine; {rest}.")
}

/// `likely $3,720 = 14 %`.
#[must_use]
pub fn likely_share(headline: &Headline, savings: &Interval<Usd>) -> String {
    let likely = format!("likely {}", usd(savings.likely));
    let share = savings.likely / headline.spent_per_month;
    if share.is_finite() { format!("{likely} = {}", percent(share)) } else { likely }
}

/// How the spent amount is known.
#[must_use]
pub fn basis(report: &Report) -> String {
    if is_spent_unknown(report) {
        return "Neither the Databricks bill nor the use of machines is in the data.".into();
    }
    let billed = format!("{} is on the Databricks bill", report.costs.billed);
    let vm = match report.costs.vm {
        Some(it) => format!("{} is modelled for VMs", usd(it)),
        None => "the cost of VMs is not known".into(),
    };
    let prices = if report.costs.discounts.is_empty() {
        "at list prices".into()
    } else {
        format!("after discounts ({})", report.costs.discounts.join("; "))
    };
    format!("{billed}, {prices}; {vm}.")
}

/// How much was judged, and up to when the data goes.
#[must_use]
pub fn judged(report: &Report) -> String {
    let it = &report.headline;
    let verb = if it.judged == 1 { "was" } else { "were" };
    format!(
        "{} {verb} judged, {} could not be; {}. Data up to {}.",
        count(it.judged.into(), "resource"),
        grouped(it.not_judged.into()),
        count(report.gaps.len() as u64, "gap"),
        instant(report.data_until)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::Decimal;

    fn dollars(low: f64, likely: f64, high: f64) -> Interval<Usd> {
        Interval { low, likely, high }.map(Usd)
    }

    #[test]
    fn savings_are_an_interval_with_an_en_dash() {
        assert_eq!(savings_interval(&dollars(340.0, 372.0, 410.0)), "$340–$410");
        assert_eq!(savings_with_likely(&dollars(340.0, 372.0, 410.0)), "$340–$410, likely $372");
    }

    #[test]
    fn an_amount_that_is_known_stands_alone() {
        assert_eq!(savings_with_likely(&dollars(5.0, 5.0, 5.0)), "$5.00");
    }

    #[test]
    fn a_loss_is_not_hidden_behind_the_dash() {
        assert_eq!(savings_interval(&dollars(-20.0, 5.0, 40.0)), "-$20.00 to $40.00");
    }

    #[test]
    fn what_is_not_a_number_is_not_known() {
        assert_eq!(savings_interval(&dollars(1.0, f64::NAN, 2.0)), NOT_KNOWN);
        assert_eq!(usd(Usd(f64::INFINITY)), NOT_KNOWN);
        assert_eq!(percent(f64::NAN), NOT_KNOWN);
        assert_eq!(measure(f64::NAN, "$"), NOT_KNOWN);
    }

    #[test]
    fn run_times_share_their_unit() {
        let minutes = |low, likely, high| minutes_interval(&Interval { low, likely, high }.map(Minutes));
        assert_eq!(minutes(43.0, 45.0, 47.0), "43–47 min");
        assert_eq!(minutes(80.0, 90.0, 134.0), "80 min–2 h 14 min");
    }

    #[test]
    fn exact_money_keeps_every_digit_and_two_decimals_at_least() {
        let shown = [Decimal::new(12_345_600, 6), Decimal::new(5, 0), Decimal::ZERO, Decimal::new(-1_500, 3)]
            .map(|it| exact(Money(it)));
        assert_eq!(shown, ["12.3456", "5.00", "0.00", "-1.50"]);
    }

    #[test]
    fn numbers_on_axes_have_few_digits() {
        let shown = [0.0, 0.004, 0.25, 3.0, 12.34, 1234.5, -2.5].map(number);
        assert_eq!(shown, ["0", "0.004", "0.25", "3", "12.3", "1,235", "-2.5"]);
    }

    #[test]
    fn shares_have_no_decimals_from_ten_percent_on() {
        assert_eq!([0.0, 0.021, 0.139].map(percent), ["0 %", "2.1 %", "14 %"]);
        assert_eq!([0.021, -0.139].map(signed_percent), ["+2.1 %", "−14 %"]);
    }
}
