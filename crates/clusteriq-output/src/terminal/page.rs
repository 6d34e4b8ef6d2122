//! A page of text under construction: what is written on it is cleaned, wrapped and painted here and nowhere else.

use super::grid::Grid;
use super::{Charset, Colour, Style};
use crate::text::{clean, wrap};

/// Emphasis; always an addition to what the words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Strong,
    Faint,
    Good,
    Warning,
    Bad,
}

impl Ink {
    /// ECMA-48 select graphic rendition.
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Strong => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Warning => "33",
            Self::Bad => "31",
        }
    }

    pub(super) fn paint(self, text: &str, colour: Colour) -> String {
        if colour == Colour::Off || self == Self::Plain || text.trim().is_empty() {
            return text.to_owned();
        }
        format!("\u{1b}[{}m{text}\u{1b}[0m", self.code())
    }
}

pub(super) struct Page<'a> {
    style: &'a Style,
    out: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(style: &'a Style) -> Self {
        Self { style, out: String::new() }
    }

    fn line(&mut self, text: &str) {
        self.out += text.trim_end();
        self.out.push('\n');
    }

    /// A paragraph.
    pub(super) fn text(&mut self, text: &str) {
        self.inked(text, Ink::Plain, 0);
    }

    /// A paragraph with emphasis, moved to the right.
    pub(super) fn inked(&mut self, text: &str, ink: Ink, indent: usize) {
        for line in wrap(&clean(text), self.style.columns() - indent) {
            let line = ink.paint(&line, self.style.colour);
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// A label and a text beside it, the text's lines below one another.
    pub(super) fn labelled(&mut self, label: &str, text: &str) {
        const LABEL: usize = 12;
        for (at, line) in wrap(&clean(text), self.style.columns() - LABEL).iter().enumerate() {
            let label = crate::text::pad(if at == 0 { label } else { "" }, LABEL);
            let label = Ink::Faint.paint(&label, self.style.colour);
            self.line(&format!("{label}{line}"));
        }
    }

    /// A heading with an empty line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.blank();
        self.inked(text, Ink::Strong, 0);
    }

    pub(super) fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Lines that fit already, such as a chart's.
    pub(super) fn lines(&mut self, lines: &[String], indent: usize) {
        for line in lines {
            self.line(&format!("{}{line}", " ".repeat(indent)));
        }
    }

    /// A table.
    pub(super) fn grid(&mut self, grid: &Grid, indent: usize) {
        let lines = grid.lines(self.style.columns() - indent, self.style.colour);
        self.lines(&lines, indent);
    }

    pub(super) fn style(&self) -> &'a Style {
        self.style
    }

    pub(super) fn finish(self) -> String {
        match self.style.charset {
            Charset::Unicode => self.out,
            Charset::Ascii => ascii(&self.out),
        }
    }
}

/// Each of ClusterIQ's own signs by one that takes as many columns.
pub(super) fn ascii(text: &str) -> String {
    text.chars()
        .map(|it| match it {
            '–' | '−' | '─' | '┄' | '┈' => '-',
            '…' => '~',
            '→' => '>',
            '±' => '+',
            '·' => '.',
            '×' => 'x',
            '÷' => '/',
            '│' | '┤' => '|',
            '└' => '+',
            '▁' => '_',
            '▂' => '.',
            '▃' => ':',
            '▄' => '-',
            '▅' => '=',
            '▆' => '+',
            '▇' => '*',
            '█' => '#',
            '▏' | '▎' => '.',
            '▍' | '▌' => ':',
            '▋' | '▊' | '▉' => '=',
            '░' => '.',
            '▒' => 'o',
            '▓' => 'O',
            '≤' => '<',
            '≥' => '>',
            other => other,
        })
        .collect()
}
