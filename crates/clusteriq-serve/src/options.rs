//! How the server is reached and by whom.

use std::net::SocketAddr;

use crate::schedule::ScanSchedule;

/// How the server is reached and by whom.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Who may read and who may change.
    pub access: Access,
    /// When it scans by itself.
    pub schedule: Option<ScanSchedule>,
    /// Further names under which browsers may reach it, e.g. `clusteriq.example.com`.
    pub hosts: Vec<String>,
}

/// Who may read and who may change.
#[derive(Clone, Debug)]
pub enum Access {
    /// Everybody on this machine may do everything; only for loopback addresses.
    ThisMachine,
    /// Who has a token.
    Tokens(Tokens),
    /// A proxy in front has signed people in, and names them in a header.
    Proxy(Proxy),
}

/// Tokens that open the door. They are never printed.
#[derive(Clone)]
pub struct Tokens {
    /// Reads.
    pub viewer: Option<String>,
    /// Reads, scans and changes settings.
    pub admin: Option<String>,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tokens(…)")
    }
}

/// A proxy that signs people in.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The header in which it names them, e.g. `X-Forwarded-Email`.
    pub header: String,
    /// Whose address it has: requests from others are refused.
    pub address: std::net::IpAddr,
    /// Who may change things; everybody else reads.
    pub admins: Vec<String>,
}
