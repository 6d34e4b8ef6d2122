//! One `SELECT`: its clauses in the order in which SQL computes them.

use std::collections::BTreeSet;

use arrow::array::{ArrayRef, UInt32Array};
use sqlparser::ast::{
    Distinct, Expr, GroupByExpr, OrderByExpr, Select, SelectItem, SelectItemQualifiedWildcardKind, Value,
    ValueWithSpan, WildcardAdditionalOptions,
};

use super::compile::{Compiler, sort_key};
use super::error::SqlError;
use super::evaluate;
use super::frame::Frame;
use super::from::{self, Source};
use super::node::Node;
use super::order::{Groups, SortKey, sorted};
use super::query::{Known, Limit, Reach, Rows, Session, distinct};
use super::scope::Scope;

/// A selection whose names are resolved.
struct Plan {
    names: Vec<String>,
    items: Vec<Node>,
    ons: Vec<Option<Node>>,
    condition: Option<Node>,
    keys: Vec<Node>,
    having: Option<Node>,
    qualify: Option<Node>,
    order: Vec<SortKey<Key>>,
}

/// What rows are ordered by.
enum Key {
    Output(usize),
    Node(Node),
}

pub(super) fn run(
    select: &Select,
    order: &[OrderByExpr],
    limit: Limit,
    session: &Session<'_>,
    known: &Known<'_>,
    reach: Reach,
) -> Result<Rows, SqlError> {
    refuse(select)?;
    let is_distinct = match &select.distinct {
        None | Some(Distinct::All) => false,
        Some(Distinct::Distinct) => true,
        Some(Distinct::On(_)) => return Err(SqlError::unsupported("DISTINCT ON")),
    };
    // What makes rows different may not be left out.
    let reach = if is_distinct { Reach::Output } else { reach };
    let has_star =
        select.projection.iter().any(|it| matches!(it, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..)));
    let inside = if has_star { reach } else { Reach::Inside };
    let (sources, scope) = from::sources(&select.from, session, known, inside)?;
    let mut compiler = Compiler::new(&scope, session);
    let plan = plan(select, order, &mut compiler, &sources, session, reach)?;
    let (aggregates, windows) = (compiler.aggregates, compiler.windows);
    let is_grouped = !aggregates.is_empty() || !plan.keys.is_empty() || select.having.is_some();

    let mut used = BTreeSet::new();
    {
        let mut note = |it: &Node| it.columns(&mut |column| used.extend([column]));
        plan.nodes().for_each(&mut note);
        for it in &aggregates {
            it.argument.iter().chain(&it.filter).for_each(&mut note);
        }
        for it in &windows {
            it.arguments.iter().chain(&it.partition).chain(it.order.iter().map(|it| &it.of)).for_each(&mut note);
        }
    }
    let is_simple = !is_grouped && !is_distinct && windows.is_empty() && order.is_empty() && sources.len() == 1;
    let enough = if is_simple { limit.enough() } else { usize::MAX };
    let mut frame = from::read(&sources, &used, &plan.ons, plan.condition.as_ref(), enough, session)?;

    // After grouping the columns are the keys, then the aggregates; after windows there is one more for each.
    let mut stage = Stage { keys: &plan.keys, grouped: is_grouped, first_window: 0, scope: &scope };
    if is_grouped {
        let keys = plan.keys.iter().map(|it| evaluate::column(it, &frame)).collect::<Result<Vec<_>, _>>()?;
        let groups = if keys.is_empty() { Groups::one(frame.rows) } else { Groups::of(&keys, frame.rows)? };
        let first = groups.first_rows();
        let count = groups.first.len();
        let keys = Frame::whole(keys, frame.rows);
        // Without keys there is a group even of no rows.
        let mut grouped = if keys.width() == 0 { Frame::whole(Vec::new(), count) } else { keys.taken(&first)? };
        for it in &aggregates {
            grouped = grouped.beside(Frame::whole(vec![it.values(&frame, &groups)?], count));
        }
        frame = grouped;
        if let Some(it) = &plan.having {
            frame = frame.filtered(&evaluate::mask(&stage.placed(it)?, &frame)?)?;
        }
    }
    stage.first_window = frame.width();
    let mut computed: Vec<ArrayRef> = Vec::new();
    for it in &windows {
        let mut placed = it.clone();
        for node in placed.arguments.iter_mut().chain(&mut placed.partition) {
            *node = stage.placed(node)?;
        }
        for key in &mut placed.order {
            key.of = stage.placed(&key.of)?;
        }
        computed.push(placed.values(&frame)?);
    }
    let rows = frame.rows;
    frame = frame.beside(Frame::whole(computed, rows));
    if let Some(it) = &plan.qualify {
        frame = frame.filtered(&evaluate::mask(&stage.placed(it)?, &frame)?)?;
    }
    output(&plan, &stage, &frame, is_distinct, limit)
}

