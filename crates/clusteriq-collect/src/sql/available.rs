//! Which columns a table has, and which fields are inside of them: accounts differ, and columns come and go.

use std::collections::BTreeSet;

/// The columns of a table and the fields of its structs, as dotted paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Available {
    /// In lower case.
    paths: BTreeSet<String>,
    /// Those that are maps: any key can be inside.
    maps: BTreeSet<String>,
}

impl Available {
    /// From names and types as a statement's manifest has them, e.g. `STRUCT<a: STRING, b: MAP<STRING, STRING>>`.
    pub(crate) fn of<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut it = Self::default();
        for (name, kind) in columns {
            it.add(name.to_lowercase(), kind);
        }
        it
    }

    /// Whether a statement can ask for this path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.to_lowercase();
        let inside_of_a_map = || path.rmatch_indices('.').any(|(at, _)| self.maps.contains(&path[..at]));
        self.paths.contains(&path) || inside_of_a_map()
    }

    fn add(&mut self, path: String, kind: &str) {
        let kind = kind.trim();
        let starts = |word: &str| kind.get(..word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word));
        if starts("STRUCT<") && kind.ends_with('>') {
            for field in parts(&kind["STRUCT<".len()..kind.len() - 1]) {
                if let Some((name, kind)) = field.split_once(':') {
                    let name = name.trim().trim_matches('`').to_lowercase();
                    self.add(format!("{path}.{name}"), kind);
                }
            }
        } else if starts("MAP<") {
            self.maps.insert(path.clone());
        }
        self.paths.insert(path);
    }
}

/// The parts between commas that are not inside of brackets.
fn parts(text: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0_i32, 0, Vec::new());
    for (at, sign) in text.char_indices() {
        match sign {
            '<' | '(' => depth += 1,
            '>' | ')' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_structs_are_found_however_deep_and_between_others_with_commas() {
        let it = Available::of([
            ("ID", "STRING"),
            ("pricing", "STRUCT<default: DECIMAL(38,18), effective_list: STRUCT<`default`: DECIMAL(38,18)>, x: INT>"),
        ]);
        for path in ["id", "pricing", "pricing.default", "pricing.effective_list.default", "Pricing.X"] {
            assert!(it.has(path), "{path}");
        }
        for path in ["default", "pricing.y", "id.x", "effective_list.default"] {
            assert!(!it.has(path), "{path}");
        }
    }

    #[test]
    fn a_map_may_have_any_key() {
        let it = Available::of([("settings", "MAP<STRING, STRING>"), ("a", "STRUCT<m: map<string,string>>")]);
        assert!(it.has("settings.photon") && it.has("a.m.x") && !it.has("a.x"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_a_type(kind in "[A-Z<>:, `()0-9]{0,40}") {
            assert!(Available::of([("a", kind.as_str())]).has("a"));
        }
    }
}
