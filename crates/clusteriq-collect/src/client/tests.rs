//! The client against servers that misbehave in every way that services do.

mod auth;
mod paging;
mod retry;
mod service_account;
mod tokens;
