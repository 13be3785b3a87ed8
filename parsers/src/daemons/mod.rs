//! One file a daemon, and the table of them.
//!
//! A new daemon is a file with a `pub(crate) static DAEMON`, its `mod` line, and its row in [`DAEMONS`], both in the
//! order of the names: see the crate's documentation.

mod apache;
mod audit;
mod authelia;
mod bitwarden;
mod caddy;
mod centreon;
mod directadmin;
mod dovecot;
mod dropbear;
mod drupal;
mod exim;
mod fail2ban;
mod froxlor;
mod gitea;
mod gitlab;
mod grafana;
mod groupoffice;
mod guacamole;
mod home_assistant;
mod jellyfin;
mod lighttpd;
mod mongodb;
mod monit;
mod monitorix;
mod mssql;
mod mysqld;
mod nagios;
mod nextcloud;
mod nginx;
mod openhab;
mod pam;
mod phpmyadmin;
mod postfix;
mod postgresql;
mod proxmox;
mod sshd;
mod suhosin;
mod tine20;
mod traefik;
mod vaultwarden;
mod web;
mod webmin;
mod wordpress;
mod zoneminder;

use crate::daemon::Daemon;

/// Every daemon, in the order of their names; the number of a row is its service.
pub(crate) static DAEMONS: &[&Daemon] = &[
    &apache::DAEMON,
    &audit::DAEMON,
    &authelia::DAEMON,
    &bitwarden::DAEMON,
    &caddy::DAEMON,
    &centreon::DAEMON,
    &directadmin::DAEMON,
    &dovecot::DAEMON,
    &dropbear::DAEMON,
    &drupal::DAEMON,
    &exim::DAEMON,
    &fail2ban::DAEMON,
    &froxlor::DAEMON,
    &gitea::DAEMON,
    &gitlab::DAEMON,
    &grafana::DAEMON,
    &groupoffice::DAEMON,
    &guacamole::DAEMON,
    &home_assistant::DAEMON,
    &jellyfin::DAEMON,
    &lighttpd::DAEMON,
    &mongodb::DAEMON,
    &monit::DAEMON,
    &monitorix::DAEMON,
    &mssql::DAEMON,
    &mysqld::DAEMON,
    &nagios::DAEMON,
    &nextcloud::DAEMON,
    &nginx::DAEMON,
    &openhab::DAEMON,
    &pam::DAEMON,
    &phpmyadmin::DAEMON,
    &postfix::DAEMON,
    &postgresql::DAEMON,
    &proxmox::DAEMON,
    &sshd::DAEMON,
    &suhosin::DAEMON,
    &tine20::DAEMON,
    &traefik::DAEMON,
    &vaultwarden::DAEMON,
    &web::DAEMON,
    &webmin::DAEMON,
    &wordpress::DAEMON,
    &zoneminder::DAEMON,
];
