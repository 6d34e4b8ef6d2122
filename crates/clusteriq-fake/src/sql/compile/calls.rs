//! Calls of functions: of a row, of a group, over a window.

use std::sync::Arc;

use arrow::array::DurationMicrosecondArray;
use sqlparser::ast::{
    self, DateTimeField, DuplicateTreatment, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, WindowType,
};

use super::super::aggregate::{Aggregate, AggregateCall};
use super::super::error::SqlError;
use super::super::literal;
use super::super::node::{Comparison, Function, Node, OnInvalid, Scalar};
use super::super::window::{Over, WindowCall};
use super::Compiler;
use crate::time::day_number;

impl Compiler<'_> {
    pub(super) fn call(&mut self, call: &ast::Function, whole: &Expr) -> Result<Node, SqlError> {
        let name = call.name.to_string().to_lowercase();
        let (arguments, distinct) = arguments(call)?;
        if let Some(over) = &call.over {
            return self.over(&name, &arguments, over, whole);
        }
        if let Some(aggregate) = Aggregate::called(&name) {
            let before = self.aggregates.len();
            let argument = match arguments.as_slice() {
                [Argument::Star] if aggregate == Aggregate::Count => None,
                [Argument::Of(it)] => Some(self.row_by_row(it)?),
                _ => return Err(wrong_arguments(&name, whole)),
            };
            let filter = call.filter.as_ref().map(|it| self.row_by_row(it)).transpose()?;
            debug_assert_eq!(before, self.aggregates.len(), "none is inside of another");
            return Ok(self.noted(AggregateCall { aggregate, argument, distinct, filter }));
        }
        let mut nodes = Vec::new();
        for it in &arguments {
            match it {
                Argument::Of(it) => nodes.push(self.node(it)?),
                Argument::Star => return Err(wrong_arguments(&name, whole)),
            }
        }
        self.of_row(&name, nodes, whole)
    }

    /// The same call twice is one.
    fn noted(&mut self, call: AggregateCall) -> Node {
        let known = self.aggregates.iter().position(|it| *it == call);
        Node::Aggregate(known.unwrap_or_else(|| {
            self.aggregates.push(call);
            self.aggregates.len() - 1
        }))
    }

    fn of_row(&self, name: &str, mut nodes: Vec<Node>, whole: &Expr) -> Result<Node, SqlError> {
        let (function, least, most) = match name {
            "coalesce" | "nvl" | "ifnull" if !nodes.is_empty() => {
                let otherwise = nodes.pop().unwrap_or_else(literal::null);
                let branches = nodes.into_iter().map(|it| (Node::is_not_null(it.clone()), it)).collect();
                return Ok(Node::Case(branches, Box::new(otherwise)));
            }
            "if" | "iff" if nodes.len() == 3 => {
                let otherwise = nodes.pop().unwrap_or_else(literal::null);
                let then = nodes.pop().unwrap_or_else(literal::null);
                return Ok(Node::Case(nodes.into_iter().map(|it| (it, then.clone())).collect(), Box::new(otherwise)));
            }
            "nullif" if nodes.len() == 2 => {
                let same = Node::compare(nodes[0].clone(), Comparison::Equal, nodes[1].clone());
                return Ok(Node::Case(vec![(same, literal::null())], Box::new(nodes[0].clone())));
            }
            "date" if nodes.len() == 1 => {
                let of = Box::new(nodes.remove(0));
                return Ok(Node::Cast(of, arrow::datatypes::DataType::Date32, OnInvalid::Fail));
            }
            "current_timestamp" | "now" if nodes.is_empty() => return Ok(literal::instant(self.now * 1_000)),
            "current_date" | "curdate" if nodes.is_empty() => {
                return Ok(literal::day(i32::try_from(day_number(self.now)).unwrap_or_default()));
            }
            "unix_micros" => (Function::UnixMicros, 1, 1),
            "unix_millis" => (Function::UnixMillis, 1, 1),
            "unix_seconds" => (Function::UnixSeconds, 1, 1),
            "date_trunc" => (Function::DateTrunc, 2, 2),
            "round" => (Function::Round, 1, 2),
            "to_json" => (Function::ToJson, 1, 1),
            "lower" => (Function::Lower, 1, 1),
            "upper" => (Function::Upper, 1, 1),
            "abs" => (Function::Abs, 1, 1),
            _ => return Err(SqlError::no_function(name)),
        };
        if nodes.len() < least || nodes.len() > most {
            return Err(wrong_arguments(name, whole));
        }
        Ok(Node::Call(function, nodes))
    }

    fn over(
        &mut self,
        name: &str,
        arguments: &[Argument<'_>],
        over: &WindowType,
        whole: &Expr,
    ) -> Result<Node, SqlError> {
        let WindowType::WindowSpec(spec) = over else {
            return Err(SqlError::unsupported("named windows"));
        };
        if spec.window_frame.is_some() || spec.window_name.is_some() {
            return Err(SqlError::unsupported(format!("frames of windows: {whole}")));
        }
        let mut nodes = Vec::new();
        for it in arguments {
            if let Argument::Of(it) = it {
                nodes.push(self.node(it)?);
            }
        }
        let over = match (name, nodes.len()) {
            ("row_number", 0) => Over::RowNumber,
            ("lead", 1..=3) => Over::Neighbour { sign: 1 },
            ("lag", 1..=3) => Over::Neighbour { sign: -1 },
            _ => return Err(SqlError::unsupported(format!("the window function {whole}"))),
        };
        let partition = self.nodes(&spec.partition_by)?;
        let order = spec.order_by.iter().map(|it| self.sort_key(it)).collect::<Result<Vec<_>, _>>()?;
        if order.is_empty() {
            let sentence = format!("Window function {name} requires window to be ordered.");
            return Err(SqlError::new("WINDOW_FUNCTION_WITHOUT_ORDER_BY", "42601", sentence));
        }
        self.windows.push(WindowCall { over, arguments: nodes, partition, order });
        Ok(Node::Window(self.windows.len() - 1))
    }
}

