//! The endpoints: a file per noun, with the types it answers with.

pub(crate) mod advisors;
pub(crate) mod clusters;
pub(crate) mod costs;
pub(crate) mod gaps;
pub(crate) mod jobs;
pub(crate) mod metrics;
pub(crate) mod money;
pub(crate) mod overview;
pub(crate) mod recommendations;
pub(crate) mod scans;
pub(crate) mod schedules;
pub(crate) mod search;
pub(crate) mod settings;
pub(crate) mod status;
pub(crate) mod warehouses;
pub(crate) mod what_if;

use crate::http::route::Route;

/// Every endpoint that is documented, in the order in which people read.
pub(crate) fn routes() -> Vec<Route> {
    [
        status::routes(),
        overview::routes(),
        recommendations::routes(),
        what_if::routes(),
        jobs::routes(),
        clusters::routes(),
        metrics::routes(),
        costs::routes(),
        schedules::routes(),
        warehouses::routes(),
        gaps::routes(),
        scans::routes(),
        advisors::routes(),
        settings::routes(),
        search::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
