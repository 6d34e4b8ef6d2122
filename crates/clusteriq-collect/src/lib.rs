//! Exported system tables and REST answers, read from files into canonical batches.
