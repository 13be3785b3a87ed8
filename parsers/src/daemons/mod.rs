//! One file a daemon, and the table of them.
//!
//! A new daemon is a file with a `pub(crate) static DAEMON`, its `mod` line, and its row in [`DAEMONS`], both in the
//! order of the names: see the crate's documentation.

mod apache;
mod assp;
mod auditd;
mod caddy;
mod courier;
mod cyrus;
mod domino;
mod dovecot;
mod dropbear;
mod exim;
mod fail2ban;
mod horde;
mod kerio;
mod lighttpd;
mod monit;
mod monitorix;
mod nginx;
mod opensmtpd;
mod openwebmail;
mod oracleims;
mod pam;
mod perdition;
mod postfix;
mod qmail;
mod roundcube;
mod sendmail;
mod slapd;
mod sogo;
mod solid_pop3d;
mod spamdyke;
mod squirrelmail;
mod sshd;
mod traefik;
mod uwimap;
mod vpopmail;
mod web;

use crate::daemon::Daemon;

/// Every daemon, in the order of their names; the number of a row is its service.
pub(crate) static DAEMONS: &[&Daemon] = &[
    &apache::DAEMON,
    &assp::DAEMON,
    &auditd::DAEMON,
    &caddy::DAEMON,
    &courier::DAEMON,
    &cyrus::DAEMON,
    &domino::DAEMON,
    &dovecot::DAEMON,
    &dropbear::DAEMON,
    &exim::DAEMON,
    &fail2ban::DAEMON,
    &horde::DAEMON,
    &kerio::DAEMON,
    &lighttpd::DAEMON,
    &monit::DAEMON,
    &monitorix::DAEMON,
    &nginx::DAEMON,
    &opensmtpd::DAEMON,
    &openwebmail::DAEMON,
    &oracleims::DAEMON,
    &pam::DAEMON,
    &perdition::DAEMON,
    &postfix::DAEMON,
    &qmail::DAEMON,
    &roundcube::DAEMON,
    &sendmail::DAEMON,
    &slapd::DAEMON,
    &sogo::DAEMON,
    &solid_pop3d::DAEMON,
    &spamdyke::DAEMON,
    &squirrelmail::DAEMON,
    &sshd::DAEMON,
    &traefik::DAEMON,
    &uwimap::DAEMON,
    &vpopmail::DAEMON,
    &web::DAEMON,
];
