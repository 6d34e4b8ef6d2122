//! A table that fits: columns give way in an agreed order until the width is kept.

use super::Colour;
use super::page::Ink;
use crate::text::{clean, cut_middle, pad, pad_left, width, wrap};

/// Spaces between columns.
const GAP: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Right,
}

/// What a column does when there is too little room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// Gives way last: numbers, ids, words.
    Whole,
    /// Loses the middle of its text: names.
    Cut,
    /// Takes more lines: sentences.
    Wrap,
}

pub(super) struct Column {
    head: &'static str,
    align: Align,
    fit: Fit,
}

impl Column {
    pub(super) fn left(head: &'static str, fit: Fit) -> Self {
        Self { head, align: Align::Left, fit }
    }

    pub(super) fn right(head: &'static str) -> Self {
        Self { head, align: Align::Right, fit: Fit::Whole }
    }
}

pub(super) struct Cell {
    text: String,
    ink: Ink,
}

impl Cell {
    pub(super) fn inked(text: impl AsRef<str>, ink: Ink) -> Self {
        Self { text: clean(text.as_ref()), ink }
    }
}

impl<T: AsRef<str>> From<T> for Cell {
    fn from(it: T) -> Self {
        Self::inked(it, Ink::Plain)
    }
}

pub(super) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    pub(super) fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self { columns: columns.into_iter().collect(), rows: vec![] }
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(super) fn lines(&self, most: usize, colour: Colour) -> Vec<String> {
        let widths = self.widths(most);
        let mut lines = vec![];
        if self.columns.iter().any(|it| !it.head.is_empty()) {
            let heads = self.columns.iter().map(|it| Cell::inked(it.head, Ink::Faint));
            lines.extend(self.laid_out(&heads.collect::<Vec<_>>(), &widths, colour));
        }
        for row in &self.rows {
            lines.extend(self.laid_out(row, &widths, colour));
        }
        lines
    }

    fn natural(&self, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|it| it.get(at));
        let widest = cells.map(|it| width(&it.text)).max().unwrap_or(0);
        widest.max(width(self.columns[at].head))
    }

    /// As wide as the content, then the widest of those that give way first loses a column at a time.
    fn widths(&self, most: usize) -> Vec<usize> {
        let count = self.columns.len();
        let room = most.saturating_sub(GAP * count.saturating_sub(1));
        let mut widths: Vec<usize> = (0..count).map(|at| self.natural(at)).collect();
        while widths.iter().sum::<usize>() > room {
            let next = [
                (Fit::Wrap, 28),
                (Fit::Cut, 14),
                (Fit::Wrap, 12),
                (Fit::Cut, 6),
                (Fit::Whole, 2),
                (Fit::Wrap, 2),
                (Fit::Cut, 2),
            ]
            .into_iter()
            .find_map(|(fit, least)| {
                (0..count).filter(|at| self.columns[*at].fit == fit && widths[*at] > least).max_by_key(|at| widths[*at])
            });
            match next {
                Some(at) => widths[at] -= 1,
                None => break,
            }
        }
        widths
    }

    fn laid_out(&self, row: &[Cell], widths: &[usize], colour: Colour) -> Vec<String> {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(widths)
            .zip(&self.columns)
            .map(|((cell, width), column)| match column.fit {
                Fit::Whole | Fit::Cut => vec![cut_middle(&cell.text, *width)],
                Fit::Wrap => wrap(&cell.text, *width),
            })
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        (0..height)
            .map(|line| {
                let mut out = String::new();
                for (at, cell) in cells.iter().enumerate() {
                    let text = cell.get(line).map_or("", String::as_str);
                    let text = match self.columns[at].align {
                        Align::Left => pad(text, widths[at]),
                        Align::Right => pad_left(text, widths[at]),
                    };
                    if at > 0 {
                        out += &" ".repeat(GAP);
                    }
                    out += &row[at].ink.paint(&text, colour);
                }
                out.trim_end().to_owned()
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Grid {
        let mut grid =
            Grid::new([Column::left("What", Fit::Wrap), Column::left("Name", Fit::Cut), Column::right("Amount")]);
        grid.row([
            "A sentence that needs a few lines when there is little room".into(),
            "a-cluster-with-a-rather-long-name".into(),
            "$1,234".into(),
        ]);
        grid
    }

    #[test]
    fn sentences_wrap_and_names_lose_their_middle_before_numbers_suffer() {
        insta::assert_snapshot!(sample().lines(60, Colour::Off).join("\n"), @r"
        What                          Name                    Amount
        A sentence that needs a few   a-cluster-w…-long-name  $1,234
        lines when there is little
        room
        ");
    }
}
