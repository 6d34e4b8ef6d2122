//! What the work of a job and its cluster are like: the cases that are dealt, and what each is called.

use crate::world::recipes::Life;

/// What a job's work is like on its cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// As it should be.
    Sound,
    /// D01.
    Wide,
    /// D02.
    Light,
    /// D03.
    NeverScales,
    /// D19.
    MinTooHigh,
    /// D20: many workers that were once asked for and have little to do.
    PinnedIdle,
    /// D20: all workers busy all the time.
    PinnedBusy,
    /// D22.
    Full,
    MemoryBound,
    Bursty,
    DriverBound,
    ThinHistory,
    Streaming,
    StreamingOnDemand,
    Growing,
    MonthEnd,
    PhotonPays,
    LongCritical,
    /// Autoscaling that works.
    Scales,
    Deleted,
}

impl Case {
    /// So that it stays affordable.
    pub(super) fn most_cores(self) -> u32 {
        match self {
            Self::LongCritical | Self::Streaming | Self::StreamingOnDemand => 4,
            Self::Light => 8,
            Self::Sound
            | Self::Wide
            | Self::NeverScales
            | Self::MinTooHigh
            | Self::PinnedIdle
            | Self::PinnedBusy
            | Self::Full
            | Self::MemoryBound
            | Self::Bursty
            | Self::DriverBound
            | Self::ThinHistory
            | Self::Growing
            | Self::MonthEnd
            | Self::PhotonPays
            | Self::Scales
            | Self::Deleted => 16,
        }
    }

    /// The decoy that it is, where the shape of its work does not say it.
    pub(super) fn looks_like(self) -> Option<&'static str> {
        match self {
            Self::ThinHistory => Some("decoy:thin-history"),
            Self::Deleted => Some("decoy:deleted"),
            Self::Streaming => Some("decoy:streaming"),
            Self::StreamingOnDemand => Some("decoy:on-demand-streaming"),
            Self::PhotonPays => Some("decoy:photon-pays"),
            Self::LongCritical => Some("decoy:on-demand-critical"),
            Self::Sound
            | Self::Wide
            | Self::Light
            | Self::NeverScales
            | Self::MinTooHigh
            | Self::PinnedIdle
            | Self::PinnedBusy
            | Self::Full
            | Self::MemoryBound
            | Self::Bursty
            | Self::DriverBound
            | Self::Growing
            | Self::MonthEnd
            | Self::Scales => None,
        }
    }

    pub(super) fn life(self) -> Life {
        match self {
            Self::ThinHistory => Life::LastTwelveDays,
            Self::Deleted => Life::FirstNineDays,
            Self::Sound
            | Self::Wide
            | Self::Light
            | Self::NeverScales
            | Self::MinTooHigh
            | Self::PinnedIdle
            | Self::PinnedBusy
            | Self::Full
            | Self::MemoryBound
            | Self::Bursty
            | Self::DriverBound
            | Self::Streaming
            | Self::StreamingOnDemand
            | Self::Growing
            | Self::MonthEnd
            | Self::PhotonPays
            | Self::LongCritical
            | Self::Scales => Life::Always,
        }
    }
}
