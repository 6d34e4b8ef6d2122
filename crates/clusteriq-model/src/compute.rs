//! What a job or an all-purpose cluster runs on: the part of its configuration that decides speed and cost.

use std::fmt;

/// Whose machines they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Cloud.
    Gcp,
}

impl Cloud {
    /// From the billing tables' word (`AWS`, `AZURE`, `GCP`) in any case.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "aws" => Some(Self::Aws),
            "azure" => Some(Self::Azure),
            "gcp" => Some(Self::Gcp),
            _ => None,
        }
    }
}

/// Which of Databricks' rates the compute is billed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Plane {
    /// Interactive compute, made in the UI or by API.
    AllPurpose,
    /// A cluster that a job makes for its run.
    Jobs,
    /// A cluster that a pipeline makes.
    Pipeline,
}

impl Plane {
    /// The words for it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AllPurpose => "all-purpose compute",
            Self::Jobs => "job compute",
            Self::Pipeline => "pipeline compute",
        }
    }
}

/// How many workers. `Fixed(0)` is a single node: the driver alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// Always the same.
    Fixed(u32),
    /// Between two bounds, as load asks for.
    Autoscale {
        /// Least workers.
        min: u32,
        /// Most workers.
        max: u32,
    },
}

impl Size {
    /// The most workers it can have.
    #[must_use]
    pub fn most(self) -> u32 {
        match self {
            Self::Fixed(it) => it,
            Self::Autoscale { max, .. } => max,
        }
    }

    /// The least workers it can have.
    #[must_use]
    pub fn least(self) -> u32 {
        match self {
            Self::Fixed(it) => it,
            Self::Autoscale { min, .. } => min,
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(0) => f.pad("single node"),
            Self::Fixed(1) => f.pad("1 worker"),
            Self::Fixed(it) => f.pad(&format!("{it} workers")),
            Self::Autoscale { min, max } => f.pad(&format!("{min}–{max} workers, autoscaling")),
        }
    }
}

/// How the nodes are bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purchase {
    /// All on demand.
    OnDemand,
    /// Spot after the first nodes, the driver being the first.
    Spot {
        /// Nodes that are on demand all the same.
        first_on_demand: u32,
    },
}

impl fmt::Display for Purchase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OnDemand => f.pad("on demand"),
            Self::Spot { first_on_demand } => f.pad(&format!("spot after the first {first_on_demand}")),
        }
    }
}

/// A configuration. Unknown parts are `None`: pool-backed clusters have no node type of their own, the tables have no Photon flag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Compute {
    /// The rate.
    pub plane: Plane,
    /// Node type of the driver.
    pub driver_type: Option<String>,
    /// Node type of the workers.
    pub worker_type: Option<String>,
    /// How many workers.
    pub size: Option<Size>,
    /// How the nodes are bought.
    pub purchase: Option<Purchase>,
    /// Whether Photon runs.
    pub photon: Option<bool>,
}

/// `8 workers of m5.xlarge, driver m5.2xlarge, Photon, spot after the first 1`.
impl fmt::Display for Compute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let worker = self.worker_type.as_deref().unwrap_or("unknown type");
        let driver = self.driver_type.as_deref().unwrap_or(worker);
        let mut text = match self.size {
            None => format!("unknown size of {worker}"),
            Some(Size::Fixed(0)) => format!("single node {driver}"),
            Some(size) => format!("{size} of {worker}"),
        };
        if self.size != Some(Size::Fixed(0)) && driver != worker {
            text += &format!(", driver {driver}");
        }
        if self.photon == Some(true) {
            text += ", Photon";
        }
        if let Some(it @ Purchase::Spot { .. }) = self.purchase {
            text += &format!(", {it}");
        }
        f.pad(&text)
    }
}
