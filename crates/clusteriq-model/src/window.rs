//! The span of time a figure covers.

use jiff::Timestamp;

use crate::Hours;

/// From an instant up to, but not including, another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Window {
    /// First instant covered.
    pub from: Timestamp,
    /// First instant not covered.
    pub until: Timestamp,
}

impl Window {
    /// Length of the window.
    #[must_use]
    pub fn hours(&self) -> Hours {
        Hours(self.until.duration_since(self.from).as_secs_f64() / 3600.0)
    }

    /// Length of the window in days of 24 hours.
    #[must_use]
    pub fn days(&self) -> f64 {
        self.hours().0 / 24.0
    }

    /// Whether the instant lies inside.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// The part that both cover, if any.
    #[must_use]
    pub fn overlap(&self, other: &Window) -> Option<Window> {
        let (from, until) = (self.from.max(other.from), self.until.min(other.until));
        (from < until).then_some(Window { from, until })
    }
}
