//! A batch of `system.compute.node_timeline` as plain slices: found by name, checked, nulls resolved.

use arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, RecordBatch, StringArray};
use arrow::buffer::{BooleanBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::{
    DataType, Float64Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use clusteriq_model::tables::NODE_TIMELINE;

use crate::TableError;

/// The checked columns of one batch. All have the same length.
pub(super) struct Columns {
    pub(super) workspace: Texts,
    pub(super) cluster: Texts,
    pub(super) instance: Texts,
    pub(super) node_type: Texts,
    /// Minutes since 1970.
    pub(super) minute: Vec<i32>,
    /// False where null: only `true` makes a driver.
    pub(super) driver: BooleanBuffer,
    /// The percentages are NaN where null.
    pub(super) user: ScalarBuffer<f64>,
    pub(super) system: ScalarBuffer<f64>,
    pub(super) wait: ScalarBuffer<f64>,
    pub(super) mem: ScalarBuffer<f64>,
    pub(super) swap: ScalarBuffer<f64>,
    /// 0 where null.
    pub(super) sent: ScalarBuffer<i64>,
    pub(super) received: ScalarBuffer<i64>,
}

/// A text column: for each row the index of its text. An index that is not in `texts`, or whose text is null, is a null.
pub(super) struct Texts {
    pub(super) index: ScalarBuffer<i32>,
    pub(super) texts: StringArray,
    has_nulls: bool,
}

impl Texts {
    /// The text of an index.
    pub(super) fn get(&self, index: i32) -> Option<&str> {
        let index = usize::try_from(index).ok()?;
        (index < self.texts.len() && self.texts.is_valid(index)).then(|| self.texts.value(index))
    }
}

impl Columns {
    /// Checks everything that can be wrong, so that nothing is half added.
    pub(super) fn of(batch: &RecordBatch) -> Result<Self, TableError> {
        Ok(Self {
            workspace: key(batch, "workspace_id")?,
            cluster: key(batch, "cluster_id")?,
            instance: key(batch, "instance_id")?,
            node_type: texts(batch, "node_type")?,
            minute: minutes(batch)?,
            driver: driver(batch)?,
            user: percent(batch, "cpu_user_percent")?,
            system: percent(batch, "cpu_system_percent")?,
            wait: percent(batch, "cpu_wait_percent")?,
            mem: percent(batch, "mem_used_percent")?,
            swap: percent(batch, "mem_swap_percent")?,
            sent: bytes(batch, "network_sent_bytes")?,
            received: bytes(batch, "network_received_bytes")?,
        })
    }
}

fn find<'a>(batch: &'a RecordBatch, column: &'static str) -> Result<&'a ArrayRef, TableError> {
    batch.column_by_name(column).ok_or(TableError::MissingColumn { table: NODE_TIMELINE, column })
}

fn wrong_type(column: &'static str, found: &ArrayRef, expected: DataType) -> TableError {
    let found = found.data_type().clone();
    TableError::WrongType { table: NODE_TIMELINE, column, found, expected }
}

/// The column as another type, if `fits` says that it can hold such values.
fn convert(
    array: &ArrayRef,
    column: &'static str,
    expected: &DataType,
    fits: fn(&DataType) -> bool,
) -> Result<ArrayRef, TableError> {
    if array.data_type() == expected {
        return Ok(array.clone());
    }
    let wrong = || wrong_type(column, array, expected.clone());
    if !fits(array.data_type()) {
        return Err(wrong());
    }
    cast(array, expected).map_err(|_| wrong())
}

fn texts(batch: &RecordBatch, column: &'static str) -> Result<Texts, TableError> {
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let array = convert(find(batch, column)?, column, &dictionary, |it| {
        let plain = if let DataType::Dictionary(_, values) = it { values } else { it };
        plain.is_string() || plain.is_integer() || plain.is_null()
    })?;
    let array: &DictionaryArray<Int32Type> = array.as_dictionary();
    let texts = array.values().as_string::<i32>().clone();
    let keys = array.keys();
    let index = if keys.null_count() > 0 {
        keys.iter().map(|it| it.unwrap_or(i32::MAX)).collect()
    } else {
        keys.values().clone()
    };
    let has_nulls = keys.null_count() > 0 || texts.null_count() > 0;
    Ok(Texts { index, texts, has_nulls })
}

fn key(batch: &RecordBatch, column: &'static str) -> Result<Texts, TableError> {
    let it = texts(batch, column)?;
    let is_null = |index: &i32| it.get(*index).is_none();
    match it.has_nulls.then(|| it.index.iter().position(is_null)).flatten() {
        Some(row) => Err(TableError::NullValue { table: NODE_TIMELINE, column, row }),
        None => Ok(it),
    }
}

fn minutes(batch: &RecordBatch) -> Result<Vec<i32>, TableError> {
    let column = "start_time";
    let array = find(batch, column)?;
    if let Some(nulls) = array.logical_nulls().filter(|it| it.null_count() > 0) {
        let row = nulls.iter().position(|valid| !valid).unwrap_or_default();
        return Err(TableError::NullValue { table: NODE_TIMELINE, column, row });
    }
    let DataType::Timestamp(unit, _) = array.data_type() else {
        let expected = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
        return Err(wrong_type(column, array, expected));
    };
    let minutes = match unit {
        TimeUnit::Second => whole_minutes::<60>(array.as_primitive::<TimestampSecondType>().values()),
        TimeUnit::Millisecond => whole_minutes::<60_000>(array.as_primitive::<TimestampMillisecondType>().values()),
        TimeUnit::Microsecond => whole_minutes::<60_000_000>(array.as_primitive::<TimestampMicrosecondType>().values()),
        TimeUnit::Nanosecond => {
            whole_minutes::<60_000_000_000>(array.as_primitive::<TimestampNanosecondType>().values())
        }
    };
    minutes.map_err(|(row, value)| {
        let value = format!("{value} minutes since 1970");
        TableError::OutOfRange { table: NODE_TIMELINE, column, row, value }
    })
}

/// Years 68 to 5962: what 32 bits hold, roughly. Beyond, a time is a mistaken unit, and days of it could not be named.
const MINUTES: std::ops::RangeInclusive<i64> = -1_000_000_000..=2_100_000_000;

/// The unit is a constant so that the division becomes a multiplication.
fn whole_minutes<const PER_MINUTE: i64>(times: &[i64]) -> Result<Vec<i32>, (usize, i64)> {
    let minute = |it: &i64| it.div_euclid(PER_MINUTE);
    let (low, high) = times.iter().fold((i64::MAX, i64::MIN), |(low, high), it| (low.min(*it), high.max(*it)));
    let fits = |it: i64| MINUTES.contains(&it);
    let all_fit = times.is_empty() || (fits(minute(&low)) && fits(minute(&high)));
    if !all_fit {
        let row = times.iter().position(|it| !fits(minute(it))).unwrap_or_default();
        return Err((row, minute(&times[row])));
    }
    #[allow(clippy::cast_possible_truncation, reason = "the range was checked")]
    Ok(times.iter().map(|it| minute(it) as i32).collect())
}

fn driver(batch: &RecordBatch) -> Result<BooleanBuffer, TableError> {
    let column = "driver";
    let array = convert(find(batch, column)?, column, &DataType::Boolean, DataType::is_null)?;
    let array = array.as_boolean();
    Ok(match array.nulls() {
        Some(nulls) => array.values() & nulls.inner(),
        None => array.values().clone(),
    })
}

fn percent(batch: &RecordBatch, column: &'static str) -> Result<ScalarBuffer<f64>, TableError> {
    let array = convert(find(batch, column)?, column, &DataType::Float64, |it| it.is_numeric() || it.is_null())?;
    let array = array.as_primitive::<Float64Type>();
    if array.null_count() == 0 {
        return Ok(array.values().clone());
    }
    Ok(array.iter().map(|it| it.unwrap_or(f64::NAN)).collect())
}

fn bytes(batch: &RecordBatch, column: &'static str) -> Result<ScalarBuffer<i64>, TableError> {
    let array = convert(find(batch, column)?, column, &DataType::Int64, |it| it.is_numeric() || it.is_null())?;
    let array = array.as_primitive::<Int64Type>();
    if array.null_count() == 0 {
        return Ok(array.values().clone());
    }
    Ok(array.iter().map(Option::unwrap_or_default).collect())
}
