//! The advisors as their authors wrote them: the doc comment and the name of each file.

use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tree;

/// Where they live, below the root.
pub(crate) const FOLDER: &str = "crates/clusteriq-engine/src/advisors";

/// The marks around the two lists of `advisors.rs`.
const OPEN: &str = "// advisors: one ";
const CLOSE: &str = "// advisors: end";

/// What every advisor's doc comment explains, in this order.
pub(crate) const HEADINGS: &[&str] = &["What it finds", "What it costs", "When it is silent", "Risk", "Sources"];

/// One advisor's file.
#[derive(Debug)]
pub(crate) struct Page {
    /// The file's stem: `late_autotermination`.
    pub(crate) module: String,
    /// Its stable name: `late-autotermination`.
    pub(crate) id: String,
    /// Its number in the catalogue of detections: `D05`.
    pub(crate) detection: String,
    /// One line for people.
    pub(crate) title: String,
    /// The comment's own heading: the problem in words.
    pub(crate) heading: String,
    /// The text between that and the first heading of [`HEADINGS`].
    pub(crate) intro: String,
    /// Heading and text, in the order of the file.
    pub(crate) sections: Vec<(String, String)>,
}

/// Every advisor, alphabetical; none if there is no folder yet.
pub(crate) fn all(root: &Path) -> Result<Vec<Page>> {
    files(root)?
        .iter()
        .map(|(path, source)| {
            let module = path.file_stem().unwrap_or_default().to_string_lossy();
            parse(&module, source).with_context(|| format!("not an advisor: {}", path.display()))
        })
        .collect()
}

/// Path and text of every advisor's file, alphabetical. A file without an `ADVISOR` is what several of them share.
pub(crate) fn files(root: &Path) -> Result<Vec<(PathBuf, String)>> {
    let mut found = vec![];
    for path in tree::files_in(&root.join(FOLDER), "rs")? {
        let source = tree::read(&path)?;
        if source.contains("const ADVISOR: Advisor") {
            found.push((path, source));
        }
    }
    Ok(found)
}

/// Where in the lines of `advisors.rs` each list stands: after the mark that opens it, before the one that closes it.
/// The first holds the modules, the second the constants.
pub(crate) fn lists(lines: &[&str]) -> Result<[Range<usize>; 2]> {
    let marks = |mark: &str| {
        let found = lines.iter().enumerate();
        let found = found.filter(|(_, it)| it.trim().starts_with(mark));
        found.map(|(at, _)| at).collect::<Vec<_>>()
    };
    match (marks(OPEN).as_slice(), marks(CLOSE).as_slice()) {
        ([a, c], [b, d]) if a < b && b < c && c < d => Ok([a + 1..*b, c + 1..*d]),
        _ => {
            bail!("not two marked lists\n\nhint: `{OPEN} …` opens the modules and the constants, `{CLOSE}` closes them")
        }
    }
}

/// Reads the doc comment and the three constants out of an advisor's source.
pub(crate) fn parse(module: &str, source: &str) -> Result<Page> {
    let mut heading = String::new();
    let mut intro = vec![];
    let mut sections: Vec<(String, Vec<&str>)> = vec![];
    for line in doc_lines(source) {
        if let Some(it) = line.strip_prefix("# ") {
            it.trim().clone_into(&mut heading);
        } else if let Some(it) = line.strip_prefix("## ") {
            sections.push((it.trim().to_owned(), vec![]));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        } else {
            intro.push(line);
        }
    }
    let text = |lines: Vec<&str>| lines.join("\n").trim().to_owned();
    Ok(Page {
        module: module.to_owned(),
        id: literal(source, "id: AdvisorId(\"")?,
        detection: literal(source, "detection: \"")?,
        title: literal(source, "title: \"")?,
        heading,
        intro: text(intro),
        sections: sections.into_iter().map(|(heading, lines)| (heading, text(lines))).collect(),
    })
}

/// The lines of the comment that opens the file, without their marks.
fn doc_lines(source: &str) -> impl Iterator<Item = &str> {
    source.lines().map_while(|it| it.strip_prefix("//!")).map(|it| it.strip_prefix(' ').unwrap_or(it))
}

/// The text between `before` and the next quotation mark.
fn literal(source: &str, before: &str) -> Result<String> {
    source
        .split_once(before)
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(value, _)| value.to_owned())
        .with_context(|| {
            format!(
                "no {} in its `ADVISOR`\n\nhint: it is read as text, so write the value as a literal",
                before.split(':').next().unwrap_or(before)
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"//! # Late auto-termination
//!
//! Clusters nobody stops.
//!
//! ## What it finds
//! Clusters that wait.
//!
//! They wait long.
//!
//! ## Risk
//! Low.

use x;

pub(super) const ADVISOR: Advisor = Advisor {
    id: AdvisorId("late-autotermination"),
    detection: "D05",
    title: "Stop idle clusters sooner",
};
"#;

    #[test]
    fn a_page_is_the_doc_comment_by_heading_and_the_three_constants() {
        let page = parse("late_autotermination", SOURCE).unwrap();
        assert_eq!(page.module, "late_autotermination");
        assert_eq!(page.id, "late-autotermination");
        assert_eq!(page.detection, "D05");
        assert_eq!(page.title, "Stop idle clusters sooner");
        assert_eq!(page.heading, "Late auto-termination");
        assert_eq!(page.intro, "Clusters nobody stops.");
        let sections = [("What it finds", "Clusters that wait.\n\nThey wait long."), ("Risk", "Low.")];
        assert_eq!(page.sections, sections.map(|(a, b)| (a.into(), b.into())));
    }

    #[test]
    fn the_lists_stand_between_their_marks() {
        let text =
            "// advisors: one a line\nmod a;\n// advisors: end\n\n    // advisors: one a line\n    // advisors: end\n";
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lists(&lines).unwrap(), [1..2, 5..5]);
    }

    #[test]
    fn an_advisor_without_a_title_is_refused_with_the_missing_field() {
        let source = SOURCE.replace("title:", "caption:");
        let error = parse("x", &source).unwrap_err().to_string();
        assert!(error.starts_with("no title in its `ADVISOR`"), "{error}");
    }
}
