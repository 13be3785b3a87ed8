//! The HTTPS server on port 9000 from which peers fetch malicious logs.
//!
//! A request passes through here from the outside in: `server` accepts a connection when its source has a free
//! slot, `connection` gives it TLS, HTTP and its timeouts, `routes` and `service` find the log, and `download` streams
//! it, as `range` and `encoding` say, piece by piece from `content`. Who may have it is decided by two pure parts:
//! `authorize` (is this who it claims to be?) and `limits` (how much may it have?), whose `memory` outlives a restart.
//! Every no is a value of `refusal`, and `access` writes down all that went out.

mod access;
mod activity;
mod authorize;
mod certificates;
mod connection;
mod content;
mod directory;
mod download;
mod encoding;
mod expiring;
mod forwarded;
mod limits;
mod memory;
mod public_urls;
mod range;
mod refusal;
mod reply;
mod routes;
mod server;
mod service;
mod slots;
mod source;
mod stop;
mod visits;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

pub use certificates::{CertificateError, Certificates};
pub use connection::ConnectionTimeouts;
pub use directory::{DirectoryUnavailable, PeerDirectory};
pub use limits::LimitSettings;
pub use public_urls::PublicUrls;
pub use server::{INSTANCE_HEADER, Server, ServerSettings};
pub use visits::{Visit, Visits};
