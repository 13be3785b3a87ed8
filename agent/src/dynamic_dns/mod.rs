//! Dynamic DNS: what the services answer, and when one is told an address. Pure; `daemon` asks, `fetch` carries.
//!
//! DuckDNS and those who speak dyndns2 (No-IP and most others) are understood word by word; of any other service the
//! status code counts. What an answer says never reaches a log as it stands: it may repeat the secret that was sent.

mod answer;
mod schedule;

pub use answer::{Answer, Verdict};
pub use schedule::{Schedule, Told};
