//! The command line. Its help is where most people learn what ClusterIQ does.

mod rightsize;

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

pub(crate) use rightsize::Rightsize;

const ABOUT: &str =
    "Finds what a Databricks account wastes, and says what to change, what that saves and what it risks";

const LONG_ABOUT: &str = "\
Finds what a Databricks account wastes, and says what to change, what that saves and what it risks.

ClusterIQ reads exported system tables and live settings into a store of its own and never writes to Databricks. Start with

    clusteriq demo                 a made-up company, scanned, as web pages
    clusteriq doctor               what can be read of your own workspace
    clusteriq scan                 read it
    clusteriq import EXPORT        or an export of it
    clusteriq report               the plan
    clusteriq serve                the plan and what is behind it, as web pages";

const AFTER: &str = "\
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but with gaps (--strict), 4 waste above --fail-if-waste-above.";

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "clusteriq", version, about = ABOUT, long_about = LONG_ABOUT, after_help = AFTER, max_term_width = 120)]
pub(crate) struct Args {
    /// Folder of the store [default: the platform's data folder]
    #[arg(
        long,
        global = true,
        env = "CLUSTERIQ_STORE",
        hide_env_values = true,
        value_name = "DIR",
        display_order = 900
    )]
    pub(crate) store: Option<PathBuf>,
    /// Say nothing but the answer and errors
    #[arg(long, short, global = true, display_order = 901)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Read exported system tables into the store
    Import(Import),
    /// Try what can be read of a workspace, and say what to do about the rest
    Doctor(Doctor),
    /// Read live workspaces into the store: settings, system tables, telemetry
    Scan(Scan),
    /// Print the plan: what to change, what it saves, what it risks
    Report(Report),
    /// Explain one recommendation, job, cluster or warehouse, with its evidence
    Show(Show),
    /// Price a change of your own on the measured demand
    Whatif(WhatIf),
    /// Find what to run on next, from measurements of your own as files
    Rightsize(Rightsize),
    /// List the detections, or explain one
    Advisors(Advisors),
    /// Print what was spent, by whom, and how well the model agrees with the bill
    Costs(Costs),
    /// Make up a company, scan its workspaces, show what is found as web pages
    Demo(Demo),
    /// Serve the web pages and the HTTP API
    Serve(Serve),
    /// Print the JSON Schema of `report --format json`
    Schema,
    /// Print the OpenAPI document of `clusteriq serve`
    Openapi,
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What is analysed.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct Scope {
    /// How far back from the newest data, e.g. 30d, 2w, 48h
    #[arg(long, default_value = "30d", value_parser = duration, value_name = "TIME")]
    pub(crate) window: jiff::SignedDuration,
    /// End of the window instead of the newest data, e.g. 2026-10-01 or 2026-10-01T06:00:00Z
    #[arg(long, value_parser = instant, value_name = "WHEN")]
    pub(crate) until: Option<jiff::Timestamp>,
    /// Only this workspace, by id or name (repeatable)
    #[arg(long, value_name = "WORKSPACE")]
    pub(crate) workspace: Vec<String>,
    /// Discount on list prices, by part of the SKU's name, e.g. JOBS_COMPUTE=15% or '*=8%' (repeatable)
    #[arg(long, value_parser = discount, value_name = "SKU=PERCENT")]
    pub(crate) discount: Vec<clusteriq_engine::money::Discount>,
    /// Smallest monthly saving worth a recommendation, in dollars [default: as set on the page, else 5]
    #[arg(long, value_name = "USD")]
    pub(crate) least_saving: Option<f64>,
}

/// Where exports are.
#[derive(Debug, ClapArgs)]
pub(crate) struct Import {
    /// Export folders or single files: one folder or file per table, e.g. system.billing.usage/ (Parquet, CSV or JSON
    /// Lines, also gzip or zstd), and REST answers as rest/WORKSPACE_ID/clusters_list.json. Later ones are newer
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
}

