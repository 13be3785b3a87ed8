//! One file a daemon, and the table of them.
//!
//! A new daemon is a file with a `pub(crate) static DAEMON`, its `mod` line, and its row in [`DAEMONS`], both in the
//! order of the names: see the crate's documentation.

mod apache;
mod asterisk;
mod caddy;
mod counter_strike;
mod cowrie;
mod dante;
mod dovecot;
mod dropbear;
mod ejabberd;
mod exim;
mod filterlog;
mod freeswitch;
mod ftpd;
mod haproxy;
mod kernel;
mod lighttpd;
mod murmur;
mod named;
mod nginx;
mod nsd;
mod openvpn;
mod pam;
mod portsentry;
mod postfix;
mod proftpd;
mod proxy3;
mod psad;
mod pure_ftpd;
mod routeros;
mod scanlogd;
mod screensharingd;
mod snort;
mod softether;
mod squid;
mod sshd;
mod strongswan;
mod stunnel;
mod suricata;
mod traefik;
mod unbound;
mod vsftpd;
mod web;
mod xinetd;
mod xrdp;
mod znc;

use crate::daemon::Daemon;

/// Every daemon, in the order of their names; the number of a row is its service.
pub(crate) static DAEMONS: &[&Daemon] = &[
    &proxy3::DAEMON,
    &apache::DAEMON,
    &asterisk::DAEMON,
    &caddy::DAEMON,
    &counter_strike::DAEMON,
    &cowrie::DAEMON,
    &dante::DAEMON,
    &dovecot::DAEMON,
    &dropbear::DAEMON,
    &ejabberd::DAEMON,
    &exim::DAEMON,
    &filterlog::DAEMON,
    &freeswitch::DAEMON,
    &ftpd::DAEMON,
    &haproxy::DAEMON,
    &kernel::DAEMON,
    &lighttpd::DAEMON,
    &murmur::DAEMON,
    &named::DAEMON,
    &nginx::DAEMON,
    &nsd::DAEMON,
    &openvpn::DAEMON,
    &pam::DAEMON,
    &portsentry::DAEMON,
    &postfix::DAEMON,
    &proftpd::DAEMON,
    &psad::DAEMON,
    &pure_ftpd::DAEMON,
    &routeros::DAEMON,
    &scanlogd::DAEMON,
    &screensharingd::DAEMON,
    &snort::DAEMON,
    &softether::DAEMON,
    &squid::DAEMON,
    &sshd::DAEMON,
    &strongswan::DAEMON,
    &stunnel::DAEMON,
    &suricata::DAEMON,
    &traefik::DAEMON,
    &unbound::DAEMON,
    &vsftpd::DAEMON,
    &web::DAEMON,
    &xinetd::DAEMON,
    &xrdp::DAEMON,
    &znc::DAEMON,
];
