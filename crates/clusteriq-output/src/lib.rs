//! A report for people and systems: table, JSON, CSV, HTML, Markdown, text charts. Changes no number.
