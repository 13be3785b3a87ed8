//! Requests to web servers: what a line says of one, and the rules that tell an attack from a visit.

pub(crate) mod access;
mod decode;
mod judge;
mod request;
mod rules;

pub(crate) use judge::judge;
pub(crate) use request::Request;
pub use rules::{RuleError, RuleErrorKind, WebRules};
