//! Amounts as the API has them: what was billed and what was modelled, apart.

use clusteriq_model::{Basis, CostEntry};
use clusteriq_output::data::finite;
use schemars::JsonSchema;
use serde::Serialize;

/// What was spent: DBUs as billed, VMs as modelled. US dollars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Spend {
    /// Both together; what is not known counts as nothing here and is null beside it.
    pub(crate) total_usd: f64,
    /// On the Databricks bill, at the prices valid then.
    pub(crate) dbu_usd: f64,
    /// Of machines in the company's own cloud account; null: not known. 0 where there are none.
    pub(crate) vm_usd: Option<f64>,
    /// How `vm_usd` is known: `modelled` or `assumed`.
    pub(crate) vm_basis: Option<&'static str>,
}

impl Spend {
    pub(crate) fn new(dbu_usd: f64, vm: Option<f64>, basis: Basis) -> Self {
        let vm_usd = vm.and_then(finite);
        Self {
            total_usd: dbu_usd + vm_usd.unwrap_or_default(),
            dbu_usd,
            vm_usd,
            vm_basis: vm_usd.map(|_| basis.word()),
        }
    }

    /// Of an entry: for a job its share of shared clusters is part of it.
    pub(crate) fn of(it: &CostEntry) -> Self {
        let shared =
            if matches!(it.target, clusteriq_model::Target::Job(_)) { it.attributed } else { Default::default() };
        let dbu = (it.billed + shared).estimate().0;
        Self::new(dbu, it.vm.map(|it| it.0), it.vm_basis)
    }
}

/// An amount against the one before.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Compared {
    /// US dollars now.
    pub(crate) now_usd: f64,
    /// US dollars in as many days before.
    pub(crate) before_usd: f64,
    /// `now ÷ before − 1`; null: nothing before.
    pub(crate) change: Option<f64>,
}

impl Compared {
    pub(crate) fn new(now: f64, before: f64) -> Self {
        let change = (before > 0.0).then(|| now / before - 1.0).and_then(finite);
        Self { now_usd: now, before_usd: before, change }
    }
}

/// A part of a whole, if there is a whole.
pub(crate) fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole).and_then(finite)
}
