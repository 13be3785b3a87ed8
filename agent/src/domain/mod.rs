//! The words of the glossary as types: what every other module talks about.
//!
//! Nothing in here performs I/O or reads a clock, and no value that breaks a rule can be built.

mod allow;
mod base58;
mod block;
mod coding;
mod commitment;
mod endpoint;
mod hash;
mod malicious_log;
mod network;
mod peer;
mod post;
mod request;
mod source;
mod text;
mod update_url;
mod url;

use text::text_form;

pub use allow::{AllowSource, AllowTarget, AllowView, Allowance, HostName, InvalidTarget};
pub use base58::{AccountAddress, ParseBase58Error, PeerKey, PostId, ProgramId, TxId};
pub use block::{Block, Dropped, Offence, Origin, Population, Reason, Scope, SourceClass};
pub use coding::Coding;
pub use commitment::Commitment;
pub use endpoint::{EndpointReport, EndpointTrouble};
pub use hash::{FileHash, LogId, ParseHashError};
pub use malicious_log::{MAX_LOG_BYTES, MaliciousLog, TooLarge};
pub use network::{canonical, outermost};
pub use peer::{Census, Karma, Peer};
pub use post::{MAX_MIRRORS, Mirror, NamedAccount, Post};
pub use request::{REQUEST_VALIDITY_SECONDS, SignedRequest, UnpackedKey, request_message};
pub use source::{Silence, SourceKind, SourceReport};
pub use update_url::{InvalidUpdateUrl, PublicAddresses, UpdateUrl};
pub use url::{InvalidUrl, LogUrl, MAX_URL_BYTES, host_of};
