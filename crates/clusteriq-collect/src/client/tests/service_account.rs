//! A service account of Google that there is not, with a key that `openssl` makes for the tests and nobody keeps.
#![allow(clippy::print_stderr, reason = "a test says aloud that it was skipped")]

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

/// Its key.
#[derive(Debug)]
pub(super) struct Account {
    /// PKCS #8, in PEM.
    private: String,
    /// PKCS #1, in DER.
    public: Vec<u8>,
}

/// The account; none, and a word about it, where there is no `openssl`. That fails in CI.
pub(super) fn account() -> Option<&'static Account> {
    static ACCOUNT: OnceLock<Option<Account>> = OnceLock::new();
    let made = ACCOUNT.get_or_init(|| match make() {
        Ok(it) => Some(it),
        Err(why) if std::env::var("CI").is_ok_and(|it| it == "true") => unreachable!("no openssl: {why}"),
        Err(why) => {
            eprintln!("SKIPPED: no request to Google was signed, without openssl: {why}");
            None
        }
    });
    made.as_ref()
}

fn make() -> std::io::Result<Account> {
    let made = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"], "")?;
    let private = String::from_utf8(made).map_err(std::io::Error::other)?;
    let public = openssl(&["rsa", "-RSAPublicKey_out", "-outform", "DER"], &private)?;
    Ok(Account { private, public })
}

fn openssl(args: &[&str], input: &str) -> std::io::Result<Vec<u8>> {
    let mut command = Command::new("openssl");
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    // Dropped, it is closed.
    child.stdin.take().map_or(Ok(()), |mut it| it.write_all(input.as_bytes()))?;
    let out = child.wait_with_output()?;
    if out.status.success() { Ok(out.stdout) } else { Err(std::io::Error::other(out.status.to_string())) }
}

impl Account {
    /// Its key as Google gives it out, with the address of a token endpoint.
    pub(super) fn key(&self, token_uri: &str) -> Value {
        json!({
            "type": "service_account", "client_email": "reader@p.iam.gserviceaccount.com", "private_key_id": "key-1",
            "private_key": self.private, "token_uri": token_uri,
        })
    }

    /// Header and claims of a JWT that it signed.
    pub(super) fn opened(&self, jwt: &str) -> [Value; 2] {
        let decoded = |it: &str| BASE64.decode(it).unwrap();
        let (signed, signature) = jwt.rsplit_once('.').unwrap();
        let schemes = rustls::crypto::ring::default_provider().signature_verification_algorithms.mapping;
        let rs256 = schemes.iter().find(|it| it.0 == rustls::SignatureScheme::RSA_PKCS1_SHA256).unwrap().1[0];
        rs256.verify_signature(&self.public, signed.as_bytes(), &decoded(signature)).unwrap();
        let (head, claims) = signed.split_once('.').unwrap();
        [head, claims].map(|it| serde_json::from_slice(&decoded(it)).unwrap())
    }
}

/// A JWT of somebody else that expires then: nobody here looks at its signature.
pub(super) fn id_token(of: &str, expires_at: i64) -> String {
    let claims = BASE64.encode(json!({"sub": of, "exp": expires_at}).to_string());
    format!("e30.{claims}.signature-of-{of}")
}
