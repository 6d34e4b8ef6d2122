//! Queries: common table expressions, selections, values, unions.

use sqlparser::ast::{
    Expr, LimitClause, OrderByExpr, OrderByKind, Query, SetExpr, SetOperator, SetQuantifier, Value, ValueWithSpan,
    Values,
};

use super::compile::{Compiler, sort_key};
use super::error::SqlError;
use super::evaluate::{self, Value as Computed};
use super::frame::Frame;
use super::order::{Groups, sorted};
use super::scope::{Named, Scope};
use super::{Catalog, Question, select};
use arrow::array::{Array, ArrayRef, UInt32Array};
use arrow::compute::concat;
use std::collections::BTreeSet;

/// What a statement is computed with.
pub(super) struct Session<'a> {
    pub(super) question: &'a Question,
    pub(super) catalog: &'a Catalog,
    pub(super) mentioned: &'a BTreeSet<String>,
}

/// Named queries that may be used, the newest last.
pub(super) type Known<'a> = [(&'a str, &'a Query, &'a [sqlparser::ast::TableAliasColumnDef])];

/// Whether all columns of a query are shown, or only those that the statement mentions elsewhere matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Output,
    Inside,
}

/// Rows with names for their columns.
#[derive(Clone, Debug)]
pub(super) struct Rows {
    pub(super) names: Vec<String>,
    pub(super) frame: Frame,
}

/// Which rows of an ordered list are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limit {
    pub(super) offset: usize,
    pub(super) rows: usize,
}

impl Limit {
    /// How many rows have to be known.
    pub(super) fn enough(self) -> usize {
        self.offset.saturating_add(self.rows)
    }
}

pub(super) fn run(query: &Query, session: &Session<'_>, known: &Known<'_>, reach: Reach) -> Result<Rows, SqlError> {
    if query.fetch.is_some() || query.for_clause.is_some() || !query.pipe_operators.is_empty() {
        return Err(SqlError::unsupported("FETCH, FOR and pipes"));
    }
    let mut all: Vec<_> = known.to_vec();
    if let Some(with) = &query.with {
        if with.recursive {
            return Err(SqlError::unsupported("WITH RECURSIVE"));
        }
        for it in &with.cte_tables {
            all.push((it.alias.name.value.as_str(), it.query.as_ref(), it.alias.columns.as_slice()));
        }
    }
    let order: &[OrderByExpr] = match query.order_by.as_ref().map(|it| &it.kind) {
        None => &[],
        Some(OrderByKind::Expressions(it)) => it,
        Some(OrderByKind::All(_)) => return Err(SqlError::unsupported("ORDER BY ALL")),
    };
    let limit = limit(query.limit_clause.as_ref(), session)?;
    if let SetExpr::Select(it) = query.body.as_ref() {
        return select::run(it, order, limit, session, &all, reach);
    }
    let rows = body(query.body.as_ref(), session, &all, reach)?;
    if order.is_empty() {
        return Ok(Rows { frame: rows.frame.slice(limit.offset, limit.rows), ..rows });
    }
    let scope = rows.scope(&[])?;
    let mut compiler = Compiler::new(&scope, session);
    let mut keys = Vec::new();
    for it in order {
        let node = compiler.row_by_row(&it.expr)?;
        keys.push(sort_key(it, evaluate::column(&node, &rows.frame)?)?);
    }
    let frame = rows.frame.taken(&UInt32Array::from(sorted(&keys, rows.frame.rows)?))?;
    Ok(Rows { frame: frame.slice(limit.offset, limit.rows), ..rows })
}

impl Rows {
    /// The names under a qualifier.
    pub(super) fn scope(&self, qualifier: &[String]) -> Result<Scope, SqlError> {
        let columns = self.names.iter().enumerate().map(|(number, name)| {
            let kind = self.frame.column(number)?.data_type().clone();
            Ok(Named { qualifier: qualifier.to_vec(), name: name.clone(), kind })
        });
        Ok(Scope { columns: columns.collect::<Result<_, SqlError>>()? })
    }
}

fn body(body: &SetExpr, session: &Session<'_>, known: &Known<'_>, reach: Reach) -> Result<Rows, SqlError> {
    match body {
        SetExpr::Select(it) => {
            let all = Limit { offset: 0, rows: usize::MAX };
            select::run(it, &[], all, session, known, reach)
        }
        SetExpr::Query(it) => run(it, session, known, reach),
        SetExpr::Values(it) => values(it, session),
        SetExpr::SetOperation { left, op: SetOperator::Union, set_quantifier, right } => {
            // Columns meet by their place, so none may be left out.
            let (left, right) =
                (self::body(left, session, known, Reach::Output)?, self::body(right, session, known, Reach::Output)?);
            let both = union(&left, &right)?;
            match set_quantifier {
                SetQuantifier::All => Ok(both),
                SetQuantifier::None | SetQuantifier::Distinct => distinct(&both),
                _ => Err(SqlError::unsupported("UNION BY NAME")),
            }
        }
        other => Err(SqlError::unsupported(format!("the query {other}"))),
    }
}

