//! From an expression as it is written to one whose names are resolved.

use sqlparser::ast::{
    AccessExpr, BinaryOperator, CastKind, Expr, InTarget, OrderByExpr, OrderBySort, Subscript, UnaryOperator, Value,
};

use super::aggregate::AggregateCall;
use super::error::SqlError;
use super::literal::{self, Parameter};
use super::node::{Arithmetic, Comparison, Logic, Node, OnInvalid, Operator};
use super::order::SortKey;
use super::query::Session;
use super::scope::{self, Scope};
use super::window::WindowCall;
use super::{Question, types};

mod calls;

/// Resolves names in a scope, and takes notes of aggregates and functions over windows.
pub(super) struct Compiler<'a> {
    pub(super) scope: &'a Scope,
    parameters: &'a [Parameter],
    /// Milliseconds since 1970.
    now: i64,
    /// What the select list names so far: known where no column is called so.
    pub(super) aliases: Vec<(String, Node)>,
    pub(super) aggregates: Vec<AggregateCall>,
    pub(super) windows: Vec<WindowCall>,
    /// How many expressions the present one is inside of.
    depth: usize,
}

/// Expressions inside of each other: more would not fit on a thread's stack.
const DEEPEST: usize = 200;

impl<'a> Compiler<'a> {
    pub(super) fn new(scope: &'a Scope, session: &Session<'a>) -> Self {
        let Question { parameters, now, .. } = session.question;
        Self {
            scope,
            parameters,
            now: *now,
            aliases: Vec::new(),
            aggregates: Vec::new(),
            windows: Vec::new(),
            depth: 0,
        }
    }

    /// An expression in which neither aggregates nor windows make sense, such as that of `WHERE`.
    pub(super) fn row_by_row(&mut self, expr: &Expr) -> Result<Node, SqlError> {
        let before = (self.aggregates.len(), self.windows.len());
        let node = self.node(expr)?;
        if (self.aggregates.len(), self.windows.len()) != before {
            let sentence = format!("The aggregate or window function is not allowed here: {expr}.");
            return Err(SqlError::new("INVALID_WHERE_CONDITION", "42903", sentence));
        }
        Ok(node)
    }

    pub(super) fn nodes(&mut self, exprs: &[Expr]) -> Result<Vec<Node>, SqlError> {
        exprs.iter().map(|it| self.node(it)).collect()
    }

    fn boxed(&mut self, expr: &Expr) -> Result<Box<Node>, SqlError> {
        self.node(expr).map(Box::new)
    }

    pub(super) fn node(&mut self, expr: &Expr) -> Result<Node, SqlError> {
        if self.depth == DEEPEST {
            return Err(SqlError::unsupported(format!("more than {DEEPEST} expressions inside of each other")));
        }
        self.depth += 1;
        let node = self.resolved(expr);
        self.depth -= 1;
        node
    }

