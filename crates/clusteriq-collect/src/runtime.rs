//! Where the client runs: one thread is plenty for four requests at a time.

use std::future::Future;

use crate::client::ClientError;

/// Runs the client's calls to their end, for callers that are not asynchronous themselves.
///
/// # Errors
///
/// The system refuses what a runtime needs.
pub fn block_on<T>(work: impl Future<Output = T>) -> Result<T, ClientError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|it| ClientError::Setup { reason: it.to_string() })?;
    Ok(runtime.block_on(work))
}
