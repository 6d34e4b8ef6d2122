//! Measures every task of `series` against its baseline on real data: `series <task> <data folder>`, where the task is
//! `forecast`, `anomaly`, `change`, `stagger` or `all`. One row per measurement, baseline and ours from the same run.

// The module is pure; this program reads files and arguments.
#![allow(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr)]

#[path = "series/anomaly.rs"]
mod anomaly;
#[path = "series/budget.rs"]
mod budget;
#[path = "series/change.rs"]
mod change;
#[path = "series/data.rs"]
mod data;
#[path = "series/forecast.rs"]
mod forecast;
#[path = "series/stagger.rs"]
mod stagger;

use std::path::Path;

/// What can go wrong: a file that is not there, or is not what it should be.
type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Measures something on the data folder, and prints rows.
type Task = fn(&Path) -> Outcome<()>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, task, folder] = arguments.as_slice() else {
        return Err("usage: series forecast|anomaly|change|stagger|all <data folder>".into());
    };
    let folder = Path::new(folder);
    let tasks: [(&str, Task); 5] = [
        ("forecast", forecast::measure),
        ("budget", budget::measure),
        ("anomaly", anomaly::measure),
        ("change", change::measure),
        ("stagger", stagger::measure),
    ];
    println!("| task | data | measure | baseline | baseline's | ours |\n|---|---|---|---|---|---|");
    let mut known = false;
    for (name, measure) in tasks {
        let wanted = task == name || task == "all" || (task == "forecast" && name == "budget");
        known |= wanted;
        if wanted {
            measure(folder)?;
        }
    }
    if known { Ok(()) } else { Err(format!("no such task: {task}").into()) }
}

/// Prints a row of the table.
fn row(cells: [&str; 6]) {
    println!("| {} |", cells.join(" | "));
}
