//! Who may ask: tokens, a proxy in front, or this machine; and no page of anybody else in a browser of ours.

use std::net::IpAddr;

use axum::http::{HeaderMap, Method, Uri, header};
use subtle::ConstantTimeEq;

use super::call::Role;
use super::refusal::Refusal;
use crate::options::{Access, Options, Proxy, Tokens};
use crate::state::State;

/// Name of the cookie of who signed in on the page.
pub(super) const COOKIE: &str = "clusteriq_session";

/// What somebody may do, or why not even ask.
pub(super) fn role(
    state: &State,
    peer: Option<IpAddr>,
    method: &Method,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Role, Refusal> {
    // Whoever watches over the server may look as often as they like: the answer costs nothing.
    if let Some(peer) = peer
        && uri.path() != "/health"
        && state.limiter.check_key(&peer).is_err()
    {
        return Err(Refusal::too_many());
    }
    named(&state.options, headers, uri)?;
    if !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS) {
        ours(headers)?;
    }
    match &state.options.access {
        Access::ThisMachine => Ok(Role::Admin),
        Access::Tokens(it) => tokens(it, headers),
        Access::Proxy(it) => proxied(it, peer, headers),
    }
}

/// The name by which a browser reached us. A page of a stranger whose name was turned to this machine's address would
/// come with the stranger's name.
fn named(options: &Options, headers: &HeaderMap, uri: &Uri) -> Result<(), Refusal> {
    let told = headers.get(header::HOST).and_then(|it| it.to_str().ok());
    let host = told.or_else(|| uri.authority().map(|it| it.as_str())).unwrap_or_default();
    let name = without_port(host);
    let is_ours = match options.access {
        // Who is let in by a token or by a proxy is let in whatever the name is: the token does not come with a stranger's page.
        Access::Tokens(_) | Access::Proxy(_) if options.hosts.is_empty() => true,
        Access::ThisMachine | Access::Tokens(_) | Access::Proxy(_) => {
            name.eq_ignore_ascii_case("localhost")
                || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
                || options.hosts.iter().any(|it| it.eq_ignore_ascii_case(name))
        }
    };
    if is_ours {
        return Ok(());
    }
    Err(Refusal::forbidden(format!("not a name of this server: {name}"), "add it with `--host NAME` if it is"))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|it| it.is_ascii_digit()) => name,
        _ => host,
    }
}

/// Changes are made by our own pages and by programs, not by a form on somebody else's page.
fn ours(headers: &HeaderMap) -> Result<(), Refusal> {
    let text = |name| headers.get(name).and_then(|it: &axum::http::HeaderValue| it.to_str().ok());
    if let Some(origin) = text(header::ORIGIN) {
        let from = origin.split_once("://").map(|it| it.1);
        if from != text(header::HOST) {
            return Err(Refusal::forbidden(
                format!("a page of another origin may not change anything: {origin}"),
                "use this server's own pages",
            ));
        }
    }
    if text(header::CONTENT_TYPE)
        .is_some_and(|it| !it.trim_start().to_ascii_lowercase().starts_with("application/json"))
    {
        return Err(Refusal::invalid("the body is not JSON", "send `Content-Type: application/json`"));
    }
    Ok(())
}

fn tokens(tokens: &Tokens, headers: &HeaderMap) -> Result<Role, Refusal> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok()?.strip_prefix("Bearer "));
    if let Some(given) = bearer {
        return holder(tokens, given).ok_or_else(Refusal::unauthenticated);
    }
    let session = cookie(headers).and_then(|given| {
        let fits = |it: &Option<String>| it.as_ref().is_some_and(|it| equal(&session(it), given));
        if fits(&tokens.admin) { Some(Role::Admin) } else { fits(&tokens.viewer).then_some(Role::Viewer) }
    });
    Ok(session.unwrap_or(Role::Nobody))
}

/// Whose token it is.
pub(super) fn holder(tokens: &Tokens, given: &str) -> Option<Role> {
    let fits = |it: &Option<String>| it.as_ref().is_some_and(|it| equal(it, given));
    // Both are compared, so that the time tells nothing.
    let (admin, viewer) = (fits(&tokens.admin), fits(&tokens.viewer));
    if admin { Some(Role::Admin) } else { viewer.then_some(Role::Viewer) }
}

fn equal(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}

/// What the cookie holds: it opens the door as the token does, and does not tell it.
pub(super) fn session(token: &str) -> String {
    blake3::Hash::from_bytes(blake3::derive_key("ClusterIQ 2026-11-28 session cookie", token.as_bytes()))
        .to_hex()
        .to_string()
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
    all.flat_map(|it| it.split(';')).find_map(|it| it.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn proxied(proxy: &Proxy, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<Role, Refusal> {
    if peer != Some(proxy.address) {
        return Err(Refusal::forbidden("only the proxy may ask", "reach this server through it"));
    }
    let name = headers.get(proxy.header.as_str()).and_then(|it| it.to_str().ok()).filter(|it| !it.is_empty());
    let role = |name: &str| if proxy.admins.iter().any(|it| it == name) { Role::Admin } else { Role::Viewer };
    Ok(name.map_or(Role::Nobody, role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_no_part_of_a_name() {
        assert_eq!(without_port("localhost:8080"), "localhost");
        assert_eq!(without_port("[::1]:8080"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("clusteriq.example.com"), "clusteriq.example.com");
    }

    #[test]
    fn a_session_does_not_tell_the_token() {
        assert_eq!(session("secret").len(), 64);
        assert!(!session("secret").contains("secret"));
        assert_ne!(session("secret"), session("secret2"));
    }
}
