//! A workspace of the made-up company that answers as Databricks does, over real HTTP: REST, SQL statements and authentication.
//!
//! [`History::of`] lets the company live once; each of its workspaces can then be played by a [`Workspace`], and
//! [`Workspace::start`] puts it on a port of this machine. It shows what the export of the same options holds; SQL reads the export
//! itself ([`Workspace::set_tables`]). What it serves
//! is read only, save the test's own additions ([`Workspace::add_wide_job`]); every request is remembered, so that a test can
//! assert that a client only read. [`Faults`] make it misbehave by script.
//!
//! Time stands still at the end of the history until [`Workspace::advance`] moves it, so that tokens expire without waiting.
//!
//! The wire formats are those that the official SDKs ask for and parse: the sources of databricks-sdk for Python 0.18.0, 0.40.0 and
//! 0.162.0 (read 2026-11-24). Each API's file links to its public reference below
//! <https://docs.databricks.com/api/workspace/introduction>, to look further; what came from a page alone has its date beside it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use jiff::SignedDuration;

use crate::random::Random;
use crate::sql::Catalog;
use crate::time::Millis;

mod answer;
mod arrays;
mod auth;
mod call;
mod cluster_events;
mod clusters;
mod contents;
mod errors;
mod faults;
mod history;
mod instant;
mod jobs;
mod me;
mod metastore;
mod node_types;
mod objects;
mod paging;
mod pipeline_events;
mod pipelines;
mod policies;
mod pools;
mod routes;
mod run_states;
mod runs;
mod runtimes;
mod seen;
mod server;
mod statements;
mod stored;
mod transport;
mod warehouses;
mod wide;

pub use auth::{CLIENT_ID, CLIENT_SECRET, TOKEN};
pub use faults::{Fault, Faults, Rule, When};
pub use history::History;
pub use seen::Seen;
pub use server::{Server, serve};

pub use crate::sql::SystemTables;

use auth::Tokens;
use contents::Contents;
use statements::Statements;

/// One workspace. Clones are the same workspace: what is changed in one is changed in all.
#[derive(Clone)]
pub struct Workspace {
    inner: Arc<Inner>,
}

struct Inner {
    contents: RwLock<Contents>,
    settings: Mutex<Settings>,
    tokens: Mutex<Tokens>,
    faults: Mutex<Faults>,
    seen: Mutex<Vec<Seen>>,
    /// What SQL reads.
    catalog: Mutex<Catalog>,
    statements: Mutex<Statements>,
    /// Of all replies' bodies, as sent.
    bytes_sent: AtomicU64,
    /// End of the history.
    until: Millis,
    /// Where the ids of requests come from.
    ids: Mutex<Random>,
}

/// What a test may choose.
#[derive(Clone, Copy, Debug)]
struct Settings {
    token_lifetime: Duration,
    /// No page is longer, whatever a client asks for.
    longest_page: usize,
    /// How far the clock was moved past the end of the history.
    advanced: Duration,
    /// How far it is wrong.
    skew: Millis,
    /// Rows in a chunk of a statement's result.
    chunk_rows: usize,
    /// How often a statement is RUNNING beyond what is usual.
    statement_polls: u32,
}

impl Workspace {
    fn new(contents: Contents) -> Self {
        let ids = Random::named(0, &format!("requests of {}", contents.id));
        // An hour, as the real service gives: https://docs.databricks.com/en/dev-tools/auth/oauth-m2m.html (read 2026-11-24).
        let token_lifetime = Duration::from_secs(3_600);
        let settings = Settings {
            token_lifetime,
            longest_page: usize::MAX,
            advanced: Duration::ZERO,
            skew: 0,
            chunk_rows: 50_000,
            statement_polls: 0,
        };
        let until = contents.until;
        let catalog = Catalog { region: contents.region.clone(), ..Catalog::default() };
        Self {
            inner: Arc::new(Inner {
                contents: RwLock::new(contents),
                settings: Mutex::new(settings),
                tokens: Mutex::default(),
                faults: Mutex::default(),
                seen: Mutex::default(),
                catalog: Mutex::new(catalog),
                statements: Mutex::default(),
                bytes_sent: AtomicU64::new(0),
                until,
                ids: Mutex::new(ids),
            }),
        }
    }

    /// Its Databricks id.
    #[must_use]
    pub fn id(&self) -> String {
        self.read().id.clone()
    }

    /// How long tokens from `/oidc/v1/token` are good for, from now on.
    pub fn set_token_lifetime(&self, lifetime: Duration) {
        held(&self.inner.settings).token_lifetime = lifetime;
    }

    /// No page of any list is longer, whatever a client asks for: the real service may do that too.
    pub fn set_longest_page(&self, entries: usize) {
        held(&self.inner.settings).longest_page = entries.max(1);
    }

    /// Moves the clock, by which tokens expire.
    pub fn advance(&self, by: Duration) {
        held(&self.inner.settings).advanced += by;
    }

    /// The service's clock is wrong by that much: the `date` of its replies, when its links expire, and when it takes tokens to
    /// have expired, which were given by the right time.
    pub fn set_clock_skew(&self, by: SignedDuration) {
        held(&self.inner.settings).skew = Millis::try_from(by.as_millis()).unwrap_or_default();
    }

    /// Bytes of the bodies of all replies so far, as they were sent.
    #[must_use]
    pub fn bytes_sent(&self) -> u64 {
        self.inner.bytes_sent.load(Ordering::Relaxed)
    }

    /// From now on it misbehaves like that; what was counted so far is forgotten.
    pub fn set_faults(&self, faults: Faults) {
        *held(&self.inner.faults) = faults;
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        held(&self.inner.seen).clone()
    }

    /// Adds a job with so many tasks and job clusters, and a run of it that succeeded; returns the ids of both, which are
    /// beyond what a double can hold exactly.
    pub fn add_wide_job(&self, tasks: usize) -> (i64, i64) {
        wide::add(&mut self.inner.contents.write().unwrap_or_else(PoisonError::into_inner), tasks)
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Contents> {
        self.inner.contents.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a mutex guards. Nothing here is left half changed by a panic.
fn held<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
