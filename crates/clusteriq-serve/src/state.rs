//! What the server holds: the newest analysis, the work that goes on, what happened.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use crate::metrics::Metrics;
use crate::options::Options;
use crate::snapshot::Snapshot;
use crate::work::{Failure, Phase, Progress, Work};

/// Events that are kept for clients that come back.
const KEPT: usize = 256;

/// Everything that requests share.
pub(crate) struct State {
    pub(crate) options: Options,
    pub(crate) work: Work,
    pub(crate) events: Events,
    pub(crate) metrics: Metrics,
    /// How often each address may ask.
    pub(crate) limiter: DefaultKeyedRateLimiter<IpAddr>,
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    scan: Mutex<ScanState>,
}

/// Requests a second that an address may make, and how many at once: a page makes some ten, a program may read lists.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(200).expect("not zero");
const AT_ONCE: NonZeroU32 = NonZeroU32::new(1000).expect("not zero");

/// The scan that runs, and how the last one ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScanState {
    pub(crate) running: Option<Running>,
    pub(crate) last: Option<Ended>,
    /// When the next one is due.
    pub(crate) next: Option<Timestamp>,
}

/// A scan that runs.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) since: Timestamp,
    pub(crate) progress: Progress,
}

/// A scan that ended.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) since: Timestamp,
    pub(crate) at: Timestamp,
    pub(crate) outcome: Result<(), Failure>,
}

impl State {
    pub(crate) fn new(options: Options, work: Work) -> Self {
        let metrics = Metrics::new();
        let limiter = RateLimiter::keyed(Quota::per_second(PER_SECOND).allow_burst(AT_ONCE));
        let events = Events::new();
        Self { options, work, events, metrics, limiter, snapshot: RwLock::default(), scan: Mutex::default() }
    }

    /// The newest analysis.
    pub(crate) fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn scan(&self) -> ScanState {
        self.scan.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn due(&self, next: Option<Timestamp>) {
        self.scan.lock().unwrap_or_else(PoisonError::into_inner).next = next;
    }

    /// Reads the store and makes a new analysis of it.
    pub(crate) fn analyse(&self) -> Result<(), Failure> {
        self.tell(Progress { phase: Phase::Analysing, text: "analysing".to_owned(), done: 0, total: None });
        let Some(it) = (self.work.analyse)()? else { return Ok(()) };
        let id = it.id.clone();
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(it));
        self.events.happened("snapshot", json!({"id": id}));
        Ok(())
    }

    /// Begins a scan, unless one runs. `true`: it has begun, and [`State::scanned`] has to follow.
    pub(crate) fn begin(&self) -> Option<Timestamp> {
        let mut scan = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
        if scan.running.is_some() {
            return None;
        }
        let since = (self.work.now)();
        let progress = Progress { phase: Phase::Starting, text: "starting".to_owned(), done: 0, total: None };
        scan.running = Some(Running { since, progress });
        Some(since)
    }

    /// Reads the workspaces, and analyses what came; blocks until it has ended.
    pub(crate) fn scanned(&self, since: Timestamp) {
        let outcome = match &self.work.scan {
            Ok(scan) => scan(&|it| self.tell(it)).and_then(|()| self.analyse()),
            // Nothing to read: the store may have changed all the same.
            Err(_) => self.analyse(),
        };
        self.ended(since, outcome);
    }

    /// Analyses what the store has; blocks until it has ended.
    pub(crate) fn reanalysed(&self, since: Timestamp) {
        let outcome = self.analyse();
        self.ended(since, outcome);
    }

    fn ended(&self, since: Timestamp, outcome: Result<(), Failure>) {
        self.metrics.scanned(outcome.is_ok());
        let message = match &outcome {
            Ok(()) => "the scan has ended".to_owned(),
            Err(it) => {
                tracing::error!(error = %it, "the scan failed");
                it.to_string()
            }
        };
        let ok = outcome.is_ok();
        {
            let mut scan = self.scan.lock().unwrap_or_else(PoisonError::into_inner);
            scan.running = None;
            scan.last = Some(Ended { since, at: (self.work.now)(), outcome });
        }
        self.events.happened("done", json!({"ok": ok, "message": message}));
    }

    fn tell(&self, progress: Progress) {
        let data = json!({
            "phase": progress.phase.word(),
            "text": progress.text,
            "done": progress.done,
            "total": progress.total,
        });
        if let Some(it) = &mut self.scan.lock().unwrap_or_else(PoisonError::into_inner).running {
            it.progress = progress;
        }
        self.events.happened("progress", data);
    }
}

/// Something that happened.
#[derive(Clone, Debug)]
pub(crate) struct Happened {
    pub(crate) id: u64,
    pub(crate) kind: &'static str,
    pub(crate) data: Value,
}

/// What happened lately, and a line to hear what happens.
pub(crate) struct Events {
    kept: Mutex<(u64, VecDeque<Happened>)>,
    line: broadcast::Sender<Happened>,
}

impl Events {
    fn new() -> Self {
        Self { kept: Mutex::default(), line: broadcast::channel(KEPT).0 }
    }

    pub(crate) fn happened(&self, kind: &'static str, data: Value) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.0 += 1;
        let it = Happened { id: kept.0, kind, data };
        kept.1.push_back(it.clone());
        if kept.1.len() > KEPT {
            kept.1.pop_front();
        }
        // Nobody may be listening.
        let _ = self.line.send(it);
    }

    /// What came after an event, and what is to come. Who never saw one hears only what comes.
    pub(crate) fn since(&self, seen: Option<u64>) -> (Vec<Happened>, broadcast::Receiver<Happened>) {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let after = kept.1.iter().filter(|it| seen.is_some_and(|seen| it.id > seen)).cloned().collect();
        (after, self.line.subscribe())
    }
}
