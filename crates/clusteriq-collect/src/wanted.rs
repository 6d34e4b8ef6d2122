//! Where the columns of a table stand in nested rows: all paths of a table as one tree, walked once per row.

use std::borrow::Cow;

use clusteriq_model::tables::TableSpec;

use crate::error::Problem;
use crate::json;

/// What was found for one path of one column: not there, there but null, or its text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Found<'a> {
    #[default]
    Absent,
    Null,
    Text(Cow<'a, str>),
}

/// One place of a row, and the places inside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    /// In lower case.
    name: String,
    inside: Vec<Wanted>,
    /// Numbers of the paths that end here; a path's number counts the paths of all columns in order.
    ends: Vec<usize>,
}

impl Wanted {
    /// The places of all columns.
    pub(crate) fn of(spec: &TableSpec) -> Self {
        let mut root = Self::default();
        for (number, path) in spec.columns.iter().flat_map(|it| it.source).enumerate() {
            let end = path.split('.').fold(&mut root, |place, name| place.make(name));
            end.ends.push(number);
        }
        root
    }

    fn make(&mut self, name: &str) -> &mut Self {
        let name = name.to_lowercase();
        let at = self.inside.iter().position(|it| it.name == name).unwrap_or_else(|| {
            self.inside.push(Self { name, ..Self::default() });
            self.inside.len() - 1
        });
        &mut self.inside[at]
    }

    /// The place inside of that name, however it is capitalised.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.inside.iter().find(|it| it.name.eq_ignore_ascii_case(name))
    }

    /// The place of a dotted name.
    pub(crate) fn at(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, Self::get)
    }

    /// The paths that end here.
    pub(crate) fn ends(&self) -> &[usize] {
        &self.ends
    }

    /// The paths that end here or further inside.
    pub(crate) fn all_ends(&self) -> Vec<usize> {
        let inner = self.inside.iter().flat_map(Self::all_ends);
        self.ends.iter().copied().chain(inner).collect()
    }

    /// Takes what is wanted out of the members of an object.
    pub(crate) fn members<'a>(&self, json: &'a str, found: &mut [Found<'a>]) -> Result<(), Misplaced> {
        let members = json::members(json).map_err(|problem| self.misplaced(problem, json))?;
        for (name, value) in members {
            if let Some(place) = self.get(&name) {
                let text = json::text(value).map_err(|problem| place.misplaced(problem, value.get()))?;
                place.value(text, found)?;
            }
        }
        Ok(())
    }

    /// Takes what is wanted out of a value at this place.
    pub(crate) fn value<'a>(&self, text: Option<Cow<'a, str>>, found: &mut [Found<'a>]) -> Result<(), Misplaced> {
        if let (Some(text), false) = (&text, self.inside.is_empty())
            && !text.trim().is_empty()
        {
            match text {
                Cow::Borrowed(text) => self.members(text, found)?,
                // JSON inside of a JSON string with escapes: the texts cannot borrow from the row.
                Cow::Owned(text) => {
                    let mut inner = vec![Found::Absent; found.len()];
                    self.members(text, &mut inner)?;
                    for (found, inner) in found.iter_mut().zip(inner) {
                        match inner {
                            Found::Absent => {}
                            Found::Null => *found = Found::Null,
                            Found::Text(it) => *found = Found::Text(it.into_owned().into()),
                        }
                    }
                }
            }
        }
        match text {
            Some(text) => {
                for end in &self.ends {
                    found[*end] = Found::Text(text.clone());
                }
            }
            None => self.null(found),
        }
        Ok(())
    }

    /// What is inside of null is null too, and not absent: it does not show that the source lacks it.
    fn null(&self, found: &mut [Found<'_>]) {
        for end in &self.ends {
            found[*end] = Found::Null;
        }
        for it in &self.inside {
            it.null(found);
        }
    }

    fn misplaced(&self, problem: Problem, value: &str) -> Misplaced {
        Misplaced { name: self.name.clone(), problem, value: value.to_owned() }
    }
}

/// A value that is not nested as it should be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Misplaced {
    pub(crate) name: String,
    pub(crate) problem: Problem,
    pub(crate) value: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clusteriq_model::tables::{ListPriceRow, UsageRow};

    fn found(spec: &TableSpec, json: &str, column: &str) -> Result<Vec<Option<String>>, Misplaced> {
        let paths: Vec<_> = spec.columns.iter().flat_map(|it| it.source.iter().map(move |_| it.name)).collect();
        let mut found = vec![Found::Absent; paths.len()];
        Wanted::of(spec).members(json, &mut found)?;
        let of = |(_, it)| if let Found::Text(it) = it { Some(it.into_owned()) } else { None };
        Ok(paths.into_iter().zip(found).filter(|it| it.0 == column).map(of).collect())
    }

    #[test]
    fn nested_values_are_found_in_objects_and_in_lists_of_keys_and_values_and_in_json_text() {
        for json in [
            r#"{"usage_metadata": {"cluster_id": "c1"}}"#,
            r#"{"USAGE_METADATA": {"Cluster_ID": "c1"}}"#,
            r#"{"usage_metadata": [{"key": "cluster_id", "value": "c1"}]}"#,
            r#"{"usage_metadata": "{\"cluster_id\": \"c1\"}"}"#,
        ] {
            assert_eq!(found(UsageRow::SPEC, json, "cluster_id"), Ok(vec![Some("c1".into())]), "{json}");
        }
    }

    #[test]
    fn a_value_keeps_the_digits_it_was_written_with() {
        let json = r#"{"pricing": {"default": 0.123456789012345678, "effective_list": {"default": "0.5"}}}"#;
        let prices = found(ListPriceRow::SPEC, json, "price").unwrap();
        assert_eq!(prices, [Some("0.5".into()), Some("0.123456789012345678".into()), None]);
    }

    #[test]
    fn what_should_be_nested_and_is_not_is_named() {
        let bad = found(UsageRow::SPEC, r#"{"usage_metadata": "{'cluster_id': None}"}"#, "cluster_id").unwrap_err();
        assert_eq!((bad.name.as_str(), bad.problem), ("usage_metadata", Problem::NotJson));
    }
}
