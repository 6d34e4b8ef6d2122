//! One minute of a cluster's nodes, compactly.

use crate::{Cores, Fraction, Gib};

/// One minute of a cluster. Unknown values are a reserved number inside and `None` outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// Minutes since 1970, UTC.
    pub at: i64,
    /// Workers that reported.
    pub workers: u16,
    /// Drivers that reported.
    pub drivers: u16,
    /// Index into the cluster's list of node types; `u16::MAX`: not known.
    pub worker_type: u16,
    /// The same for the driver.
    pub driver_type: u16,
    worker_millicores: u32,
    worker_mib: u32,
    used_millicores: u32,
    wait_millicores: u32,
    used_mib: u32,
    busiest_cpu: u32,
    fullest_mem: u32,
    most_swap: u32,
    driver_cpu: u32,
    driver_mem: u32,
    /// Bytes sent and received.
    pub network_bytes: u64,
}

const UNKNOWN: u32 = u32::MAX;

/// How many numbers a minute has.
pub(crate) const NUMBERS: usize = 16;

fn packed(it: Option<i64>) -> u32 {
    it.and_then(|it| u32::try_from(it).ok()).unwrap_or(UNKNOWN)
}

fn unpacked(it: u32) -> Option<f64> {
    (it != UNKNOWN).then_some(f64::from(it))
}

impl Minute {
    /// From a stored row; node types are indices that the caller keeps.
    #[must_use]
    pub fn new(row: &crate::tables::ClusterMinuteRow, worker_type: u16, driver_type: u16) -> Self {
        Self {
            at: row.minute.as_second().div_euclid(60),
            workers: u16::try_from(row.workers).unwrap_or(u16::MAX),
            drivers: u16::try_from(row.drivers).unwrap_or(u16::MAX),
            worker_type,
            driver_type,
            worker_millicores: packed(row.worker_millicores),
            worker_mib: packed(row.worker_mib),
            used_millicores: packed(row.used_millicores),
            wait_millicores: packed(row.wait_millicores),
            used_mib: packed(row.used_mib),
            busiest_cpu: packed(row.busiest_cpu),
            fullest_mem: packed(row.fullest_mem),
            most_swap: packed(row.most_swap),
            driver_cpu: packed(row.driver_cpu),
            driver_mem: packed(row.driver_mem),
            network_bytes: u64::try_from(row.network_bytes).unwrap_or(0),
        }
    }

    /// Its numbers, for packing.
    pub(crate) fn numbers(&self) -> [u64; NUMBERS] {
        [
            self.at.cast_unsigned(),
            self.workers.into(),
            self.drivers.into(),
            self.worker_type.into(),
            self.driver_type.into(),
            self.worker_millicores.into(),
            self.worker_mib.into(),
            self.used_millicores.into(),
            self.wait_millicores.into(),
            self.used_mib.into(),
            self.busiest_cpu.into(),
            self.fullest_mem.into(),
            self.most_swap.into(),
            self.driver_cpu.into(),
            self.driver_mem.into(),
            self.network_bytes,
        ]
    }

    /// From [`Minute::numbers`]; each is as wide as its field.
    pub(crate) fn from_numbers(it: &[u64; NUMBERS]) -> Self {
        Self {
            at: it[0].cast_signed(),
            workers: it[1] as u16,
            drivers: it[2] as u16,
            worker_type: it[3] as u16,
            driver_type: it[4] as u16,
            worker_millicores: it[5] as u32,
            worker_mib: it[6] as u32,
            used_millicores: it[7] as u32,
            wait_millicores: it[8] as u32,
            used_mib: it[9] as u32,
            busiest_cpu: it[10] as u32,
            fullest_mem: it[11] as u32,
            most_swap: it[12] as u32,
            driver_cpu: it[13] as u32,
            driver_mem: it[14] as u32,
            network_bytes: it[15],
        }
    }

    /// Cores of all workers.
    #[must_use]
    pub fn capacity(&self) -> Option<Cores> {
        unpacked(self.worker_millicores).map(|it| Cores(it / 1000.0))
    }

    /// Cores used by the workers.
    #[must_use]
    pub fn used(&self) -> Option<Cores> {
        unpacked(self.used_millicores).map(|it| Cores(it / 1000.0))
    }

    /// Cores of the workers that wait for IO.
    #[must_use]
    pub fn waiting(&self) -> Option<Cores> {
        unpacked(self.wait_millicores).map(|it| Cores(it / 1000.0))
    }

    /// Memory of all workers.
    #[must_use]
    pub fn memory(&self) -> Option<Gib> {
        unpacked(self.worker_mib).map(|it| Gib(it / 1024.0))
    }

    /// Memory used by the workers, the operating system's part included.
    #[must_use]
    pub fn memory_used(&self) -> Option<Gib> {
        unpacked(self.used_mib).map(|it| Gib(it / 1024.0))
    }

    /// CPU of the busiest worker.
    #[must_use]
    pub fn busiest(&self) -> Option<Fraction> {
        unpacked(self.busiest_cpu).map(|it| Fraction(it / 100_000.0))
    }

    /// Memory of the fullest worker.
    #[must_use]
    pub fn fullest(&self) -> Option<Fraction> {
        unpacked(self.fullest_mem).map(|it| Fraction(it / 100_000.0))
    }

    /// Swap of the worker that swaps most.
    #[must_use]
    pub fn swap(&self) -> Option<Fraction> {
        unpacked(self.most_swap).map(|it| Fraction(it / 100_000.0))
    }

    /// CPU of the driver.
    #[must_use]
    pub fn driver(&self) -> Option<Fraction> {
        unpacked(self.driver_cpu).map(|it| Fraction(it / 100_000.0))
    }

    /// Memory of the driver.
    #[must_use]
    pub fn driver_memory(&self) -> Option<Fraction> {
        unpacked(self.driver_mem).map(|it| Fraction(it / 100_000.0))
    }

    /// Share of the workers' cores in use; `None` without workers or sizes.
    #[must_use]
    pub fn utilisation(&self) -> Option<Fraction> {
        let (used, capacity) = (self.used()?, self.capacity()?);
        (capacity.0 > 0.0).then(|| Fraction(used / capacity))
    }

    /// CPU of the cluster as a person sees it: the workers', or on a single node the driver's.
    #[must_use]
    pub fn cpu(&self) -> Option<Fraction> {
        if self.workers == 0 { self.driver() } else { self.utilisation() }
    }
}
