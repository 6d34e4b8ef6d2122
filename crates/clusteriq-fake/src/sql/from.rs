//! What is in `FROM`: tables, sub-queries and joins, read once it is known which columns are asked for.

use std::collections::BTreeSet;

use arrow::datatypes::SchemaRef;
use sqlparser::ast::{Expr, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor, TableWithJoins};

use super::error::SqlError;
use super::frame::Frame;
use super::join::{Kind, join, shifted};
use super::node::Node;
use super::query::{self, Known, Reach, Rows, Session};
use super::scan::{Scan, bound};
use super::scope::{Named, Scope};

/// One of the things that are joined.
pub(super) struct Source<'a> {
    what: What,
    /// Number of its first column.
    pub(super) first: usize,
    pub(super) width: usize,
    kind: Kind,
    pub(super) on: Option<&'a Expr>,
}

enum What {
    Table { name: String, schema: SchemaRef },
    Rows(Frame),
}

impl Source<'_> {
    pub(super) fn is_table(&self) -> bool {
        matches!(self.what, What::Table { .. })
    }
}

/// Everything in `FROM`, in order, and its names.
pub(super) fn sources<'a>(
    from: &'a [TableWithJoins],
    session: &Session<'_>,
    known: &Known<'_>,
    reach: Reach,
) -> Result<(Vec<Source<'a>>, Scope), SqlError> {
    let (mut sources, mut scope) = (Vec::new(), Scope::default());
    for it in from {
        let (what, names) = source(&it.relation, session, known, reach)?;
        add(&mut sources, &mut scope, what, names, (Kind::Inner, None));
        for joined in &it.joins {
            let how = how(&joined.join_operator)?;
            let (what, names) = source(&joined.relation, session, known, reach)?;
            add(&mut sources, &mut scope, what, names, how);
        }
    }
    Ok((sources, scope))
}

fn add<'a>(
    sources: &mut Vec<Source<'a>>,
    scope: &mut Scope,
    what: What,
    names: Scope,
    (kind, on): (Kind, Option<&'a Expr>),
) {
    sources.push(Source { what, first: scope.columns.len(), width: names.columns.len(), kind, on });
    scope.columns.extend(names.columns);
}

fn how(operator: &JoinOperator) -> Result<(Kind, Option<&Expr>), SqlError> {
    let (kind, constraint) = match operator {
        JoinOperator::Join(it) | JoinOperator::Inner(it) | JoinOperator::CrossJoin(it) => (Kind::Inner, it),
        JoinOperator::Left(it) | JoinOperator::LeftOuter(it) => (Kind::Left, it),
        _ => return Err(SqlError::unsupported("joins other than JOIN, LEFT JOIN and CROSS JOIN")),
    };
    match constraint {
        JoinConstraint::On(it) => Ok((kind, Some(it))),
        JoinConstraint::None => Ok((kind, None)),
        JoinConstraint::Using(_) | JoinConstraint::UsingAlias(..) | JoinConstraint::Natural => {
            Err(SqlError::unsupported("joins with USING or NATURAL"))
        }
    }
}

fn source(
    factor: &TableFactor,
    session: &Session<'_>,
    known: &Known<'_>,
    reach: Reach,
) -> Result<(What, Scope), SqlError> {
    match factor {
        TableFactor::Table { name, alias, args: None, version: None, sample: None, .. } => {
            table(name, alias.as_ref(), session, known, reach)
        }
        TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
            let rows = query::run(subquery, session, known, reach)?;
            of_rows(rows, alias.as_ref(), None)
        }
        other => Err(SqlError::unsupported(format!("{other} in FROM"))),
    }
}

fn of_rows(mut rows: Rows, alias: Option<&TableAlias>, name: Option<&str>) -> Result<(What, Scope), SqlError> {
    if let Some(columns) = alias.map(|it| it.columns.as_slice()).filter(|it| !it.is_empty()) {
        rows.names = renamed(&rows.names, columns)?;
    }
    let qualifier = alias.map(|it| it.name.value.as_str()).or(name).map(str::to_owned);
    let scope = rows.scope(qualifier.as_slice())?;
    Ok((What::Rows(rows.frame), scope))
}

fn renamed(names: &[String], columns: &[sqlparser::ast::TableAliasColumnDef]) -> Result<Vec<String>, SqlError> {
    if columns.len() != names.len() {
        let sentence = format!("{} aliases for {} columns.", columns.len(), names.len());
        return Err(SqlError::new("ASSIGNMENT_ARITY_MISMATCH", "42802", sentence));
    }
    Ok(columns.iter().map(|it| it.name.value.clone()).collect())
}

