//! One cluster-minute while its nodes are added.

/// Index of a node type among those that the reducer has seen.
pub(super) type TypeId = u32;

/// The node type of nodes that have none.
pub(super) const NO_TYPE: TypeId = 0;

/// A node type, ready to multiply with.
#[derive(Clone, Copy)]
pub(super) struct NodeType {
    pub(super) id: TypeId,
    pub(super) cores: f64,
    pub(super) mib: f64,
    pub(super) millicores: i64,
    /// [`UNSIZED`] if the amounts are not known (then they are 0), else nothing.
    pub(super) unknown: u16,
}

/// A node's measurements in a minute; NaN and what cannot be are unknown.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    pub(super) user: f64,
    pub(super) system: f64,
    pub(super) wait: f64,
    pub(super) mem: f64,
    pub(super) swap: f64,
}

/// What is unknown of at least one node, as bits of [`Minute::unknown`].
pub(super) const UNSIZED: u16 = 1;
const CPU: u16 = 1 << 1;
const WAIT: u16 = 1 << 2;
const MEM: u16 = 1 << 3;
const SWAP: u16 = 1 << 4;
const DRIVER_CPU: u16 = 1 << 5;
const DRIVER_MEM: u16 = 1 << 6;
const DRIVER_WAIT: u16 = 1 << 7;

/// Sums and maxima over the nodes so far; 0 before the first.
#[derive(Clone, Copy, Default)]
pub(super) struct Minute {
    worker_millicores: i64,
    worker_mib: i64,
    used_millicores: i64,
    wait_millicores: i64,
    used_mib: i64,
    pub(super) network: i64,
    busiest_cpu: i32,
    fullest_mem: i32,
    most_swap: i32,
    driver_cpu: i32,
    driver_mem: i32,
    driver_wait: i32,
    pub(super) workers: u32,
    pub(super) worker_type: TypeId,
    pub(super) driver_type: TypeId,
    pub(super) drivers: u16,
    unknown: u16,
}

impl Minute {
    #[inline]
    pub(super) fn add_worker(&mut self, node: &NodeType, it: Measured, names: &[Box<str>]) {
        self.workers += 1;
        self.worker_type = greater(self.worker_type, node.id, names);
        self.worker_millicores += node.millicores;
        #[allow(clippy::cast_possible_truncation, reason = "it was an integer")]
        {
            self.worker_mib += node.mib as i64;
        }
        self.unknown |= node.unknown;
        if is_known(it.user) && is_known(it.system) {
            let cpu = it.user + it.system;
            self.used_millicores += round(cpu * node.cores * 10.0);
            self.busiest_cpu = self.busiest_cpu.max(thousandths(cpu));
        } else {
            self.unknown |= CPU;
        }
        if is_known(it.wait) {
            self.wait_millicores += round(it.wait * node.cores * 10.0);
        } else {
            self.unknown |= WAIT;
        }
        if is_known(it.mem) {
            self.used_mib += round(it.mem * node.mib / 100.0);
            self.fullest_mem = self.fullest_mem.max(thousandths(it.mem));
        } else {
            self.unknown |= MEM;
        }
        if is_known(it.swap) {
            self.most_swap = self.most_swap.max(thousandths(it.swap));
        } else {
            self.unknown |= SWAP;
        }
    }

    #[inline]
    pub(super) fn add_driver(&mut self, node: &NodeType, it: Measured, names: &[Box<str>]) {
        self.drivers = self.drivers.saturating_add(1);
        self.driver_type = greater(self.driver_type, node.id, names);
        if is_known(it.user) && is_known(it.system) {
            self.driver_cpu = self.driver_cpu.max(thousandths(it.user + it.system));
        } else {
            self.unknown |= DRIVER_CPU;
        }
        if is_known(it.mem) {
            self.driver_mem = self.driver_mem.max(thousandths(it.mem));
        } else {
            self.unknown |= DRIVER_MEM;
        }
        if is_known(it.wait) {
            self.driver_wait = self.driver_wait.max(thousandths(it.wait));
        } else {
            self.unknown |= DRIVER_WAIT;
        }
    }

