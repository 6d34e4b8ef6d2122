//! Expressions with their names resolved.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;

use super::error::SqlError;

/// An expression over the columns of a frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Column(usize),
    Literal(Scalar),
    /// A field of a struct, by its number.
    Field(Box<Node>, usize),
    /// What a map holds under a key.
    Element(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    IsNull(Box<Node>),
    Binary(Box<Node>, Operator, Box<Node>),
    /// Whether it is one of them.
    In(Box<Node>, Vec<Node>),
    /// The first branch whose condition holds.
    Case(Vec<(Node, Node)>, Box<Node>),
    Cast(Box<Node>, DataType, OnInvalid),
    Call(Function, Vec<Node>),
    /// One of the statement's aggregates.
    Aggregate(usize),
    /// One of the statement's functions over windows.
    Window(usize),
}

/// A value of any type, as an array of one.
#[derive(Clone, Debug)]
pub(super) struct Scalar(pub(super) ArrayRef);

impl PartialEq for Scalar {
    fn eq(&self, other: &Self) -> bool {
        self.0.data_type() == other.0.data_type() && *self.0 == *other.0
    }
}

/// Between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Logic(Logic),
    Compare(Comparison),
    Compute(Arithmetic),
    Concatenate,
    Like,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logic {
    And,
    Or,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    /// `<=>`: nulls are equal.
    SameAs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Plus,
    Minus,
    Times,
    Divide,
    Modulo,
}

/// What a cast does with a value that has no counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnInvalid {
    Fail,
    /// `try_cast`.
    Null,
}

/// Functions of values of one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    UnixMicros,
    UnixMillis,
    UnixSeconds,
    DateTrunc,
    Round,
    ToJson,
    Lower,
    Upper,
    Abs,
}

impl Node {
    pub(super) fn binary(left: Self, operator: Operator, right: Self) -> Self {
        Self::Binary(Box::new(left), operator, Box::new(right))
    }

    pub(super) fn compare(left: Self, comparison: Comparison, right: Self) -> Self {
        Self::binary(left, Operator::Compare(comparison), right)
    }

    pub(super) fn both(left: Self, right: Self) -> Self {
        Self::binary(left, Operator::Logic(Logic::And), right)
    }

    pub(super) fn is_not_null(it: Self) -> Self {
        Self::Not(Box::new(Self::IsNull(Box::new(it))))
    }

    /// The same with each of the outermost nodes replaced for which `change` has something else.
    pub(super) fn rebuilt(
        &self,
        change: &mut dyn FnMut(&Self) -> Result<Option<Self>, SqlError>,
    ) -> Result<Self, SqlError> {
        if let Some(it) = change(self)? {
            return Ok(it);
        }
        let mut inner = |it: &Self| it.rebuilt(change).map(Box::new);
        Ok(match self {
            Self::Column(_) | Self::Literal(_) | Self::Aggregate(_) | Self::Window(_) => self.clone(),
            Self::Field(of, number) => Self::Field(inner(of)?, *number),
            Self::Element(of, key) => Self::Element(inner(of)?, inner(key)?),
            Self::Not(of) => Self::Not(inner(of)?),
            Self::Negative(of) => Self::Negative(inner(of)?),
            Self::IsNull(of) => Self::IsNull(inner(of)?),
            Self::Binary(left, operator, right) => Self::Binary(inner(left)?, *operator, inner(right)?),
            Self::In(of, list) => {
                let of = inner(of)?;
                Self::In(of, list.iter().map(|it| Ok(*inner(it)?)).collect::<Result<_, SqlError>>()?)
            }
            Self::Case(branches, otherwise) => {
                let branches = branches.iter().map(|(when, then)| Ok((*inner(when)?, *inner(then)?)));
                let branches = branches.collect::<Result<_, SqlError>>()?;
                Self::Case(branches, inner(otherwise)?)
            }
            Self::Cast(of, to, on_invalid) => Self::Cast(inner(of)?, to.clone(), *on_invalid),
            Self::Call(function, arguments) => {
                let arguments = arguments.iter().map(|it| Ok(*inner(it)?)).collect::<Result<_, SqlError>>()?;
                Self::Call(*function, arguments)
            }
        })
    }

    /// Tells of each column that it asks for.
    pub(super) fn columns(&self, found: &mut dyn FnMut(usize)) {
        let told: Result<Self, SqlError> = self.rebuilt(&mut |it| {
            if let Self::Column(number) = it {
                found(*number);
            }
            Ok(None)
        });
        debug_assert!(told.is_ok(), "nothing in it fails");
    }

    /// The parts of a condition that all have to hold.
    pub(super) fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::Binary(left, Operator::Logic(Logic::And), right) => [left.conjuncts(), right.conjuncts()].concat(),
            other => vec![other],
        }
    }
}
