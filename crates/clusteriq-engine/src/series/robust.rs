//! Order statistics and the few distributions that the series need: small, exact where it matters, no state.

/// Sorted copy without what is not a number.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|it| it.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The quantile `share` (0 to 1) of values that are sorted already, linear between neighbours (Hyndman and Fan 1996,
/// type 7, as in R and NumPy). `None` if there are none.
pub fn quantile_of_sorted(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = place.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64))
}

/// The quantile `share` (0 to 1) of values in any order. `None` if there are none.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    quantile_of_sorted(&sorted(values), share)
}

/// The middle value. `None` if there are none.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The spread around `centre`: median absolute deviation × 1.4826, which is the standard deviation if the values are
/// normal (Hampel 1974). `None` if there are no values.
pub fn spread(values: &[f64], centre: f64) -> Option<f64> {
    let away: Vec<f64> = values.iter().map(|it| (it - centre).abs()).collect();
    Some(1.4826 * median(&away)?)
}

/// The probability that a standard normal value is above `z`. Relative error below 1.2e-7 also far out
/// (Numerical Recipes, 2nd edition, section 6.2, `erfcc`).
pub fn normal_tail(z: f64) -> f64 {
    const TERMS: [f64; 10] = [
        -1.26551223,
        1.00002368,
        0.37409196,
        0.09678418,
        -0.18628806,
        0.27886807,
        -1.13520398,
        1.48851587,
        -0.82215223,
        0.17087277,
    ];
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.5 * x);
    let polynomial = TERMS.iter().rev().fold(0.0, |sum, term| sum * t + term);
    let both = t * (-x * x + polynomial).exp();
    if z >= 0.0 { 0.5 * both } else { 1.0 - 0.5 * both }
}

/// The value that a standard normal one stays below with probability `share`; by bisection, to 1e-12.
pub fn normal_quantile(share: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        if 1.0 - normal_tail(middle) < share { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The value that a Student one of `freedom` degrees stays below with probability `share`. Wallace's approximation
/// (Annals of Mathematical Statistics 30, 1959), within 1 % from 3 degrees on.
pub fn student_quantile(share: f64, freedom: f64) -> f64 {
    let z = normal_quantile(share);
    let stretched = z * (8.0 * freedom + 3.0) / (8.0 * freedom + 1.0);
    z.signum() * (freedom * ((stretched * stretched / freedom).exp() - 1.0)).sqrt()
}

/// The probability that a Student value of `freedom` degrees is above `t`; the inverse of [`student_quantile`].
pub fn student_tail(t: f64, freedom: f64) -> f64 {
    let z = (freedom * (1.0 + t * t / freedom).ln()).sqrt() * (8.0 * freedom + 1.0) / (8.0 * freedom + 3.0);
    normal_tail(t.signum() * z)
}