enum Argument<'a> {
    Of(&'a Expr),
    Star,
}

/// The arguments, and whether only different ones count.
fn arguments(call: &ast::Function) -> Result<(Vec<Argument<'_>>, bool), SqlError> {
    let list = match &call.args {
        FunctionArguments::None => return Ok((Vec::new(), false)),
        FunctionArguments::Subquery(_) => return Err(SqlError::unsupported(format!("the call {call}"))),
        FunctionArguments::List(it) => it,
    };
    if !list.clauses.is_empty() || !call.within_group.is_empty() || call.null_treatment.is_some() {
        return Err(SqlError::unsupported(format!("the call {call}")));
    }
    let mut all = Vec::new();
    for it in &list.args {
        all.push(match it {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(it)) => Argument::Of(it),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => Argument::Star,
            other => return Err(SqlError::unsupported(format!("the argument {other}"))),
        });
    }
    Ok((all, list.duplicate_treatment == Some(DuplicateTreatment::Distinct)))
}

fn wrong_arguments(name: &str, whole: &Expr) -> SqlError {
    let sentence = format!("The {name} requires other parameters than those of {whole}.");
    SqlError::new("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", "42605", sentence)
}

/// `INTERVAL 3 DAY`, as a duration.
pub(super) fn interval(it: &ast::Interval) -> Result<Node, SqlError> {
    let unsupported = || SqlError::unsupported(format!("the interval {it}"));
    let value = match it.value.as_ref() {
        Expr::Value(value) => value.value.clone(),
        _ => return Err(unsupported()),
    };
    let text = match value {
        ast::Value::Number(text, _) => text,
        other => other.into_string().ok_or_else(unsupported)?,
    };
    let count: i64 = text.trim().parse().map_err(|_| unsupported())?;
    let seconds = match it.leading_field.as_ref().ok_or_else(unsupported)? {
        DateTimeField::Second | DateTimeField::Seconds => 1,
        DateTimeField::Minute | DateTimeField::Minutes => 60,
        DateTimeField::Hour | DateTimeField::Hours => 3_600,
        DateTimeField::Day | DateTimeField::Days => 86_400,
        DateTimeField::Week(None) | DateTimeField::Weeks => 7 * 86_400,
        _ => return Err(unsupported()),
    };
    let micros = count.checked_mul(seconds * 1_000_000).ok_or_else(unsupported)?;
    Ok(Node::Literal(Scalar(Arc::new(DurationMicrosecondArray::from(vec![micros])))))
}
