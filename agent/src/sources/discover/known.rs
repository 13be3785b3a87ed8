//! Where services leave their logs, on the distributions that the agent runs on. Which systemd units they run in, the
//! parsers know.

use sentinel_parsers::Service;

/// The files of a service.
#[derive(Debug)]
pub(super) struct Files {
    /// Files that it writes itself, as patterns.
    pub(super) own: &'static [&'static str],
    /// Files that a syslog daemon writes its lines to.
    pub(super) syslog: &'static [&'static str],
}

const AUTH: &[&str] = &["/var/log/auth.log", "/var/log/secure"];
const MAIL: &[&str] = &["/var/log/mail.log", "/var/log/maillog", "/var/log/mail/mail.log"];
const DAEMON: &[&str] = &["/var/log/daemon.log", "/var/log/syslog", "/var/log/messages"];
const KERNEL: &[&str] = &["/var/log/ufw.log", "/var/log/kern.log"];

/// Users log in through it, and systemd may start it for each connection alone: worth reading even when it does not
/// run at the moment.
pub(super) const SSHD: &str = "sshd";

/// The files of a service; none where nothing is known of them.
pub(super) fn files(service: Service) -> &'static Files {
    let known = KNOWN.iter().find(|(name, _)| *name == service.as_str());
    known.map_or(&Files { own: &[], syslog: &[] }, |(_, files)| files)
}

const fn known(
    service: &'static str,
    own: &'static [&'static str],
    syslog: &'static [&'static str],
) -> (&'static str, Files) {
    (service, Files { own, syslog })
}

/// The table. Log-ins first, then the web, mail, and the rest.
pub(super) const KNOWN: &[(&str, Files)] = &[
    known(SSHD, &[], AUTH),
    known("dropbear", &[], AUTH),
    known("kernel", &[], KERNEL),
    known(
        "nginx",
        // Not its error logs: a client writes whole lines of its own into them, by a newline in a URL or a user name,
        // and whoever attacks leaves the same in the access logs. An operator may add them; what they say is then only
        // claimed.
        &["/var/log/nginx/*access*.log", "/var/log/nginx/*/*access*.log"],
        &[],
    ),
    known(
        "apache",
        &[
            "/var/log/apache2/*access*.log",
            "/var/log/apache2/*error*.log",
            "/var/log/apache2/*access_log",
            "/var/log/apache2/*error_log",
            "/var/log/httpd/*access_log",
            "/var/log/httpd/*error_log",
        ],
        &[],
    ),
    known("lighttpd", &["/var/log/lighttpd/*access*.log", "/var/log/lighttpd/*error*.log"], &[]),
    known("caddy", &["/var/log/caddy/*.log"], &[]),
    known("traefik", &["/var/log/traefik/*access*.log", "/var/log/traefik/traefik.log"], &[]),
    known("haproxy", &["/var/log/haproxy.log"], DAEMON),
    known("squid", &["/var/log/squid/access.log"], &[]),
    known("postfix", &[], MAIL),
    known("dovecot", &["/var/log/dovecot*.log"], MAIL),
    known(
        "exim",
        &[
            "/var/log/exim4/mainlog",
            "/var/log/exim4/rejectlog",
            "/var/log/exim/*main.log",
            "/var/log/exim/*reject.log",
        ],
        MAIL,
    ),
    known("sendmail", &[], MAIL),
    known("courier", &[], MAIL),
    known("cyrus", &[], MAIL),
    known(
        "roundcube",
        &["/var/log/roundcube/errors*", "/var/log/roundcube/userlogins*", "/var/lib/roundcube/logs/errors*"],
        &[],
    ),
    known("suricata", &["/var/log/suricata/eve.json"], &[]),
    known(
        "gitea",
        &[
            "/var/log/gitea/*.log",
            "/var/lib/gitea/log/*.log",
            "/var/log/forgejo/*.log",
            "/var/lib/forgejo/log/*.log",
        ],
        &[],
    ),
    known("vaultwarden", &["/var/log/vaultwarden*.log", "/var/log/vaultwarden/*.log"], &[]),
    known(
        "nextcloud",
        &[
            "/var/www/nextcloud/data/nextcloud.log",
            "/var/log/nextcloud/*.log",
            "/var/nextcloud/data/nextcloud.log",
        ],
        &[],
    ),
    known("grafana", &["/var/log/grafana/grafana.log"], &[]),
    known("authelia", &["/var/log/authelia/*.log"], &[]),
    known("proxmox", &[], DAEMON),
    known("home-assistant", &["/home/*/.homeassistant/home-assistant.log"], &[]),
    known("named", &["/var/log/named/*.log", "/var/log/bind/*.log"], DAEMON),
    known(
        "mysqld",
        &["/var/log/mysql/error.log", "/var/log/mysqld.log", "/var/log/mariadb/mariadb.log"],
        &[],
    ),
    known("postgresql", &["/var/log/postgresql/postgresql-*.log"], &[]),
    known("vsftpd", &["/var/log/vsftpd.log"], AUTH),
    known("proftpd", &["/var/log/proftpd/proftpd.log", "/var/log/proftpd/auth.log"], AUTH),
    known("pure-ftpd", &["/var/log/pureftpd.log"], DAEMON),
    known("asterisk", &["/var/log/asterisk/messages", "/var/log/asterisk/security*"], &[]),
    known("openvpn", &["/var/log/openvpn/*.log"], DAEMON),
    known("openhab", &["/var/log/openhab/openhab.log"], &[]),
    known("murmur", &["/var/log/mumble-server/mumble-server.log"], &[]),
];
