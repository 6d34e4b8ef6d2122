//! A Python with the SDK in it: an environment per version, made once under the target folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// This one also reads Arrow.
const NEWEST: &str = "0.162.0";

pub(crate) struct Python {
    program: PathBuf,
}

/// The environment with that version; none, and a word about it, where there is no Python or no registry. In CI that fails.
pub(crate) fn with_sdk(version: &str) -> Option<Python> {
    match make(version) {
        Ok(it) => Some(it),
        Err(why) if std::env::var("CI").is_ok_and(|it| it == "true") => {
            unreachable!("no databricks-sdk {version}: {why}")
        }
        Err(why) => {
            eprintln!("SKIPPED: nothing was checked with databricks-sdk {version}: {why}");
            None
        }
    }
}

fn make(version: &str) -> Result<Python, String> {
    // Two tests may want the same one.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("sdk-{version}"));
    let program = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let ready = folder.join("ready");
    if !ready.exists() {
        // What an earlier attempt left is not trusted.
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let package = format!("databricks-sdk=={version}");
        let mut install = Command::new(&program);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &package]);
        if version == NEWEST {
            install.arg("pyarrow");
        }
        run(&mut install)?;
        fs::write(&ready, "").map_err(|it| it.to_string())?;
    }
    Ok(Python { program })
}

fn run(command: &mut Command) -> Result<(), String> {
    let out = command.output().map_err(|it| format!("{command:?}: {it}"))?;
    if out.status.success() {
        return Ok(());
    }
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&out.stderr)))
}

impl Python {
    /// Runs a script that reads a question and prints an answer, both JSON. Nobody's own profile or proxy plays a part.
    pub(crate) fn run(&self, script: &str, question: &Value) -> Value {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            let upper = name.to_string_lossy().to_uppercase();
            if ["DATABRICKS_", "ARM_", "GOOGLE_"].iter().any(|it| upper.starts_with(it)) || upper.ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        command.env("HOME", home.path()).env("USERPROFILE", home.path()).args(["-c", script]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        serde_json::from_slice(&out.stdout).unwrap()
    }
}
