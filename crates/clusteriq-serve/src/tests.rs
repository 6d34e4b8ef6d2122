//! Tests over HTTP, against a made-up company.
