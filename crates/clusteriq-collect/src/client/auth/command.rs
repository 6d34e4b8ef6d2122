//! Tokens of whoever is signed in to a command line tool.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use tokio::process::Command;

use super::{Audience, Token, azure};
use crate::client::Secret;
use crate::client::answer::shortened;
use crate::client::config::Config;
use crate::client::error::ClientError;
use crate::client::transport::Transport;

/// A tool that asks a question nobody sees would wait for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// `databricks auth token --host …`: <https://docs.databricks.com/aws/en/dev-tools/cli/reference/auth-commands>, read 2026-09.
pub(super) async fn databricks(program: &str, config: &Config, transport: &Transport) -> Result<Token, ClientError> {
    const HINT: &str = "sign in with `databricks auth login --host …`, or set DATABRICKS_TOKEN; databricks_cli_path says where \
                        the tool is";
    let json = run(program, &["auth", "token", "--host", &config.host], HINT).await?;
    let until = json["expiry"].as_str().and_then(|it| it.parse::<Timestamp>().ok());
    token(&json, "access_token", until, transport).ok_or_else(|| no_token(program, HINT))
}

/// `az account get-access-token`.
pub(super) async fn azure(config: &Config, audience: Audience, transport: &Transport) -> Result<Token, ClientError> {
    const HINT: &str = "sign in with `az login`, or configure a service principal";
    let resource = azure::resource(config, audience);
    let json = run("az", &["account", "get-access-token", "--output", "json", "--resource", resource], HINT).await?;
    // `expiresOn` is in the zone of the machine: not used.
    let until = json["expires_on"].as_i64().or_else(|| json["expires_on"].as_str()?.parse().ok());
    let until = until.and_then(|it| Timestamp::from_second(it).ok());
    token(&json, "accessToken", until, transport).ok_or_else(|| no_token("az", HINT))
}

/// `gcloud auth print-identity-token`: <https://cloud.google.com/sdk/gcloud/reference/auth/print-identity-token>, read 2026-11.
pub(super) async fn google(program: &str, account: &str, audience: &str) -> Result<Secret, ClientError> {
    const HINT: &str = "sign in with `gcloud auth login` as somebody with the role roles/iam.serviceAccountTokenCreator on \
                        google_service_account, or use its key with google_credentials";
    let (account, audience) = (format!("--impersonate-service-account={account}"), format!("--audiences={audience}"));
    let args = ["auth", "print-identity-token", "--quiet", "--include-email", &account, &audience];
    let said = printed(program, &args, HINT).await?;
    let token = String::from_utf8(said).ok().map(|it| it.trim().to_owned()).filter(|it| !it.is_empty());
    token.map(Secret::new).ok_or_else(|| no_token(program, HINT))
}

fn token(json: &Value, member: &str, until: Option<Timestamp>, transport: &Transport) -> Option<Token> {
    let value = json[member].as_str().filter(|it| !it.is_empty())?;
    Some(Token::until(Secret::new(value), until, transport))
}

fn no_token(program: &str, hint: &'static str) -> ClientError {
    ClientError::Command { command: program.to_owned(), reason: "its answer has no token".to_owned(), hint }
}

async fn run(program: &str, args: &[&str], hint: &'static str) -> Result<Value, ClientError> {
    let json = printed(program, args, hint).await?;
    serde_json::from_slice(&json).map_err(|_| failed(program, args, "its answer is not JSON".to_owned(), hint))
}

fn failed(program: &str, args: &[&str], reason: String, hint: &'static str) -> ClientError {
    ClientError::Command { command: format!("{program} {}", args.join(" ")), reason, hint }
}

/// What the tool prints.
async fn printed(program: &str, args: &[&str], hint: &'static str) -> Result<Vec<u8>, ClientError> {
    let failed = |reason: String| failed(program, args, reason, hint);
    let mut command = Command::new(program);
    command.args(args).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let done = tokio::time::timeout(PATIENCE, command.output()).await;
    let done = done.map_err(|_| failed(format!("no answer within {} s", PATIENCE.as_secs())))?;
    let done = done.map_err(|it| match it.kind() {
        std::io::ErrorKind::NotFound => failed("it is not installed, or not in the PATH".to_owned()),
        _ => failed(it.to_string()),
    })?;
    if !done.status.success() {
        // What it prints on standard output may be a token; what it complains about is not.
        return Err(failed(shortened(&String::from_utf8_lossy(&done.stderr))));
    }
    Ok(done.stdout)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::client::testing::run as run_test;

    #[test]
    fn googles_command_line_gives_the_token_of_a_service_account_as_plain_text() {
        run_test(async {
            // It says how it was called.
            let said = google("echo", "a@b", "https://h.example").await.unwrap();
            let args = "--include-email --impersonate-service-account=a@b --audiences=https://h.example";
            assert_eq!(said.expose(), format!("auth print-identity-token --quiet {args}"));
            let said = google("true", "a@b", "https://h.example").await.unwrap_err().to_string();
            assert!(said.contains("no token") && said.contains("gcloud auth login"), "{said}");
            let said = google("false", "a@b", "https://h.example").await.unwrap_err().to_string();
            assert!(said.contains("a@b") && said.contains("serviceAccountTokenCreator"), "{said}");
        });
    }
}
