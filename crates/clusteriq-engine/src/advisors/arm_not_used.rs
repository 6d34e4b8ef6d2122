//! # ARM not used
//!
//! ## What it finds
//! Jobs on Intel or AMD node types at least two generations behind that would run for less on Graviton, Ampere, Cobalt or Axion,
//! and in whose settings nothing speaks against it.
//!
//! ## What it costs
//! As for old generations: both meters and the expected speed. ARM types have one core per vCPU and are cheaper as machines,
//! dearer in DBUs.
//!
//! ## When it is silent
//! Where it is not surely cheaper. It cannot judge where the job's tasks are not known, and where libraries, init scripts, JARs,
//! an ML runtime or an image of one's own may hold code that was compiled for x86: then it says what to try. Packages from PyPI
//! count as portable unless their name says Intel or x86, wheels if they are built for any machine.
//!
//! ## Risk
//! Native code in Python packages is found out only by a run. A different instruction set is a medium risk.
//!
//! ## Sources
//! Task kinds and libraries of `jobs/list`, `system.compute.clusters` (`init_scripts`, `dbr_version`), and as for old generations.

use clusteriq_model::{AdvisorId, CpuArch, JobKey, RiskDimension};

use super::old_generation::{each, propose};
use super::shape;
use crate::advisor::{Advisor, Context, Opinion};
use crate::profile::JobProfile;
use crate::risk;
use crate::succession::candidates;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("arm-not-used"),
    detection: "D15",
    title: "Move to ARM where nothing speaks against it",
    source: include_str!("arm_not_used.rs"),
    advise,
};

/// Parts of the names of PyPI packages that are made for x86 processors.
const MADE_FOR_X86: &[&str] = &["intel", "mkl", "openvino", "x86", "amd64", "avx"];

fn advise(cx: &Context<'_>) -> Vec<Opinion> {
    each(cx, judge)
}

fn judge(cx: &Context<'_>, key: &JobKey, profile: &JobProfile) -> Opinion {
    let arch = |name: &String| cx.fleet.catalog.node_types.get(name).map(|it| it.arch);
    let now = profile.compute.as_ref().and_then(|it| it.worker_type.as_ref()).and_then(arch);
    if now == Some(CpuArch::Arm) {
        return shape::fine(key);
    }
    let found = match candidates(cx, profile, CpuArch::Arm) {
        None => return shape::abstain(key, "size, speed or price of its node type is not known"),
        Some(found) if found.is_empty() => return shape::fine(key),
        Some(found) => found,
    };
    match blocker(cx, key) {
        Some(why) => shape::abstain(key, format!("ARM may be cheaper, but {why}: a run on it would tell")),
        None => {
            let part = risk::part(
                RiskDimension::Coupling,
                2,
                "the instruction set changes: a run on it tells whether all code is there",
            );
            propose(cx, key, profile, found, vec![part])
        }
    }
}

/// What may hold code that was compiled for x86.
fn blocker(cx: &Context<'_>, key: &JobKey) -> Option<String> {
    let job = cx.fleet.jobs.get(key)?;
    if job.tasks.is_empty() {
        return Some("its tasks and libraries are not known (export jobs/list)".into());
    }
    if let Some(it) = job.tasks.iter().flat_map(|it| &it.libraries).find(|it| may_be_compiled(it)) {
        return Some(format!("it installs {it}, which may be compiled for x86"));
    }
    let compiled = |it: &&str| matches!(*it, "spark_jar_task" | "spark_submit_task");
    if let Some(kind) = job.tasks.iter().filter_map(|it| it.kind.as_deref()).find(compiled) {
        return Some(format!("it has a {kind}, which may hold code compiled for x86"));
    }
    let cluster = shape::newest_cluster(cx, key)?;
    if let Some(it) = cluster.init_scripts.first() {
        return Some(format!("its nodes run {it} at their start"));
    }
    let runtime = cluster.config().runtime.as_deref().unwrap_or_default();
    (runtime.contains("-ml-") || runtime.starts_with("custom:")).then(|| format!("it runs {runtime}"))
}

/// Whether a library, as `kind:what`, may hold code for x86 alone. PyPI's packages are pure or built for both, but for those that
/// are made for a processor; a wheel says what it was built for by its name.
fn may_be_compiled(library: &str) -> bool {
    let library = library.to_ascii_lowercase();
    match library.split_once(':') {
        Some(("pypi", name)) => MADE_FOR_X86.iter().any(|it| name.contains(it)),
        Some(("whl", file)) => !file.ends_with("-none-any.whl"),
        Some(_) | None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, world};
    use clusteriq_model::{Fleet, JobTask};

    fn with_task(mut fleet: Fleet, libraries: &[&str]) -> Fleet {
        for it in fleet.jobs.values_mut() {
            it.tasks = vec![JobTask {
                key: "main".into(),
                kind: Some("notebook_task".into()),
                existing_cluster_id: None,
                job_cluster_key: None,
                max_retries: None,
                libraries: libraries.iter().map(|it| (*it).to_owned()).collect(),
                pipeline_id: None,
            }];
        }
        fleet
    }

    #[test]
    fn a_notebook_that_computes_on_m5_is_cheaper_on_graviton() {
        let said = check(&ADVISOR, &with_task(world().job("etl", 8, 4.0, 30.0).runs(14, 60).fleet(), &[]));
        assert!(said.contains("Run etl on m8g.xlarge instead of m5.xlarge"), "{said}");
    }

    #[test]
    fn a_library_that_may_be_native_is_a_reason_to_try_and_not_to_move() {
        let with = |library| {
            let fleet = with_task(world().job("etl", 8, 4.0, 30.0).runs(14, 60).fleet(), &[library]);
            check(&ADVISOR, &fleet)
        };
        for it in ["pypi:mkl", "whl:kernels-1.4-cp311-manylinux2014_x86_64.whl", "jar"] {
            let said = with(it);
            assert!(
                said.starts_with(&format!("abstains on job 1: ARM may be cheaper, but it installs {it}")),
                "{said}"
            );
        }
        for it in ["pypi:tenacity", "whl:helpers-2.0-py3-none-any.whl"] {
            assert!(with(it).starts_with("Run etl on "), "{}", with(it));
        }
    }

    #[test]
    fn tasks_that_are_not_known_are_a_gap() {
        let said = check(&ADVISOR, &world().job("etl", 8, 4.0, 30.0).runs(14, 60).fleet());
        assert!(said.contains("its tasks and libraries are not known"), "{said}");
    }
}
