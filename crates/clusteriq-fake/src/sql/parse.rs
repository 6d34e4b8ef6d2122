//! From text to one query; anything that is none is refused.

use std::collections::BTreeSet;

use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::DatabricksDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::error::SqlError;

/// A query, and every word in it.
pub(super) struct Parsed {
    pub(super) query: Box<Query>,
    /// In lower case: a column whose name is none of them is asked for by `*` at most.
    pub(super) mentioned: BTreeSet<String>,
}

pub(super) fn query(text: &str) -> Result<Parsed, SqlError> {
    let dialect = DatabricksDialect {};
    let tokens = Tokenizer::new(&dialect, text).tokenize().map_err(SqlError::syntax)?;
    let mentioned = tokens.iter().filter_map(|it| match it {
        Token::Word(word) => Some(word.value.to_lowercase()),
        _ => None,
    });
    let mentioned = mentioned.collect();
    let mut statements = Parser::parse_sql(&dialect, text).map_err(SqlError::syntax)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) => Ok(Parsed { query, mentioned }),
        (Some(other), true) => {
            let words = other.to_string();
            let first = words.split_whitespace().next().unwrap_or_default();
            Err(SqlError::unsupported(format!("{first}: only queries are answered here")))
        }
        (Some(_), false) => Err(SqlError::syntax("more than one statement")),
        (None, _) => Err(SqlError::syntax("an empty statement")),
    }
}
