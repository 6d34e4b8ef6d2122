//! SQL statements: <https://docs.databricks.com/api/workspace/statementexecution>.
//!
//! A statement is computed in the request that finds it at its turn, on a thread that may block: the same requests give the same
//! states. One that is not waited for is PENDING at first and RUNNING when it is asked for once; a warehouse that stands still has
//! to start before, which takes another question.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Value, json};

use super::call::Call;
use super::contents::find;
use super::errors::Refusal;
use super::routes::{ONLY_2_0, Route};
use super::{Workspace, held};
use crate::random::Random;
use crate::sql::{self, Catalog, SqlError};
use crate::time::{HOUR, MINUTE, Millis};

mod encode;
mod links;
mod request;
mod result;
mod state;

use links::Link;
pub(super) use links::{FOLDER, Validity, external};
use request::{OnTimeout, Request, Wait};
use result::Outcome;
use state::{Phase, Statement};

pub(super) const ROUTES: &[Route] = &[
    Route { method: "POST", path: "sql/statements", versions: ONLY_2_0, answer: execute },
    Route::get("sql/statements/{}", ONLY_2_0, get),
    Route::get("sql/statements/{}/result/chunks/{}", ONLY_2_0, chunk),
    Route { method: "POST", path: "sql/statements/{}/cancel", versions: ONLY_2_0, answer: cancel },
    Route { method: "DELETE", path: "sql/statements/{}", versions: ONLY_2_0, answer: close },
];

/// Results are kept that long after success.
const RESULTS_ARE_KEPT: Millis = HOUR;
/// A statement is known that long.
const STATES_ARE_KEPT: Millis = 12 * HOUR;
/// A clock that stands still must not keep everything: of more results than that the oldest is closed.
const MOST_RESULTS: usize = 32;
/// And of more bytes than that the oldest that was read to its end.
const MOST_BYTES: usize = 512 << 20;

/// Everything about a workspace's statements.
#[derive(Default)]
pub(super) struct Statements {
    known: BTreeMap<String, Statement>,
    texts: Vec<String>,
    /// Those with results and their bytes, the oldest first.
    with_results: VecDeque<(String, usize)>,
    links: BTreeMap<String, Link>,
    /// When each warehouse was used last, that statements started.
    used: BTreeMap<String, Millis>,
}

impl Workspace {
    /// The texts of all statements so far, in the order of arrival.
    #[must_use]
    pub fn statements(&self) -> Vec<String> {
        held(&self.inner.statements).texts.clone()
    }

    /// What SQL reads. Without it no table is there.
    pub fn set_tables(&self, tables: sql::SystemTables) {
        held(&self.inner.catalog).tables = Some(tables);
    }

    /// That schema of `system` is not enabled, such as `query`.
    pub fn hide_schema(&self, schema: &str) {
        held(&self.inner.catalog).hidden.insert(schema.to_lowercase());
    }

    /// Nobody may read that table, such as `system.billing.usage`.
    pub fn revoke(&self, table: &str) {
        held(&self.inner.catalog).revoked.insert(table.to_lowercase());
    }

    /// Rows in each chunk of a result.
    pub fn set_chunk_rows(&self, rows: usize) {
        held(&self.inner.settings).chunk_rows = rows.max(1);
    }

    /// How often a statement is still RUNNING when it is asked for, beyond what is usual; waiting for it is in vain then.
    pub fn set_statement_polls(&self, polls: u32) {
        held(&self.inner.settings).statement_polls = polls;
    }
}

/// Whether a warehouse that stood still runs because of statements.
pub(super) fn keeps_running(call: &Call<'_>, warehouse: &Value) -> bool {
    let used = held(&call.workspace.inner.statements).used.get(warehouse["id"].as_str().unwrap_or_default()).copied();
    // Without a number it never stops.
    let idle = warehouse["auto_stop_mins"].as_i64().filter(|it| *it > 0).map_or(Millis::MAX / 2, |it| it * MINUTE);
    used.is_some_and(|it| call.now < it + idle)
}

