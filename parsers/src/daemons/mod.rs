//! One file a daemon, and the table of them.
//!
//! A new daemon is a file with a `pub(crate) static DAEMON`, its `mod` line, and its row in [`DAEMONS`], both in the
//! order of the names: see the crate's documentation.

mod apache;
mod caddy;
mod dovecot;
mod dropbear;
mod exim;
mod lighttpd;
mod nginx;
mod pam;
mod postfix;
mod sshd;
mod traefik;
mod web;

use crate::daemon::Daemon;

/// Every daemon, in the order of their names; the number of a row is its service.
pub(crate) static DAEMONS: &[&Daemon] = &[
    &apache::DAEMON,
    &caddy::DAEMON,
    &dovecot::DAEMON,
    &dropbear::DAEMON,
    &exim::DAEMON,
    &lighttpd::DAEMON,
    &nginx::DAEMON,
    &pam::DAEMON,
    &postfix::DAEMON,
    &sshd::DAEMON,
    &traefik::DAEMON,
    &web::DAEMON,
];
