//! A change as data, enough to make a patch from.

use clusteriq_model::{Action, Minutes, Purchase, Size};
use schemars::JsonSchema;
use serde::Serialize;

use super::value::minutes;

/// A number of workers: fixed, or a range for autoscaling. 0 workers is a single node.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Size")]
pub(super) enum SizeJson {
    /// Always the same.
    Fixed { workers: u32 },
    /// As load asks for.
    Autoscale { min_workers: u32, max_workers: u32 },
}

impl From<Size> for SizeJson {
    fn from(it: Size) -> Self {
        match it {
            Size::Fixed(workers) => Self::Fixed { workers },
            Size::Autoscale { min, max } => Self::Autoscale { min_workers: min, max_workers: max },
        }
    }
}

/// How nodes are bought.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "Purchase")]
pub(super) enum PurchaseJson {
    /// All on demand.
    OnDemand,
    /// Spot after the first nodes, the driver being the first.
    Spot { first_on_demand: u32 },
}

impl From<Purchase> for PurchaseJson {
    fn from(it: Purchase) -> Self {
        match it {
            Purchase::OnDemand => Self::OnDemand,
            Purchase::Spot { first_on_demand } => Self::Spot { first_on_demand },
        }
    }
}

/// A change. Durations are numbers of minutes; `from: null` is "never".
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schemars(rename = "Action")]
pub(super) enum ActionJson {
    /// Change the number of workers, or the autoscaling range.
    SetWorkers { from: SizeJson, to: SizeJson },
    /// Run on the driver alone.
    UseSingleNode { from: SizeJson, node_type: String },
    /// Change the workers' node type.
    /// The driver's type is given where it changes with them.
    SetNodeType { from: String, to: String, driver_type: Option<String> },
    /// Change the driver's node type.
    SetDriverType { from: String, to: String },
    /// Change how nodes are bought.
    SetPurchase { from: PurchaseJson, to: PurchaseJson },
    /// Switch Photon on.
    EnablePhoton,
    /// Switch Photon off.
    DisablePhoton,
    /// Run on a job cluster instead of all-purpose clusters.
    UseJobCluster { from_cluster_ids: Vec<String>, node_type: String, size: SizeJson },
    /// Run several jobs of one workspace on one shared job cluster.
    ShareJobCluster { job_ids: Vec<String>, node_type: String, size: SizeJson },
    /// Stop a cluster that nobody uses.
    StopCluster,
    /// Set `autotermination_minutes` of an all-purpose cluster.
    SetAutotermination { from: Option<f64>, to: Option<f64> },
    /// Set `auto_stop_mins` of a warehouse.
    SetAutoStop { from: Option<f64>, to: Option<f64> },
    /// Change the size of a warehouse.
    SetWarehouseSize { from: String, to: String },
    /// Set `min_idle_instances` of a pool.
    SetPoolIdle { from: u32, to: u32 },
    /// Let a continuous pipeline run by a trigger, so often.
    TriggerPipeline { every: Option<f64> },
    /// Take a pipeline out of development mode.
    LeaveDevelopment,
    /// Set `performance_target` of a serverless job to `STANDARD`.
    UseStandardPerformance,
    /// Keep a cluster down outside these hours (UTC), and on weekends.
    StopOffHours { from_hour: u8, until_hour: u8 },
    /// Bound how long a run may take.
    SetTimeout { from: Option<f64>, to: Option<f64> },
    /// Set `max_retries` of the job's tasks; -1 is without end, null not known.
    SetRetries { from: Option<i64>, to: i64 },
    /// Mend what makes runs fail.
    MendFailures { code: String },
    /// Add tags that others have.
    AddTags { keys: Vec<String> },
    /// Put a cluster under a policy: a definition in Databricks' JSON.
    ApplyPolicy { definition: String },
    /// Move to another Databricks runtime.
    UpgradeRuntime { from: String, to: String },
    /// Make something known that is not.
    CloseGap { how: String },
}

fn limit(it: Option<Minutes>) -> Option<f64> {
    it.and_then(minutes)
}

impl From<&Action> for ActionJson {
    fn from(it: &Action) -> Self {
        match it {
            Action::SetWorkers { from, to } => Self::SetWorkers { from: (*from).into(), to: (*to).into() },
            Action::UseSingleNode { from, node_type } => {
                Self::UseSingleNode { from: (*from).into(), node_type: node_type.clone() }
            }
            Action::SetNodeType { from, to, driver } => {
                Self::SetNodeType { from: from.clone(), to: to.clone(), driver_type: driver.clone() }
            }

            Action::SetDriverType { from, to } => Self::SetDriverType { from: from.clone(), to: to.clone() },
            Action::SetPurchase { from, to } => Self::SetPurchase { from: (*from).into(), to: (*to).into() },
            Action::EnablePhoton => Self::EnablePhoton,
            Action::DisablePhoton => Self::DisablePhoton,
            Action::UseJobCluster { from_clusters, node_type, size } => Self::UseJobCluster {
                from_cluster_ids: from_clusters.clone(),
                node_type: node_type.clone(),
                size: (*size).into(),
            },
            Action::ShareJobCluster { jobs, node_type, size } => Self::ShareJobCluster {
                job_ids: jobs.iter().map(|it| it.id.clone()).collect(),
                node_type: node_type.clone(),
                size: (*size).into(),
            },
            Action::StopCluster => Self::StopCluster,
            Action::SetAutotermination { from, to } => {
                Self::SetAutotermination { from: limit(*from), to: minutes(*to) }
            }
            Action::SetAutoStop { from, to } => Self::SetAutoStop { from: limit(*from), to: minutes(*to) },
            Action::SetWarehouseSize { from, to } => Self::SetWarehouseSize { from: from.clone(), to: to.clone() },
            Action::SetPoolIdle { from, to } => Self::SetPoolIdle { from: *from, to: *to },
            Action::TriggerPipeline { every } => Self::TriggerPipeline { every: minutes(*every) },
            Action::LeaveDevelopment => Self::LeaveDevelopment,
            Action::UseStandardPerformance => Self::UseStandardPerformance,
            Action::StopOffHours { from_hour, until_hour } => {
                Self::StopOffHours { from_hour: *from_hour, until_hour: *until_hour }
            }
            Action::SetTimeout { from, to } => Self::SetTimeout { from: limit(*from), to: minutes(*to) },
            Action::SetRetries { from, to } => Self::SetRetries { from: *from, to: *to },
            Action::MendFailures { code } => Self::MendFailures { code: code.clone() },
            Action::AddTags { keys } => Self::AddTags { keys: keys.clone() },
            Action::ApplyPolicy { definition } => Self::ApplyPolicy { definition: definition.clone() },
            Action::UpgradeRuntime { from, to } => Self::UpgradeRuntime { from: from.clone(), to: to.clone() },
            Action::CloseGap { how } => Self::CloseGap { how: how.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_action_carries_the_stable_word_of_its_kind() {
        for action in sample::actions() {
            let json = serde_json::to_value(ActionJson::from(&action)).unwrap();
            assert_eq!(json["kind"], action.kind().word(), "{action}");
        }
    }

    #[test]
    fn sizes_say_workers_or_a_range() {
        let sizes = [Size::Fixed(3), Size::Autoscale { min: 1, max: 4 }]
            .map(|it| serde_json::to_string(&SizeJson::from(it)).unwrap());
        assert_eq!(sizes, [r#"{"workers":3}"#, r#"{"min_workers":1,"max_workers":4}"#]);
    }
}
