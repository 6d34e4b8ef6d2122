//! Writes the JSON Schema of reports to `docs/report.schema.json`: `cargo run -p clusteriq-output --example report_schema`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let docs = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs"));
    std::fs::create_dir_all(docs)?;
    std::fs::write(docs.join("report.schema.json"), clusteriq_output::json_schema())
}
