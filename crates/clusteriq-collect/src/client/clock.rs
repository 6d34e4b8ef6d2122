//! Time and chance, so that tests wait for neither.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A wait.
pub(crate) type Wait<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What waiting and expiry are measured with.
pub(crate) trait Clock: fmt::Debug + Send + Sync {
    /// Time since some start; never goes back.
    fn now(&self) -> Duration;
    /// The time of day, for expiries that come as such.
    fn wall(&self) -> Timestamp;
    /// Waits.
    fn sleep(&self, time: Duration) -> Wait<'_>;
    /// At least 0 and below 1: spreads the retries of many clients.
    fn jitter(&self) -> f64;
}

/// The machine's own.
#[derive(Debug)]
pub(crate) struct SystemClock {
    start: Instant,
}

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep(&self, time: Duration) -> Wait<'_> {
        Box::pin(tokio::time::sleep(time))
    }

    fn jitter(&self) -> f64 {
        fastrand::f64()
    }
}
