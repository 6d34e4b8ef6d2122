//! Lists: filtered, searched, sorted and cut into pages by query parameters, or given whole as CSV.
//!
//! What a list can be filtered and sorted by is data of its row type, and everything else follows from it: parameters, their
//! documentation, the counts beside each filter.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::Call;
use super::refusal::Refusal;

/// Rows of a page if nobody asks for a number.
pub(crate) const USUAL: usize = 100;
/// Rows of a page at most.
pub(crate) const MOST: usize = 1000;

/// What rows are sorted by; what is not known comes last, whichever way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Key {
    /// By size.
    Number(Option<f64>),
    /// By letters, without regard to case.
    Text(Option<String>),
}

/// A way of sorting.
pub(crate) type Sort<R> = (&'static str, fn(&R) -> Key);
/// A way of filtering: the row's value, and what it is called.
pub(crate) type Facet<R> = (&'static str, fn(&R) -> Option<(Cow<'_, str>, Cow<'_, str>)>);

/// A row of a list.
pub(crate) trait Row: Serialize + JsonSchema + Clone + 'static {
    /// What is said of all rows that were found together.
    type Sum: Serialize + JsonSchema;
    /// Ways of sorting.
    const SORTS: &'static [Sort<Self>];
    /// The usual one, with `-` for falling.
    const SORTED: &'static str;
    /// Ways of filtering.
    const FACETS: &'static [Facet<Self>];
    /// Parameters that the endpoint itself understands, and what each does.
    const OTHERS: &'static [(&'static str, &'static str)] = &[];
    /// What a search looks at.
    fn words(&self) -> Vec<&str>;
    /// What is said of rows together.
    fn sum(rows: &[&Self]) -> Self::Sum;
}

/// Nothing is said of rows together.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub(crate) struct NoSum {}

/// A part of a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "PageOf{R}")]
pub(crate) struct Page<R: Row> {
    /// The rows.
    pub(crate) items: Vec<R>,
    /// How many there are in all, on all pages.
    pub(crate) total: usize,
    /// Pass it as `cursor` to get the next page; null: this was the last.
    pub(crate) next: Option<String>,
    /// By filter: its values, and how many rows each would give beside the other filters.
    pub(crate) facets: Facets,
    /// About all rows that were found, not only this page's.
    pub(crate) sum: R::Sum,
}

/// A value that one can filter by.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct FacetValue {
    /// What to pass.
    pub(crate) value: String,
    /// What to show.
    pub(crate) label: String,
    /// Rows that have it.
    pub(crate) count: usize,
}

/// What is asked of a list.
struct Asked<'a> {
    filters: Vec<(usize, Vec<&'a str>)>,
    words: Vec<String>,
}

impl Asked<'_> {
    fn has<R: Row>(&self, row: &R, except: Option<usize>) -> bool {
        let has = |(at, wanted): &(usize, Vec<&str>)| {
            Some(*at) == except || R::FACETS[*at].1(row).is_some_and(|it| wanted.contains(&&*it.0))
        };
        let texts: Vec<String> =
            if self.words.is_empty() { vec![] } else { row.words().iter().map(|it| it.to_lowercase()).collect() };
        self.filters.iter().all(has) && self.words.iter().all(|word| texts.iter().any(|it| it.contains(word)))
    }
}

/// By filter its values.
type Facets = BTreeMap<&'static str, Vec<FacetValue>>;

/// The rows that a call asks for, sorted.
fn found<'a, R: Row>(call: &Call, rows: &'a [R]) -> Result<(Vec<&'a R>, Facets), Refusal> {
    let filters = R::FACETS.iter().enumerate().filter_map(|(at, it)| {
        let wanted: Vec<&str> = call.all(it.0).collect();
        (!wanted.is_empty()).then_some((at, wanted))
    });
    let words = call.one("q").unwrap_or_default().to_lowercase();
    let asked = Asked { filters: filters.collect(), words: words.split_whitespace().map(ToOwned::to_owned).collect() };
    let mut facets = BTreeMap::new();
    for (at, (name, value)) in R::FACETS.iter().enumerate() {
        let mut counts: BTreeMap<(Cow<'_, str>, Cow<'_, str>), usize> = BTreeMap::new();
        for row in rows.iter().filter(|it| asked.has(*it, Some(at))) {
            if let Some(it) = value(row) {
                *counts.entry(it).or_default() += 1;
            }
        }
        let mut values: Vec<FacetValue> = counts
            .into_iter()
            .map(|((value, label), count)| FacetValue { value: value.into_owned(), label: label.into_owned(), count })
            .collect();
        values.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.label.cmp(&b.label)));
        values.truncate(200);
        facets.insert(*name, values);
    }
    let mut rows: Vec<&R> = rows.iter().filter(|it| asked.has(*it, None)).collect();
    let by = call.one("sort").unwrap_or(R::SORTED);
    let (name, falling) = by.strip_prefix('-').map_or((by, false), |it| (it, true));
    let Some((_, key)) = R::SORTS.iter().find(|it| it.0 == name) else {
        let names: Vec<_> = R::SORTS.iter().map(|it| it.0).collect();
        return Err(Refusal::invalid(
            format!("cannot sort by that: {name}"),
            format!("sort by one of {}, with - before it for falling", names.join(", ")),
        ));
    };
    rows.sort_by_cached_key(|it| Sorted(key(it), falling));
    Ok((rows, facets))
}

