//! The store: Parquet by dataset, workspace and day, SQLite for state. The only crate that owns files.
