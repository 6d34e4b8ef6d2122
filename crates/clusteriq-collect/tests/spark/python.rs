//! A Python with Apache Spark in it, made once under the target folder.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Needs Java 17 or newer.
const VERSION: &str = "4.3.0";

pub(crate) struct Python {
    program: PathBuf,
}

/// The environment; none, and a word about it, where there is no Java, no Python or no registry. The last two fail in CI.
pub(crate) fn with_spark() -> Option<Python> {
    if let Err(why) = run(Command::new("java").arg("-version")) {
        eprintln!("SKIPPED: nothing was checked with Apache Spark: {why}");
        eprintln!("hint: Spark {VERSION} needs Java 17 or newer, e.g. `apt-get install openjdk-17-jre-headless`");
        return None;
    }
    match make() {
        Ok(it) => Some(it),
        Err(why) if std::env::var("CI").is_ok_and(|it| it == "true") => unreachable!("no pyspark {VERSION}: {why}"),
        Err(why) => {
            eprintln!("SKIPPED: nothing was checked with Apache Spark: {why}");
            None
        }
    }
}

fn make() -> Result<Python, String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pyspark-{VERSION}"));
    let program = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let ready = folder.join("ready");
    if !ready.exists() {
        // What an earlier attempt left is not trusted.
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        let package = format!("pyspark=={VERSION}");
        run(Command::new(&program).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", &package]))?;
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
    /// Runs a script that reads a question in JSON. Nobody's own Spark or its settings play a part.
    pub(crate) fn run(&self, script: &str, question: &Value) {
        let mut command = Command::new(&self.program);
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if ["SPARK_", "PYSPARK_", "HADOOP_"].iter().any(|it| name.starts_with(it)) {
                command.env_remove(name);
            }
        }
        command.env("SPARK_LOCAL_IP", "127.0.0.1").env("PYSPARK_PYTHON", &self.program).args(["-c", script]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(question.to_string().as_bytes()).unwrap();
        let out = child.wait_with_output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    }
}
