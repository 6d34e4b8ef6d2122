//! Names that an expression may use: the columns of what is in `FROM`.

use arrow::datatypes::{DataType, Field, Fields};
use sqlparser::ast::Ident;

use super::error::SqlError;
use super::node::Node;

/// A column by name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    /// What may stand before it: its alias, or the parts of its table's name.
    pub(super) qualifier: Vec<String>,
    pub(super) name: String,
    pub(super) kind: DataType,
}

/// Columns side by side. Names are the same whatever their case.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) columns: Vec<Named>,
}

impl Scope {
    /// The column or field of a path.
    pub(super) fn resolve(&self, path: &[Ident]) -> Result<Node, SqlError> {
        let place = path.first().map(|it| it.span).unwrap_or_else(sqlparser::tokenizer::Span::empty);
        let shown: Vec<&str> = path.iter().map(|it| it.value.as_str()).collect();
        // The longest qualifier first: a table's column before a column's field.
        for qualified in (0..path.len()).rev() {
            let Some((name, fields)) = path[qualified..].split_first() else { continue };
            let found: Vec<usize> = (0..self.columns.len())
                .filter(|it| self.columns[*it].is_called(&path[..qualified], &name.value))
                .collect();
            match found.as_slice() {
                [] => {}
                [one] => return self.field(*one, fields),
                _ => return Err(SqlError::ambiguous(&shown.join(".")).at(place)),
            }
        }
        Err(SqlError::no_column(&shown.join("."), &self.similar(&shown.join("."))).at(place))
    }

    fn field(&self, column: usize, fields: &[Ident]) -> Result<Node, SqlError> {
        let mut kind = self.columns[column].kind.clone();
        let mut node = Node::Column(column);
        for it in fields {
            (node, kind) = field(node, &kind, it)?;
        }
        Ok(node)
    }

    /// The type of a column or of a field inside of it.
    pub(super) fn kind(&self, node: &Node) -> Option<DataType> {
        match node {
            Node::Column(it) => Some(self.columns[*it].kind.clone()),
            Node::Field(of, number) => match self.kind(of)? {
                DataType::Struct(fields) => Some(fields.get(*number)?.data_type().clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Numbers of the columns of a table or alias.
    pub(super) fn of(&self, qualifier: &[Ident]) -> Result<Vec<usize>, SqlError> {
        let found: Vec<usize> = (0..self.columns.len()).filter(|it| self.columns[*it].is_under(qualifier)).collect();
        let shown: Vec<&str> = qualifier.iter().map(|it| it.value.as_str()).collect();
        if found.is_empty() { Err(SqlError::no_column(&shown.join("."), &[])) } else { Ok(found) }
    }

    /// Names like that one, the most similar first.
    fn similar(&self, name: &str) -> Vec<String> {
        let mut names: Vec<(usize, String)> =
            self.columns.iter().map(|it| (distance(&it.name, name), it.name.clone())).collect();
        names.sort();
        names.dedup();
        names.into_iter().take(5).map(|(_, it)| it).collect()
    }
}

impl Named {
    fn is_called(&self, qualifier: &[Ident], name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) && (qualifier.is_empty() || self.is_under(qualifier))
    }

    /// Whether its qualifier ends like that.
    fn is_under(&self, qualifier: &[Ident]) -> bool {
        let from = self.qualifier.len().checked_sub(qualifier.len());
        from.is_some_and(|from| {
            self.qualifier[from..].iter().zip(qualifier).all(|(own, it)| own.eq_ignore_ascii_case(&it.value))
        })
    }
}

/// A field of a struct, or what a map of texts holds under that key.
pub(super) fn field(of: Node, kind: &DataType, name: &Ident) -> Result<(Node, DataType), SqlError> {
    match kind {
        DataType::Struct(fields) => {
            let number = position(fields, &name.value).ok_or_else(|| {
                let names: Vec<String> = fields.iter().map(|it| it.name().clone()).collect();
                SqlError::no_field(&name.value, &names).at(name.span)
            })?;
            Ok((Node::Field(Box::new(of), number), fields[number].data_type().clone()))
        }
        other => {
            let (_, value): (&Field, &Field) = super::types::map_of(other).ok_or_else(|| {
                let why = format!("a {} has no fields", super::types::text(other));
                SqlError::new("INVALID_EXTRACT_BASE_FIELD_TYPE", "42000", format!("{}: {why}.", name.value))
            })?;
            let key = super::literal::string(&name.value);
            Ok((Node::Element(Box::new(of), Box::new(key)), value.data_type().clone()))
        }
    }
}

fn position(fields: &Fields, name: &str) -> Option<usize> {
    fields.iter().position(|it| it.name().eq_ignore_ascii_case(name))
}

/// How many letters differ, at least.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope() -> Scope {
        let inner = DataType::Struct(vec![Field::new("Default", DataType::Utf8, true)].into());
        let named = |table: &[&str], name: &str, kind| Named {
            qualifier: table.iter().map(|it| (*it).to_owned()).collect(),
            name: name.to_owned(),
            kind,
        };
        Scope {
            columns: vec![
                named(&["system", "billing", "usage"], "sku_name", DataType::Utf8),
                named(&["p"], "sku_name", DataType::Utf8),
                named(&["p"], "pricing", inner),
            ],
        }
    }

    fn resolve(path: &str) -> Result<Node, SqlError> {
        let path: Vec<Ident> = path.split('.').map(Ident::new).collect();
        scope().resolve(&path)
    }

    #[test]
    fn a_path_is_a_tables_column_or_a_columns_field() {
        for path in ["usage.sku_name", "billing.usage.SKU_NAME", "system.billing.usage.sku_name"] {
            assert_eq!(resolve(path).unwrap(), Node::Column(0), "{path}");
        }
        for path in ["pricing.default", "p.pricing.default"] {
            assert_eq!(resolve(path).unwrap(), Node::Field(Box::new(Node::Column(2)), 0), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_resolved_says_why() {
        let class = |path: &str| resolve(path).unwrap_err().class;
        assert_eq!(class("sku_name"), "AMBIGUOUS_REFERENCE");
        assert_eq!(class("prices"), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
        assert_eq!(class("pricing.promotional"), "FIELD_NOT_FOUND");
        let message = resolve("prising").unwrap_err().to_string();
        assert!(message.contains("[`pricing`, "), "{message}");
    }
}