/// Items, `DISTINCT`, `ORDER BY`, `LIMIT`.
fn output(plan: &Plan, stage: &Stage<'_>, frame: &Frame, is_distinct: bool, limit: Limit) -> Result<Rows, SqlError> {
    let items = plan.items.iter().map(|it| evaluate::column(&stage.placed(it)?, frame));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let mut keys = Vec::new();
    for it in &plan.order {
        let column = match &it.of {
            Key::Output(number) => items[*number].clone(),
            Key::Node(node) => match plan.items.iter().position(|it| it == node) {
                Some(number) => items[number].clone(),
                None if is_distinct => {
                    let sentence = "With DISTINCT rows are ordered by what is selected alone.";
                    return Err(SqlError::new("UNSUPPORTED_FEATURE.ORDER_BY", "0A000", sentence));
                }
                None => evaluate::column(&stage.placed(node)?, frame)?,
            },
        };
        keys.push(it.with(column));
    }
    let width = items.len();
    // The keys go along, so that they stay beside their rows.
    let columns = items.into_iter().chain(keys.iter().map(|it| it.of.clone())).collect();
    let mut frame = Frame::whole(columns, frame.rows);
    if is_distinct {
        let rows = Rows { names: Vec::new(), frame };
        frame = distinct(&rows)?.frame;
    }
    if !keys.is_empty() {
        let keys = keys.iter().enumerate().map(|(number, it)| Ok(it.with(frame.column(width + number)?.clone())));
        let keys = keys.collect::<Result<Vec<_>, SqlError>>()?;
        let mut numbers = sorted(&keys, frame.rows)?;
        numbers.truncate(limit.enough());
        frame = frame.taken(&UInt32Array::from(numbers))?;
    }
    let frame = frame.slice(limit.offset, limit.rows).narrowed(width);
    Ok(Rows { names: plan.names.clone(), frame })
}

impl Plan {
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let ordered = self.order.iter().filter_map(|it| match &it.of {
            Key::Node(it) => Some(it),
            Key::Output(_) => None,
        });
        let conditions = self.condition.iter().chain(&self.having).chain(&self.qualify);
        self.items.iter().chain(&self.keys).chain(conditions).chain(self.ons.iter().flatten()).chain(ordered)
    }
}

/// Where values are found once rows are grouped.
struct Stage<'a> {
    keys: &'a [Node],
    grouped: bool,
    first_window: usize,
    scope: &'a Scope,
}

impl Stage<'_> {
    fn placed(&self, node: &Node) -> Result<Node, SqlError> {
        node.rebuilt(&mut |it| {
            if let Node::Window(number) = it {
                return Ok(Some(Node::Column(self.first_window + number)));
            }
            if !self.grouped {
                return Ok(None);
            }
            if let Some(key) = self.keys.iter().position(|key| key == it) {
                return Ok(Some(Node::Column(key)));
            }
            match it {
                Node::Aggregate(number) => Ok(Some(Node::Column(self.keys.len() + number))),
                Node::Column(number) => Err(SqlError::missing_aggregation(&self.scope.columns[*number].name)),
                _ => Ok(None),
            }
        })
    }
}

fn plan(
    select: &Select,
    order: &[OrderByExpr],
    compiler: &mut Compiler<'_>,
    sources: &[Source<'_>],
    session: &Session<'_>,
    reach: Reach,
) -> Result<Plan, SqlError> {
    let condition = select.selection.as_ref().map(|it| compiler.row_by_row(it)).transpose()?;
    let ons = sources.iter().map(|it| it.on.map(|it| compiler.row_by_row(it)).transpose());
    let ons = ons.collect::<Result<Vec<_>, _>>()?;
    let (mut names, mut items) = (Vec::new(), Vec::new());
    for it in &select.projection {
        match it {
            SelectItem::UnnamedExpr(expr) => {
                items.push(compiler.node(expr)?);
                names.push(name(expr));
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                let node = compiler.node(expr)?;
                compiler.aliases.push((alias.value.clone(), node.clone()));
                items.push(node);
                names.push(alias.value.clone());
            }
            SelectItem::Wildcard(options) => {
                let all: Vec<usize> = (0..compiler.scope.columns.len()).collect();
                star(&all, options, compiler.scope, sources, (session, reach), (&mut names, &mut items))?;
            }
            SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(table), options) => {
                let path: Vec<_> = table.0.iter().filter_map(|it| it.as_ident().cloned()).collect();
                let all = compiler.scope.of(&path)?;
                star(&all, options, compiler.scope, sources, (session, reach), (&mut names, &mut items))?;
            }
            other => return Err(SqlError::unsupported(format!("{other} in SELECT"))),
        }
    }
    let keys = group_by(&select.group_by, compiler, &items)?;
    let having = select.having.as_ref().map(|it| compiler.node(it)).transpose()?;
    let qualify = select.qualify.as_ref().map(|it| compiler.node(it)).transpose()?;
    let mut ordered = Vec::new();
    for it in order {
        let named = match &it.expr {
            Expr::Identifier(name) => names.iter().position(|it| it.eq_ignore_ascii_case(&name.value)),
            other => position(other, items.len())?,
        };
        let key = named.map_or_else(|| compiler.node(&it.expr).map(Key::Node), |it| Ok(Key::Output(it)))?;
        ordered.push(sort_key(it, key)?);
    }
    Ok(Plan { names, items, ons, condition, keys, having, qualify, order: ordered })
}

