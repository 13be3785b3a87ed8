//! One file a daemon, and the table of them.
//!
//! A new daemon is a file with a `pub(crate) static DAEMON`, its `mod` line, and its row in [`DAEMONS`], both in the
//! order of the names: see the crate's documentation.

mod apache;
mod assp;
mod asterisk;
mod auditd;
mod authelia;
mod bitwarden;
mod blocklistd;
mod caddy;
mod centreon;
mod counter_strike;
mod courier;
mod cowrie;
mod cyrus;
mod dante;
mod directadmin;
mod domino;
mod dovecot;
mod dropbear;
mod drupal;
mod dsm;
mod ejabberd;
mod exim;
mod fail2ban;
mod filterlog;
mod freeswitch;
mod froxlor;
mod ftpd;
mod gitea;
mod gitlab;
mod grafana;
mod groupoffice;
mod guacamole;
mod haproxy;
mod home_assistant;
mod horde;
mod jellyfin;
mod kerio;
mod kernel;
mod lighttpd;
mod login;
mod mongodb;
mod monit;
mod monitorix;
mod mssql;
mod murmur;
mod mysqld;
mod nagios;
mod named;
mod nextcloud;
mod nginx;
mod nsd;
mod openhab;
mod opensmtpd;
mod openvpn;
mod openwebmail;
mod oracleims;
mod pam;
mod perdition;
mod phpmyadmin;
mod portsentry;
mod postfix;
mod postgresql;
mod proftpd;
mod proxmox;
mod proxy3;
mod psad;
mod pure_ftpd;
mod qmail;
mod roundcube;
mod routeros;
mod samba;
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
mod sshguard;
mod strongswan;
mod stunnel;
mod suhosin;
mod suricata;
mod tcpd;
mod tine20;
mod traefik;
mod unbound;
mod uwimap;
mod vaultwarden;
mod vpopmail;
mod vsftpd;
mod web;
mod webgui;
mod webmin;
mod wordpress;
mod xinetd;
mod xrdp;
mod znc;
mod zoneminder;

use crate::daemon::Daemon;

/// Every daemon, in the order of their names; the number of a row is its service.
pub(crate) static DAEMONS: &[&Daemon] = &[
    &proxy3::DAEMON,
    &apache::DAEMON,
    &assp::DAEMON,
    &asterisk::DAEMON,
    &auditd::DAEMON,
    &authelia::DAEMON,
    &bitwarden::DAEMON,
    &blocklistd::DAEMON,
    &caddy::DAEMON,
    &centreon::DAEMON,
    &counter_strike::DAEMON,
    &courier::DAEMON,
    &cowrie::DAEMON,
    &cyrus::DAEMON,
    &dante::DAEMON,
    &directadmin::DAEMON,
    &domino::DAEMON,
    &dovecot::DAEMON,
    &dropbear::DAEMON,
    &drupal::DAEMON,
    &dsm::DAEMON,
    &ejabberd::DAEMON,
    &exim::DAEMON,
    &fail2ban::DAEMON,
    &filterlog::DAEMON,
    &freeswitch::DAEMON,
    &froxlor::DAEMON,
    &ftpd::DAEMON,
    &gitea::DAEMON,
    &gitlab::DAEMON,
    &grafana::DAEMON,
    &groupoffice::DAEMON,
    &guacamole::DAEMON,
    &haproxy::DAEMON,
    &home_assistant::DAEMON,
    &horde::DAEMON,
    &jellyfin::DAEMON,
    &kerio::DAEMON,
    &kernel::DAEMON,
    &lighttpd::DAEMON,
    &login::DAEMON,
    &mongodb::DAEMON,
    &monit::DAEMON,
    &monitorix::DAEMON,
    &mssql::DAEMON,
    &murmur::DAEMON,
    &mysqld::DAEMON,
    &nagios::DAEMON,
    &named::DAEMON,
    &nextcloud::DAEMON,
    &nginx::DAEMON,
    &nsd::DAEMON,
    &openhab::DAEMON,
    &opensmtpd::DAEMON,
    &openvpn::DAEMON,
    &openwebmail::DAEMON,
    &oracleims::DAEMON,
    &pam::DAEMON,
    &perdition::DAEMON,
    &phpmyadmin::DAEMON,
    &portsentry::DAEMON,
    &postfix::DAEMON,
    &postgresql::DAEMON,
    &proftpd::DAEMON,
    &proxmox::DAEMON,
    &psad::DAEMON,
    &pure_ftpd::DAEMON,
    &qmail::DAEMON,
    &roundcube::DAEMON,
    &routeros::DAEMON,
    &samba::DAEMON,
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
    &sshguard::DAEMON,
    &strongswan::DAEMON,
    &stunnel::DAEMON,
    &suhosin::DAEMON,
    &suricata::DAEMON,
    &tcpd::DAEMON,
    &tine20::DAEMON,
    &traefik::DAEMON,
    &unbound::DAEMON,
    &uwimap::DAEMON,
    &vaultwarden::DAEMON,
    &vpopmail::DAEMON,
    &vsftpd::DAEMON,
    &web::DAEMON,
    &webgui::DAEMON,
    &webmin::DAEMON,
    &wordpress::DAEMON,
    &xinetd::DAEMON,
    &xrdp::DAEMON,
    &znc::DAEMON,
    &zoneminder::DAEMON,
];