fn table(
    name: &ObjectName,
    alias: Option<&TableAlias>,
    session: &Session<'_>,
    known: &Known<'_>,
    reach: Reach,
) -> Result<(What, Scope), SqlError> {
    let parts: Vec<&sqlparser::ast::Ident> = name.0.iter().filter_map(|it| it.as_ident()).collect();
    let Some(span) = parts.first().map(|it| it.span) else { return Err(SqlError::syntax(name)) };
    if let [one] = parts.as_slice()
        && let Some(at) = known.iter().rposition(|(it, ..)| it.eq_ignore_ascii_case(&one.value))
    {
        let (own, query, columns) = known[at];
        // It may use those that are named before it.
        let mut rows = query::run(query, session, &known[..at], reach)?;
        if !columns.is_empty() {
            rows.names = renamed(&rows.names, columns)?;
        }
        return of_rows(rows, alias, Some(own));
    }
    let written: Vec<&str> = parts.iter().map(|it| it.value.as_str()).collect();
    let (catalog, schema) = &session.question.namespace;
    let whole = match written.as_slice() {
        [table] => format!("{catalog}.{schema}.{table}"),
        [schema, table] => format!("{catalog}.{schema}.{table}"),
        _ => written.join("."),
    };
    let whole = whole.to_lowercase();
    let schema = readable(&whole, &written.join("."), session).map_err(|it| it.at(span))?;
    let qualifier = match alias {
        Some(it) => vec![it.name.value.clone()],
        None => whole.split('.').map(str::to_owned).collect(),
    };
    let named = schema.fields().iter().map(|it| Named {
        qualifier: qualifier.clone(),
        name: it.name().clone(),
        kind: it.data_type().clone(),
    });
    let mut scope = Scope { columns: named.collect() };
    if let Some(columns) = alias.map(|it| it.columns.as_slice()).filter(|it| !it.is_empty()) {
        let names: Vec<String> = scope.columns.iter().map(|it| it.name.clone()).collect();
        for (column, name) in scope.columns.iter_mut().zip(renamed(&names, columns)?) {
            column.name = name;
        }
    }
    Ok((What::Table { name: whole, schema }, scope))
}

/// The columns of a table that there is, and that may be read.
fn readable(whole: &str, written: &str, session: &Session<'_>) -> Result<SchemaRef, SqlError> {
    let catalog = session.catalog;
    let schema = whole.split('.').nth(1).unwrap_or_default();
    if whole.starts_with("system.") && catalog.hidden.contains(schema) {
        return Err(SqlError::no_schema(&format!("system.{schema}")));
    }
    if catalog.revoked.contains(whole) {
        return Err(SqlError::no_permission(whole));
    }
    let found = catalog.tables.as_ref().map(|it| it.schema(whole)).transpose()?.flatten();
    found.ok_or_else(|| SqlError::no_table(written))
}

/// The rows of all that is joined, with the columns that are asked for. `ons` are the conditions of the joins, `condition` that of
/// `WHERE`, all over the columns of everything.
pub(super) fn read(
    sources: &[Source<'_>],
    used: &BTreeSet<usize>,
    ons: &[Option<Node>],
    condition: Option<&Node>,
    enough: usize,
    session: &Session<'_>,
) -> Result<Frame, SqlError> {
    let mut all: Option<Frame> = None;
    for (source, on) in sources.iter().zip(ons) {
        let frame = match &source.what {
            What::Rows(it) => it.clone(),
            What::Table { name, schema } => {
                let Some(tables) = &session.catalog.tables else { return Err(SqlError::no_table(name)) };
                let own = used.iter().filter_map(|it| it.checked_sub(source.first)).filter(|it| *it < source.width);
                let columns: BTreeSet<usize> = own.collect();
                let condition = pushed(source, condition, sources.len() == 1)?;
                let here = session.catalog.here(name).zip(schema.index_of("workspace_id").ok());
                let condition = condition.as_ref();
                Scan { tables, table: name, schema, columns: &columns, condition, here, enough }.read()?
            }
        };
        all = Some(match all {
            None => frame,
            Some(left) => join(&left, &frame, source.kind, on.as_ref())?,
        });
    }
    // Without `FROM` there is one row without columns.
    let all = all.unwrap_or_else(|| Frame::whole(Vec::new(), 1));
    match condition {
        Some(it) if !(sources.len() == 1 && sources[0].is_table()) => all.filtered(&super::evaluate::mask(it, &all)?),
        Some(_) | None => Ok(all),
    }
}

/// What of `WHERE` can be asked of a table alone. Of several, comparisons with values alone: no row of nulls, as an outer join makes
/// them, passes those anyway.
fn pushed(source: &Source<'_>, condition: Option<&Node>, alone: bool) -> Result<Option<Node>, SqlError> {
    let Some(condition) = condition else { return Ok(None) };
    if alone {
        return Ok(Some(condition.clone()));
    }
    let mut kept: Option<Node> = None;
    for it in condition.conjuncts() {
        let is_own =
            bound(it).is_some_and(|(column, ..)| (source.first..source.first + source.width).contains(&column));
        if is_own {
            let own = shifted(it, source.first)?;
            kept = Some(match kept {
                None => own,
                Some(before) => Node::both(before, own),
            });
        }
    }
    Ok(kept)
}
