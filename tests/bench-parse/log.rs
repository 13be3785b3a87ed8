//! The log that is measured: the lines of a host that logs in, serves mail and web sites, and is attacked by some.

use std::{io::Write, net::Ipv4Addr};

use anyhow::Context;
use fastrand::Rng;
use jiff::Zoned;

/// Formats of strftime(3). About one line in three is hostile.
const TEMPLATES: [&str; 24] = [
    "%b %e %H:%M:%S gate sshd[812]: Failed password for invalid user admin from {attacker} port 4711 ssh2",
    "%b %e %H:%M:%S gate sshd[812]: Accepted publickey for bob from {visitor} port 4711 ssh2: ED25519 SHA256:q+/z",
    "%b %e %H:%M:%S gate sshd[812]: pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)",
    "%b %e %H:%M:%S gate systemd[1]: Started Session 812 of User bob.",
    "%b %e %H:%M:%S gate CRON[813]: (root) CMD (test -x /usr/sbin/anacron || run-parts --report /etc/cron.daily)",
    "%b %e %H:%M:%S gate kernel: [12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=00:11:22:33:44:55 SRC={attacker} DST=198.51.100.1 LEN=40 PROTO=TCP SPT=4711 DPT=23",
    "%b %e %H:%M:%S mx postfix/smtpd[7]: connect from a.example[{visitor}]",
    "%b %e %H:%M:%S mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from a.example[{attacker}]: 554 5.7.1 <c@d.example>: Relay access denied; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<a.example>",
    "%b %e %H:%M:%S mx postfix/qmgr[8]: 4ABCDEF: from=<a@b.example>, size=1234, nrcpt=1 (queue active)",
    "%b %e %H:%M:%S mx dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip={visitor}, lip=198.51.100.1, mpid=9, TLS, session=<x>",
    "%b %e %H:%M:%S mx dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip={attacker}, lip=198.51.100.1, session=<x>",
    r#"{visitor} - - [%d/%b/%Y:%H:%M:%S %z] "GET /assets/app.5d41402a.js HTTP/2.0" 200 48213 "https://shop.example/" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36""#,
    r#"{visitor} - - [%d/%b/%Y:%H:%M:%S %z] "GET /search?q=red+shoes&page=2&sort=price%%20asc HTTP/1.1" 200 9231 "https://shop.example/" "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15""#,
    r#"{visitor} - - [%d/%b/%Y:%H:%M:%S %z] "GET /favicon.ico HTTP/1.1" 404 162 "-" "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0""#,
    r#"{attacker} - - [%d/%b/%Y:%H:%M:%S %z] "GET /.env HTTP/1.1" 404 162 "-" "python-requests/2.31""#,
    r#"{visitor} - bob [%d/%b/%Y:%H:%M:%S %z] "POST /api/v1/orders HTTP/1.1" 201 512 "-" "okhttp/4.12.0""#,
    r#"%Y/%m/%d %H:%M:%S [error] 7#7: *9 connect() failed (111: Connection refused) while connecting to upstream, client: {visitor}, server: shop.example, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:3000/", host: "shop.example""#,
    r#"%Y/%m/%d %H:%M:%S [error] 7#7: *9 access forbidden by rule, client: {attacker}, server: shop.example, request: "GET /x HTTP/1.1", host: "shop.example""#,
    "[%a %b %d %H:%M:%S.123456 %Y] [php:notice] [pid 7] [client {visitor}:4711] PHP Notice:  Undefined index: x in /srv/x.php on line 3",
    "%Y-%m-%d %H:%M:%S 1ahr79-0006jK-G9 <= a@b.example H=a.example [{visitor}] P=esmtps S=1234 id=x{visitor}b.example",
    "%Y-%m-%dT%H:%M:%S.123456%:z gate sshd-session[812]: Connection closed by authenticating user root {attacker} port 4711 [preauth]",
    "%Y-%m-%dT%H:%M:%S.123456%:z gate named[9]: client {visitor}#4711 (example.com): query: example.com IN A +E(0)K (198.51.100.1)",
    r#"{"level":"info","ts":%s.5,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"{visitor}","remote_port":"4711","client_ip":"{visitor}","proto":"HTTP/2.0","method":"GET","host":"shop.example","uri":"/","headers":{"User-Agent":["curl/8"]}},"user_id":"","size":12,"status":200}"#,
    r#"type=USER_AUTH msg=audit(%s.123:9): pid=7 uid=0 auid=4294967295 ses=4294967295 msg='op=password acct="bob" exe="/usr/sbin/sshd" hostname=? addr={attacker} terminal=ssh res=failed'"#,
];

/// Who the attackers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Crowd {
    /// Each hostile line comes from another address.
    Everybody,
    /// All come from the same 20 addresses: who is blocked writes no more, so that the attackers of one minute are few.
    SomeAttackers,
}

impl Crowd {
    /// An address out of 32.0.0.0/4, where 203.0.113.99 is not.
    fn attacker(self, random: &mut Rng) -> Ipv4Addr {
        let offset = match self {
            Self::Everybody => random.u32(..1 << 28),
            Self::SomeAttackers => random.u32(..20),
        };
        Ipv4Addr::from((32 << 24) + offset)
    }
}

/// Writes `lines` lines of the moment `now`, the same ones every time.
pub(crate) fn write(mut to: impl Write, lines: u32, attackers: Crowd, now: &Zoned) -> anyhow::Result<()> {
    let templates = TEMPLATES.map(|template| now.strftime(template).to_string());
    let mut random = Rng::with_seed(7);
    for _ in 0..lines {
        let template = templates.get(random.usize(..templates.len())).context("there is a template")?;
        let visitor = Ipv4Addr::from((64 << 24) + random.u32(..1 << 28)).to_string();
        let attacker = attackers.attacker(&mut random).to_string();
        writeln!(to, "{}", template.replace("{visitor}", &visitor).replace("{attacker}", &attacker))
            .context("writing the log")?;
    }
    to.flush().context("writing the log")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sentinel_parsers::Grammars;

    #[test]
    fn each_hostile_line_accuses_an_attacker_and_no_other_line_accuses_anybody() {
        for template in TEMPLATES {
            let line = Zoned::now().strftime(template).to_string();
            let line = line.replace("{attacker}", "203.0.113.7").replace("{visitor}", "198.51.100.9");
            let event = Grammars::shipped().parse_line(None, line.as_bytes());
            let accused = event.map(|(_, event)| event.address.to_string());
            let attacker = template.contains("{attacker}").then(|| "203.0.113.7".to_owned());
            assert!(
                accused == attacker || (accused.is_some() && template.contains(" 404 ")),
                "{line}: {accused:?}"
            );
        }
    }
}
