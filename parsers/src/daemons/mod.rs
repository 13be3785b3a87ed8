//! One file a daemon, and the table of them.
//!
//! A new daemon is a file with a `pub(crate) static DAEMON`, its `mod` line, and its row in [`DAEMONS`], both in the
//! order of the names: see the crate's documentation.

mod apache;
mod assp;
mod asterisk;
mod auditd;
mod caddy;
mod counter_strike;
mod courier;
mod cowrie;
mod cyrus;
mod dante;
mod domino;
mod dovecot;
mod dropbear;
mod ejabberd;
mod exim;
mod fail2ban;
mod filterlog;
mod freeswitch;
mod ftpd;
mod haproxy;
mod horde;
mod kerio;
mod kernel;
mod lighttpd;
mod monit;
mod monitorix;
mod murmur;
mod named;
mod nginx;
mod nsd;
mod opensmtpd;
mod openvpn;
mod openwebmail;
mod oracleims;
mod pam;
mod perdition;
mod portsentry;
mod postfix;
mod proftpd;
mod proxy3;
mod psad;
mod pure_ftpd;
mod qmail;
mod roundcube;
mod routeros;
mod scanlogd;
mod screensharingd;
mod sendmail;
mod slapd;
mod snort;
mod softether;
mod sogo;
mod solid_pop3d;
mod spamdyke;
mod squid;
mod squirrelmail;
mod sshd;
mod strongswan;
mod stunnel;
mod suricata;
mod traefik;
mod unbound;
mod uwimap;
mod vpopmail;
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
    &assp::DAEMON,
    &asterisk::DAEMON,
    &auditd::DAEMON,
    &caddy::DAEMON,
    &counter_strike::DAEMON,
    &courier::DAEMON,
    &cowrie::DAEMON,
    &cyrus::DAEMON,
    &dante::DAEMON,
    &domino::DAEMON,
    &dovecot::DAEMON,
    &dropbear::DAEMON,
    &ejabberd::DAEMON,
    &exim::DAEMON,
    &fail2ban::DAEMON,
    &filterlog::DAEMON,
    &freeswitch::DAEMON,
    &ftpd::DAEMON,
    &haproxy::DAEMON,
    &horde::DAEMON,
    &kerio::DAEMON,
    &kernel::DAEMON,
    &lighttpd::DAEMON,
    &monit::DAEMON,
    &monitorix::DAEMON,
    &murmur::DAEMON,
    &named::DAEMON,
    &nginx::DAEMON,
    &nsd::DAEMON,
    &opensmtpd::DAEMON,
    &openvpn::DAEMON,
    &openwebmail::DAEMON,
    &oracleims::DAEMON,
    &pam::DAEMON,
    &perdition::DAEMON,
    &portsentry::DAEMON,
    &postfix::DAEMON,
    &proftpd::DAEMON,
    &psad::DAEMON,
    &pure_ftpd::DAEMON,
    &qmail::DAEMON,
    &roundcube::DAEMON,
    &routeros::DAEMON,
    &scanlogd::DAEMON,
    &screensharingd::DAEMON,
    &sendmail::DAEMON,
    &slapd::DAEMON,
    &snort::DAEMON,
    &softether::DAEMON,
    &sogo::DAEMON,
    &solid_pop3d::DAEMON,
    &spamdyke::DAEMON,
    &squid::DAEMON,
    &squirrelmail::DAEMON,
    &sshd::DAEMON,
    &strongswan::DAEMON,
    &stunnel::DAEMON,
    &suricata::DAEMON,
    &traefik::DAEMON,
    &unbound::DAEMON,
    &uwimap::DAEMON,
    &vpopmail::DAEMON,
    &vsftpd::DAEMON,
    &web::DAEMON,
    &xinetd::DAEMON,
    &xrdp::DAEMON,
    &znc::DAEMON,
];
