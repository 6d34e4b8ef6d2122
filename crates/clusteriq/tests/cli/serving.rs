//! `clusteriq serve`: the API over HTTP, as anybody would ask it.

mod access;
mod answers;
mod checked;
mod lists;
mod server;
mod work;
