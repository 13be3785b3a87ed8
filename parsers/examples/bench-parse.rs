//! Lines per CPU second over a mixed log of a million lines, on one core: the grammars, `grep -c` on the same file as
//! the limit, and what is installed of the peers' parsers.
//!
//! `cargo run --release -p sentinel-parsers --example bench-parse [LINES]`
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use memchr::memchr_iter;
use sentinel_parsers::parse_line;

/// Kernel ticks a second, in which `/proc` counts a child's time (`USER_HZ`, 100 on every architecture of Linux).
const TICKS: f64 = 100.0;

/// Lines as they come on a host that serves mail and web sites: one in five proves something. `@` becomes an address.
const TEMPLATES: [&str; 24] = [
    "Nov 23 02:00:01 gate sshd[812]: Failed password for invalid user admin from @ port 4711 ssh2",
    "Nov 23 02:00:01 gate sshd[812]: Accepted publickey for bob from @ port 4711 ssh2: ED25519 SHA256:q+/z",
    "Nov 23 02:00:01 gate sshd[812]: pam_unix(sshd:session): session opened for user bob(uid=1000) by (uid=0)",
    "Nov 23 02:00:02 gate systemd[1]: Started Session 812 of User bob.",
    "Nov 23 02:00:02 gate CRON[813]: (root) CMD (test -x /usr/sbin/anacron || run-parts --report /etc/cron.daily)",
    "Nov 23 02:00:02 gate kernel: [12345.678901] [UFW BLOCK] IN=eth0 OUT= MAC=00:11:22:33:44:55 SRC=@ DST=198.51.100.1 LEN=40 PROTO=TCP SPT=4711 DPT=23",
    "Nov 23 02:00:03 mx postfix/smtpd[7]: connect from a.example[@]",
    "Nov 23 02:00:03 mx postfix/smtpd[7]: NOQUEUE: reject: RCPT from a.example[@]: 554 5.7.1 <c@d.example>: Relay access denied; from=<a@b.example> to=<c@d.example> proto=ESMTP helo=<a.example>",
    "Nov 23 02:00:03 mx postfix/qmgr[8]: 4ABCDEF: from=<a@b.example>, size=1234, nrcpt=1 (queue active)",
    "Nov 23 02:00:04 mx dovecot: imap-login: Login: user=<bob>, method=PLAIN, rip=@, lip=198.51.100.1, mpid=9, TLS, session=<x>",
    "Nov 23 02:00:04 mx dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, method=PLAIN, rip=@, lip=198.51.100.1, session=<x>",
    "@ - - [23/Nov/2026:02:00:05 +0000] \"GET /assets/app.5d41402a.js HTTP/2.0\" 200 48213 \"https://shop.example/\" \"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36\"",
    "@ - - [23/Nov/2026:02:00:05 +0000] \"GET /search?q=red+shoes&page=2&sort=price%20asc HTTP/1.1\" 200 9231 \"https://shop.example/\" \"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15\"",
    "@ - - [23/Nov/2026:02:00:05 +0000] \"GET /favicon.ico HTTP/1.1\" 404 162 \"-\" \"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0\"",
    "@ - - [23/Nov/2026:02:00:05 +0000] \"GET /.env HTTP/1.1\" 404 162 \"-\" \"python-requests/2.31\"",
    "@ - bob [23/Nov/2026:02:00:06 +0000] \"POST /api/v1/orders HTTP/1.1\" 201 512 \"-\" \"okhttp/4.12.0\"",
    "2026/11/23 02:00:06 [error] 7#7: *9 connect() failed (111: Connection refused) while connecting to upstream, client: @, server: shop.example, request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:3000/\", host: \"shop.example\"",
    "2026/11/23 02:00:06 [error] 7#7: *9 access forbidden by rule, client: @, server: shop.example, request: \"GET /x HTTP/1.1\", host: \"shop.example\"",
    "[Mon Nov 23 02:00:07.123456 2026] [php:notice] [pid 7] [client @:4711] PHP Notice:  Undefined index: x in /srv/x.php on line 3",
    "2026-11-23 02:00:07 1ahr79-0006jK-G9 <= a@b.example H=a.example [@] P=esmtps S=1234 id=x@b.example",
    "2026-11-23T02:00:08.123456+00:00 gate sshd-session[812]: Connection closed by authenticating user root @ port 4711 [preauth]",
    "2026-11-23T02:00:08.123456+00:00 gate named[9]: client @#4711 (example.com): query: example.com IN A +E(0)K (198.51.100.1)",
    "{\"level\":\"info\",\"ts\":1795399208.5,\"logger\":\"http.log.access\",\"msg\":\"handled request\",\"request\":{\"remote_ip\":\"@\",\"remote_port\":\"4711\",\"client_ip\":\"@\",\"proto\":\"HTTP/2.0\",\"method\":\"GET\",\"host\":\"shop.example\",\"uri\":\"/\",\"headers\":{\"User-Agent\":[\"curl/8\"]}},\"user_id\":\"\",\"size\":12,\"status\":200}",
    "type=USER_AUTH msg=audit(1795399208.123:9): pid=7 uid=0 auid=4294967295 ses=4294967295 msg='op=password acct=\"bob\" exe=\"/usr/sbin/sshd\" hostname=? addr=@ terminal=ssh res=failed'",
];