/// Which workspace to try.
#[derive(Debug, ClapArgs)]
pub(crate) struct Doctor {
    /// Profile of ~/.databrickscfg; none: DATABRICKS_HOST and its siblings, else the profile DEFAULT
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Option<String>,
    /// SQL warehouse to ask about the system tables, by id or name [default: the profile's, else one that runs or is
    /// serverless and small]
    #[arg(long, value_name = "WAREHOUSE")]
    pub(crate) warehouse: Option<String>,
    /// Try only the lists of the REST API: no warehouse has to start for that
    #[arg(long, conflicts_with = "warehouse")]
    pub(crate) rest_only: bool,
    /// Certificates to trust besides the system's, as PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Exit with 3 if something cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
}

/// Which workspaces to read.
#[derive(Debug, ClapArgs)]
pub(crate) struct Scan {
    /// Profile of ~/.databrickscfg, for each workspace one (repeatable); none: DATABRICKS_HOST and its siblings, else
    /// the profile DEFAULT
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Vec<String>,
    /// How far back, e.g. 30d, 2w, 48h. Later scans read only what is new
    #[arg(long, default_value = "30d", value_parser = duration, value_name = "TIME")]
    pub(crate) window: jiff::SignedDuration,
    /// End of the window instead of now, e.g. 2026-10-01 or 2026-10-01T06:00:00Z
    #[arg(long, value_parser = instant, value_name = "WHEN")]
    pub(crate) until: Option<jiff::Timestamp>,
    /// SQL warehouse that reads the system tables, by id or name [default: the profile's, else one that runs or is
    /// serverless and small]
    #[arg(long, value_name = "WAREHOUSE")]
    pub(crate) warehouse: Option<String>,
    /// Only the lists of the REST API: no warehouse, no cost, and no bill or telemetry either
    #[arg(long, conflicts_with_all = ["warehouse", "dry_run"])]
    pub(crate) rest_only: bool,
    /// Print what would be read, with the statements and what they cost, and read nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Keep what was read in this new folder, which can be imported again, and put there also the lists that no table is
    /// made of
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Certificates to trust besides the system's, as PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Exit with 3 if something cannot be read
    #[arg(long)]
    pub(crate) strict: bool,
}

/// How a report is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    Table,
    /// For programs (`clusteriq schema`)
    Json,
    /// Recommendations, one per line
    Csv,
    /// One file to open or to mail
    Html,
    /// For tickets and pull requests
    Markdown,
}

