//! The workspace from inside: what is known of the wire, without a wire.

use super::*;
