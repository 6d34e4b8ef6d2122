//! What can be wrong, or look wrong, with any job besides the size of its cluster.

use super::Setting;
use super::drafts::Draft;
use super::hardware::{sized, usd_per_hour, vm_usd_per_hour};
use super::{is_production, runtimes};
use crate::catalog::{catalog, node_type};
use crate::random::Random;
use crate::workload::NeedsX86;
use crate::world::policies::FEW_WORKERS;
use crate::world::recipes::Governed;
use crate::world::{Availability, Cause, Library, Setup, Tagging, TaskKind, Trouble};

/// One such thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twist {
    /// D10.
    OnDemand,
    /// D12.
    UselessPhoton,
    /// D14.
    OldNodes,
    /// D15.
    ArmPays,
    /// D16.
    BigDriver,
    /// D25.
    Fails,
    /// D26, and D25 with it.
    Storm,
    /// D27.
    Hangs,
    /// D51.
    NoTags,
    /// D52.
    NoPolicy,
    /// D53.
    OldRuntime,
    ArmBlocked,
    DearSuccessor,
    BigDriverNeeded,
    /// Retries that help.
    Heals,
    OnceLong,
    FailsAtMonthEnd,
}

impl Twist {
    /// So that it shows.
    pub(super) fn least_runs_per_day(self) -> i64 {
        match self {
            Self::Hangs | Self::Storm | Self::Fails | Self::Heals | Self::OnceLong => 2,
            Self::OnDemand
            | Self::UselessPhoton
            | Self::OldNodes
            | Self::ArmPays
            | Self::BigDriver
            | Self::NoTags
            | Self::NoPolicy
            | Self::OldRuntime
            | Self::ArmBlocked
            | Self::DearSuccessor
            | Self::BigDriverNeeded
            | Self::FailsAtMonthEnd => 1,
        }
    }

    /// About what its remedy saves a month; none if money is not its point.
    pub(super) fn saves(self, draft: &Draft, setting: Setting) -> Option<f64> {
        let it = &draft.recipe;
        let node = draft.hardware.node;
        let (usd, per_hour) = (draft.usd_per_month(), draft.usd_per_hour());
        let hours = usd / per_hour;
        match self {
            Self::OnDemand => {
                let less = node.vm_usd - vm_usd_per_hour(node, Availability::SpotWithFallback);
                Some(less * draft.workers * hours * 0.8)
            }
            Self::UselessPhoton => {
                let photon = catalog().photon_tenths(node.cloud, "jobs") as f64 / 10.0;
                let vm = vm_usd_per_hour(node, it.availability);
                let dbu = usd_per_hour(node, it.availability) - vm;
                Some(usd * (1.0 - 1.1 * (vm + dbu) / (vm + photon * dbu)))
            }
            Self::OldNodes | Self::ArmPays => Some(usd * 0.14),
            Self::BigDriver => {
                let (driver, small) = (node_type(it.driver), sized(node, 4));
                Some((usd_per_hour(driver, it.availability) - usd_per_hour(small, it.availability)) * hours)
            }
            // There must be time for another run before the next one.
            Self::Fails if draft.minutes * 2.0 + 25.0 > 24.0 * 60.0 * setting.days as f64 / draft.runs(setting) => {
                Some(0.0)
            }
            Self::Fails => {
                let Trouble::Fails { share, .. } = it.setup.trouble else { return None };
                Some(usd * share * 0.7)
            }
            Self::Storm => {
                let Trouble::Storm { share, after } = it.setup.trouble else { return None };
                Some(usd * share * it.setup.max_retries as f64 * after * 0.9)
            }
            Self::Hangs => Some(per_hour * 4.0 * 30.4 / setting.days as f64 * (draft.runs(setting) / 30.0).floor()),
            Self::NoTags
            | Self::NoPolicy
            | Self::OldRuntime
            | Self::ArmBlocked
            | Self::DearSuccessor
            | Self::BigDriverNeeded
            | Self::Heals
            | Self::OnceLong
            | Self::FailsAtMonthEnd => None,
        }
    }

    /// What can be said only when the schedule is known.
    pub(super) fn settle(self, draft: &mut Draft, setting: Setting, random: &mut Random) {
        let runs = draft.runs(setting) as i64;
        let (minutes, setup) = (draft.minutes, &mut draft.recipe.setup);
        match self {
            Self::Hangs => {
                let times = random.whole(1, (runs / 30).clamp(1, 3));
                let (first, every) = (random.whole(runs / 6, runs / 4).max(2), (runs / 4).max(1));
                let hours = random.between(4.0, 9.0) + minutes / 60.0 * 3.0;
                setup.trouble = Trouble::Hangs { first, every, times, hours };
            }
            Self::OnceLong => {
                setup.trouble =
                    Trouble::OnceLong { run: random.whole(runs / 4, runs * 3 / 4), factor: random.between(1.7, 2.3) };
            }
            Self::OnDemand
            | Self::UselessPhoton
            | Self::OldNodes
            | Self::ArmPays
            | Self::BigDriver
            | Self::Fails
            | Self::Storm
            | Self::NoTags
            | Self::NoPolicy
            | Self::OldRuntime
            | Self::ArmBlocked
            | Self::DearSuccessor
            | Self::BigDriverNeeded
            | Self::Heals
            | Self::FailsAtMonthEnd => {}
        }
    }
}