/// Each row once.
pub(super) fn distinct(rows: &Rows) -> Result<Rows, SqlError> {
    let columns: Vec<ArrayRef> = rows.frame.columns().iter().flatten().cloned().collect();
    let groups = Groups::of(&columns, rows.frame.rows)?;
    Ok(Rows { names: rows.names.clone(), frame: rows.frame.taken(&groups.first_rows())? })
}

fn union(above: &Rows, below: &Rows) -> Result<Rows, SqlError> {
    let (width, other) = (above.frame.width(), below.frame.width());
    if width != other {
        let sentence =
            format!("UNION can only be performed on inputs with the same number of columns: {width}, {other}.");
        return Err(SqlError::new("NUM_COLUMNS_MISMATCH", "42826", sentence));
    }
    let columns = (0..width).map(|it| {
        let (a, b) = (above.frame.column(it)?.clone(), below.frame.column(it)?.clone());
        let (a, b) = Computed::alike(&Computed::rows(a), &Computed::rows(b))?;
        Ok(concat(&[a.array.as_ref(), b.array.as_ref()])?)
    });
    let columns = columns.collect::<Result<Vec<_>, SqlError>>()?;
    Ok(Rows { names: above.names.clone(), frame: Frame::whole(columns, above.frame.rows + below.frame.rows) })
}

/// `VALUES (…), (…)`: columns are called `col1`, `col2` and so on.
fn values(values: &Values, session: &Session<'_>) -> Result<Rows, SqlError> {
    let scope = Scope::default();
    let mut compiler = Compiler::new(&scope, session);
    let row = Frame::whole(Vec::new(), 1);
    let mut columns: Vec<Vec<Computed>> = Vec::new();
    for (number, it) in values.rows.iter().enumerate() {
        if number == 0 {
            columns.resize_with(it.content.len(), Vec::new);
        } else if it.content.len() != columns.len() {
            return Err(SqlError::new("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", "42000", "Rows differ in length."));
        }
        for (column, expr) in columns.iter_mut().zip(&it.content) {
            let node = compiler.row_by_row(expr)?;
            column.push(Computed::rows(evaluate::column(&node, &row)?));
        }
    }
    let joined = columns.iter().map(|cells| {
        let mut kind = arrow::datatypes::DataType::Null;
        for it in cells {
            kind = super::types::common(&kind, it.kind()).ok_or_else(|| {
                let sentence = "Rows have values of different types in a column.";
                SqlError::new("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE", "42000", sentence)
            })?;
        }
        let arrays = cells.iter().map(|it| Ok(it.cast(&kind)?.array)).collect::<Result<Vec<_>, SqlError>>()?;
        Ok(concat(&arrays.iter().map(|it| it.as_ref() as &dyn Array).collect::<Vec<_>>())?)
    });
    let joined = joined.collect::<Result<Vec<_>, SqlError>>()?;
    let names = (1..=joined.len()).map(|it| format!("col{it}")).collect();
    Ok(Rows { names, frame: Frame::whole(joined, values.rows.len()) })
}

fn limit(clause: Option<&LimitClause>, session: &Session<'_>) -> Result<Limit, SqlError> {
    let everything = Limit { offset: 0, rows: usize::MAX };
    Ok(match clause {
        None => everything,
        Some(LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => Limit {
            offset: offset.as_ref().map_or(Ok(0), |it| whole(&it.value, session))?,
            rows: limit.as_ref().map_or(Ok(usize::MAX), |it| whole(it, session))?,
        },
        Some(other) => return Err(SqlError::unsupported(other)),
    })
}

/// A number of rows.
fn whole(expr: &Expr, session: &Session<'_>) -> Result<usize, SqlError> {
    if matches!(expr, Expr::Value(ValueWithSpan { value: Value::Null, .. })) {
        return Err(SqlError::new("INVALID_LIMIT_LIKE_EXPRESSION.IS_NULL", "42K0E", "A number of rows is not null."));
    }
    let scope = Scope::default();
    let node = Compiler::new(&scope, session).row_by_row(expr)?;
    let value = evaluate::column(&node, &Frame::whole(Vec::new(), 1))?;
    let text = super::text::of(&value)?;
    text.iter().flatten().next().and_then(|it| it.parse().ok()).ok_or_else(|| {
        let sentence = format!("A number of rows is a whole number, not {expr}.");
        SqlError::new("INVALID_LIMIT_LIKE_EXPRESSION", "42K0E", sentence)
    })
}
