//! Which configuration comes of which layers.

use std::collections::BTreeMap;

use super::{Config, Layers};
use crate::client::testing::configured;
use crate::client::{ClientError, ProfileFile, Secret};

fn environment(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn file() -> ProfileFile {
    let text = "[DEFAULT]\nhost = default.example\ntoken = default-token\n[p]\nhost = https://p.example/?o=1\ntoken = p-token\n";
    ProfileFile { path: "profiles".to_owned(), text: Secret::new(text) }
}

fn resolve(pairs: &[(&str, &str)], profile: Option<&str>) -> Result<Config, ClientError> {
    let profile = profile.map(str::to_owned);
    Config::resolve(&Layers { environment: environment(pairs), profile, file: Some(file()), ..Layers::default() })
}

#[test]
fn the_environment_goes_before_a_profile_and_keeps_an_unnamed_one_out() {
    assert_eq!(resolve(&[], None).unwrap().host, "https://default.example");
    let it = resolve(&[("DATABRICKS_HOST", "env.example"), ("DATABRICKS_TOKEN", "t")], None).unwrap();
    assert_eq!((it.host.as_str(), it.method_name()), ("https://env.example", "pat"));
    // A host alone: the token of an unnamed profile is not sent to it.
    assert_eq!(resolve(&[("DATABRICKS_HOST", "env.example")], None).unwrap().method_name(), "databricks-cli");
    assert_eq!(resolve(&[("DATABRICKS_CONFIG_PROFILE", "p")], None).unwrap().host, "https://p.example");
    let mixed = resolve(&[("DATABRICKS_HOST", "env.example")], Some("p")).unwrap();
    assert_eq!(mixed.host, "https://env.example");
    let notes = mixed.notes(Some("p"));
    assert!(notes.len() == 2 && notes.iter().all(|it| it.contains("DATABRICKS_HOST")), "{notes:?}");
    assert_eq!(resolve(&[], Some("p")).unwrap().notes(Some("p")), Vec::<String>::new());
}

#[test]
fn what_is_given_goes_before_everything() {
    let given = BTreeMap::from([("host", "given.example".to_owned())]);
    let environment = environment(&[("DATABRICKS_HOST", "env.example"), ("DATABRICKS_TOKEN", "t")]);
    let it = Config::resolve(&Layers { given, environment, ..Layers::default() }).unwrap();
    assert_eq!(it.host, "https://given.example");
    assert_eq!(it.origins(), "host (given), token (environment DATABRICKS_TOKEN)");
}

#[test]
fn methods_are_picked_in_the_order_of_databricks_own_clients() {
    for (lines, method) in [
        ("token = t", "pat"),
        ("client_id = i\nclient_secret = s", "oauth-m2m"),
        ("azure_client_id = i\nazure_client_secret = s\nazure_tenant_id = t", "azure-client-secret"),
        ("azure_use_msi = TRUE", "azure-msi"),
        ("azure_workspace_resource_id = /x", "azure-cli"),
        ("", "databricks-cli"),
        ("metadata_service_url = http://127.0.0.1:1/x", "metadata-service"),
        ("oidc_token_filepath = f", "file-oidc"),
        ("client_id = i\noidc_token_filepath = f\nauth_type = file-oidc", "file-oidc"),
        ("google_credentials = f", "google-credentials"),
        ("google_service_account = a@b.iam.gserviceaccount.com", "google-id"),
        ("google_credentials = f\ngoogle_service_account = a", "google-credentials"),
        ("token = t\nauth_type = databricks-cli", "databricks-cli"),
        ("token = t\nclient_id = i\nclient_secret = s\nauth_type = oauth-m2m", "oauth-m2m"),
    ] {
        assert_eq!(configured(&format!("host = h.example\n{lines}")).unwrap().method_name(), method, "{lines}");
    }
}

#[test]
fn an_id_token_of_the_environment_is_used_before_command_lines_and_azure() {
    let method = |lines: &str, pairs: &[(&str, &str)]| {
        let file = ProfileFile { path: "profiles".to_owned(), text: Secret::new(format!("[p]\nhost = h\n{lines}\n")) };
        let profile = Some("p".to_owned());
        let layers = Layers { environment: environment(pairs), profile, file: Some(file), ..Layers::default() };
        Config::resolve(&layers).unwrap().method_name()
    };
    let mine = [("DATABRICKS_OIDC_TOKEN", "jwt")];
    let github = [("ACTIONS_ID_TOKEN_REQUEST_URL", "https://x/?y"), ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t")];
    assert_eq!(method("", &mine), "env-oidc");
    assert_eq!(method("azure_client_id = i\nazure_client_secret = s", &mine), "env-oidc");
    assert_eq!(method("client_id = i\nclient_secret = s", &mine), "oauth-m2m");
    assert_eq!(method("token = t", &mine), "pat");
    assert_eq!(method("oidc_token_env = OTHER", &[("OTHER", "jwt"), mine[0]]), "env-oidc");
    assert_eq!(method("client_id = i", &github), "github-oidc");
    assert_eq!(method("client_id = i", &[github[0], github[1], mine[0]]), "env-oidc");
    assert_eq!(method("", &github), "databricks-cli");
}

#[test]
fn a_workspace_on_azure_with_nothing_configured_is_tried_with_azures_command_line_first() {
    let method =
        |lines: &str| configured(&format!("host = adb-17.7.azuredatabricks.net\n{lines}")).unwrap().method_name();
    assert_eq!(method(""), "azure-cli or databricks-cli");
    assert_eq!(method("auth_type = databricks-cli"), "databricks-cli");
    assert_eq!(method("azure_use_msi = false\ntoken = t"), "pat");
}

#[test]
fn a_host_is_cleaned_and_nonsense_is_named() {
    for host in ["h.example", "https://h.example/", "https://h.example:443/?o=7#job", " https://H.example "] {
        assert_eq!(configured(&format!("token = t\nhost = {host}")).unwrap().host, "https://h.example", "{host}");
    }
    assert_eq!(configured("token = t\nhost = http://127.0.0.1:8080").unwrap().host, "http://127.0.0.1:8080");
    for host in ["https://", "ftp://h.example", "https://user:word@h.example", "a b"] {
        let said = configured(&format!("token = t\nhost = {host}")).unwrap_err();
        assert!(matches!(said, ClientError::BadHost { .. }), "{host}");
        assert!(!said.to_string().contains("word"), "{said}");
    }
}

#[test]
fn what_cannot_work_says_what_was_found_and_where_and_no_secret() {
    for (lines, words) in [
        ("token = hidden-1", "no workspace is configured; found: token (profile DEFAULT of profiles)"),
        (
            "host = h\ntoken = hidden-1\nclient_id = i\nclient_secret = hidden-2",
            "configured: pat and oauth; found: client_id",
        ),
        ("host = h\nclient_id = i", "oauth-m2m; found: client_id"),
        ("host = h\nauth_type = env-oidc", "env-oidc; found: auth_type"),
        ("host = h\noidc_token_env = NOT_SET", "env-oidc; found: host"),
        ("host = h\nclient_id = i\nauth_type = github-oidc", "github-oidc; found: auth_type"),
        ("host = h\nauth_type = google-id", "google-id; found: auth_type"),
        ("host = h\nazure_client_id = i\nauth_type = azure-client-secret", "azure-client-secret; found: auth_type"),
        ("host = h\nusername = u\npassword = hidden-1", "not supported yet: basic"),
        ("host = h\nclient_id = i\noidc_token_filepath = f", "configured: oauth and file-oidc; found: client_id"),
        ("host = h\nmetadata_service_url = hidden-1\ngoogle_credentials = hidden-2", "google and metadata-service"),
        ("host = h\nauth_type = azure-devops-oidc", "not supported yet: azure-devops-oidc"),
        ("host = h\ntoken = hidden-1\nauth_type = magic", "not a way of signing in: magic"),
        ("host = h\nazure_use_msi = true\nazure_environment = moon", "not a cloud of Azure: moon"),
    ] {
        let said = configured(lines).unwrap_err();
        assert!(said.to_string().contains(words) && said.to_string().contains("\n\nhint: "), "{lines}: {said}");
        assert!(!format!("{said}{said:?}").contains("hidden"), "{said:?}");
    }
}

#[test]
fn a_configuration_shows_no_secret_when_it_is_printed() {
    let it = configured("host = h\nclient_id = i\nclient_secret = hidden-2").unwrap();
    assert!(!format!("{it:?}").contains("hidden"));
    assert!(!format!("{:?}", file()).contains("token"));
}

#[test]
fn a_profile_without_a_file_is_named() {
    let layers = Layers { profile: Some("p".to_owned()), ..Layers::default() };
    assert!(matches!(Config::resolve(&layers), Err(ClientError::NoProfileFile { .. })));
}

#[test]
fn no_token_goes_over_plain_http_to_another_machine() {
    for host in [
        "http://dbc-a1b2c3d4-e5f6.cloud.databricks.com",
        "http://10.0.0.7:8080",
        "http://[2001:db8::1]",
        "http://localhost.example",
    ] {
        for lines in ["token = t", "client_id = c\nclient_secret = s", "auth_type = databricks-cli"] {
            let error = configured(&format!("{lines}\nhost = {host}")).unwrap_err().to_string();
            assert!(error.starts_with(&format!("tokens are not sent unencrypted: {host}\n\nhint: ")), "{error}");
            assert!(error.contains("https://"), "{error}");
        }
    }
    for host in
        ["http://localhost:1", "http://127.0.0.1", "http://127.9.9.9:80", "http://[::1]:8080", "https://10.0.0.7"]
    {
        configured(&format!("token = t\nhost = {host}")).unwrap();
    }
}