/// Puts it on the draft; none if it does not go with what is there.
pub(super) fn twist(it: Twist, draft: &mut Draft, setting: Setting, random: &mut Random) -> Option<()> {
    let recipe = &mut draft.recipe;
    let node = draft.hardware.node;
    let problem = match it {
        Twist::OnDemand => {
            // Otherwise a run that is lost is lost.
            let least = i64::from(is_production(recipe.place));
            recipe.setup.max_retries = random.whole(least, 2);
            "D10"
        }
        Twist::UselessPhoton => "D12",
        Twist::OldNodes => "D14",
        Twist::ArmPays => "D15",
        Twist::BigDriver => {
            recipe.driver = &sized(node, *random.pick(&[16, 16, 32])).id;
            let wanted = random.between(0.6, 2.5);
            recipe.latent.stages.iter_mut().for_each(|it| it.driver_gib = wanted);
            "D16"
        }
        Twist::BigDriverNeeded => {
            let driver = sized(node, *random.pick(&[8, 16]));
            recipe.driver = &driver.id;
            let wanted = driver.memory_gib * random.between(0.49, 0.54);
            recipe.latent.stages.iter_mut().for_each(|it| it.driver_gib = wanted);
            "decoy:big-driver-needed"
        }
        Twist::Fails => {
            let cause =
                *random.pick(&[Cause::Code, Cause::Code, Cause::Storage, Cause::Cluster, Cause::Cloud, Cause::Driver]);
            recipe.setup.trouble = Trouble::Fails { share: random.between(0.17, 0.45), cause };
            "D25"
        }
        Twist::Storm => {
            recipe.setup.max_retries = random.whole(3, 6);
            recipe.setup.trouble =
                Trouble::Storm { share: random.between(0.17, 0.4), after: random.between(0.35, 0.95) };
            recipe.tasks = &["main"];
            recipe.problems.push("D26");
            "D25"
        }
        Twist::Heals => {
            recipe.setup.max_retries = random.whole(1, 3);
            recipe.setup.trouble = Trouble::Heals { share: random.between(0.1, 0.25) };
            recipe.tasks = &["main"];
            "decoy:retries-heal"
        }
        Twist::Hangs => {
            if draft.minutes > 150.0 {
                return None;
            }
            "D27"
        }
        Twist::OnceLong => "decoy:one-long-run",
        Twist::FailsAtMonthEnd => {
            if !super::jobs::sees_month_end(setting) || setting.days < 21 {
                return Some(());
            }
            recipe.setup.trouble = Trouble::MonthEnd;
            "decoy:fails-at-month-end"
        }
        Twist::NoTags => {
            recipe.setup.tagging = *random.pick(&[Tagging::Nothing, Tagging::NoOwner]);
            "D51"
        }
        Twist::NoPolicy => {
            recipe.governed = match random.whole(0, 3) {
                0 if recipe.size.most() > FEW_WORKERS => Governed::TooManyWorkers,
                1 => Governed::OtherNodeTypes,
                _ => Governed::No,
            };
            "D52"
        }
        Twist::OldRuntime => {
            recipe.runtime = runtimes::old(setting.until, random);
            "D53"
        }
        Twist::ArmBlocked => "decoy:arm-blocked",
        Twist::DearSuccessor => "decoy:successor-dearer",
    };
    recipe.problems.push(problem);
    Some(())
}

const PURE: &[Library] =
    &[Library::Pypi("pendulum==3.0.0"), Library::Pypi("simplejson==3.19.2"), Library::Pypi("tenacity==8.2.3")];
const NATIVE: &[Library] = &[
    Library::Jar("dbfs:/FileStore/jars/geo-codec-native-2.3-linux-x86_64.jar"),
    Library::Wheel("/Volumes/main/libs/wheels/rank_kernels-1.4.0-cp311-cp311-manylinux2014_x86_64.whl"),
    Library::Pypi("mkl==2024.2.1"),
    Library::Pypi("intel-extension-for-pytorch==2.3.0"),
    Library::Maven("com.intel.analytics.bigdl:bigdl-dllib-spark_3.1.3:2.4.0"),
];

/// How a job is set up whose work needs that: what only x86 runs is among its libraries, and work that Photon does not help is
/// Python's or a JAR's.
pub(super) fn setup(needs_x86: NeedsX86, beyond_photon: bool, random: &mut Random) -> Setup {
    let library = match needs_x86 {
        NeedsX86::Yes => Some(*random.pick(NATIVE)),
        NeedsX86::No if random.chance(0.3) => Some(*random.pick(PURE)),
        NeedsX86::No => None,
    };
    let python = *random.pick(&[TaskKind::SparkPython, TaskKind::PythonWheel]);
    let kind = match library {
        Some(Library::Jar(_) | Library::Maven(_)) => TaskKind::SparkJar,
        Some(Library::Wheel(_)) => TaskKind::PythonWheel,
        Some(Library::Pypi(_)) | None if beyond_photon => python,
        Some(Library::Pypi(_)) | None if random.chance(0.6) => TaskKind::Notebook,
        Some(Library::Pypi(_)) | None => python,
    };
    Setup { kind, libraries: library.into_iter().collect(), ..Setup::plain() }
}