/// What to report, and how.
#[derive(Debug, ClapArgs)]
pub(crate) struct Report {
    /// How to print it
    #[arg(long, short, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
    /// Write to a file instead of the terminal
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// List all recommendations and gaps, not only the first
    #[arg(long)]
    pub(crate) all: bool,
    /// Exit with 3 if the data has gaps
    #[arg(long)]
    pub(crate) strict: bool,
    /// Exit with 4 if more than this could be saved a month, in dollars
    #[arg(long, value_name = "USD")]
    pub(crate) fail_if_waste_above: Option<f64>,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

/// What to explain.
#[derive(Debug, ClapArgs)]
pub(crate) struct Show {
    /// Id of a recommendation, or id or name of a job, cluster or warehouse
    pub(crate) id: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

/// A change somebody asks about.
#[derive(Debug, ClapArgs)]
pub(crate) struct WhatIf {
    /// Id or name of a job, cluster or warehouse
    pub(crate) target: String,
    /// Number of workers; 0 is a single node
    #[arg(long, conflicts_with_all = ["autoscale", "single_node"])]
    pub(crate) workers: Option<u32>,
    /// Autoscaling range
    #[arg(long, value_parser = range, value_name = "MIN:MAX", conflicts_with = "single_node")]
    pub(crate) autoscale: Option<(u32, u32)>,
    /// Run on the driver alone
    #[arg(long)]
    pub(crate) single_node: bool,
    /// Node type of the workers (and of a driver that has the same)
    #[arg(long, value_name = "TYPE")]
    pub(crate) node_type: Option<String>,
    /// Node type of the driver
    #[arg(long, value_name = "TYPE")]
    pub(crate) driver_type: Option<String>,
    /// Workers on spot, the driver on demand
    #[arg(long, conflicts_with = "on_demand")]
    pub(crate) spot: bool,
    /// All nodes on demand
    #[arg(long)]
    pub(crate) on_demand: bool,
    /// Photon
    #[arg(long, value_enum, value_name = "ON|OFF")]
    pub(crate) photon: Option<Switch>,
    /// A cluster of its own, for a job on an all-purpose cluster
    #[arg(long)]
    pub(crate) job_cluster: bool,
    /// Auto-termination of a cluster, or auto-stop of a warehouse, in minutes
    #[arg(long, value_name = "MINUTES")]
    pub(crate) stop_after: Option<u32>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// Switched on
    On,
    /// Switched off
    Off,
}

/// Which detection to explain.
#[derive(Debug, ClapArgs)]
pub(crate) struct Advisors {
    /// Name or number of a detection, e.g. too-many-workers or D01; none: list all
    pub(crate) name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What was spent.
#[derive(Debug, ClapArgs)]
pub(crate) struct Costs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

/// Who reaches the pages and the API, and what they show.
#[derive(Debug, ClapArgs)]
#[command(after_help = SERVE_AFTER)]
pub(crate) struct Serve {
    /// Where to listen; others than this machine only if somebody has to sign in
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(crate) listen: std::net::SocketAddr,
    /// Profile of ~/.databrickscfg, for each workspace one (repeatable), whose workspaces are read when somebody starts a
    /// scan or one is due; none: what the store has
    #[arg(long, value_name = "PROFILE")]
    pub(crate) profile: Vec<String>,
    /// When to scan: five fields of cron and a time zone, e.g. '0 6 * * *' or '0 6 * * * Europe/Berlin' [zone: UTC]
    #[arg(long, value_parser = scan_schedule, value_name = "CRON", requires = "profile")]
    pub(crate) scan_at: Option<clusteriq_serve::ScanSchedule>,
    /// Scan right away
    #[arg(long, requires = "profile")]
    pub(crate) scan_now: bool,
    /// Certificates to trust besides the system's, as PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// A name under which browsers reach this server, if it is not localhost (repeatable)
    #[arg(long = "host", value_name = "NAME")]
    pub(crate) hosts: Vec<String>,
    /// Header in which a proxy names who has signed in, e.g. X-Forwarded-Email
    #[arg(long, value_name = "HEADER", requires = "proxy_address")]
    pub(crate) proxy_header: Option<String>,
    /// Address of that proxy: nobody else is answered
    #[arg(long, value_name = "ADDRESS", requires = "proxy_header")]
    pub(crate) proxy_address: Option<std::net::IpAddr>,
    /// Somebody whom the proxy names and who may start scans and change settings (repeatable)
    #[arg(long, value_name = "NAME", requires = "proxy_header")]
    pub(crate) proxy_admin: Vec<String>,
    /// How requests are logged
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log: LogFormat,
    /// Open the pages in a browser
    #[arg(long)]
    pub(crate) open: bool,
    #[command(flatten)]
    pub(crate) scope: Scope,
}

const SERVE_AFTER: &str = "\
Who may do what: on a loopback address everybody on this machine may do everything, unless a token is set. CLUSTERIQ_ADMIN_TOKEN
lets in who may also scan and change settings, CLUSTERIQ_VIEWER_TOKEN who only reads; programs send it as a bearer token, people
sign in with it on the page. Put TLS in front of any other address.";

/// How requests are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// Warnings and errors, for people; RUST_LOG=info shows requests too
    Text,
    /// Everything, a JSON object per line
    Json,
}

/// A made-up company.
#[derive(Debug, ClapArgs)]
pub(crate) struct Demo {
    /// Which company: the same seed makes the same one
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Days of history
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub(crate) days: u32,
    /// Jobs, clusters and warehouses together
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) clusters: u32,
    /// Jobs of a known fleet; --clusters then counts all-purpose clusters alone, and the others come on top
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) jobs: Option<u32>,
    /// What the company is like
    #[arg(long, value_enum, default_value_t = Fleet::Demo)]
    pub(crate) fleet: Fleet,
    /// Which laws its runs follow: 1 places tasks one by one, 2 lets work flow; for judging advice in two worlds
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) physics: u8,
    /// Folder for the export, the store and the HTML report [default: demo-out]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Serve the company's workspaces over HTTP instead, for any client of Databricks' REST and SQL APIs
    #[arg(long, conflicts_with = "fleet_out")]
    pub(crate) serve_workspace: bool,
    /// Print the plan, write the HTML report and end, instead of serving the pages
    #[arg(long, conflicts_with_all = ["serve_workspace", "fleet_out"])]
    pub(crate) report: bool,
    /// Port of the pages on this machine [default: 8080, or another if that is taken]
    #[arg(long, value_name = "PORT", conflicts_with_all = ["serve_workspace", "fleet_out", "report"])]
    pub(crate) port: Option<u16>,
    /// Do not open a browser
    #[arg(long)]
    pub(crate) no_open: bool,
    /// Only write the export to this folder
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub(crate) fleet_out: Option<PathBuf>,
    /// Write what was planted where, what was billed and what machines cost, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) truth: Option<PathBuf>,
    /// Add to the truth what would come of every alternative configuration of every resource, which takes minutes for hundreds
    #[arg(long, requires = "truth")]
    pub(crate) outcomes: bool,
}