fn main() -> Result<(), Box<dyn Error>> {
    let lines: usize = env::args().nth(1).map_or(Ok(1_000_000), |text| text.parse())?;
    let file = env::temp_dir().join(format!("sentinel-bench-{}.log", std::process::id()));
    write_log(&file, lines)?;
    let log = fs::read(&file)?;
    println!("{:<22}{:>16}{:>12}", "", "lines/CPU s", "found");
    ours(&log, lines)?;
    for (name, command) in peers(&file) {
        peer(name, command, &file, lines)?;
    }
    fs::remove_file(file)?;
    Ok(())
}

/// The same log every time: a small linear congruence chooses the templates and the addresses.
fn write_log(file: &Path, lines: usize) -> std::io::Result<()> {
    let mut out = BufWriter::new(fs::File::create(file)?);
    let mut state: u64 = 7;
    for _ in 0..lines {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let [.., a, b, c, d] = state.to_be_bytes().map(|byte| byte | 1);
        let template = TEMPLATES[(state >> 33) as usize % TEMPLATES.len()];
        writeln!(out, "{}", template.replace('@', &format!("{a}.{b}.{c}.{d}")))?;
    }
    out.flush()
}

fn ours(log: &[u8], lines: usize) -> Result<(), Box<dyn Error>> {
    let mut kinds = BTreeMap::new();
    let before = own_cpu()?;
    let mut start = 0;
    for end in memchr_iter(b'\n', log) {
        if let Some((_, event)) = parse_line(None, &log[start..end]) {
            *kinds.entry((event.service, event.kind)).or_insert(0_usize) += 1;
        }
        start = end + 1;
    }
    report("sentinel, all services", lines, own_cpu()? - before, &kinds.values().sum::<usize>().to_string());
    Ok(())
}

/// The limit, and the peers that are installed.
fn peers(file: &Path) -> Vec<(&'static str, Command)> {
    let mut grep = Command::new("grep");
    grep.args(["-c", "Failed password for .* from"]).arg(file);
    let mut all = vec![("grep -c", grep)];
    let sshguard =
        ["/usr/libexec/sshg-parser", "/usr/lib/sshguard/sshg-parser", "/usr/libexec/sshguard/sshg-parser"];
    if let Some(parser) = sshguard.iter().map(PathBuf::from).find(|path| path.exists()) {
        all.push(("sshguard's parser", Command::new(parser)));
    }
    if Command::new("fail2ban-regex").arg("--version").stdout(Stdio::null()).status().is_ok() {
        let mut regex = Command::new("fail2ban-regex");
        regex.arg(file).arg("sshd");
        all.push(("fail2ban-regex, sshd", regex));
    }
    all
}

fn peer(name: &str, mut command: Command, file: &Path, lines: usize) -> Result<(), Box<dyn Error>> {
    let before = children_cpu()?;
    let output = command.stdin(fs::File::open(file)?).stderr(Stdio::null()).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = if name == "grep -c" { text.trim().to_owned() } else { String::new() };
    report(name, lines, children_cpu()? - before, &found);
    Ok(())
}

fn report(name: &str, lines: usize, seconds: f64, found: &str) {
    println!("{name:<22}{:>16.0}{found:>12}", lines as f64 / seconds.max(1.0 / TICKS));
}

/// CPU seconds of this process, to the nanosecond.
fn own_cpu() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split(' ').next().unwrap_or_default().parse::<f64>()? / 1e9)
}

/// CPU seconds of the children that have ended (fields 16 and 17 of proc_pid_stat(5)).
fn children_cpu() -> Result<f64, Box<dyn Error>> {
    let text = fs::read_to_string("/proc/self/stat")?;
    let fields = text.rsplit(')').next().unwrap_or_default().split_whitespace().skip(13).take(2);
    let ticks: f64 = fields.map(|field| field.parse::<f64>().unwrap_or_default()).sum();
    Ok(ticks / TICKS)
}
