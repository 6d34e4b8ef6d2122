//! How far reading is: a bar on a terminal, news for who asked for them, nothing elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clusteriq_collect::Progress;
use clusteriq_serve::Phase;
use indicatif::{ProgressBar, ProgressStyle};

/// News come at most so often.
const PAUSE: Duration = Duration::from_millis(150);

/// Hears how far it is.
pub(crate) type Hear<'a> = &'a (dyn Fn(clusteriq_serve::Progress) + Sync);

/// Who wants to know how far it is.
#[derive(Clone, Copy)]
pub(crate) enum Shown<'a> {
    /// People at a terminal; what was done is said at its end.
    Terminal,
    /// Nobody.
    Nobody,
    /// The web page.
    Told(Hear<'a>),
}

impl Shown<'_> {
    /// Quiet but for errors, or not.
    pub(crate) fn unless(quiet: bool) -> Self {
        if quiet { Self::Nobody } else { Self::Terminal }
    }

    /// Whether to say what was done.
    pub(crate) fn is_quiet(self) -> bool {
        match self {
            Self::Terminal => false,
            Self::Nobody | Self::Told(_) => true,
        }
    }

    /// Says what comes now, to who is told.
    pub(crate) fn now(self, phase: Phase, text: &str) {
        if let Self::Told(hear) = self {
            hear(clusteriq_serve::Progress { phase, text: text.to_owned(), done: 0, total: None });
        }
    }
}

/// News that do not come too often.
struct News<'a> {
    hear: Hear<'a>,
    phase: Phase,
    done: AtomicU64,
    total: Option<u64>,
    last: Mutex<Option<Instant>>,
}

impl<'a> News<'a> {
    fn new(shown: Shown<'a>, phase: Phase, total: Option<u64>) -> Option<Self> {
        match shown {
            Shown::Told(hear) => Some(Self { hear, phase, done: AtomicU64::new(0), total, last: Mutex::new(None) }),
            Shown::Terminal | Shown::Nobody => None,
        }
    }

    fn add(&self, text: &str, more: u64) {
        let done = self.done.fetch_add(more, Ordering::Relaxed) + more;
        let Ok(mut last) = self.last.lock() else { return };
        if last.is_some_and(|it| it.elapsed() < PAUSE) {
            return;
        }
        *last = Some(Instant::now());
        let (phase, total) = (self.phase, self.total);
        (self.hear)(clusteriq_serve::Progress { phase, text: text.to_owned(), done, total });
    }
}

fn bar(shown: Shown<'_>, make: impl FnOnce() -> ProgressBar) -> ProgressBar {
    match shown {
        Shown::Terminal if std::io::stderr().is_terminal() => make(),
        Shown::Terminal | Shown::Nobody | Shown::Told(_) => ProgressBar::hidden(),
    }
}

/// Bytes of files read, with rate and time left.
pub(crate) struct Bar<'a> {
    bar: ProgressBar,
    news: Option<News<'a>>,
}

impl<'a> Bar<'a> {
    /// For so many bytes.
    pub(crate) fn new(bytes: u64, shown: Shown<'a>) -> Self {
        let make = || {
            let bar = ProgressBar::new(bytes);
            let style = ProgressStyle::with_template(
                "{bar:30} {percent:>3} %  {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}",
            );
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        };
        Self { bar: bar(shown, make), news: News::new(shown, Phase::Storing, Some(bytes)) }
    }

    /// Takes the bar away.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar<'_> {
    fn advanced(&self, table: &str, bytes: u64, _rows: u64) {
        self.bar.set_message(table.to_owned());
        self.bar.inc(bytes);
        if let Some(it) = &self.news {
            it.add(&format!("storing {table}"), bytes);
        }
    }
}

/// How many objects of which list have been read.
pub(crate) struct Counter<'a> {
    bar: ProgressBar,
    news: Option<News<'a>>,
}

impl<'a> Counter<'a> {
    pub(crate) fn new(shown: Shown<'a>) -> Self {
        let make = || {
            ProgressBar::new_spinner().with_style(
                ProgressStyle::with_template("{pos} objects  {msg}")
                    .unwrap_or_else(|_| ProgressStyle::default_spinner()),
            )
        };
        Self { bar: bar(shown, make), news: News::new(shown, Phase::Reading, None) }
    }

    /// Takes the line away.
    pub(crate) fn done(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Counter<'_> {
    fn advanced(&self, table: &str, _bytes: u64, rows: u64) {
        self.bar.set_message(table.to_owned());
        self.bar.inc(rows);
        if let Some(it) = &self.news {
            it.add(&format!("reading {table}"), rows);
        }
    }
}
