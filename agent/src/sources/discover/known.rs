//! Where the services that people run leave their logs, on the distributions that the agent runs on.

/// A service and its logs.
#[derive(Debug)]
pub(super) struct Known {
    /// What the operator calls it.
    pub(super) service: &'static str,
    /// Its systemd units, without `.service` and instance.
    pub(super) units: &'static [&'static str],
    /// Files that it writes itself, as patterns.
    pub(super) own: &'static [&'static str],
    /// Files that a syslog daemon writes its lines to.
    pub(super) syslog: &'static [&'static str],
}

const AUTH: &[&str] = &["/var/log/auth.log", "/var/log/secure"];
const MAIL: &[&str] = &["/var/log/mail.log", "/var/log/maillog", "/var/log/mail/mail.log"];
const DAEMON: &[&str] = &["/var/log/daemon.log", "/var/log/syslog", "/var/log/messages"];
const KERNEL: &[&str] = &["/var/log/ufw.log", "/var/log/kern.log"];

const fn known(
    service: &'static str,
    units: &'static [&'static str],
    own: &'static [&'static str],
    syslog: &'static [&'static str],
) -> Known {
    Known { service, units, own, syslog }
}

/// Users log in through it, and systemd may start it for each connection alone: worth reading even when it does not
/// run at the moment.
pub(super) const SSHD: &str = "sshd";

/// The table. Log-ins first, then the web, mail, and the rest.
pub(super) const KNOWN: &[Known] = &[
    known(SSHD, &["ssh", "sshd"], &[], AUTH),
    known("dropbear", &["dropbear"], &[], AUTH),
    known("kernel", &[], &[], KERNEL),
    known(
        "nginx",
        &["nginx"],
        // Not its error logs: a client writes whole lines of its own into them, by a newline in a URL or a user name, and
        // whoever attacks leaves the same in the access logs. An operator may add them; what they say is then only claimed.
        &["/var/log/nginx/*access*.log", "/var/log/nginx/*/*access*.log"],
        &[],
    ),
    known(
        "apache",
        &["apache2", "httpd"],
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
    known(
        "lighttpd",
        &["lighttpd"],
        &["/var/log/lighttpd/*access*.log", "/var/log/lighttpd/*error*.log"],
        &[],
    ),
    known("caddy", &["caddy"], &["/var/log/caddy/*.log"], &[]),
    known("traefik", &["traefik"], &["/var/log/traefik/*access*.log", "/var/log/traefik/traefik.log"], &[]),
    known("haproxy", &["haproxy"], &["/var/log/haproxy.log"], DAEMON),
    known("squid", &["squid"], &["/var/log/squid/access.log"], &[]),
    known("postfix", &["postfix"], &[], MAIL),
    known("dovecot", &["dovecot"], &["/var/log/dovecot*.log"], MAIL),
    known(
        "exim",
        &["exim4", "exim"],
        &[
            "/var/log/exim4/mainlog",
            "/var/log/exim4/rejectlog",
            "/var/log/exim/*main.log",
            "/var/log/exim/*reject.log",
        ],
        MAIL,
    ),
    known("sendmail", &["sendmail", "sm-mta"], &[], MAIL),
    known("courier", &["courier-imap", "courier-pop", "courier-authdaemon", "courier-mta"], &[], MAIL),
    known("cyrus", &["cyrus-imapd", "cyrus-imap"], &[], MAIL),
    known(
        "roundcube",
        &[],
        &["/var/log/roundcube/errors*", "/var/log/roundcube/userlogins*", "/var/lib/roundcube/logs/errors*"],
        &[],
    ),
    known("suricata", &["suricata"], &["/var/log/suricata/eve.json"], &[]),
    known("gitea", &["gitea"], &["/var/log/gitea/*.log", "/var/lib/gitea/log/*.log"], &[]),
    known("forgejo", &["forgejo"], &["/var/log/forgejo/*.log", "/var/lib/forgejo/log/*.log"], &[]),
    known("vaultwarden", &["vaultwarden"], &["/var/log/vaultwarden*.log", "/var/log/vaultwarden/*.log"], &[]),
    known(
        "nextcloud",
        &[],
        &[
            "/var/www/nextcloud/data/nextcloud.log",
            "/var/log/nextcloud/*.log",
            "/var/nextcloud/data/nextcloud.log",
        ],
        &[],
    ),
    known("grafana", &["grafana-server", "grafana"], &["/var/log/grafana/grafana.log"], &[]),
    known("authelia", &["authelia"], &["/var/log/authelia/*.log"], &[]),
    known("proxmox", &["pvedaemon", "pveproxy"], &[], DAEMON),
    known("home-assistant", &["home-assistant", "hass"], &["/home/*/.homeassistant/home-assistant.log"], &[]),
    known("named", &["named", "bind9"], &["/var/log/named/*.log", "/var/log/bind/*.log"], DAEMON),
    known(
        "mysqld",
        &["mysql", "mysqld", "mariadb"],
        &["/var/log/mysql/error.log", "/var/log/mysqld.log", "/var/log/mariadb/mariadb.log"],
        &[],
    ),
    known("postgresql", &["postgresql"], &["/var/log/postgresql/postgresql-*.log"], &[]),
    known("vsftpd", &["vsftpd"], &["/var/log/vsftpd.log"], AUTH),
    known("proftpd", &["proftpd"], &["/var/log/proftpd/proftpd.log", "/var/log/proftpd/auth.log"], AUTH),
    known("pure-ftpd", &["pure-ftpd"], &["/var/log/pureftpd.log"], DAEMON),
    known("asterisk", &["asterisk"], &["/var/log/asterisk/messages", "/var/log/asterisk/security*"], &[]),
    known("openvpn", &["openvpn", "openvpn-server"], &["/var/log/openvpn/*.log"], DAEMON),
    known("openhab", &["openhab"], &["/var/log/openhab/openhab.log"], &[]),
    known("murmur", &["mumble-server", "murmurd"], &["/var/log/mumble-server/mumble-server.log"], &[]),
];
