//! What can go wrong while a report is rendered.

/// A report could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// The page's template did not render.
    #[error(
        "cannot render the HTML report\n\nhint: this is a defect of ClusterIQ; the report as JSON does not need the template"
    )]
    Html(#[source] minijinja::Error),
    /// A row could not be written.
    #[error(
        "cannot write the recommendations as CSV\n\nhint: this is a defect of ClusterIQ; the report as JSON holds the same rows"
    )]
    Csv(#[source] ::csv::Error),
}
