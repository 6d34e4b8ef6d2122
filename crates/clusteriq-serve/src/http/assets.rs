//! The web UI, built into the binary: its files, packed as they were when it was built.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use rust_embed::{EmbeddedFile, RustEmbed};

/// What `make ui` builds. A build without it has no pages and says so.
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Ui;

const WITHOUT: &str = "This build of ClusterIQ has no web UI: build it with `make ui` and compile again. The API is at /api, and \
    /api/openapi.json tells what it answers.\n";

/// A file of the UI; every other path is a page, which the UI's own router knows.
pub(super) fn serve(path: &str, asked: &HeaderMap) -> Response<Body> {
    let name = path.trim_start_matches('/');
    let is_file = name.starts_with("assets/") || name.rsplit('/').next().is_some_and(|it| it.contains('.'));
    let name = if name.is_empty() || !is_file { "index.html" } else { name };
    let Some(plain) = Ui::get(name) else {
        let (status, text) = if name == "index.html" {
            (StatusCode::SERVICE_UNAVAILABLE, WITHOUT)
        } else {
            (StatusCode::NOT_FOUND, "There is no such file.\n")
        };
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = status;
        set(&mut response, header::CONTENT_TYPE, "text/plain; charset=utf-8");
        return response;
    };
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let accepts =
        |coding: &str| accepted.split(',').any(|it| it.split(';').next().is_some_and(|it| it.trim() == coding));
    let packed = [("br", ".br"), ("gzip", ".gz")]
        .into_iter()
        .filter(|it| accepts(it.0))
        .find_map(|(coding, ending)| Some((coding, Ui::get(&format!("{name}{ending}"))?)));
    let tag = format!("\"{}\"", &hex(&plain)[..32]);
    let known = asked.get(header::IF_NONE_MATCH).is_some_and(|it| it.as_bytes() == tag.as_bytes());
    let kind = plain.metadata.mimetype().to_owned();
    let (coding, file) = packed.map_or((None, plain), |(coding, file)| (Some(coding), file));
    let mut response = Response::new(if known { Body::empty() } else { Body::from(file.data.into_owned()) });
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    // Names of parts change with their content.
    let keep = if name.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    set(&mut response, header::CACHE_CONTROL, keep);
    set(&mut response, header::CONTENT_TYPE, &with_charset(&kind));
    set(&mut response, header::ETAG, &tag);
    set(&mut response, header::VARY, "accept-encoding");
    if let Some(coding) = coding {
        set(&mut response, header::CONTENT_ENCODING, coding);
    }
    response
}

fn with_charset(kind: &str) -> String {
    if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}

fn hex(it: &EmbeddedFile) -> String {
    blake3::Hash::from_bytes(it.metadata.sha256_hash()).to_hex().to_string()
}

fn set(response: &mut Response<Body>, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}
