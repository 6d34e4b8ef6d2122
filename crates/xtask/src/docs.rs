//! `docs/advisors`: the advisors' doc comments as pages, and an index of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::advisors::{self, Page};
use crate::generated::Batch;

const FOLDER: &str = "docs/advisors";

/// All pages; nothing as long as there is no advisor.
pub(crate) fn render(root: &Path) -> Result<Batch> {
    let pages = advisors::all(root)?;
    let mut files: BTreeMap<PathBuf, String> =
        pages.iter().map(|it| (PathBuf::from(format!("{FOLDER}/{}.md", it.id)), page(it))).collect();
    if !pages.is_empty() {
        files.insert(PathBuf::from(format!("{FOLDER}/README.md")), index(&pages));
    }
    Ok(Batch { command: "cargo xtask docs", root: root.to_owned(), owned_folder: Some(FOLDER), files })
}

fn page(page: &Page) -> String {
    let mut text = format!(
        "<!-- Written by `cargo xtask docs` from {}/{}.rs; edit that file. -->\n\n# {}\n\n**{}** (`{}`, detection {})\n",
        advisors::FOLDER,
        page.module,
        page.heading,
        page.title,
        page.id,
        page.detection,
    );
    if !page.intro.is_empty() {
        text += &format!("\n{}\n", page.intro);
    }
    for (heading, body) in &page.sections {
        text += &format!("\n## {heading}\n\n{body}\n");
    }
    text
}

fn index(pages: &[Page]) -> String {
    let mut text = format!(
        "<!-- Written by `cargo xtask docs`; edit the files in {}. -->\n\n\
         # Advisors\n\n\
         One advisor looks for one problem. Each says what it finds, what that costs, when it stays silent and what may go wrong.\n\n\
         | advisor | detection | what it advises | what it finds |\n|---|---|---|---|\n",
        advisors::FOLDER,
    );
    for it in pages {
        let finds = it
            .sections
            .iter()
            .find(|(heading, _)| heading == advisors::HEADINGS[0])
            .map_or("", |(_, body)| body.as_str());
        text += &format!(
            "| [{id}]({id}.md) | {} | {} | {} |\n",
            it.detection,
            cell(&it.title),
            cell(first_sentence(finds)),
            id = it.id,
        );
    }
    text
}

/// Up to the first full stop that ends a sentence, or the first paragraph.
fn first_sentence(text: &str) -> &str {
    let paragraph = text.split("\n\n").next().unwrap_or(text);
    let end = paragraph.match_indices('.').map(|(at, _)| at + 1).find(|at| {
        let rest = &paragraph[*at..];
        rest.is_empty() || rest.starts_with([' ', '\n'])
    });
    &paragraph[..end.unwrap_or(paragraph.len())]
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Page {
        Page {
            module: "late_autotermination".into(),
            id: "late-autotermination".into(),
            detection: "D05".into(),
            title: "Stop idle clusters sooner".into(),
            heading: "Late auto-termination".into(),
            intro: "Of all-purpose clusters.".into(),
            sections: vec![("What it finds".into(), "Clusters that wait\nmore than 1.5 h | or so. Often.".into())],
        }
    }

    #[test]
    fn a_page_has_one_title_then_the_doc_comment() {
        let text = page(&sample());
        let (_, body) = text.split_once("-->\n\n").unwrap();
        assert_eq!(
            body,
            "# Late auto-termination\n\n**Stop idle clusters sooner** (`late-autotermination`, detection D05)\n\nOf all-purpose clusters.\n\n\
             ## What it finds\n\nClusters that wait\nmore than 1.5 h | or so. Often.\n"
        );
    }

    #[test]
    fn the_index_quotes_the_first_sentence_on_one_line() {
        let text = index(&[sample()]);
        assert!(text.ends_with(
            "| [late-autotermination](late-autotermination.md) | D05 | Stop idle clusters sooner | \
             Clusters that wait more than 1.5 h \\| or so. |\n"
        ));
    }
}
