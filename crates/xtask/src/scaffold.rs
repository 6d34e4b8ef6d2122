//! `new advisor`: a file from the template, and its two lines in `advisors.rs`.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::{advisors, tree};

const TEMPLATE: &str = include_str!("../templates/advisor.rs");

/// Where the list of all advisors is.
const LIST: &str = "crates/clusteriq-engine/src/advisors.rs";

/// Writes the advisor and returns what was written.
pub(crate) fn advisor(root: &Path, name: &str, detection: &str) -> Result<Vec<PathBuf>> {
    ensure!(
        is_kebab_case(name),
        "not a kebab-case name: {name}\n\nhint: name the problem in lower case, e.g. late-autotermination"
    );
    ensure!(
        is_detection(detection),
        "not a detection: {detection}\n\nhint: the number in the catalogue of detections, e.g. D05"
    );
    let module = name.replace('-', "_");
    let file = PathBuf::from(format!("{}/{module}.rs", advisors::FOLDER));
    ensure!(!root.join(&file).exists(), "the advisor exists: {}", file.display());
    let list = tree::read(&root.join(LIST))?;
    let list = register(&list, &module).with_context(|| format!("cannot register it in {LIST}"))?;
    tree::write(&root.join(&file), &fill(TEMPLATE, name, detection))?;
    tree::write(&root.join(LIST), &list)?;
    Ok(vec![file, PathBuf::from(LIST)])
}

fn fill(template: &str, name: &str, detection: &str) -> String {
    let words = name.replace('-', " ");
    let heading = words[..1].to_uppercase() + &words[1..];
    template
        .replace("{{heading}}", &heading)
        .replace("{{id}}", name)
        .replace("{{module}}", &name.replace('-', "_"))
        .replace("{{detection}}", detection)
}

/// Adds `mod name;` and `&name::ADVISOR,` to their lists, in alphabetical order.
fn register(source: &str, module: &str) -> Result<String> {
    let lines: Vec<&str> = source.lines().collect();
    let [modules, constants] = advisors::lists(&lines)?;
    let declaration = format!("mod {module};");
    let constant = format!("    &{module}::ADVISOR,");
    let at_module = place(&lines, modules, &declaration)?;
    let at_constant = place(&lines, constants, &constant)?;
    let mut lines = lines;
    // The later one first: it does not move the earlier.
    lines.insert(at_constant, &constant);
    lines.insert(at_module, &declaration);
    Ok(lines.join("\n") + "\n")
}

/// Where a line belongs in its list.
fn place(lines: &[&str], list: Range<usize>, line: &str) -> Result<usize> {
    let present = &lines[list.clone()];
    ensure!(!present.contains(&line), "already there: `{}`", line.trim());
    let before = present.iter().take_while(|it| **it < line).count();
    Ok(list.start + before)
}

fn is_kebab_case(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_lowercase())
        && name
            .split('-')
            .all(|part| !part.is_empty() && part.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit()))
}

fn is_detection(text: &str) -> bool {
    text.strip_prefix('D').is_some_and(|it| it.len() == 2 && it.chars().all(|it| it.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST_OF_TWO: &str = "\
//! One file per detection.

// advisors: one module a line, alphabetical
mod driver_too_big;
mod oversized_workers;
// advisors: end

mod shared;

pub const ALL: &[&Advisor] = &[
    // advisors: one a line, alphabetical
    &driver_too_big::ADVISOR,
    &oversized_workers::ADVISOR,
    // advisors: end
];
";

    #[test]
    fn an_advisor_is_registered_in_alphabetical_order() {
        let text = register(LIST_OF_TWO, "late_autotermination").unwrap();
        assert_eq!(
            text,
            LIST_OF_TWO
                .replace("mod oversized", "mod late_autotermination;\nmod oversized")
                .replace("    &oversized", "    &late_autotermination::ADVISOR,\n    &oversized")
        );
    }

    #[test]
    fn the_last_in_the_alphabet_goes_to_the_end_of_each_list() {
        let text = register(LIST_OF_TWO, "zombie_pools").unwrap();
        assert!(text.contains("mod oversized_workers;\nmod zombie_pools;\n// advisors: end\n"));
        assert!(text.contains("    &oversized_workers::ADVISOR,\n    &zombie_pools::ADVISOR,\n    // advisors: end\n"));
    }

    #[test]
    fn registering_twice_is_refused() {
        let error = register(LIST_OF_TWO, "driver_too_big").unwrap_err();
        assert_eq!(error.to_string(), "already there: `mod driver_too_big;`");
    }

    #[test]
    fn a_list_without_marks_is_refused_instead_of_guessed() {
        let error = register("pub const ALL: &[&Advisor] = &[];\n", "a").unwrap_err();
        assert!(error.to_string().starts_with("not two marked lists"));
    }

    #[test]
    fn names_are_kebab_case() {
        for good in ["late-autotermination", "gpu", "v1-sku"] {
            assert!(is_kebab_case(good), "{good}");
        }
        for bad in ["", "Late", "late_stop", "-late", "late-", "a--b", "1st", "über"] {
            assert!(!is_kebab_case(bad), "{bad}");
        }
    }

    #[test]
    fn a_detection_is_a_d_and_two_digits() {
        assert!(is_detection("D05"));
        for bad in ["", "D5", "d05", "D005", "05", "Dxx"] {
            assert!(!is_detection(bad), "{bad}");
        }
    }

    #[test]
    fn the_template_leaves_no_placeholder_and_has_every_heading() {
        let text = fill(TEMPLATE, "late-autotermination", "D05");
        assert!(!text.contains("{{") && !text.contains("}}"), "{text}");
        let page = advisors::parse("late_autotermination", &text).unwrap();
        assert_eq!(page.id, "late-autotermination");
        assert_eq!(page.heading, "Late autotermination");
        assert_eq!(page.detection, "D05");
        let headings: Vec<_> = page.sections.iter().map(|(it, _)| it.as_str()).collect();
        assert_eq!(headings, advisors::HEADINGS);
    }

    #[test]
    fn an_existing_advisor_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        tree::write(&root.join(LIST), LIST_OF_TWO).unwrap();
        advisor(root, "late-autotermination", "D05").unwrap();
        let error = advisor(root, "late-autotermination", "D05").unwrap_err();
        assert!(error.to_string().starts_with("the advisor exists: "));
    }
}
