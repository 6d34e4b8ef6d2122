//! Long arrays inside one object: since version 2.2 jobs and runs show a hundred elements at a time.
//!
//! <https://docs.databricks.com/en/reference/jobs-api-2-2-updates.html> (read 2026-11-24)

use serde_json::{Map, Value, json};

use super::errors::Refusal;
use super::paging::{place, token};

/// Elements per page.
const ELEMENTS: usize = 100;

/// The part of an object that a token names. Arrays that are finished are left out of later pages, and the last page has no
/// `next_page_token` at all: an empty one sends the Python SDK round for ever.
pub(super) fn part(
    mut whole: Value,
    inside: Option<&str>,
    arrays: &[&str],
    page: Option<&str>,
) -> Result<Value, Refusal> {
    const LIST: &str = "elements";
    let from = match page {
        Some(it) => place(LIST, it)?,
        None => 0,
    };
    let more = holder(&mut whole, inside).is_some_and(|it| cut(it, arrays, from));
    if more {
        whole["next_page_token"] = json!(token(LIST, from + ELEMENTS));
    }
    if from > 0 {
        whole["prev_page_token"] = json!(token(LIST, from - ELEMENTS));
    }
    Ok(whole)
}

/// The first elements alone, as lists show them; `has_more` says that there are others.
pub(super) fn shortened(mut whole: Value, inside: Option<&str>, arrays: &[&str]) -> Value {
    if holder(&mut whole, inside).is_some_and(|it| cut(it, arrays, 0)) {
        whole["has_more"] = json!(true);
    }
    whole
}

fn holder<'a>(whole: &'a mut Value, inside: Option<&str>) -> Option<&'a mut Map<String, Value>> {
    match inside {
        Some(key) => whole.get_mut(key)?.as_object_mut(),
        None => whole.as_object_mut(),
    }
}

/// Keeps a hundred elements of each array; says whether more follow in any.
fn cut(holder: &mut Map<String, Value>, arrays: &[&str], from: usize) -> bool {
    let mut more = false;
    for key in arrays {
        let Some(Value::Array(all)) = holder.remove(*key) else { continue };
        more |= all.len() > from + ELEMENTS;
        let some: Vec<Value> = all.into_iter().skip(from).take(ELEMENTS).collect();
        if !some.is_empty() {
            holder.insert((*key).to_owned(), Value::Array(some));
        }
    }
    more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finished_array_is_left_out_and_the_last_page_has_no_token() {
        let whole = json!({"settings": {"tasks": vec![1; 250], "job_clusters": vec![2; 100]}});
        let page =
            |token: Option<&str>| part(whole.clone(), Some("settings"), &["tasks", "job_clusters"], token).unwrap();
        let first = page(None);
        let second = page(first["next_page_token"].as_str());
        let third = page(second["next_page_token"].as_str());
        let lengths = |it: &Value, key: &str| it["settings"][key].as_array().map(Vec::len);
        let pages = [&first, &second, &third];
        assert_eq!(pages.map(|it| lengths(it, "tasks")), [Some(100), Some(100), Some(50)]);
        assert_eq!(pages.map(|it| lengths(it, "job_clusters")), [Some(100), None, None]);
        assert!(third.get("next_page_token").is_none());
    }
}
