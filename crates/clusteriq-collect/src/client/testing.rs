//! A server that answers as a test says, and a clock that stands still until somebody waits.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use jiff::Timestamp;

use super::clock::{Clock, Wait};
use super::{Client, ClientError, Config, Layers, Options, ProfileFile, Proxies, Secret};

/// Time that passes only by waiting; without chance.
#[derive(Debug, Default)]
pub(crate) struct StandingClock {
    now: Mutex<Duration>,
    pub(crate) waits: Mutex<Vec<Duration>>,
}

impl StandingClock {
    pub(crate) fn advance(&self, time: Duration) {
        *self.now.lock().unwrap() += time;
    }

    /// Waits of a second or more: shorter ones keep the pace.
    pub(crate) fn long_waits(&self) -> Vec<u64> {
        self.waits.lock().unwrap().iter().map(Duration::as_secs).filter(|it| *it > 0).collect()
    }
}

impl Clock for StandingClock {
    fn now(&self) -> Duration {
        *self.now.lock().unwrap()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + jiff::SignedDuration::try_from(self.now()).unwrap()
    }

    fn sleep(&self, time: Duration) -> Wait<'_> {
        self.advance(time);
        self.waits.lock().unwrap().push(time);
        Box::pin(std::future::ready(()))
    }

    fn jitter(&self) -> f64 {
        0.0
    }
}

/// A request as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// `GET /path`.
    pub(crate) line: String,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn token(&self) -> &str {
        self.query.get("page_token").map_or("", String::as_str)
    }
}

/// What it answers.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    cut: bool,
}

pub(crate) fn json(body: serde_json::Value) -> Reply {
    text(200, body.to_string())
}

pub(crate) fn text(status: u16, body: impl Into<String>) -> Reply {
    Reply { status, headers: vec![], body: body.into().into_bytes(), cut: false }
}

/// What is no text.
pub(crate) fn bytes(body: Vec<u8>) -> Reply {
    Reply { status: 200, headers: vec![], body, cut: false }
}

/// The error answer of the service.
pub(crate) fn error(status: u16, code: &str, message: &str) -> Reply {
    text(status, serde_json::json!({"error_code": code, "message": message}).to_string())
}

impl Reply {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The connection breaks after what was said.
    pub(crate) fn cut(mut self) -> Self {
        self.cut = true;
        self
    }
}

/// A server on a port of its own, for as long as the test's runtime lives.
pub(crate) struct Server {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// `answer` is told how many requests of that line came before.
    pub(crate) async fn start(answer: impl Fn(&Seen, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::<Seen>::new()));
        let (all, answer) = (seen.clone(), Arc::new(answer));
        let app = Router::new().fallback(move |request: Request| {
            let (all, answer) = (all.clone(), answer.clone());
            async move {
                let it = read(request).await;
                let before = all.lock().unwrap().iter().filter(|old| old.line == it.line).count();
                all.lock().unwrap().push(it.clone());
                respond(answer(&it, before))
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, seen }
    }

    pub(crate) fn seen(&self, line: &str) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|it| it.line == line).cloned().collect()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|it| it.line.clone()).collect()
    }
}

async fn read(request: Request) -> Seen {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    let url = reqwest::Url::parse(&format!("http://x{}", parts.uri)).unwrap();
    let headers = parts.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    Seen {
        line: format!("{} {}", parts.method, url.path()),
        query: url.query_pairs().into_owned().collect(),
        headers: headers.collect(),
        body: String::from_utf8(bytes.to_vec()).unwrap(),
    }
}

fn respond(reply: Reply) -> Response {
    let mut builder = Response::builder().status(reply.status).header("content-type", "application/json");
    for (name, value) in reply.headers {
        builder = builder.header(name, value);
    }
    let body = if reply.cut {
        let parts = [Ok(reply.body), Err(std::io::Error::other("cut"))];
        Body::from_stream(futures_util::stream::iter(parts))
    } else {
        Body::from(reply.body)
    };
    builder.body(body).unwrap()
}

/// The configuration of a profile with these lines.
pub(crate) fn configured(lines: &str) -> Result<Config, ClientError> {
    let file = ProfileFile { path: "profiles".to_owned(), text: Secret::new(format!("[DEFAULT]\n{lines}\n")) };
    Config::resolve(&Layers { file: Some(file), ..Layers::default() })
}

/// A client of the server, by those lines.
pub(crate) async fn client_of(config: Config) -> (Client, Arc<StandingClock>) {
    let clock = Arc::new(StandingClock::default());
    let options = Options { proxies: Proxies::None, ..Options::default() };
    (Client::connect_at(config, &options, clock.clone()).await.unwrap(), clock)
}

/// A client of the server with a token.
pub(crate) async fn client(server: &Server) -> (Client, Arc<StandingClock>) {
    client_of(configured(&format!("host = {}\ntoken = the-token-of-the-test", server.url)).unwrap()).await
}

/// Runs a test.
pub(crate) fn run(test: impl Future<Output = ()>) {
    crate::block_on(test).unwrap();
}
