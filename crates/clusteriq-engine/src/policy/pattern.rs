//! Patterns of policies: the part of regular expressions that they are made of, always matched against the whole text.

/// A part and how often it may come.
struct Piece {
    part: Part,
    least: usize,
    most: usize,
}

enum Part {
    Char(char),
    Any,
    /// Ranges, both ends included.
    OneOf(Vec<(char, char)>),
    NoneOf(Vec<(char, char)>),
    /// Alternatives.
    Group(Vec<Vec<Piece>>),
}

/// Whether the whole text matches. `None`: the pattern has something that is not known here.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    let source: Vec<char> = pattern.strip_prefix('^').unwrap_or(pattern).chars().collect();
    let source =
        if source.ends_with(&['$']) && !source.ends_with(&['\\', '$']) { &source[..source.len() - 1] } else { &source };
    let mut at = 0;
    let alternatives = alternatives(source, &mut at)?;
    if at != source.len() {
        return None;
    }
    let text: Vec<char> = text.chars().collect();
    Some(any(&alternatives, &text, 0, &mut |end| end == text.len()))
}

fn alternatives(source: &[char], at: &mut usize) -> Option<Vec<Vec<Piece>>> {
    let mut all = vec![vec![]];
    while let Some(&it) = source.get(*at) {
        match it {
            ')' => break,
            '|' => {
                *at += 1;
                all.push(vec![]);
            }
            _ => all.last_mut()?.push(piece(source, at)?),
        }
    }
    Some(all)
}

fn piece(source: &[char], at: &mut usize) -> Option<Piece> {
    let first = *source.get(*at)?;
    *at += 1;
    let part = match first {
        '.' => Part::Any,
        '[' => set(source, at)?,
        '(' => {
            if source.get(*at) == Some(&'?') {
                // Only groups that capture nothing.
                (source.get(*at + 1) == Some(&':')).then_some(())?;
                *at += 2;
            }
            let inside = alternatives(source, at)?;
            (source.get(*at) == Some(&')')).then_some(())?;
            *at += 1;
            Part::Group(inside)
        }
        '\\' => {
            let escaped = *source.get(*at)?;
            *at += 1;
            match escaped {
                'd' => Part::OneOf(vec![('0', '9')]),
                'w' => Part::OneOf(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]),
                it if it.is_ascii_alphanumeric() => return None,
                it => Part::Char(it),
            }
        }
        '*' | '+' | '?' | '{' | '^' | '$' => return None,
        it => Part::Char(it),
    };
    let (least, most) = match source.get(*at) {
        Some('*') => (0, usize::MAX),
        Some('+') => (1, usize::MAX),
        Some('?') => (0, 1),
        Some('{') => return None,
        Some(_) | None => return Some(Piece { part, least: 1, most: 1 }),
    };
    *at += 1;
    // Whether it takes as much or as little as it can decides nothing when the whole text has to match.
    if source.get(*at) == Some(&'?') {
        *at += 1;
    }
    Some(Piece { part, least, most })
}

fn set(source: &[char], at: &mut usize) -> Option<Part> {
    let negated = source.get(*at) == Some(&'^');
    *at += usize::from(negated);
    let mut ranges = vec![];
    loop {
        let mut low = *source.get(*at)?;
        *at += 1;
        match low {
            ']' if !ranges.is_empty() => break,
            '\\' => {
                low = *source.get(*at)?;
                *at += 1;
                if low == 'd' {
                    ranges.push(('0', '9'));
                    continue;
                }
                (!low.is_ascii_alphanumeric()).then_some(())?;
            }
            _ => {}
        }
        let is_range = source.get(*at) == Some(&'-') && source.get(*at + 1).is_some_and(|it| *it != ']');
        let high = if is_range { *source.get(*at + 1)? } else { low };
        *at += if is_range { 2 } else { 0 };
        ranges.push((low, high));
    }
    Some(if negated { Part::NoneOf(ranges) } else { Part::OneOf(ranges) })
}

type Then<'a> = &'a mut dyn FnMut(usize) -> bool;

fn any(alternatives: &[Vec<Piece>], text: &[char], at: usize, then: Then<'_>) -> bool {
    alternatives.iter().any(|it| sequence(it, text, at, then))
}

fn sequence(pieces: &[Piece], text: &[char], at: usize, then: Then<'_>) -> bool {
    match pieces.split_first() {
        None => then(at),
        Some((first, rest)) => repeated(first, 0, rest, text, at, then),
    }
}

fn repeated(piece: &Piece, count: usize, rest: &[Piece], text: &[char], at: usize, then: Then<'_>) -> bool {
    if count >= piece.least && sequence(rest, text, at, then) {
        return true;
    }
    if count >= piece.most {
        return false;
    }
    one(&piece.part, text, at, &mut |end| {
        // What matches nothing would match it for ever.
        end > at && repeated(piece, count + 1, rest, text, end, then)
    })
}

fn one(part: &Part, text: &[char], at: usize, then: Then<'_>) -> bool {
    let within = |ranges: &[(char, char)], it: char| ranges.iter().any(|(low, high)| *low <= it && it <= *high);
    let hit = |test: &dyn Fn(char) -> bool| text.get(at).is_some_and(|it| test(*it));
    let hit = match part {
        Part::Char(it) => hit(&|other| other == *it),
        Part::Any => hit(&|_| true),
        Part::OneOf(ranges) => hit(&|it| within(ranges, it)),
        Part::NoneOf(ranges) => hit(&|it| !within(ranges, it)),
        Part::Group(alternatives) => return any(alternatives, text, at, then),
    };
    hit && then(at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_text_must_match() {
        for (pattern, text, expected) in [
            ("m5", "m5.xlarge", Some(false)),
            ("m5.*", "m5.xlarge", Some(true)),
            (r"1[0-9]\.[0-9]+\.x-(cpu-ml-)?scala2\.1[23]", "16.4.x-cpu-ml-scala2.12", Some(true)),
            (r"1[0-9]\.[0-9]+\.x-(cpu-ml-)?scala2\.1[23]", "9.1.x-scala2.12", Some(false)),
            ("^(m5|r5)d?[.](large|2?xlarge)$", "r5d.2xlarge", Some(true)),
            ("[^x]*", "xyz", Some(false)),
            (r"\d+", "123", Some(true)),
            ("(a|b)*c", "ababc", Some(true)),
            ("a{2}", "aa", None),
            ("(?!a)b", "b", None),
            ("(a", "a", None),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} on {text}");
        }
    }
}
