//! `clusteriq advisors`: what is looked for, and how.

use anyhow::{Result, bail};
use clusteriq_engine::{Advisor, advisors};

use crate::args;
use crate::console::print;

pub(crate) fn run(args: &args::Advisors) -> Result<()> {
    let mut all: Vec<&Advisor> = advisors::ALL.to_vec();
    all.sort_by_key(|it| it.detection);
    let Some(name) = &args.name else {
        return Ok(print(&if args.json { json(&all) } else { list(&all) })?);
    };
    let found = all.iter().find(|it| it.id.0 == name || it.detection.eq_ignore_ascii_case(name));
    let Some(it) = found else {
        let names: Vec<_> = all.iter().map(|it| it.id.0).collect();
        bail!("no detection has that name or number: {name}\n\nhint: there are {}", names.join(", "));
    };
    print(&if args.json { json(&[it]) } else { docs(it) })?;
    Ok(())
}

fn list(all: &[&Advisor]) -> String {
    let lines: Vec<String> = all.iter().map(|it| format!("{}  {:<26}  {}", it.detection, it.id.0, it.title)).collect();
    format!("{}\n\n`clusteriq advisors NAME` explains one\n", lines.join("\n"))
}

/// The doc comment of the advisor's own file.
fn docs(it: &Advisor) -> String {
    let lines = it.source.lines().take_while(|it| it.starts_with("//!"));
    let text: Vec<&str> = lines.map(|it| it.trim_start_matches("//!").trim_start()).collect();
    format!("{}\n\n{} {}\n", text.join("\n"), it.detection, it.id.0)
}

fn json(all: &[&Advisor]) -> String {
    let each = all.iter().map(|it| {
        serde_json::json!({
            "id": it.id.0,
            "detection": it.detection,
            "title": it.title,
            "documentation": docs(it),
        })
    });
    format!("{:#}", serde_json::json!({ "schema_version": "1", "advisors": each.collect::<Vec<_>>() }))
}
