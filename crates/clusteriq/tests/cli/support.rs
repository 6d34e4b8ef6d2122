//! A made-up company's export, a store with it, and how the program is run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::OnceLock;

use rust_decimal::Decimal;
use serde_json::Value;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_clusteriq");

/// What a run of the program left.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Standard output, of a run that has to work.
    #[track_caller]
    pub(crate) fn worked(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    /// Standard error, of a run that has to fail with an error message and a hint, and print nothing else.
    #[track_caller]
    pub(crate) fn failed(self) -> String {
        assert_eq!(self.code, 1, "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        assert!(self.err.starts_with("error: "), "{}", self.err);
        assert!(self.err.contains("\n\nhint: "), "{}", self.err);
        self.err
    }
}

/// The program with nothing from the environment that changes what it prints.
pub(crate) fn program(store: &Path) -> Command {
    let mut command = Command::new(PROGRAM);
    command.env("CLUSTERIQ_STORE", store).env("COLUMNS", "100").stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "DISPLAY", "WAYLAND_DISPLAY"] {
        command.env_remove(name);
    }
    command
}

/// Runs it on a store.
pub(crate) fn run<S: AsRef<OsStr>>(store: &Path, args: &[S]) -> Ran {
    ran(program(store).args(args))
}

/// Runs a command to its end.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let done = command.output().unwrap();
    let text = |it: Vec<u8>| String::from_utf8(it).unwrap();
    Ran { code: done.status.code().unwrap(), out: text(done.stdout), err: text(done.stderr) }
}

/// Runs it on the store of the company with arguments separated by spaces.
pub(crate) fn ask(args: &str) -> Ran {
    run(store(), &args.split(' ').collect::<Vec<_>>())
}

/// Files that all tests share: kept in the target folder, made anew by every run of the tests.
fn shared() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clusteriq-cli");
        if dir.exists() {
            std::fs::remove_dir_all(&dir).unwrap();
        }
        std::fs::create_dir_all(&dir).unwrap();
        dir
    })
}

/// The export of a small company: a week, a dozen jobs, clusters and warehouses. Not to be changed.
pub(crate) fn export() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = shared().join("export");
        let args = ["demo", "--seed", "7", "--days", "7", "--clusters", "12", "--fleet-out"].map(OsStr::new);
        let mut command = program(&shared().join("unused"));
        assert_eq!(ran(command.args(args).arg(&dir)).worked(), "");
        dir
    })
}

/// A store with that export. Only to be read.
pub(crate) fn store() -> &'static Path {
    static DIR: OnceLock<PathBuf> = OnceLock::new();
    DIR.get_or_init(|| {
        let dir = shared().join("store");
        run(&dir, &[OsStr::new("import"), export().as_os_str()]).worked();
        dir
    })
}

/// A copy of a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The JSON report of the company.
pub(crate) fn report() -> &'static Value {
    static REPORT: OnceLock<Value> = OnceLock::new();
    REPORT.get_or_init(|| json(&ask("report --json").worked()))
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// An array of a JSON value.
#[track_caller]
pub(crate) fn list(it: &Value) -> &[Value] {
    it.as_array().unwrap()
}

/// An exact amount, which JSON has as text.
#[track_caller]
pub(crate) fn exact(it: &Value) -> Decimal {
    Decimal::from_str(it.as_str().unwrap()).unwrap()
}

/// A text of a JSON value.
#[track_caller]
pub(crate) fn text(it: &Value) -> &str {
    it.as_str().unwrap()
}

/// The name of the first thing of a kind that the report knows.
pub(crate) fn named(kind: &str) -> &'static str {
    let mut all = list(&report()["resources"]).iter();
    text(&all.find(|it| it["target"]["kind"] == kind).unwrap()["name"])
}
