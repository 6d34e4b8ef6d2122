//! A report for people and systems: terminal, JSON, CSV, HTML, Markdown, charts as text and as SVG.
//!
//! Nothing is computed here but layout: every amount that is shown is in the report already, and nothing is rounded
//! anywhere but in [`words`] and in the `Display` of the units. No file, no clock, no environment.
#![warn(missing_docs)]

mod change;
mod csv;
mod error;
mod gaps;
mod html;
mod json;
mod markdown;
mod plot;
mod rightsize;
#[cfg(test)]
mod sample;
mod svg;
mod terminal;
mod text;
pub mod words;

pub use csv::csv;
pub use error::OutputError;
pub use html::html;
pub use json::data;
pub use json::{
    GENERATED_BY, SCHEMA_VERSION, json, json_costs, json_recommendation, json_resource, json_schema, json_what_if,
};
pub use markdown::markdown;
pub use rightsize::{Predicted, json_line};
pub use svg::chart_svg;
pub use terminal::{Charset, Colour, Detail, Style, chart_text, costs, recommendation, resource, table, what_if};
