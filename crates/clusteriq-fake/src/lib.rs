//! Demo fleets: a seeded company written as an export of system tables.
