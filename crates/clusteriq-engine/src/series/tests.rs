//! What the series promise, on made-up series whose truth is known. Random values have a fixed seed.

use super::anomaly::{WATCH, anomalies};
use super::change::{WORTH, at_equal_size, changes};
use super::forecast::forecast;
use super::robust;
use super::stagger::{Job, in_order, peak, stagger};

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((it ^ (it >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.share().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }
}

/// Hours of a load that doubles at noon, with 5 % noise.
fn hours(days: usize, dice: &mut Dice) -> Vec<Option<f64>> {
    (0..24 * days)
        .map(|it| {
            let noon = (std::f64::consts::TAU * (it % 24) as f64 / 24.0).cos();
            Some((100.0 - 33.0 * noon) * (0.05 * dice.normal()).exp())
        })
        .collect()
}

#[test]
fn a_normal_value_is_within_two_deviations_nineteen_times_of_twenty() {
    assert!((robust::normal_tail(1.959964) - 0.025).abs() < 1e-7);
    assert!((robust::normal_quantile(0.975) - 1.959964).abs() < 1e-6);
}

#[test]
fn quantiles_of_student_are_those_of_the_tables() {
    // Tables: 97.5 % of 5 degrees is 2.571, 90 % of 3 degrees is 1.638.
    assert!((robust::student_quantile(0.975, 5.0) / 2.571 - 1.0).abs() < 0.01);
    assert!((robust::student_quantile(0.9, 3.0) / 1.638 - 1.0).abs() < 0.01);
    assert!((robust::student_tail(robust::student_quantile(0.9, 4.0), 4.0) - 0.1).abs() < 1e-6);
}

#[test]
fn an_outlier_does_not_move_median_and_spread() {
    let values = [10.0, 11.0, 9.0, 10.0, 1e9];
    assert_eq!(robust::median(&values), Some(10.0));
    assert_eq!(robust::spread(&values, 10.0), Some(1.4826));
    assert_eq!(robust::median(&[]), None);
}

#[test]
fn a_day_is_forecast_with_its_shape() {
    let history = hours(10, &mut Dice(1));
    let said = forecast(&history, 24, 24).expect("ten days are enough");
    // Midnight is 67, noon is 133; the noise is 5 %.
    assert!((said.likely[0] - 67.0).abs() < 4.0, "{}", said.likely[0]);
    assert!((said.likely[12] - 133.0).abs() < 8.0, "{}", said.likely[12]);
}

#[test]
fn a_week_is_forecast_with_its_weekend() {
    let mut dice = Dice(2);
    let history: Vec<Option<f64>> =
        (0..70).map(|it| Some(if it % 7 >= 5 { 20.0 } else { 100.0 } * (0.03 * dice.normal()).exp())).collect();
    let said = forecast(&history, 1, 14).expect("ten weeks are enough");
    for (day, likely) in said.likely.iter().enumerate() {
        let truth = if day % 7 >= 5 { 20.0 } else { 100.0 };
        assert!((likely / truth - 1.0).abs() < 0.1, "day {day}: {likely}");
    }
}

#[test]
fn bands_hold_about_as_often_as_they_say() {
    let mut dice = Dice(3);
    let (mut held, mut all) = (0, 0);
    for _ in 0..40 {
        let series = hours(15, &mut dice);
        let (history, coming) = series.split_at(24 * 14);
        let said = forecast(history, 24, 24).expect("two weeks are enough");
        for (step, it) in coming.iter().flatten().enumerate() {
            let band = said.band(step, 0.8).expect("within the forecast");
            held += usize::from(band.low <= *it && *it <= band.high);
            all += 1;
        }
    }
    let share = held as f64 / all as f64;
    assert!((0.75..0.90).contains(&share), "{share}");
}

#[test]
fn gaps_and_a_spike_hardly_change_a_forecast() {
    let history = hours(10, &mut Dice(4));
    let mut torn = history.clone();
    torn[100] = Some(10_000.0);
    torn[150..170].iter_mut().for_each(|it| *it = None);
    let (whole, torn) = (forecast(&history, 24, 24), forecast(&torn, 24, 24));
    let (whole, torn) = (whole.expect("ten days are enough"), torn.expect("ten days are enough"));
    for (a, b) in whole.likely.iter().zip(&torn.likely) {
        assert!((a / b - 1.0).abs() < 0.05, "{a} {b}");
    }
}

#[test]
fn a_series_that_is_mostly_zero_has_a_forecast() {
    let history: Vec<Option<f64>> = (0..240).map(|it| Some(if it % 24 == 3 { 50.0 } else { 0.0 })).collect();
    let said = forecast(&history, 24, 24).expect("ten days are enough");
    assert!(said.likely[4].abs() < 1.0 && said.likely[3] > 40.0, "{:?}", said.likely);
}

#[test]
fn a_breach_is_less_likely_the_larger_the_budget() {
    let mut dice = Dice(5);
    let history: Vec<Option<f64>> = (0..60).map(|_| Some(100.0 * (0.2 * dice.normal()).exp())).collect();
    let said = forecast(&history, 1, 30).expect("sixty days are enough");
    let chances: Vec<f64> = [0.0, 2000.0, 3000.0, 3100.0, 4000.0, 9000.0].map(|it| said.breach_probability(it)).into();
    assert!(chances.windows(2).all(|it| it[0] >= it[1]), "{chances:?}");
    assert!(chances[0] > 0.95 && chances[5] < 0.05, "{chances:?}");
    // The bounds of 80 % leave a tenth at each side.
    let band = said.sum(0.8);
    assert!((said.breach_probability(band.high) - 0.1).abs() < 1e-6);
    assert!((said.breach_probability(band.low) - 0.9).abs() < 1e-6);
}

#[test]
fn two_days_are_no_history() {
    assert_eq!(forecast(&hours(2, &mut Dice(6)), 24, 24), None);
    assert_eq!(forecast(&[None; 500], 24, 24), None);
    assert_eq!(forecast(&[], 1, 1), None);
}

#[test]
fn hours_that_triple_are_one_anomaly() {
    let mut series = hours(14, &mut Dice(7));
    series[240..248].iter_mut().flatten().for_each(|it| *it *= 3.0);
    let found = anomalies(&series, 24, &WATCH);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((240..244).contains(&found[0].step), "{found:?}");
    assert!(found[0].observed > found[0].expected);
}

#[test]
fn noise_has_less_than_one_anomaly_in_a_week() {
    let mut dice = Dice(8);
    let found: usize = (0..50).map(|_| anomalies(&hours(28, &mut dice), 24, &WATCH).len()).sum();
    // 50 series of 4 weeks.
    assert!(found <= 200 / 2, "{found}");
}

#[test]
fn what_comes_later_does_not_change_an_anomaly() {
    let mut series = hours(20, &mut Dice(9));
    series[300..310].iter_mut().flatten().for_each(|it| *it *= 4.0);
    let all = anomalies(&series, 24, &WATCH);
    for end in (0..series.len()).step_by(7) {
        let before: Vec<_> = all.iter().copied().filter(|it| it.step < end).collect();
        assert_eq!(anomalies(&series[..end], 24, &WATCH), before);
    }
}

#[test]
fn a_weekend_is_no_anomaly_after_four_weeks() {
    let mut dice = Dice(10);
    let costs: Vec<Option<f64>> =
        (0..84).map(|it| Some(if it % 7 >= 5 { 20.0 } else { 100.0 } * (0.05 * dice.normal()).exp())).collect();
    assert_eq!(anomalies(&costs, 1, &WATCH), []);
    let mut costs = costs;
    costs[60] = Some(400.0);
    assert_eq!(anomalies(&costs, 1, &WATCH).first().map(|it| it.step), Some(60));
}

#[test]
fn a_flat_series_and_a_gap_have_no_anomaly() {
    let mut series = vec![Some(5.0); 500];
    series[300..320].iter_mut().for_each(|it| *it = None);
    assert_eq!(anomalies(&series, 24, &WATCH), []);
    assert_eq!(anomalies(&[], 24, &WATCH), []);
    assert_eq!(anomalies(&[None; 500], 24, &WATCH), []);
}

/// How many of `times` series have the changes that `right` wants.
fn share(times: usize, mut draw: impl FnMut() -> Vec<f64>, right: impl Fn(&[super::change::Change]) -> bool) -> f64 {
    (0..times).filter(|_| right(&changes(&draw(), &WORTH).1)).count() as f64 / times as f64
}

#[test]
fn noise_is_a_change_once_in_a_hundred_at_most() {
    let mut dice = Dice(11);
    for (runs, noise) in [(12, 0.3), (30, 0.08), (30, 0.4), (100, 0.4)] {
        let wrong = share(1000, || (0..runs).map(|_| (noise * dice.normal()).exp()).collect(), |it| !it.is_empty());
        assert!(wrong <= 0.01, "{runs} runs, noise {noise}: {wrong}");
    }
}

#[test]
fn twenty_percent_more_is_found_with_fifteen_runs_at_each_side() {
    let mut dice = Dice(12);
    let mut draw = || (0..30).map(|it| (0.08 * dice.normal()).exp() * if it < 15 { 1.0 } else { 1.2 }).collect();
    let found = share(1000, &mut draw, |it| it.len() == 1 && it[0].at.abs_diff(15) <= 3);
    assert!(found >= 0.95, "{found}");
    let held = share(1000, &mut draw, |it| it.iter().any(|it| it.low <= 1.2 && 1.2 <= it.high));
    assert!(held >= 0.90, "{held}");
}

#[test]
fn outliers_hide_no_change_and_make_none() {
    let mut dice = Dice(13);
    let mut values: Vec<f64> =
        (0..40).map(|it| (0.05 * dice.normal()).exp() * if it < 20 { 1.0 } else { 1.5 }).collect();
    values[7] = 50.0;
    values[30] = 0.01;
    let (segments, found) = changes(&values, &WORTH);
    assert_eq!(found.iter().map(|it| it.at).collect::<Vec<_>>(), [20]);
    assert_eq!(segments.iter().map(|it| (it.from, it.to)).collect::<Vec<_>>(), [(0, 20), (20, 40)]);
    assert!((segments[1].median / segments[0].median - 1.5).abs() < 0.1);
}

#[test]
fn a_change_below_a_tenth_is_not_worth_a_word() {
    let mut dice = Dice(14);
    let values: Vec<f64> = (0..100).map(|it| (0.01 * dice.normal()).exp() * if it < 50 { 1.0 } else { 1.07 }).collect();
    assert_eq!(changes(&values, &WORTH).1, []);
}

#[test]
fn up_and_down_again_are_two_changes() {
    let mut dice = Dice(15);
    let level = |it: usize| if (20..40).contains(&it) { 1.6 } else { 1.0 };
    let values: Vec<f64> = (0..60).map(|it| level(it) * (0.08 * dice.normal()).exp()).collect();
    let at: Vec<usize> = changes(&values, &WORTH).1.iter().map(|it| it.at).collect();
    assert_eq!(at, [20, 40]);
}

#[test]
fn runs_without_a_value_keep_their_place() {
    let mut values = vec![1.0; 15];
    values.extend([2.0; 15]);
    values[3] = f64::NAN;
    values[20] = 0.0;
    let (segments, found) = changes(&values, &WORTH);
    assert_eq!((found[0].at, segments[0].to, segments[1].to), (15, 15, 30));
    assert_eq!(changes(&[], &WORTH), (vec![], vec![]));
}

#[test]
fn an_input_that_grows_is_no_change() {
    let mut dice = Dice(16);
    let sizes: Vec<f64> = (0..40).map(|it| if it < 20 { 10.0 } else { 20.0 } * (0.3 * dice.normal()).exp()).collect();
    let runs: Vec<f64> = sizes.iter().map(|it| it * (0.05 * dice.normal()).exp()).collect();
    assert!(!changes(&runs, &WORTH).1.is_empty());
    let (equal, exponent) = at_equal_size(&runs, &sizes);
    assert!((exponent - 1.0).abs() < 0.1, "{exponent}");
    assert_eq!(changes(&equal, &WORTH).1, []);
}

fn nightly(jobs: usize, minutes: usize) -> Vec<Job> {
    vec![Job { starts: vec![0], runs: vec![minutes], weight: 1, earlier: 60, later: 60 }; jobs]
}

#[test]
fn jobs_of_midnight_no_longer_meet() {
    // Four jobs of half an hour fit one after the other into two hours and a half.
    let jobs = nightly(4, 30);
    let moved = stagger(&jobs, 1440, 5);
    assert_eq!((moved.before, moved.after), (4.0, 1.0));
    assert!(moved.shifts.iter().all(|it| it.abs() <= 60));
    assert_eq!(peak(&jobs, &moved.shifts, 1440), 1.0);
}

#[test]
fn moves_in_order_lead_to_the_same_peak() {
    let jobs = nightly(8, 20);
    let moved = stagger(&jobs, 1440, 5);
    let steps = in_order(&jobs, &moved, 1440);
    assert_eq!(steps.last().map(|it| it.peak), Some(moved.after));
    assert!(steps.windows(2).all(|it| it[1].peak <= it[0].peak), "{steps:?}");
    assert!(steps.len() < 8 && steps.iter().all(|it| it.shift == moved.shifts[it.job]));
}

#[test]
fn jobs_that_cannot_part_stay() {
    let moved = stagger(&nightly(3, 600), 1440, 5);
    assert_eq!((moved.before, moved.after), (3.0, 3.0));
    assert_eq!(moved.shifts, [0, 0, 0]);
    assert_eq!(stagger(&[], 1440, 5).after, 0.0);
}

#[test]
fn a_job_that_must_not_start_earlier_does_not() {
    let jobs: Vec<Job> = nightly(6, 30).into_iter().map(|it| Job { earlier: 0, ..it }).collect();
    let moved = stagger(&jobs, 1440, 5);
    // Six half hours in an hour and a half: two at once.
    assert_eq!(moved.after, 2.0);
    assert!(moved.shifts.iter().all(|it| (0..=60).contains(it)));
}

#[test]
fn shifts_are_the_same_each_time_and_never_raise_the_peak() {
    let mut dice = Dice(18);
    for _ in 0..20 {
        let jobs: Vec<Job> = (0..30)
            .map(|_| Job {
                starts: vec![60 * (6.0 * dice.share()) as usize],
                runs: (0..3).map(|_| 1 + (90.0 * dice.share()) as usize).collect(),
                weight: 1 + (3.0 * dice.share()) as u64,
                earlier: 60,
                later: 60,
            })
            .collect();
        let moved = stagger(&jobs, 1440, 5);
        assert_eq!(moved, stagger(&jobs, 1440, 5));
        assert!(moved.after <= moved.before);
        assert!(moved.after >= super::stagger::floor(&jobs, 1440));
    }
}
