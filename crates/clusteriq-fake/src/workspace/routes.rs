//! Which paths there are, and under which versions.

use serde_json::Value;

use super::call::{Call, Version};
use super::errors::Refusal;
use super::{
    cluster_events, clusters, jobs, me, metastore, node_types, objects, pipelines, policies, pools, runs, runtimes,
    statements, warehouses,
};

/// A path and who answers it.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Below `/api/2.N/`; `{}` is a part that is left open.
    pub(super) path: &'static str,
    pub(super) versions: &'static [Version],
    pub(super) answer: fn(&Call<'_>) -> Result<Value, Refusal>,
}

/// The first version alone.
pub(super) const ONLY_2_0: &[Version] = &[Version::V2_0];
/// Clusters: SDKs up to 0.18 ask for the first one.
pub(super) const UP_TO_2_1: &[Version] = &[Version::V2_0, Version::V2_1];
/// Jobs.
pub(super) const UP_TO_2_2: &[Version] = &[Version::V2_0, Version::V2_1, Version::V2_2];

impl Route {
    pub(super) const fn get(
        path: &'static str,
        versions: &'static [Version],
        answer: fn(&Call<'_>) -> Result<Value, Refusal>,
    ) -> Self {
        Self { method: "GET", path, versions, answer }
    }
}

const ALL: &[&[Route]] = &[
    cluster_events::ROUTES,
    clusters::ROUTES,
    jobs::ROUTES,
    me::ROUTES,
    metastore::ROUTES,
    node_types::ROUTES,
    objects::ROUTES,
    pipelines::ROUTES,
    policies::ROUTES,
    pools::ROUTES,
    runs::ROUTES,
    runtimes::ROUTES,
    statements::ROUTES,
    warehouses::ROUTES,
];

/// A route that was found, the version that was asked for, and the parts that the route leaves open.
pub(super) type Found = (&'static Route, Version, Vec<String>);

/// Who answers a request. A slash at the end is accepted.
pub(super) fn find(method: &str, path: &str) -> Option<Found> {
    let (version, rest) = split(path)?;
    let rest = rest.trim_end_matches('/');
    ALL.iter()
        .copied()
        .flatten()
        .filter(|it| it.method == method && it.versions.contains(&version))
        .find_map(|route| Some((route, version, matched(route.path, rest)?)))
}

/// The path below the version, as errors name it.
pub(super) fn shown(path: &str) -> String {
    split(path).map_or_else(|| path.to_owned(), |(_, rest)| format!("/{rest}"))
}

fn split(path: &str) -> Option<(Version, &str)> {
    let (version, rest) = path.strip_prefix("/api/")?.split_once('/')?;
    let version = match version {
        "2.0" => Version::V2_0,
        "2.1" => Version::V2_1,
        "2.2" => Version::V2_2,
        _ => return None,
    };
    Some((version, rest))
}

fn matched(pattern: &str, path: &str) -> Option<Vec<String>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut parts = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parts),
            (Some("{}"), Some(it)) if !it.is_empty() => parts.push(it.to_owned()),
            (Some(a), Some(b)) if a == b => {}
            (Some(_) | None, Some(_) | None) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_under_its_versions_with_or_without_a_slash() {
        for path in ["/api/2.0/clusters/list", "/api/2.1/clusters/list", "/api/2.1/clusters/list/"] {
            assert_eq!(find("GET", path).map(|it| it.0.path), Some("clusters/list"), "{path}");
        }
        let (route, _, parts) = find("GET", "/api/2.0/pipelines/p/updates/u/").unwrap();
        assert_eq!((route.path, parts.as_slice()), ("pipelines/{}/updates/{}", &["p".to_owned(), "u".to_owned()][..]));
    }

    #[test]
    fn other_methods_and_versions_are_not_found() {
        for (method, path) in [
            ("POST", "/api/2.1/clusters/list"),
            ("POST", "/api/2.1/clusters/edit"),
            ("GET", "/api/2.2/clusters/list"),
            ("GET", "/api/3.0/clusters/list"),
            ("GET", "/clusters/list"),
            ("GET", "/api/2.0/sql/warehouses/a/b"),
        ] {
            assert!(find(method, path).is_none(), "{method} {path}");
        }
    }
}
