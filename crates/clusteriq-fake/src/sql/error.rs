//! Why a statement failed, in the words of Databricks SQL.
//!
//! <https://docs.databricks.com/en/error-messages/error-classes.html> (read 2026-11-24)

use arrow::error::ArrowError;
use sqlparser::tokenizer::Span;

/// A statement that failed: `[CLASS] sentence SQLSTATE: state (place)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SqlError {
    /// `TABLE_OR_VIEW_NOT_FOUND`.
    pub(crate) class: &'static str,
    /// Five letters and digits.
    pub(crate) sqlstate: &'static str,
    sentence: String,
    /// Line and position in the statement, where they are known.
    place: Option<(u64, u64)>,
}

impl std::fmt::Display for SqlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}] {} SQLSTATE: {}", self.class, self.sentence, self.sqlstate)?;
        if let Some((line, position)) = self.place {
            write!(f, " (line {line}, pos {position})")?;
        }
        Ok(())
    }
}

impl SqlError {
    pub(crate) fn new(class: &'static str, sqlstate: &'static str, sentence: impl Into<String>) -> Self {
        Self { class, sqlstate, sentence: sentence.into(), place: None }
    }

    /// The same, with the place of what it is about.
    pub(super) fn at(self, span: Span) -> Self {
        // The parser counts columns from 1, Databricks positions from 0.
        let place = (span.start.line > 0).then(|| (span.start.line, span.start.column.saturating_sub(1)));
        Self { place: place.or(self.place), ..self }
    }

    pub(super) fn syntax(what: impl std::fmt::Display) -> Self {
        Self::new("PARSE_SYNTAX_ERROR", "42601", format!("Syntax error: {what}."))
    }

    pub(super) fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::new("UNSUPPORTED_FEATURE", "0A000", format!("The feature is not supported: {what}."))
    }

    pub(super) fn no_table(name: &str) -> Self {
        let sentence = format!(
            "The table or view {} cannot be found. Verify the spelling and correctness of the schema and catalog.",
            quoted(name)
        );
        Self::new("TABLE_OR_VIEW_NOT_FOUND", "42P01", sentence)
    }

    pub(super) fn no_schema(name: &str) -> Self {
        let sentence = format!(
            "The schema {} cannot be found. Verify the spelling and correctness of the schema and catalog.",
            quoted(name)
        );
        Self::new("SCHEMA_NOT_FOUND", "42704", sentence)
    }

    pub(super) fn no_permission(name: &str) -> Self {
        let sentence =
            format!("Insufficient privileges: User does not have SELECT on Table '{name}'. Ask its owner for it.");
        Self::new("INSUFFICIENT_PERMISSIONS", "42501", sentence)
    }

    pub(super) fn no_column(name: &str, others: &[String]) -> Self {
        if others.is_empty() {
            let sentence = format!("A column with name {} cannot be resolved.", quoted(name));
            return Self::new("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", "42703", sentence);
        }
        let others: Vec<String> = others.iter().map(|it| quoted(it)).collect();
        let sentence = format!(
            "A column, variable, or function parameter with name {} cannot be resolved. Did you mean one of the following? [{}].",
            quoted(name),
            others.join(", ")
        );
        Self::new("UNRESOLVED_COLUMN.WITH_SUGGESTION", "42703", sentence)
    }

    pub(super) fn ambiguous(name: &str) -> Self {
        let sentence = format!("Reference {} is ambiguous.", quoted(name));
        Self::new("AMBIGUOUS_REFERENCE", "42704", sentence)
    }

    pub(super) fn no_field(name: &str, fields: &[String]) -> Self {
        let fields: Vec<String> = fields.iter().map(|it| quoted(it)).collect();
        let sentence = format!("No such struct field {} in {}.", quoted(name), fields.join(", "));
        Self::new("FIELD_NOT_FOUND", "42704", sentence)
    }

    pub(super) fn no_function(name: &str) -> Self {
        let sentence = format!("Cannot resolve routine {} on search path.", quoted(name));
        Self::new("UNRESOLVED_ROUTINE", "42883", sentence)
    }

    pub(super) fn mismatch(what: &str, why: impl std::fmt::Display) -> Self {
        let sentence = format!("Cannot resolve \"{what}\" due to data type mismatch: {why}.");
        Self::new("DATATYPE_MISMATCH", "42K09", sentence)
    }

    pub(super) fn missing_aggregation(what: &str) -> Self {
        let sentence = format!(
            "The non-aggregating expression \"{what}\" is based on columns which are not participating in the GROUP BY clause."
        );
        Self::new("MISSING_AGGREGATION", "42803", sentence)
    }

    pub(super) fn overflow(what: impl std::fmt::Display) -> Self {
        Self::new("ARITHMETIC_OVERFLOW", "22003", format!("{what}. Use a wider type."))
    }

    pub(super) fn cast(why: impl std::fmt::Display, target: &str) -> Self {
        Self::new("CAST_INVALID_INPUT", "22018", format!("A value cannot be cast to \"{target}\": {why}."))
    }

    pub(super) fn unbound(name: &str) -> Self {
        Self::new("UNBOUND_SQL_PARAMETER", "42P02", format!("Found the unbound parameter: {name}."))
    }

    /// What went wrong while values were computed.
    pub(super) fn computing(source: &ArrowError) -> Self {
        match source {
            ArrowError::DivideByZero => {
                Self::new("DIVIDE_BY_ZERO", "22012", "Division by zero. Use `try_divide` to tolerate it.")
            }
            ArrowError::ArithmeticOverflow(it) => Self::overflow(it),
            ArrowError::CastError(it) | ArrowError::ParseError(it) => {
                Self::new("CAST_INVALID_INPUT", "22018", format!("A value cannot be cast: {it}."))
            }
            other => Self::new("INTERNAL_ERROR", "XX000", other.to_string()),
        }
    }

    /// Whether it came from values, so that it does not arise where they are not computed.
    pub(super) fn is_of_values(&self) -> bool {
        self.sqlstate.starts_with("22")
    }
}

impl From<ArrowError> for SqlError {
    fn from(source: ArrowError) -> Self {
        Self::computing(&source)
    }
}

fn quoted(name: &str) -> String {
    let parts: Vec<String> = name.split('.').map(|it| format!("`{it}`")).collect();
    parts.join(".")
}
