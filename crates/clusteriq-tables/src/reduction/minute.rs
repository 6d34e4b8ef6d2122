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
    pub(super) millicores: i64,
    pub(super) mib: i64,
    /// `mib` once more, to multiply with.
    pub(super) mib_f64: f64,
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
const NO_WORKERS: u16 = 1 << 8;
const NO_DRIVERS: u16 = 1 << 9;

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
        self.worker_mib += node.mib;
        self.unknown |= node.unknown;
        // Nearly always everything is known: one branch for all of it.
        if it.is_known() {
            self.worker_cpu(node, it.user + it.system);
            self.worker_wait(node, it.wait);
            self.worker_mem(node, it.mem);
            self.most_swap = self.most_swap.max(thousandths(it.swap));
        } else {
            self.add_partly_known_worker(node, it);
        }
    }

    #[cold]
    fn add_partly_known_worker(&mut self, node: &NodeType, it: Measured) {
        if is_known(it.user) && is_known(it.system) {
            self.worker_cpu(node, it.user + it.system);
        } else {
            self.unknown |= CPU;
        }
        if is_known(it.wait) {
            self.worker_wait(node, it.wait);
        } else {
            self.unknown |= WAIT;
        }
        if is_known(it.mem) {
            self.worker_mem(node, it.mem);
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
    fn worker_cpu(&mut self, node: &NodeType, cpu: f64) {
        self.used_millicores += round(cpu * node.cores * 10.0);
        self.busiest_cpu = self.busiest_cpu.max(thousandths(cpu));
    }

    #[inline]
    fn worker_wait(&mut self, node: &NodeType, wait: f64) {
        self.wait_millicores += round(wait * node.cores * 10.0);
    }

    #[inline]
    fn worker_mem(&mut self, node: &NodeType, mem: f64) {
        self.used_mib += round(mem * node.mib_f64 / 100.0);
        self.fullest_mem = self.fullest_mem.max(thousandths(mem));
    }

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

    /// The columns of integers as they stand, known or not; see [`Self::unknown`].
    pub(super) fn integers(&self) -> [i64; INTEGERS.len()] {
        [
            i64::from(self.workers),
            i64::from(self.drivers),
            self.worker_millicores,
            self.worker_mib,
            self.used_millicores,
            self.wait_millicores,
            self.used_mib,
            i64::from(self.busiest_cpu),
            i64::from(self.fullest_mem),
            i64::from(self.most_swap),
            self.network,
            i64::from(self.driver_cpu),
            i64::from(self.driver_mem),
            i64::from(self.driver_wait),
        ]
    }

    /// What makes columns unknown: the bits of [`INTEGERS`].
    pub(super) fn unknown(&self) -> u16 {
        let workers = if self.workers == 0 { NO_WORKERS } else { 0 };
        let drivers = if self.drivers == 0 { NO_DRIVERS } else { 0 };
        self.unknown | workers | drivers
    }
}

/// The integer columns in the order of the table, and what makes each unknown.
pub(super) const INTEGERS: [(&str, u16); 14] = [
    ("workers", 0),
    ("drivers", 0),
    ("worker_millicores", UNSIZED),
    ("worker_mib", UNSIZED),
    ("used_millicores", UNSIZED | CPU),
    ("wait_millicores", UNSIZED | WAIT),
    ("used_mib", UNSIZED | MEM),
    ("busiest_cpu", NO_WORKERS | CPU),
    ("fullest_mem", NO_WORKERS | MEM),
    ("most_swap", NO_WORKERS | SWAP),
    ("network_bytes", 0),
    ("driver_cpu", NO_DRIVERS | DRIVER_CPU),
    ("driver_mem", NO_DRIVERS | DRIVER_MEM),
    ("driver_wait", NO_DRIVERS | DRIVER_WAIT),
];

impl Measured {
    #[inline]
    fn is_known(&self) -> bool {
        let greatest = |a: u64, b: f64| a.max((b + 0.0).to_bits());
        [self.user, self.system, self.wait, self.mem, self.swap].into_iter().fold(0, greatest) <= GREATEST
    }
}

/// The bits of 1000 %. What is greater, negative, infinite or NaN has greater bits, as an integer.
const GREATEST: u64 = 1000.0_f64.to_bits();

/// Whether a percentage can be one. `+ 0.0` makes -0, whose bits are great, 0.
#[inline]
fn is_known(percent: f64) -> bool {
    (percent + 0.0).to_bits() <= GREATEST
}

/// The type whose name is greater; any is greater than none.
#[inline]
fn greater(a: TypeId, b: TypeId, names: &[Box<str>]) -> TypeId {
    if a == b || a == NO_TYPE {
        return b;
    }
    greater_of_two(a, b, names)
}

#[cold]
fn greater_of_two(a: TypeId, b: TypeId, names: &[Box<str>]) -> TypeId {
    if names[a as usize] >= names[b as usize] { a } else { b }
}

/// Half away from zero, as `f64::round`, for 0 to 2^51; without a call and without the checks of a cast.
#[inline]
fn round(it: f64) -> i64 {
    /// 2^52: from here on a double is an integer, the last bit of its mantissa a one.
    const ONES: f64 = 4_503_599_627_370_496.0;
    let shifted = it + ONES; // rounded, but a half to the even neighbour
    let was_half = it - (shifted - ONES) >= 0.5;
    (shifted.to_bits() - ONES.to_bits()).cast_signed() + i64::from(was_half)
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

    #[test]
    fn zero_to_a_thousand_percent_are_known() {
        for it in [0.0, -0.0, f64::MIN_POSITIVE, 100.0, 1000.0] {
            assert!(is_known(it), "{it}");
        }
        for it in [-f64::MIN_POSITIVE, 1000.0_f64.next_up(), f64::INFINITY, -f64::INFINITY, f64::NAN, -f64::NAN] {
            assert!(!is_known(it), "{it}");
        }
    }

    #[test]
    fn the_integer_columns_are_those_of_the_table() {
        use clusteriq_model::tables::{ClusterMinuteRow, Kind};
        let columns = ClusterMinuteRow::SPEC.columns.iter().filter(|it| it.kind == Kind::Int);
        let expected: Vec<_> = columns.map(|it| (it.name, it.optional)).collect();
        assert_eq!(INTEGERS.map(|(name, unknown)| (name, unknown != 0)).to_vec(), expected);
    }

    proptest::proptest! {
        #[test]
        fn rounding_is_that_of_the_standard_library(it in 0.0..2e15_f64, half in 0_u32..1_000_000) {
            #[allow(clippy::cast_possible_truncation)]
            let expected = |it: f64| it.round() as i64;
            let half = f64::from(half) / 2.0;
            for it in [it, it % 100.0, half, half.next_up(), half.next_down().max(0.0)] {
                proptest::prop_assert_eq!(round(it), expected(it), "{}", it);
            }
        }
    }
}
