//! A server on a free port, and a client of it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::{program, store};

/// A server that ends with this.
pub(crate) struct Server {
    child: Child,
    /// Its address, e.g. `http://127.0.0.1:4321`.
    pub(crate) url: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: ureq::http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|it| unreachable!("{it}: {}", self.text))
    }

    /// Of an answer that has to be there.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// The code of an error in the agreed shape.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.text);
        let it = self.json();
        assert_eq!(it["status"], status);
        assert!(!it["message"].as_str().unwrap().is_empty());
        it["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }
}

impl Server {
    /// Serves a store; waits until there is an analysis.
    pub(crate) fn start(store: &Path, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = program(store);
        for name in ["CLUSTERIQ_ADMIN_TOKEN", "CLUSTERIQ_VIEWER_TOKEN", "RUST_LOG"] {
            command.env_remove(name);
        }
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(args).envs(environment.iter().copied());
        let it = Self::of(&mut command);
        let token = environment.iter().find(|it| it.0.ends_with("TOKEN")).map(|it| format!("Bearer {}", it.1));
        let headers: Vec<(&str, &str)> = token.iter().map(|it| ("authorization", it.as_str())).collect();
        while it.with("GET", "/health", &headers, None).json()["ready"] != true {
            std::thread::yield_now();
        }
        it
    }

    /// A command that prints its address.
    pub(crate) fn of(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split_whitespace().find(|it| it.starts_with("http://")).unwrap().to_owned();
        Self { child, url }
    }

    /// One for all tests that only read, with the company's store.
    pub(crate) fn shared() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(store(), &[], &[]))
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.with("GET", path, &[], None)
    }

    /// A request with headers and a body.
    pub(crate) fn with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).proxy(None).build().into();
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut answer = agent.run(request.body(body.unwrap_or_default().to_owned()).unwrap()).unwrap();
        Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            text: String::from_utf8_lossy(&answer.body_mut().with_config().limit(1 << 26).read_to_vec().unwrap())
                .into_owned(),
        }
    }

    /// A change, as a program sends it.
    pub(crate) fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.with(method, path, &[("content-type", "application/json")], Some(&body.to_string()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
