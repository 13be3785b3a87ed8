//! Malicious logs as evidence: writing them, reading them, and re-deriving whom they accuse.
//!
//! ```text
//! Detection --redacted, write--> MaliciousLog --(ledger, HTTPS)--> verify --> Verified<MaliciousLog>
//! ```
//!
//! What leaves is redacted first, by what the grammars know to be private and by what is this house's [`Own`].
//!
//! Everything is pure. [`verify()`] is the only way to a [`Verified`] log, and only a verified log names attackers.

mod derive;
mod header;
mod own;
mod redact;
mod redacted_log;
mod verify;
mod write;

pub use derive::{Attacker, attackers};
pub use header::Header;
pub use own::{Own, addresses_in};
pub use redact::Redactor;
pub use redacted_log::RedactedLog;
pub use verify::{Verified, VerifyError, verify};
pub use write::{lines, write};

/// Version of the file format, in the first line of every log.
pub const FORMAT_VERSION: u32 = 1;

/// Version of the grammars that wrote a log, in its header.
pub const PARSER_VERSION: &str = env!("CARGO_PKG_VERSION");

#[cfg(test)]
mod tests;
