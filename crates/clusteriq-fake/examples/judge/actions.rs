//! A report's actions as changes that the company can make.

use clusteriq_fake::{Change, Switch};
use serde_json::Value;

/// What an action changes, by target; none if nothing of it is modelled.
pub(crate) fn changes(target: &str, action: &Value) -> Option<Vec<(String, Change)>> {
    let text = |name: &str| action[name].as_str().map(str::to_owned);
    let minutes = |name: &str| action[name].as_f64().map_or(0, |it| it.round() as i64);
    let count = |name: &str| action[name].as_u64().and_then(|it| u32::try_from(it).ok());
    let one = |change: Change| Some(vec![(target.to_owned(), change)]);
    match action["kind"].as_str()? {
        "set_workers" => size(&action["to"]).and_then(|(min, max)| one(Change::Workers { min, max })),
        "use_single_node" => one(Change::SingleNode(text("node_type")?)),
        "set_node_type" => {
            let worker = Change::WorkerType(text("to")?);
            let driver = text("driver_type").map(Change::DriverType);
            Some(std::iter::once(worker).chain(driver).map(|it| (target.to_owned(), it)).collect())
        }
        "set_driver_type" => one(Change::DriverType(text("to")?)),
        "set_purchase" => match action["to"]["kind"].as_str()? {
            "on_demand" => one(Change::OnDemand),
            "spot" => {
                let first = action["to"]["first_on_demand"].as_u64()?;
                one(Change::Spot { first_on_demand: u32::try_from(first).ok()? })
            }
            _ => None,
        },
        "enable_photon" => one(Change::Photon(Switch::On)),
        "disable_photon" => one(Change::Photon(Switch::Off)),
        "use_job_cluster" => {
            let (min, max) = size(&action["size"])?;
            one(Change::JobCluster { node_type: text("node_type")?, min, max })
        }
        "share_job_cluster" => {
            let (min, max) = size(&action["size"])?;
            let jobs = action["job_ids"].as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            one(Change::ShareCluster { jobs, node_type: text("node_type")?, min, max })
        }
        "stop_cluster" => one(Change::Stop),
        "set_autotermination" => one(Change::Autotermination { minutes: minutes("to") }),
        "set_auto_stop" => one(Change::AutoStop { minutes: minutes("to") }),
        "set_warehouse_size" => one(Change::WarehouseSize(size_words(&text("to")?))),
        "set_pool_idle" => one(Change::PoolIdle(count("to")?)),
        "trigger_pipeline" => one(Change::PipelineTriggered),
        "leave_development" => one(Change::PipelineProduction),
        "use_standard_performance" => one(Change::PerformanceStandard),
        "stop_off_hours" => one(Change::OffHours {
            from_hour: action["from_hour"].as_i64()?,
            until_hour: action["until_hour"].as_i64()?,
        }),
        "set_timeout" => one(Change::Timeout { minutes: minutes("to") }),
        "set_retries" => one(Change::Retries(count("to")?)),
        "mend_failures" => one(Change::Mended),
        // Tags, policies, runtimes and gaps cost the same before and after.
        _ => None,
    }
}

/// `2X_SMALL` of the system table is `2X-Small` of the price list.
fn size_words(word: &str) -> String {
    let parts = word.split('_').map(|it| match it {
        "SMALL" => "Small",
        "MEDIUM" => "Medium",
        "LARGE" => "Large",
        other => other,
    });
    parts.collect::<Vec<_>>().join("-")
}

fn size(it: &Value) -> Option<(u32, u32)> {
    let number = |name: &str| it[name].as_u64().and_then(|it| u32::try_from(it).ok());
    match number("workers") {
        Some(workers) => Some((workers, workers)),
        None => Some((number("min_workers")?, number("max_workers")?)),
    }
}
