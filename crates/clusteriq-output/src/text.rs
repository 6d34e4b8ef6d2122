//! Text that others wrote, made safe for a terminal, and laid out in columns of known width.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a text takes in a terminal.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

fn columns(it: char) -> usize {
    it.width().unwrap_or(0)
}

/// Without escape sequences, control characters and marks that reorder text; line breaks become spaces.
///
/// A name is data: it may neither move the cursor nor recolour what follows nor read backwards.
pub(crate) fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(it) = rest.chars().next() {
        rest = &rest[it.len_utf8()..];
        match it {
            '\u{1b}' => rest = after_escape(rest),
            '\u{9b}' => rest = after_control_sequence(rest),
            '\n' | '\r' | '\t' | '\u{a0}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            _ if it.is_control() || is_invisible(it) => {}
            _ => out.push(it),
        }
    }
    out
}

/// Marks that reorder, join or restyle their neighbours: they make widths and readings unreliable.
fn is_invisible(it: char) -> bool {
    matches!(
        it,
        '\u{ad}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

fn after_escape(text: &str) -> &str {
    let mut chars = text.chars();
    match chars.next() {
        Some('[') => after_control_sequence(chars.as_str()),
        // Operating system command and its kin: up to BEL or ESC \, if there is one.
        Some(']' | 'P' | 'X' | '^' | '_') => {
            let rest = chars.as_str();
            let end = rest.char_indices().find(|(at, it)| *it == '\u{7}' || rest[*at..].starts_with("\u{1b}\\"));
            match end {
                Some((at, '\u{7}')) => &rest[at + 1..],
                Some((at, _)) => &rest[at + 2..],
                None => rest,
            }
        }
        Some(it) if it.is_ascii_graphic() => chars.as_str(),
        Some(_) | None => text,
    }
}

fn after_control_sequence(text: &str) -> &str {
    let end = text.find(|it: char| !matches!(it, ' '..='?'));
    match end {
        Some(at) if text[at..].starts_with(|it: char| matches!(it, '@'..='~')) => &text[at + 1..],
        Some(at) => &text[at..],
        None => "",
    }
}

/// Shortened to `most` columns by leaving out the middle, where names of one family differ least.
pub(crate) fn cut_middle(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    if most == 0 {
        return String::new();
    }
    let tail_most = (most - 1) / 2;
    let head_most = most - 1 - tail_most;
    let head: String = taken(text.chars(), head_most).collect();
    let mut tail: Vec<char> = taken(text.chars().rev(), tail_most).collect();
    tail.reverse();
    let tail: String = tail.into_iter().collect();
    format!("{head}…{tail}")
}

fn taken(chars: impl Iterator<Item = char>, most: usize) -> impl Iterator<Item = char> {
    let mut used = 0;
    chars.take_while(move |it| {
        used += columns(*it);
        used <= most
    })
}

/// Lines of at most `most` columns, broken at spaces; a word that is too long is broken anywhere. Never empty.
pub(crate) fn wrap(text: &str, most: usize) -> Vec<String> {
    let most = most.max(2);
    // A percent sign stays with its number.
    let text = text.replace(" %", "\u{a0}%");
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|it| !it.is_empty()) {
        let length: usize = word.chars().map(columns).sum();
        if used > 0 && used + 1 + length <= most {
            push(&mut lines, " ");
            push(&mut lines, word);
            used += 1 + length;
            continue;
        }
        if used > 0 {
            lines.push(String::new());
            used = 0;
        }
        for it in word.chars() {
            if used + columns(it) > most {
                lines.push(String::new());
                used = 0;
            }
            used += columns(it);
            let mut buffer = [0; 4];
            push(&mut lines, it.encode_utf8(&mut buffer));
        }
    }
    lines.into_iter().map(|it| it.replace('\u{a0}', " ")).collect()
}

fn push(lines: &mut [String], text: &str) {
    lines.last_mut().expect("there is always a line to write on").push_str(text);
}

/// With spaces behind it up to `to` columns.
pub(crate) fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// With spaces before it up to `to` columns.
pub(crate) fn pad_left(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_cannot_steer_the_terminal() {
        let shown = [
            "\u{1b}[31mred\u{1b}[0m",
            "a\u{1b}]0;title\u{7}b",
            "a\u{1b}]8;;x\u{1b}\\b",
            "two\nlines\tand a tab",
            "\u{9b}2Jgone",
            "abc\u{202e}fed",
            "bell\u{7}",
            "\u{1b}]never ends",
        ]
        .map(clean);
        assert_eq!(shown, ["red", "ab", "ab", "two lines and a tab", "gone", "abcfed", "bell", "never ends"]);
    }

    #[test]
    fn long_names_lose_their_middle() {
        assert_eq!(cut_middle("nightly-etl-of-everything-eu", 15), "nightly…hing-eu");
        assert_eq!(cut_middle("日本語の長い名前です", 9), "日本…です");
        assert_eq!(cut_middle("short", 5), "short");
    }

    #[test]
    fn a_percent_sign_stays_with_its_number() {
        assert_eq!(wrap("memory would reach 87 %; too much", 21), ["memory would reach", "87 %; too much"]);
    }

    proptest! {
        #[test]
        fn nothing_is_wider_than_asked(text in any::<String>(), most in 2usize..60) {
            let text = clean(&text);
            prop_assert!(width(&cut_middle(&text, most)) <= most);
            for line in wrap(&text, most) {
                prop_assert!(width(&line) <= most, "{line:?} in {most}");
            }
        }

        #[test]
        fn wrapping_loses_nothing_but_spaces(text in any::<String>(), most in 2usize..60) {
            let text = clean(&text);
            let solid = |it: &str| it.chars().filter(|it| *it != ' ').collect::<String>();
            prop_assert_eq!(solid(&wrap(&text, most).concat()), solid(&text));
        }
    }
}