/// Where a made-up company's resources come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Fleet {
    /// Forty recipes in a fixed order: a company to look at
    Demo,
    /// Every resource drawn at random: a company to be judged by
    Known,
}

fn duration(text: &str) -> Result<jiff::SignedDuration, String> {
    let wrong = || format!("not a length of time such as 30d, 2w or 48h: {text}");
    let (number, unit) = text.split_at(text.len() - text.chars().last().map_or(0, char::len_utf8));
    let number: i64 = number.trim().parse().map_err(|_| wrong())?;
    let hours = match unit {
        "h" => 1,
        "d" => 24,
        "w" => 24 * 7,
        _ => return Err(wrong()),
    };
    if !(1..=100_000).contains(&number) {
        return Err(wrong());
    }
    Ok(jiff::SignedDuration::from_hours(number * hours))
}

fn instant(text: &str) -> Result<jiff::Timestamp, String> {
    if let Ok(it) = text.parse::<jiff::Timestamp>() {
        return Ok(it);
    }
    let date: jiff::civil::Date =
        text.parse().map_err(|_| format!("not a date or an instant such as 2026-10-01T06:00:00Z: {text}"))?;
    let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|it| it.to_string())?;
    Ok(zoned.timestamp())
}

fn scan_schedule(text: &str) -> Result<clusteriq_serve::ScanSchedule, String> {
    clusteriq_serve::ScanSchedule::parse(text)
}

fn range(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("not a range such as 2:8: {text}");
    let (min, max) = text.split_once(':').ok_or_else(wrong)?;
    let (min, max) = (min.parse().map_err(|_| wrong())?, max.parse().map_err(|_| wrong())?);
    if min > max { Err(wrong()) } else { Ok((min, max)) }
}

fn discount(text: &str) -> Result<clusteriq_engine::money::Discount, String> {
    use rust_decimal::Decimal;
    let wrong = || format!("not a discount such as JOBS_COMPUTE=15%: {text}");
    let (sku, percent) = text.rsplit_once('=').ok_or_else(wrong)?;
    let percent: Decimal = percent.trim_end_matches('%').trim().parse().map_err(|_| wrong())?;
    if sku.is_empty() || percent < Decimal::ZERO || percent > Decimal::ONE_HUNDRED {
        return Err(wrong());
    }
    Ok(clusteriq_engine::money::Discount { sku: sku.into(), off: percent / Decimal::ONE_HUNDRED })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn lengths_of_time_are_read_and_nonsense_is_named() {
        assert_eq!(duration("30d").unwrap().as_hours(), 720);
        assert_eq!(duration("2w").unwrap().as_hours(), 336);
        for wrong in ["", "d", "0d", "-3d", "5y", "é"] {
            assert!(duration(wrong).unwrap_err().contains(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_date_is_its_midnight_in_utc() {
        assert_eq!(instant("2026-10-01").unwrap(), instant("2026-10-01T00:00:00Z").unwrap());
        assert!(instant("yesterday").is_err());
    }

    #[test]
    fn discounts_are_percent_off() {
        assert_eq!(discount("*=8%").unwrap().off.to_string(), "0.08");
        assert!(discount("*=180%").is_err() && discount("8%").is_err());
    }
}
