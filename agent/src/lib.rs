//! The Sentinel agent: detects attackers in logs, drops them in the kernel, and shares the proof.
//!
//! One piece of evidence on its way, module by module:
//!
//! 1. [`sources`] follow log files and the journal and deliver lines.
//! 2. [`detect`] counts the hostile events that `sentinel-parsers` finds in them, until somebody is an attacker.
//! 3. [`guard`] says who is never blocked; only what it lets through becomes part of [`blocks`].
//!    [`host`] tells it of resolvers, log-ins and what names mean, [`kernel`] of addresses and routes.
//! 4. [`kernel`] writes the blocks into the table `inet sentinel`, straight over netlink.
//! 5. [`evidence`] writes the redacted lines as a malicious log; [`store`] keeps it.
//! 6. [`ledger`] publishes where the log is and what it hashes to, shows everybody's posts, and proves who signed them.
//! 7. [`serve`] hands the log to active peers who sign for it; [`fetch`] is how such a peer asks, in its turn where
//!    many want the log, and whoever else has it by then.
//! 8. [`trust`] decides whether a post may do anything here; [`evidence`] verifies the log and re-derives the
//!    attackers, who take the way from step 3 on. The [`store`] keeps a copy, which [`ledger`] lists as a mirror when
//!    many like the post.
//!
//! [`domain`] holds the words all of them share, [`record`] what is remembered of a decision, and [`identity`] the
//! agent's key. [`credentials`] come from outside all files. [`fetch`] and [`publish`] serve other programs as well. [`config`] turns the file as written into
//! settings, [`daemon`] wires everything and runs it, [`control`] is how the [`cli`] asks it questions. [`dynamic_dns`]
//! understands the services that keep a name on this host's address, and [`metrics`] counts for Prometheus what happens.
//! [`backoff`] paces those who try again within a run, [`sockets`] keeps open what is listened on while the settings
//! change, `told` puts an error into one line, and `whole_file` writes what must never be found half.
//!
//! Dependencies run one way: [`domain`], [`guard`], [`blocks`], [`detect`], [`evidence`], [`trust`], [`dynamic_dns`]
//! and [`record`] are pure, time is an argument there; adapters know them and hardly each other; [`daemon`] knows all.
//! A test keeps it so.

pub mod backoff;
pub mod blocks;
pub mod cli;
pub mod config;
pub mod control;
pub mod credentials;
pub mod daemon;
pub mod detect;
pub mod domain;
pub mod dynamic_dns;
pub mod evidence;
pub mod fetch;
pub mod guard;
pub mod host;
pub mod identity;
pub mod kernel;
pub mod ledger;
pub mod metrics;
pub mod publish;
pub mod record;
pub mod serve;
pub mod sockets;
pub mod sources;
pub mod store;
pub mod trust;

mod told;
mod whole_file;

#[cfg(test)]
mod architecture;