/// The columns of `*`. Of a table in a sub-query only those that the statement mentions.
fn star(
    columns: &[usize],
    options: &WildcardAdditionalOptions,
    scope: &Scope,
    sources: &[Source<'_>],
    (session, reach): (&Session<'_>, Reach),
    (names, items): (&mut Vec<String>, &mut Vec<Node>),
) -> Result<(), SqlError> {
    if options.to_string() != "" {
        return Err(SqlError::unsupported(format!("*{options}")));
    }
    for number in columns {
        let name = &scope.columns[*number].name;
        let is_of_table = sources.iter().any(|it| it.is_table() && (it.first..it.first + it.width).contains(number));
        if is_of_table && reach == Reach::Inside && !session.mentioned.contains(&name.to_lowercase()) {
            continue;
        }
        names.push(name.clone());
        items.push(Node::Column(*number));
    }
    Ok(())
}

fn group_by(group_by: &GroupByExpr, compiler: &mut Compiler<'_>, items: &[Node]) -> Result<Vec<Node>, SqlError> {
    match group_by {
        GroupByExpr::Expressions(all, modifiers) if modifiers.is_empty() => {
            let mut keys = Vec::new();
            for it in all {
                keys.push(match position(it, items.len())? {
                    Some(number) => items[number].clone(),
                    None => compiler.row_by_row(it)?,
                });
            }
            Ok(keys)
        }
        GroupByExpr::All(modifiers) if modifiers.is_empty() => {
            let mut keys = Vec::new();
            for it in items {
                let mut has_aggregate = false;
                it.rebuilt(&mut |it| {
                    has_aggregate |= matches!(it, Node::Aggregate(_));
                    Ok(None)
                })?;
                if !has_aggregate {
                    keys.push(it.clone());
                }
            }
            Ok(keys)
        }
        other => Err(SqlError::unsupported(other)),
    }
}

/// An item by its number, counted from 1.
fn position(expr: &Expr, items: usize) -> Result<Option<usize>, SqlError> {
    let Expr::Value(ValueWithSpan { value: Value::Number(text, _), .. }) = expr else { return Ok(None) };
    match text.parse::<usize>().ok().and_then(|it| it.checked_sub(1)).filter(|it| *it < items) {
        Some(it) => Ok(Some(it)),
        None => {
            let sentence = format!("Position {text} is not in the select list (valid range is [1, {items}]).");
            Err(SqlError::new("GROUP_BY_POS_OUT_OF_RANGE", "42805", sentence))
        }
    }
}

/// What a column is called that has no alias.
fn name(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(it) => it.value.clone(),
        Expr::CompoundIdentifier(path) => path.last().map(|it| it.value.clone()).unwrap_or_default(),
        Expr::Nested(it) => name(it),
        other => other.to_string().replace("(*)", "(1)"),
    }
}

fn refuse(select: &Select) -> Result<(), SqlError> {
    let others = [
        ("TOP", select.top.is_some()),
        ("INTO", select.into.is_some()),
        ("LATERAL VIEW", !select.lateral_views.is_empty()),
        ("CLUSTER BY", !select.cluster_by.is_empty()),
        ("DISTRIBUTE BY", !select.distribute_by.is_empty()),
        ("SORT BY", !select.sort_by.is_empty()),
        ("WINDOW", !select.named_window.is_empty()),
        ("CONNECT BY", !select.connect_by.is_empty()),
        ("PREWHERE", select.prewhere.is_some()),
        ("EXCLUDE", select.exclude.is_some()),
    ];
    match others.iter().find(|(_, is_there)| *is_there) {
        Some((what, _)) => Err(SqlError::unsupported(what)),
        None => Ok(()),
    }
}