    /// Whether no node reported.
    pub(super) fn is_empty(&self) -> bool {
        self.workers == 0 && self.drivers == 0
    }

    pub(super) fn worker_millicores(&self) -> Option<i64> {
        self.unless(UNSIZED, self.worker_millicores)
    }

    pub(super) fn worker_mib(&self) -> Option<i64> {
        self.unless(UNSIZED, self.worker_mib)
    }

    pub(super) fn used_millicores(&self) -> Option<i64> {
        self.unless(UNSIZED | CPU, self.used_millicores)
    }

    pub(super) fn wait_millicores(&self) -> Option<i64> {
        self.unless(UNSIZED | WAIT, self.wait_millicores)
    }

    pub(super) fn used_mib(&self) -> Option<i64> {
        self.unless(UNSIZED | MEM, self.used_mib)
    }

    pub(super) fn busiest_cpu(&self) -> Option<i64> {
        self.of_workers(CPU, self.busiest_cpu)
    }

    pub(super) fn fullest_mem(&self) -> Option<i64> {
        self.of_workers(MEM, self.fullest_mem)
    }

    pub(super) fn most_swap(&self) -> Option<i64> {
        self.of_workers(SWAP, self.most_swap)
    }

    pub(super) fn driver_cpu(&self) -> Option<i64> {
        self.of_drivers(DRIVER_CPU, self.driver_cpu)
    }

    pub(super) fn driver_mem(&self) -> Option<i64> {
        self.of_drivers(DRIVER_MEM, self.driver_mem)
    }

    pub(super) fn driver_wait(&self) -> Option<i64> {
        self.of_drivers(DRIVER_WAIT, self.driver_wait)
    }

    fn unless(&self, unknown: u16, it: i64) -> Option<i64> {
        (self.unknown & unknown == 0).then_some(it)
    }

    fn of_workers(&self, unknown: u16, it: i32) -> Option<i64> {
        (self.workers > 0 && self.unknown & unknown == 0).then_some(i64::from(it))
    }

    fn of_drivers(&self, unknown: u16, it: i32) -> Option<i64> {
        (self.drivers > 0 && self.unknown & unknown == 0).then_some(i64::from(it))
    }
}

/// The type whose name is greater; `NO_TYPE` has the empty name.
#[inline]
fn greater(a: TypeId, b: TypeId, names: &[Box<str>]) -> TypeId {
    if a == b || names[a as usize] >= names[b as usize] {
        a
    } else {
        b
    }
}

#[inline]
fn is_known(percent: f64) -> bool {
    (0.0..=1000.0).contains(&percent)
}

/// Half away from zero, as `f64::round`, for what is not negative; without the call that `round` costs.
#[inline]
#[allow(
    clippy::cast_possible_truncation,
    reason = "the integer part is what is wanted"
)]
#[allow(
    clippy::cast_precision_loss,
    reason = "exact below 2^53; above, a double has no fraction"
)]
fn round(it: f64) -> i64 {
    let whole = it as i64;
    whole + i64::from(it - whole as f64 >= 0.5)
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "at most two million")]
fn thousandths(percent: f64) -> i32 {
    round(percent * 1000.0) as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_stays_small() {
        assert_eq!(size_of::<Minute>(), 88);
    }

    proptest::proptest! {
        #[test]
        fn rounding_is_that_of_the_standard_library(it in 0.0..1e16_f64, half in 0_u32..1_000_000) {
            #[allow(clippy::cast_possible_truncation)]
            let expected = |it: f64| it.round() as i64;
            for it in [it, it % 100.0, f64::from(half) / 2.0, (f64::from(half) / 2.0).next_down()] {
                proptest::prop_assert_eq!(round(it), expected(it), "{}", it);
            }
        }
    }
}