fn execute(call: &Call<'_>) -> Result<Value, Refusal> {
    let request = Request::of(&call.body)?;
    let id = request.warehouse_id.as_str();
    let warehouse = find(&call.contents.warehouses, "id", id).ok_or_else(|| {
        if id.len() == 16 && id.bytes().all(|it| it.is_ascii_hexdigit()) {
            Refusal::missing(&format!("SQL warehouse {id} does not exist."))
        } else {
            Refusal::invalid(&format!("{id} is not a valid endpoint id."))
        }
    })?;
    let stands_still = warehouse["state"] != "RUNNING" && !keeps_running(call, warehouse);
    let slow = held(&call.workspace.inner.settings).statement_polls;
    let starting = u32::from(stands_still);
    let (pending, running) = match request.wait {
        Wait::Not => (starting, 1 + slow),
        // The wait is over before the warehouse is there.
        Wait::AWhile => (0, slow),
    };
    let in_vain = stands_still || slow > 0;
    let (wait, on_timeout) = (request.wait, request.on_timeout);
    let id = {
        let mut all = held(&call.workspace.inner.statements);
        let id = statement_id(all.texts.len(), &call.contents.id);
        all.texts.push(request.text.clone());
        all.used.insert(request.warehouse_id.clone(), call.now);
        all.known.retain(|_, it| call.now < it.submitted + STATES_ARE_KEPT);
        let gives_up = in_vain && wait == Wait::AWhile && on_timeout == OnTimeout::Cancel;
        let phase = if gives_up { Phase::Canceled } else { Phase::Waiting { pending, running } };
        all.known.insert(id.clone(), Statement::new(request, call.principal, call.now, phase));
        id
    };
    match wait {
        Wait::Not => Ok(state::waiting(&id, "PENDING")),
        Wait::AWhile if in_vain && on_timeout == OnTimeout::Continue => {
            Ok(state::waiting(&id, if stands_still { "PENDING" } else { "RUNNING" }))
        }
        Wait::AWhile => advanced(call, &id),
    }
}

/// In the form that Databricks' have: a UUID whose first part grows with time.
fn statement_id(number: usize, workspace: &str) -> String {
    let rest = Random::named(0, &format!("statement {number} of {workspace}")).uuid();
    format!("01f1{}", rest.get(4..).unwrap_or_default())
}

fn get(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.part(0);
    visible(call, id)?;
    advanced(call, id)
}

/// Whether there is such a statement, and it is the caller's own.
fn visible(call: &Call<'_>, id: &str) -> Result<(), Refusal> {
    let all = held(&call.workspace.inner.statements);
    match all.known.get(id).filter(|it| call.now < it.submitted + STATES_ARE_KEPT) {
        None => Err(Refusal::new(404, "NOT_FOUND", &format!("The statement {id} was not found."))),
        Some(it) if it.principal != call.principal => {
            Err(Refusal::new(403, "PERMISSION_DENIED", &format!("The statement {id} is somebody else's.")))
        }
        Some(_) => Ok(()),
    }
}

/// A step further, and what is known then.
fn advanced(call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let step = held(&call.workspace.inner.statements).known.get_mut(id).map(Statement::step);
    let request = match step {
        Some(state::Step::Compute(it)) => it,
        Some(state::Step::Wait(word)) => return Ok(state::waiting(id, word)),
        Some(state::Step::Done) | None => return shown(call, id, 0),
    };
    let catalog = held(&call.workspace.inner.catalog).clone();
    let chunk_rows = held(&call.workspace.inner.settings).chunk_rows;
    // On the threads of rayon, which are as many as processors: a statement takes memory while it is computed, and more of them at
    // once take more of it and no less time.
    let computed = rayon::scope(|_| compute(&request, &catalog, call.now, chunk_rows));
    call.workspace.finish_statement(id, computed, call.now);
    shown(call, id, 0)
}

fn compute(request: &Request, catalog: &Catalog, now: Millis, chunk_rows: usize) -> Result<Outcome, result::Failure> {
    let batch = sql::run(&request.question(now), catalog).map_err(|it: SqlError| result::Failure::of_sql(&it))?;
    Outcome::of(&batch, request, chunk_rows)
}

impl Workspace {
    fn finish_statement(&self, id: &str, computed: Result<Outcome, result::Failure>, now: Millis) {
        let mut all = held(&self.inner.statements);
        let Some(statement) = all.known.get_mut(id) else { return };
        // It may have been cancelled in the meantime.
        if !matches!(statement.phase, Phase::Computing) {
            return;
        }
        let bytes = match computed {
            Ok(outcome) => {
                let bytes = outcome.bytes();
                statement.phase = Phase::Succeeded { outcome: outcome.into(), at: now };
                bytes
            }
            Err(failure) => {
                statement.phase = Phase::Failed(failure);
                return;
            }
        };
        all.with_results.push_back((id.to_owned(), bytes));
        all.make_room(MOST_BYTES);
    }
}

