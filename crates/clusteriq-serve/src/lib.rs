//! The HTTP API and the web UI: answers from one analysis, for people and programs.
//!
//! The server is handed what it needs ([`Work`]): how to have the store analysed, how to have workspaces read. It holds one
//! [`Snapshot`], made once per analysis with everything that pages show, so that a request only picks, filters and sorts.
#![warn(missing_docs)]

mod api;
mod http;
mod metrics;
mod options;
mod schedule;
mod snapshot;
mod state;
#[cfg(test)]
mod tests;
mod work;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub use api::settings::{KNOBS, Knob};
pub use options::{Access, Options, Proxy, Tokens};
pub use schedule::ScanSchedule;
pub use snapshot::{Analysed, ImportState, Snapshot, SourceState};
pub use work::{Analyse, Failure, Keep, Phase, Progress, ReadWorkspaces, Work};

use state::State;

/// How long a stopping server waits for answers that are under way.
const GRACE: Duration = Duration::from_secs(5);

/// A server that cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}\n\nhint: another program may use that port; choose one with `--port`")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// An address that others can reach, and no way to tell who asks.
    #[error(
        "others can reach {address}, and nobody has to sign in there\n\nhint: set CLUSTERIQ_ADMIN_TOKEN or CLUSTERIQ_VIEWER_TOKEN, \
         or name a proxy that signs people in; 127.0.0.1 needs neither"
    )]
    Open {
        /// Where.
        address: SocketAddr,
    },
    /// No thread or no socket could be had.
    #[error("the server cannot run")]
    Run(#[from] std::io::Error),
}

/// The OpenAPI document, as text that ends with a line break.
#[must_use]
pub fn openapi() -> String {
    format!("{:#}\n", http::document())
}

/// What the server does as soon as it listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Analyses what the store has.
    Analyse,
    /// Reads the workspaces, and then analyses.
    Scan,
}

/// Serves until the program is told to end. `listening` hears the address, which has the port that was found if 0 was asked for.
///
/// # Errors
/// The address cannot be listened on, or is open to others without anybody having to sign in.
pub fn serve(
    options: Options,
    work: Work,
    begin: Begin,
    listening: impl FnOnce(SocketAddr) + Send,
) -> Result<(), ServeError> {
    let address = options.listen;
    if matches!(options.access, Access::ThisMachine) && !address.ip().is_loopback() {
        return Err(ServeError::Open { address });
    }
    let state = Arc::new(State::new(options, work));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let listener =
            tokio::net::TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
        let at = listener.local_addr()?;
        tracing::info!(address = %at, "listening");
        listening(at);
        first(&state, begin);
        tokio::spawn(scheduled(state.clone()));
        let router = http::router(&state).into_make_service_with_connect_info::<SocketAddr>();
        let (stop, mut stopped) = tokio::sync::watch::channel(());
        let served = axum::serve(listener, router).with_graceful_shutdown(async move {
            told_to_end().await;
            let _ = stop.send(());
        });
        // Streams of events never end by themselves.
        tokio::select! {
            it = async { served.await } => it.map_err(ServeError::Run),
            () = async { let _ = stopped.changed().await; tokio::time::sleep(GRACE).await } => Ok(()),
        }
    });
    // A scan may go on: what it has put into the store is whole.
    runtime.shutdown_background();
    served
}

fn first(state: &Arc<State>, begin: Begin) {
    let state = state.clone();
    std::thread::spawn(move || match (begin, state.begin()) {
        (Begin::Scan, Some(since)) => state.scanned(since),
        (Begin::Analyse, Some(since)) => state.reanalysed(since),
        (Begin::Scan | Begin::Analyse, None) => {}
    });
}

/// Scans whenever the schedule says so.
async fn scheduled(state: Arc<State>) {
    let Some(schedule) = state.options.schedule.clone() else { return };
    loop {
        let now = (state.work.now)();
        let Some(next) = schedule.after(now) else { return };
        state.due(Some(next));
        let wait = Duration::try_from(next.duration_since(now)).unwrap_or(Duration::from_secs(1));
        tokio::time::sleep(wait).await;
        let Some(since) = state.begin() else {
            tracing::warn!("a scan is due, and one runs already");
            continue;
        };
        let state = state.clone();
        // One that fails is told and tried again at its next time.
        let _ = tokio::task::spawn_blocking(move || state.scanned(since)).await;
    }
}

async fn told_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut ended) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = ended.recv() => {}
                }
            }
            Err(_) => {
                let _ = interrupted.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
    tracing::info!("ending");
}
