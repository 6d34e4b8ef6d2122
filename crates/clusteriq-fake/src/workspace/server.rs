//! A workspace on a port: in a runtime that exists, or with a thread of its own.

use std::future::Future;
use std::net::Ipv4Addr;
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Workspace, transport};
use crate::FakeError;

/// Serves a workspace until `shutdown` is done; requests that have begun are answered to the end.
pub async fn serve(
    workspace: Workspace,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, transport::router(workspace)).with_graceful_shutdown(shutdown).await
}

/// A workspace that is being served by a thread of its own. Dropped, it stops.
pub struct Server {
    /// `http://127.0.0.1:PORT`: the host to give to clients.
    pub url: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Workspace {
    /// Serves it on a free port of this machine. Needs no async runtime.
    pub fn start(&self) -> Result<Server, FakeError> {
        let failed = |source| FakeError::Listen { source };
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let url = format!("http://{}", listener.local_addr().map_err(failed)?);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let listener = {
            let _inside = runtime.enter();
            TcpListener::from_std(listener).map_err(failed)?
        };
        let (stop, stopped) = oneshot::channel();
        let workspace = self.clone();
        let serving = async move {
            tokio::spawn(serve(workspace, listener, std::future::pending()));
            // The other end says so, or is gone: both mean the end. What is still open goes with the runtime.
            let _ = stopped.await;
        };
        let thread = std::thread::spawn(move || runtime.block_on(serving));
        Ok(Server { url, stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(it) = self.stop.take() {
            // It may have ended by itself.
            let _ = it.send(());
        }
        if let Some(it) = self.thread.take() {
            // A panic in it was printed where it happened.
            let _ = it.join();
        }
    }
}
