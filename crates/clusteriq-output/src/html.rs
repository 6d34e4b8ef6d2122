//! The report as one HTML file: no script, no request to anywhere, readable on a phone and on paper.

mod view;

use clusteriq_model::Report;

use crate::{OutputError, svg};

const TEMPLATE: &str = include_str!("html/report.html");
const STYLE: &str = include_str!("html/style.css");

/// The page.
///
/// # Errors
/// [`OutputError::Html`] if the template does not render, which is a defect.
pub fn html(report: &Report) -> Result<String, OutputError> {
    let mut environment = minijinja::Environment::new();
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment.add_template("report.html", TEMPLATE).map_err(OutputError::Html)?;
    let template = environment.get_template("report.html").map_err(OutputError::Html)?;
    let style = format!("{STYLE}{}", svg::CSS);
    template.render(minijinja::context! { page => view::Page::from(report), style => style }).map_err(OutputError::Html)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::sample;

    const VOID: [&str; 3] = ["meta", "br", "hr"];

    /// Every element that is opened is closed, in order.
    pub(crate) fn assert_balanced(html: &str) {
        let mut open = vec![];
        for piece in html.split('<').skip(1) {
            let tag = piece.split('>').next().unwrap();
            let name: String =
                tag.trim_start_matches('/').chars().take_while(|it| it.is_ascii_alphanumeric()).collect();
            if tag.starts_with('!') || tag.ends_with('/') || VOID.contains(&name.as_str()) {
                continue;
            }
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name), "closed by <{tag}>");
            } else {
                assert!(!name.is_empty(), "a bare < before {piece:?}");
                open.push(name);
            }
        }
        assert_eq!(open, Vec::<String>::new(), "never closed");
    }

    fn assert_self_contained(page: &str) {
        assert_balanced(page);
        for forbidden in ["<script", "http://", "https://", "javascript:", "@import"] {
            assert!(!page.contains(forbidden), "{forbidden} is in the page");
        }
        for tag in page.split('<').filter_map(|it| it.split('>').next()) {
            // Outside of quotes are only the attributes' names.
            let names: String = tag.split('"').step_by(2).collect();
            assert!(!names.contains(" src=") && !names.contains(" on"), "<{tag}> reaches out");
        }
    }

    #[test]
    fn the_page_is_well_formed_and_asks_nobody_for_anything() {
        for report in [sample::report(), sample::quiet(), sample::empty()] {
            assert_self_contained(&html(&report).unwrap());
        }
    }

    #[test]
    fn names_cannot_break_out_of_the_page() {
        for name in sample::HOSTILE.into_iter().chain(["\"><img src=x onerror=alert(1)>", "'{{ 7*7 }}"]) {
            let page = html(&sample::named(name)).unwrap();
            assert_self_contained(&page);
            assert!(!page.contains("<img"), "{name}");
            assert!(!page.contains('\u{1b}'), "{name}");
        }
    }

    #[test]
    fn the_headline_comes_first() {
        let page = html(&sample::report()).unwrap();
        let body = &page[page.find("<body").unwrap()..];
        assert!(body.find("<h1").unwrap() < body.find("<table").unwrap());
        let text = body.replace("</span>", "").replace(r#"<span class="nowrap">"#, "");
        assert!(text.contains("can save $930–$1,135 a month"), "{text}");
    }

    #[test]
    fn sixty_recommendations_with_long_charts_fit_in_two_megabytes() {
        let mut report = sample::report();
        let mut long = sample::charts().remove(0);
        if let clusteriq_model::Chart::Series { lines, .. } = &mut long {
            for line in lines {
                line.values = (0..50_000).map(|at| Some(f64::from(at % 977) / 31.0)).collect();
            }
        }
        let one = report.recommendations[0].clone();
        report.recommendations = (0..60)
            .map(|at| {
                let mut it = one.clone();
                it.id = format!("{at:012x}");
                for evidence in &mut it.evidence {
                    evidence.chart = Some(long.clone());
                }
                it
            })
            .collect();
        let page = html(&report).unwrap();
        assert!(page.len() < 2_000_000, "{} bytes", page.len());
    }

    /// For looking at: `CLUSTERIQ_SAMPLE_HTML=/tmp/sample.html cargo test -p clusteriq-output sample_page`.
    #[test]
    fn sample_page_can_be_written_for_looking_at() {
        if let Some(path) = std::env::var_os("CLUSTERIQ_SAMPLE_HTML") {
            let charts = sample::charts();
            let charts: String = charts.iter().map(crate::chart_svg).collect();
            let page = html(&sample::report()).unwrap();
            std::fs::write(path, page.replace("</main>", &format!("{charts}</main>"))).unwrap();
        }
    }
}
