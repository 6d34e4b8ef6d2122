//! Exit codes: what scripts rely on.

use std::process::Stdio;

use crate::support::{ask, program, ran, run, store};

#[test]
fn a_missing_store_is_answered_with_how_to_make_one() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("nowhere");
    for command in [vec!["report"], vec!["costs"], vec!["show", "x"], vec!["whatif", "x", "--workers", "1"]] {
        let said = run(&nowhere, &command).failed();
        assert!(said.contains("there is no store in") && said.contains("clusteriq import PATH"), "{said}");
    }
    assert!(!nowhere.exists(), "asking makes no store");
}

#[test]
fn wrong_usage_is_2() {
    for args in ["frobnicate", "report --window 5y", "report --until yesterday", "report --discount 8%", "import"] {
        let it = ask(args);
        assert_eq!((it.code, it.out.as_str()), (2, ""), "{args}: {}", it.err);
        assert!(it.err.starts_with("error: "), "{args}: {}", it.err);
    }
}

#[test]
fn gaps_are_3_only_when_asked_and_the_report_is_printed_all_the_same() {
    let strict = ask("report --strict");
    assert_eq!(strict.code, 3, "{}", strict.err);
    assert!(strict.err.contains("gaps"), "{}", strict.err);
    assert_eq!(strict.out, ask("report").worked());
}

#[test]
fn waste_above_the_limit_is_4() {
    let wasteful = ask("report --fail-if-waste-above 0");
    assert_eq!(wasteful.code, 4, "{}", wasteful.err);
    assert_eq!(wasteful.out, ask("report").worked());
    assert_eq!(ask("report --fail-if-waste-above 10000000").code, 0);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    for args in ["report", "report --json", "advisors", "schema", "completions bash", "costs"] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut child = program(store()).args(args.split(' ')).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
        assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""), "{args}");
    }
}

#[test]
fn the_store_is_named_by_argument_before_environment() {
    let dir = tempfile::tempdir().unwrap();
    let mut command = program(&dir.path().join("nowhere"));
    ran(command.args(["costs", "--store"]).arg(store())).worked();
}