    fn resolved(&mut self, expr: &Expr) -> Result<Node, SqlError> {
        Ok(match expr {
            Expr::Identifier(it) => self.scope.resolve(std::slice::from_ref(it)).or_else(|error| {
                let alias = self.aliases.iter().find(|(name, _)| name.eq_ignore_ascii_case(&it.value));
                alias.map(|(_, node)| node.clone()).ok_or(error)
            })?,
            Expr::CompoundIdentifier(path) => self.scope.resolve(path)?,
            Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain)?,
            Expr::Nested(it) => self.node(it)?,
            Expr::Value(it) => match &it.value {
                Value::Placeholder(name) => self.parameter(name)?,
                other => literal::of(other)?,
            },
            Expr::TypedString(it) => literal::typed(it)?,
            Expr::Interval(it) => calls::interval(it)?,
            Expr::IsNull(it) => Node::IsNull(self.boxed(it)?),
            Expr::IsNotNull(it) => Node::is_not_null(self.node(it)?),
            Expr::IsTrue(it) => Node::compare(self.node(it)?, Comparison::SameAs, literal::boolean(true)),
            Expr::IsFalse(it) => Node::compare(self.node(it)?, Comparison::SameAs, literal::boolean(false)),
            Expr::IsNotTrue(it) => negated(Node::compare(self.node(it)?, Comparison::SameAs, literal::boolean(true))),
            Expr::IsNotFalse(it) => negated(Node::compare(self.node(it)?, Comparison::SameAs, literal::boolean(false))),
            Expr::IsDistinctFrom(a, b) => negated(Node::compare(self.node(a)?, Comparison::SameAs, self.node(b)?)),
            Expr::IsNotDistinctFrom(a, b) => Node::compare(self.node(a)?, Comparison::SameAs, self.node(b)?),
            Expr::Between { expr, negated: not, low, high } => {
                let value = self.node(expr)?;
                let low = Node::compare(value.clone(), Comparison::GreaterOrEqual, self.node(low)?);
                let high = Node::compare(value, Comparison::LessOrEqual, self.node(high)?);
                negated_if(*not, Node::both(low, high))
            }
            Expr::In { expr, target: InTarget::List(list), negated: not, .. } => {
                let value = self.boxed(expr)?;
                negated_if(*not, Node::In(value, self.nodes(list)?))
            }
            Expr::Like { negated: not, any: false, expr, pattern, escape_char: None } => {
                negated_if(*not, Node::binary(self.node(expr)?, Operator::Like, self.node(pattern)?))
            }
            Expr::UnaryOp { op: UnaryOperator::Not, expr } => negated(self.node(expr)?),
            Expr::UnaryOp { op: UnaryOperator::Minus, expr } => Node::Negative(self.boxed(expr)?),
            Expr::UnaryOp { op: UnaryOperator::Plus, expr } => self.node(expr)?,
            Expr::BinaryOp { left, op, right } => Node::binary(self.node(left)?, operator(op)?, self.node(right)?),
            Expr::Cast { kind, expr: of, data_type, format: None } => {
                let on_invalid = match kind {
                    CastKind::Cast | CastKind::DoubleColon => OnInvalid::Fail,
                    CastKind::TryCast | CastKind::SafeCast => OnInvalid::Null,
                };
                Node::Cast(self.boxed(of)?, types::of_sql(data_type)?, on_invalid)
            }
            Expr::Case { operand, conditions, else_result, .. } => {
                let operand = operand.as_ref().map(|it| self.node(it)).transpose()?;
                let mut branches = Vec::new();
                for it in conditions {
                    let condition = self.node(&it.condition)?;
                    let condition = match &operand {
                        Some(operand) => Node::compare(operand.clone(), Comparison::Equal, condition),
                        None => condition,
                    };
                    branches.push((condition, self.node(&it.result)?));
                }
                let otherwise = else_result.as_ref().map_or(Ok(literal::null()), |it| self.node(it))?;
                Node::Case(branches, Box::new(otherwise))
            }
            Expr::Function(it) => self.call(it, expr)?,
            other => return Err(SqlError::unsupported(format!("the expression {other}"))),
        })
    }

    /// `map['key']`, and fields of what is no plain name.
    fn access(&mut self, root: &Expr, chain: &[AccessExpr]) -> Result<Node, SqlError> {
        let mut node = self.node(root)?;
        for it in chain {
            node = match it {
                AccessExpr::Subscript(Subscript::Index { index }) => {
                    Node::Element(Box::new(node), Box::new(self.node(index)?))
                }
                AccessExpr::Dot(Expr::Identifier(name)) => {
                    let kind = self.scope.kind(&node);
                    let kind = kind.ok_or_else(|| SqlError::unsupported(format!("fields of {root}")))?;
                    scope::field(node, &kind, name)?.0
                }
                AccessExpr::Dot(_) | AccessExpr::Subscript(_) => {
                    return Err(SqlError::unsupported(format!("the access {it}")));
                }
            };
        }
        Ok(node)
    }

    fn parameter(&self, marker: &str) -> Result<Node, SqlError> {
        let Some(name) = marker.strip_prefix(':') else {
            return Err(SqlError::unsupported(format!("the parameter {marker}: only named ones")));
        };
        let found = self.parameters.iter().find(|it| it.name == name);
        found.ok_or_else(|| SqlError::unbound(name))?.node()
    }

    /// Nulls come first, and last if the order is descending, unless it says otherwise.
    pub(super) fn sort_key(&mut self, it: &OrderByExpr) -> Result<SortKey<Node>, SqlError> {
        let of = self.node(&it.expr)?;
        sort_key(it, of)
    }
}

pub(super) fn sort_key<T>(it: &OrderByExpr, of: T) -> Result<SortKey<T>, SqlError> {
    let descending = match &it.options.sort {
        None | Some(OrderBySort::Asc) => false,
        Some(OrderBySort::Desc) => true,
        Some(OrderBySort::Using(_)) => return Err(SqlError::unsupported("ORDER BY USING")),
    };
    Ok(SortKey { of, descending, nulls_first: it.options.nulls_first.unwrap_or(!descending) })
}

fn negated(it: Node) -> Node {
    Node::Not(Box::new(it))
}

fn negated_if(not: bool, it: Node) -> Node {
    if not { negated(it) } else { it }
}

fn operator(it: &BinaryOperator) -> Result<Operator, SqlError> {
    Ok(match it {
        BinaryOperator::And => Operator::Logic(Logic::And),
        BinaryOperator::Or => Operator::Logic(Logic::Or),
        BinaryOperator::Eq => Operator::Compare(Comparison::Equal),
        BinaryOperator::NotEq => Operator::Compare(Comparison::NotEqual),
        BinaryOperator::Lt => Operator::Compare(Comparison::Less),
        BinaryOperator::LtEq => Operator::Compare(Comparison::LessOrEqual),
        BinaryOperator::Gt => Operator::Compare(Comparison::Greater),
        BinaryOperator::GtEq => Operator::Compare(Comparison::GreaterOrEqual),
        BinaryOperator::Spaceship => Operator::Compare(Comparison::SameAs),
        BinaryOperator::Plus => Operator::Compute(Arithmetic::Plus),
        BinaryOperator::Minus => Operator::Compute(Arithmetic::Minus),
        BinaryOperator::Multiply => Operator::Compute(Arithmetic::Times),
        BinaryOperator::Divide => Operator::Compute(Arithmetic::Divide),
        BinaryOperator::Modulo => Operator::Compute(Arithmetic::Modulo),
        BinaryOperator::StringConcat => Operator::Concatenate,
        other => return Err(SqlError::unsupported(format!("the operator {other}"))),
    })
}
