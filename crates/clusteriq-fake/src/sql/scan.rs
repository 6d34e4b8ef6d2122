//! Rows of a system table: the columns that are asked for, and only parts of files that may hold rows that are.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::compute::concat;
use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};

use super::comparison::compare;
use super::error::SqlError;
use super::evaluate::{self, Value};
use super::frame::Frame;
use super::node::{Comparison, Node, Operator, Scalar};
use super::tables::{SystemTables, open, unreadable};
use super::types;

/// Rows read at a time.
const BATCH: usize = 65_536;

/// What is asked of a table.
pub(super) struct Scan<'a> {
    pub(super) tables: &'a SystemTables,
    pub(super) table: &'a str,
    pub(super) schema: &'a SchemaRef,
    /// By number.
    pub(super) columns: &'a BTreeSet<usize>,
    /// Which rows.
    pub(super) condition: Option<&'a Node>,
    /// Of which workspaces alone, and the number of the column that says whose a row is.
    pub(super) here: Option<(&'a BTreeSet<String>, usize)>,
    /// How many are enough.
    pub(super) enough: usize,
}

impl Scan<'_> {
    pub(super) fn read(&self) -> Result<Frame, SqlError> {
        let (mut parts, mut rows) = (Vec::new(), 0);
        for path in self.tables.files(self.table).unwrap_or_default() {
            if rows >= self.enough {
                break;
            }
            let footer = self.tables.footer(path)?;
            let groups = self.row_groups(&footer, path)?;
            if groups.is_empty() {
                continue;
            }
            let wanted: BTreeSet<usize> = self.columns.iter().copied().chain(self.here.map(|it| it.1)).collect();
            let names: Vec<&str> = wanted.iter().map(|it| self.schema.field(*it).name().as_str()).collect();
            let numbers = names.iter().filter_map(|it| footer.schema().index_of(it).ok());
            let mask = ProjectionMask::roots(footer.parquet_schema(), numbers);
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(open(path)?, footer.clone())
                .with_row_groups(groups)
                .with_projection(mask)
                .with_batch_size(if self.condition.is_none() { BATCH.min(self.enough) } else { BATCH })
                .build()
                .map_err(|it| unreadable(path, &it))?;
            for batch in reader {
                let batch = batch.map_err(|it| unreadable(path, &it))?;
                let mut columns = vec![None; self.schema.fields().len()];
                for (number, name) in wanted.iter().zip(&names) {
                    let found = batch.column_by_name(name).cloned();
                    // An older file may lack a column.
                    let missing =
                        || arrow::array::new_null_array(self.schema.field(*number).data_type(), batch.num_rows());
                    columns[*number] = Some(found.unwrap_or_else(missing));
                }
                let mut frame = Frame::new(columns, batch.num_rows());
                if let Some(it) = self.condition {
                    frame = frame.filtered(&evaluate::mask(it, &frame)?)?;
                }
                if let Some((ids, column)) = self.here {
                    let of = frame.column(column)?.as_string::<i32>();
                    frame =
                        frame.filtered(&of.iter().map(|it| Some(it.is_some_and(|it| ids.contains(it)))).collect())?;
                    if !self.columns.contains(&column) {
                        frame = frame.without(column);
                    }
                }
                rows += frame.rows;
                parts.push(frame);
                if rows >= self.enough {
                    break;
                }
            }
        }
        self.joined(&parts, rows)
    }

    fn joined(&self, parts: &[Frame], rows: usize) -> Result<Frame, SqlError> {
        let columns = (0..self.schema.fields().len()).map(|number| {
            if !self.columns.contains(&number) {
                return Ok(None);
            }
            let arrays = parts.iter().map(|it| it.column(number)).collect::<Result<Vec<_>, _>>()?;
            let arrays: Vec<&dyn Array> = arrays.into_iter().map(|it| it as &dyn Array).collect();
            if arrays.is_empty() {
                return Ok(Some(arrow::array::new_empty_array(self.schema.field(number).data_type())));
            }
            Ok(Some(concat(&arrays)?))
        });
        Ok(Frame::new(columns.collect::<Result<_, SqlError>>()?, rows))
    }

    /// Parts of a file that may hold rows that are asked for, by what its footer says of them.
    fn row_groups(&self, footer: &ArrowReaderMetadata, path: &Path) -> Result<Vec<usize>, SqlError> {
        let groups = footer.metadata().row_groups();
        let mut may = vec![self.enough > 0; groups.len()];
        for it in self.condition.map(Node::conjuncts).unwrap_or_default() {
            let Some((column, operator, value)) = bound(it) else { continue };
            let field = self.schema.field(column);
            // Text that is compared as a number has another order.
            if types::common(field.data_type(), value.0.data_type()).as_ref() != Some(field.data_type()) {
                continue;
            }
            let statistics = StatisticsConverter::try_new(field.name(), footer.schema(), footer.parquet_schema());
            let statistics = statistics.map_err(|it| unreadable(path, &it))?;
            let (Ok(least), Ok(most)) = (statistics.row_group_mins(groups), statistics.row_group_maxes(groups)) else {
                continue;
            };
            let holds = |of: &ArrayRef, operator| -> Result<BooleanArray, SqlError> {
                let held = compare(&Value::rows(of.clone()), operator, &Value::single(value.0.clone()))?;
                Ok(held.spread(groups.len())?.as_boolean().clone())
            };
            let bounds = match operator {
                Comparison::Equal => {
                    vec![holds(&least, Comparison::LessOrEqual)?, holds(&most, Comparison::GreaterOrEqual)?]
                }
                Comparison::Less | Comparison::LessOrEqual => vec![holds(&least, operator)?],
                Comparison::Greater | Comparison::GreaterOrEqual => vec![holds(&most, operator)?],
                Comparison::NotEqual | Comparison::SameAs => continue,
            };
            for held in bounds {
                for (number, it) in may.iter_mut().enumerate() {
                    // Without statistics it may be anywhere.
                    *it &= held.is_null(number) || held.value(number);
                }
            }
        }
        Ok((0..groups.len()).filter(|it| may[*it]).collect())
    }
}

/// A comparison of a column with a value: what statistics can tell, and what no row of nulls passes.
pub(super) fn bound(of: &Node) -> Option<(usize, Comparison, &Scalar)> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual, SameAs};
    let Node::Binary(left, Operator::Compare(comparison), right) = of else { return None };
    let mirrored = match comparison {
        Less => Greater,
        LessOrEqual => GreaterOrEqual,
        Greater => Less,
        GreaterOrEqual => LessOrEqual,
        Equal => Equal,
        NotEqual | SameAs => return None,
    };
    match (left.as_ref(), right.as_ref()) {
        (Node::Column(column), Node::Literal(value)) => Some((*column, *comparison, value)),
        (Node::Literal(value), Node::Column(column)) => Some((*column, mirrored, value)),
        _ => None,
    }
}
