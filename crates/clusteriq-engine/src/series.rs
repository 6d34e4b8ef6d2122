//! What a series of numbers over time says: forecasts, anomalies, changes of level, and starts that collide.
//!
//! Values are in whatever unit the caller measures (percent, USD, seconds): nothing here depends on it, and results
//! are in the same unit. A step is one regular interval of the series. What is not known is `None`.

pub mod anomaly;
pub mod change;
pub mod forecast;
pub mod robust;
pub mod stagger;
#[cfg(test)]
mod tests;