impl Statements {
    /// Closes results if there are too many, or too large ones that nobody is still reading.
    fn make_room(&mut self, most_bytes: usize) {
        let Self { known, with_results, .. } = self;
        let mut left = with_results.len();
        let mut kept: usize = with_results.iter().map(|(_, bytes)| bytes).sum();
        with_results.retain(|(id, bytes)| {
            let statement = known.get_mut(id);
            let was_read = statement.as_ref().is_none_or(|it| it.was_read);
            let stays = left <= MOST_RESULTS && (kept <= most_bytes || !was_read);
            if !stays {
                left -= 1;
                kept -= bytes;
                statement.into_iter().for_each(Statement::close);
            }
            stays
        });
    }
}

/// State, manifest and a chunk of the result.
fn shown(call: &Call<'_>, id: &str, number: usize) -> Result<Value, Refusal> {
    let mut all = held(&call.workspace.inner.statements);
    let Some(statement) = all.known.get_mut(id) else {
        return Err(Refusal::new(404, "NOT_FOUND", &format!("The statement {id} was not found.")));
    };
    statement.age(call.now);
    let status = statement.phase.status();
    let outcome = match &statement.phase {
        Phase::Succeeded { outcome, .. } => outcome.clone(),
        // What was there is still described.
        Phase::Closed { manifest } => {
            return Ok(json!({"statement_id": id, "status": status, "manifest": manifest}));
        }
        Phase::Waiting { .. } | Phase::Computing | Phase::Failed(_) | Phase::Canceled => {
            return Ok(json!({"statement_id": id, "status": status}));
        }
    };
    drop(all);
    let result = outcome.chunk(call, id, number).unwrap_or_else(|| json!({}));
    Ok(json!({"statement_id": id, "status": status, "manifest": outcome.manifest, "result": result}))
}

fn chunk(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.part(0);
    visible(call, id)?;
    let outcome = {
        let mut all = held(&call.workspace.inner.statements);
        let Some(statement) = all.known.get_mut(id) else { return Ok(Value::Null) };
        statement.age(call.now);
        match &statement.phase {
            Phase::Succeeded { outcome, .. } => outcome.clone(),
            Phase::Closed { .. } => {
                return Err(Refusal::new(404, "NOT_FOUND", &format!("The result of the statement {id} was closed.")));
            }
            Phase::Waiting { .. } | Phase::Computing | Phase::Failed(_) | Phase::Canceled => {
                let message = format!("The statement {id} has no result.");
                return Err(Refusal::new(400, "BAD_REQUEST", &message));
            }
        }
    };
    let number = call.part(1).parse().ok();
    number.and_then(|it| outcome.chunk(call, id, it)).ok_or_else(|| {
        let message = format!("The requested chunk index {} is out of range.", call.part(1));
        Refusal::new(400, "BAD_REQUEST", &message)
    })
}

fn cancel(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.part(0);
    visible(call, id)?;
    if let Some(it) = held(&call.workspace.inner.statements).known.get_mut(id) {
        it.cancel();
    }
    Ok(json!({}))
}

fn close(call: &Call<'_>) -> Result<Value, Refusal> {
    let id = call.part(0);
    visible(call, id)?;
    if let Some(it) = held(&call.workspace.inner.statements).known.get_mut(id) {
        it.cancel();
        it.close();
    }
    Ok(json!({}))
}

/// Names of the schemas of `system`, and whether each is enabled.
pub(super) fn schemas(call: &Call<'_>) -> Vec<(String, bool)> {
    let catalog = held(&call.workspace.inner.catalog);
    let usual = ["access", "billing", "compute", "lakeflow", "query"].map(str::to_owned);
    let there: BTreeSet<String> = catalog.tables.iter().flat_map(|it| it.schemas()).collect();
    let all: BTreeSet<String> = there.iter().cloned().chain(usual).collect();
    all.into_iter().map(|it| (it.clone(), there.contains(&it) && !catalog.hidden.contains(&it))).collect()
}

#[cfg(test)]
mod tests;