/// A page of rows.
pub(crate) fn page<R: Row>(call: &Call, rows: &[R]) -> Result<Page<R>, Refusal> {
    let (rows, facets) = found(call, rows)?;
    let limit = match call.one("limit") {
        None => USUAL,
        Some(it) => it.parse().ok().filter(|it| (1..=MOST).contains(it)).ok_or_else(|| {
            Refusal::invalid(format!("not a number of rows: {it}"), format!("limit is a number from 1 to {MOST}"))
        })?,
    };
    let version = call.version();
    let from = match call.one("cursor") {
        None => 0,
        Some(it) => place(it, &version)?,
    };
    let items: Vec<R> = rows.iter().skip(from).take(limit).map(|it| (*it).clone()).collect();
    let next =
        (rows.len() > from + limit).then(|| BASE64_URL_SAFE_NO_PAD.encode(format!("{}@{version}", from + limit)));
    Ok(Page { items, total: rows.len(), next, facets, sum: R::sum(&rows) })
}

/// The place that a cursor names, if the list is still the same.
fn place(cursor: &str, version: &str) -> Result<usize, Refusal> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|it| String::from_utf8(it).ok());
    let parts = text.as_deref().and_then(|it| it.split_once('@'));
    let (place, of) = parts
        .and_then(|(place, of)| Some((place.parse().ok()?, of)))
        .ok_or_else(|| Refusal::invalid("not a cursor of this list", "pass `next` of the page before, unchanged"))?;
    if of != version {
        return Err(Refusal::conflict(
            "stale_cursor",
            "the data was analysed anew since the first page",
            "begin again without a cursor",
        ));
    }
    Ok(place)
}

/// All rows that a call asks for, as a table: a column per field, nested ones with a dot.
pub(crate) fn table<R: Row>(call: &Call, rows: &[R]) -> Result<Vec<u8>, Refusal> {
    let (rows, _) = found(call, rows)?;
    let fault = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "a table cannot be written");
        Refusal::internal()
    };
    let mut flat = vec![];
    let mut columns: Vec<String> = vec![];
    for row in rows {
        let mut cells = BTreeMap::new();
        flatten("", serde_json::to_value(row).map_err(|it| fault(&it))?, &mut columns, &mut cells);
        flat.push(cells);
    }
    let mut writer = csv::Writer::from_writer(vec![]);
    writer.write_record(&columns).map_err(|it| fault(&it))?;
    for mut cells in flat {
        let cells = columns.iter().map(|it| cells.remove(it).unwrap_or_default());
        writer.write_record(cells).map_err(|it| fault(&it))?;
    }
    writer.into_inner().map_err(|it| fault(&it))
}

fn flatten(prefix: &str, value: serde_json::Value, columns: &mut Vec<String>, cells: &mut BTreeMap<String, String>) {
    use serde_json::Value;
    let name = |key: &str| if prefix.is_empty() { key.to_owned() } else { format!("{prefix}.{key}") };
    match value {
        Value::Object(members) => {
            members.into_iter().for_each(|(key, it)| flatten(&name(&key), it, columns, cells));
        }
        // Series and lists are for charts.
        Value::Array(_) => {}
        Value::Null => put(prefix, String::new(), columns, cells),
        Value::String(it) => put(prefix, harmless(it), columns, cells),
        it @ (Value::Bool(_) | Value::Number(_)) => put(prefix, it.to_string(), columns, cells),
    }
}

fn put(column: &str, text: String, columns: &mut Vec<String>, cells: &mut BTreeMap<String, String>) {
    if !columns.iter().any(|it| it == column) {
        columns.push(column.to_owned());
    }
    cells.insert(column.to_owned(), text);
}

/// A spreadsheet takes what begins so for a formula, and names come from anybody who may name a job.
fn harmless(it: String) -> String {
    if it.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{it}") } else { it }
}

/// Order of keys: falling turns it around, but what is not known stays last.
#[derive(PartialEq)]
struct Sorted(Key, bool);

impl Eq for Sorted {}

impl PartialOrd for Sorted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sorted {
    fn cmp(&self, other: &Self) -> Ordering {
        let turned = |it: Ordering| if self.1 { it.reverse() } else { it };
        match (&self.0, &other.0) {
            (Key::Number(Some(a)), Key::Number(Some(b))) => turned(a.total_cmp(b)),
            (Key::Text(Some(a)), Key::Text(Some(b))) => turned(a.to_lowercase().cmp(&b.to_lowercase())),
            (Key::Number(None) | Key::Text(None), Key::Number(None) | Key::Text(None)) => Ordering::Equal,
            (Key::Number(None) | Key::Text(None), _) => Ordering::Greater,
            (_, Key::Number(None) | Key::Text(None)) => Ordering::Less,
            (Key::Number(_), Key::Text(_)) => Ordering::Less,
            (Key::Text(_), Key::Number(_)) => Ordering::Greater,
        }
    }
}
