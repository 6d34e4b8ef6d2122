//! Nothing that a file can hold makes the reader panic.

use clusteriq_collect::{Export, Unseen};
use proptest::prelude::*;

use crate::fixtures::{Folder, csv, gzip, json_lines, parquet, usage, usage_fields, zstd};

const NAMES: [&str; 12] = [
    "billing.usage.csv",
    "billing.usage.jsonl",
    "billing.usage.json.gz",
    "billing.usage.parquet",
    "lakeflow.jobs.csv",
    "compute.node_timeline.jsonl",
    "compute.node_timeline.parquet",
    "rest/1/clusters_list.json",
    "rest/1/jobs_list.json",
    "rest/1/instance_pools_list.json",
    "rest/1/pipelines_list.json",
    "rest/1/policies_list.json",
];

/// Whether it is read or refused does not matter, as long as it is one of the two.
fn survive(name: &str, bytes: &[u8]) {
    let folder = Folder::with(name, bytes);
    if let Ok(export) = Export::find(&[folder.path()]) {
        let _ = clusteriq_collect::read(&export, &Default::default(), &Unseen, &mut |_, _| Ok(()));
    }
}

fn mutated(mut bytes: Vec<u8>, changes: &[(prop::sample::Index, u8)], length: Option<prop::sample::Index>) -> Vec<u8> {
    for (at, byte) in changes {
        let at = at.index(bytes.len());
        bytes[at] = *byte;
    }
    if let Some(it) = length {
        bytes.truncate(it.index(bytes.len()) + 1);
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for name in NAMES {
            survive(name, &bytes);
        }
    }

    #[test]
    fn arbitrary_text_is_read_or_refused(text in "[\\[\\]{}\",:0-9a-z\n .-]{0,200}") {
        let header = "record_id,usage_quantity,usage_metadata\n";
        for name in NAMES {
            survive(name, text.as_bytes());
            survive(name, format!("{header}{text}").as_bytes());
        }
    }

    #[test]
    fn damaged_files_are_read_or_refused(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let rows = usage();
        let files = [
            ("billing.usage.csv", csv(&rows).into_bytes()),
            ("billing.usage.jsonl", json_lines(&rows).into_bytes()),
            ("billing.usage.jsonl.gz", gzip(json_lines(&rows).as_bytes())),
            ("billing.usage.csv.zst", zstd(csv(&rows).as_bytes())),
            ("billing.usage.parquet", parquet(&rows, usage_fields())),
        ];
        for (name, bytes) in files {
            survive(name, &mutated(bytes, &changes, length));
        }
    }
}
