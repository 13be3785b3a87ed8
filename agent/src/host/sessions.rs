//! From where people are logged in over ssh.
//!
//! Two places tell, and either may be missing: utmp(5), into which sshd writes every terminal, and logind's session
//! files (pam_systemd(8)). Both are written after a log-in succeeded: a connection to sshd, which any attacker has, is
//! in neither. Only addresses are taken: host names in them come from the reverse DNS of whoever connects.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
};

use tokio::sync::watch;

use super::{bounded, first_bytes, host_address, is_host, watch::follow};

/// Where the C library keeps who is logged in.
pub const UTMP: &str = "/run/utmp";
/// Where logind keeps its sessions.
pub const LOGIND_SESSIONS: &str = "/run/systemd/sessions";

/// How much of utmp is read, some 10,000 records.
const MAX_UTMP_BYTES: u64 = 4 << 20;
/// How much of a session file is read.
const MAX_SESSION_BYTES: u64 = 16 << 10;
/// Session files that are read.
const MAX_FILES: usize = 4096;
/// Addresses at the most.
const MAX_SESSIONS: usize = 1024;

/// Follows the addresses from which somebody is logged in; sorted.
#[must_use]
pub fn sessions(utmp: PathBuf, logind: PathBuf) -> watch::Receiver<Vec<IpAddr>> {
    follow(vec![utmp.clone(), logind.clone()], move || {
        let mut addresses = in_utmp(&first_bytes(&utmp, MAX_UTMP_BYTES));
        addresses.extend(in_logind(&logind));
        bounded(addresses, MAX_SESSIONS)
    })
}

/// Bytes of a record: 384, or 400 where its times have 64 bits (aarch64).
const RECORD: usize = size_of::<libc::utmpx>();
const KIND: usize = std::mem::offset_of!(libc::utmpx, ut_type);
const TERMINAL: usize = std::mem::offset_of!(libc::utmpx, ut_line);
const ADDRESS: usize = std::mem::offset_of!(libc::utmpx, ut_addr_v6);

/// The addresses in the records of users at a terminal of the network. A record whose sshd was killed stays until the
/// terminal is used again.
fn in_utmp(bytes: &[u8]) -> Vec<IpAddr> {
    bytes.chunks_exact(RECORD).filter_map(session_in).collect()
}

fn session_in(record: &[u8]) -> Option<IpAddr> {
    let kind = i16::from_ne_bytes(*record.get(KIND..)?.first_chunk()?);
    if kind != libc::USER_PROCESS || !record.get(TERMINAL..)?.starts_with(b"pts/") {
        return None;
    }
    let address: [u8; 16] = *record.get(ADDRESS..)?.first_chunk()?;
    let [a, b, c, d, rest @ ..] = address;
    // An IPv4 address stands in the first word alone, a local log-in has none.
    let address = if rest == [0; 12] {
        IpAddr::V4(Ipv4Addr::new(a, b, c, d))
    } else {
        IpAddr::V6(Ipv6Addr::from(address)).to_canonical()
    };
    is_host(address).then_some(address)
}

/// The addresses in logind's files, one file a session.
fn in_logind(folder: &Path) -> Vec<IpAddr> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path())).take(MAX_FILES);
    files
        .filter_map(|path| remote_host(&String::from_utf8_lossy(&first_bytes(&path, MAX_SESSION_BYTES))))
        .collect()
}

/// The address in a session file, if it is a session over ssh that goes on.
fn remote_host(text: &str) -> Option<IpAddr> {
    let value = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.find(|(name, _)| *name == key).map(|(_, value)| value.trim_matches('"'))
    };
    let is_ssh = value("SERVICE").is_none_or(|service| service == "sshd");
    let goes_on = value("STATE").is_none_or(|state| state != "closing");
    if value("REMOTE") == Some("1") && is_ssh && goes_on { host_address(value("REMOTE_HOST")?) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::watch::tests::becomes;

    fn addresses(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// A record as sshd writes it.
    fn record(kind: i16, line: &str, host: &str, address: &str) -> Vec<u8> {
        let mut record = vec![0; RECORD];
        let mut put = |at: usize, bytes: &[u8]| record[at..at + bytes.len()].copy_from_slice(bytes);
        put(KIND, &kind.to_ne_bytes());
        put(std::mem::offset_of!(libc::utmpx, ut_pid), &4711i32.to_ne_bytes());
        put(TERMINAL, line.as_bytes());
        put(std::mem::offset_of!(libc::utmpx, ut_user), b"admin");
        put(std::mem::offset_of!(libc::utmpx, ut_host), host.as_bytes());
        match address.parse().unwrap() {
            IpAddr::V4(v4) => put(ADDRESS, &v4.octets()),
            IpAddr::V6(v6) => put(ADDRESS, &v6.octets()),
        }
        record
    }

    #[test]
    fn utmp_tells_from_where_users_are_logged_in() {
        let user = libc::USER_PROCESS;
        let bytes = [
            record(libc::BOOT_TIME, "~", "6.12.0", "0.0.0.0"),
            record(user, "pts/0", "192.0.2.7", "192.0.2.7"),
            record(user, "pts/1", "2001:db8::7", "2001:db8::7"),
            record(user, "pts/2", "mapped", "::ffff:192.0.2.8"),
            record(user, "tty1", "", "0.0.0.0"),
            record(user, "pts/3", "tmux(12).%0", "0.0.0.0"),
            record(libc::DEAD_PROCESS, "pts/4", "192.0.2.66", "192.0.2.66"),
            record(libc::LOGIN_PROCESS, "pts/5", "192.0.2.67", "192.0.2.67"),
            record(user, "ftpd4711", "192.0.2.68", "192.0.2.68"),
            b"torn".to_vec(),
        ];
        assert_eq!(in_utmp(&bytes.concat()), addresses(&["192.0.2.7", "2001:db8::7", "192.0.2.8"]));
    }

    #[test]
    fn a_host_name_in_utmp_protects_nobody() {
        let bytes = record(libc::USER_PROCESS, "pts/0", "198.51.100.66", "0.0.0.0");
        assert!(in_utmp(&bytes).is_empty());
    }

    const SESSION: &str = "# This is private data. Do not parse.\nUID=1000\nUSER=admin\nACTIVE=1\nSTATE=active\nREMOTE=1\n\
        TYPE=tty\nCLASS=user\nTTY=pts/0\nREMOTE_HOST=192.0.2.9\nSERVICE=sshd\nLEADER=4711\n";

    #[test]
    fn logind_tells_from_where_ssh_sessions_come() {
        assert_eq!(remote_host(SESSION), Some("192.0.2.9".parse().unwrap()));
        let v6 = SESSION.replace("192.0.2.9", "\"2001:db8::9%eth0\"");
        assert_eq!(remote_host(&v6), Some("2001:db8::9".parse().unwrap()));
        for (from, to) in [
            ("REMOTE=1", "REMOTE=0"),
            ("STATE=active", "STATE=closing"),
            ("SERVICE=sshd", "SERVICE=vsftpd"),
            ("192.0.2.9", "evil.example"),
            ("192.0.2.9", "0.0.0.0"),
            ("REMOTE_HOST=", "USER=REMOTE_HOST="),
        ] {
            assert_eq!(remote_host(&SESSION.replace(from, to)), None, "{to}");
        }
    }

    #[tokio::test]
    async fn log_ins_and_log_outs_are_followed_in_both() {
        let folder = tempfile::tempdir().unwrap();
        let (utmp, logind) = (folder.path().join("utmp"), folder.path().join("systemd/sessions"));
        let mut followed = sessions(utmp.clone(), logind.clone());
        becomes(&mut followed, vec![]).await;
        fs::write(&utmp, record(libc::USER_PROCESS, "pts/0", "", "192.0.2.7")).unwrap();
        becomes(&mut followed, addresses(&["192.0.2.7"])).await;
        fs::create_dir_all(&logind).unwrap();
        // logind writes beside and renames.
        fs::write(logind.join(".#1abc"), SESSION).unwrap();
        fs::rename(logind.join(".#1abc"), logind.join("1")).unwrap();
        becomes(&mut followed, addresses(&["192.0.2.7", "192.0.2.9"])).await;
        fs::write(&utmp, record(libc::DEAD_PROCESS, "pts/0", "", "192.0.2.7")).unwrap();
        becomes(&mut followed, addresses(&["192.0.2.9"])).await;
        fs::remove_file(logind.join("1")).unwrap();
        becomes(&mut followed, vec![]).await;
    }

    #[test]
    fn a_fifo_among_the_sessions_keeps_nobody_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("1.ref")).status().unwrap();
        assert!(made.success());
        fs::write(folder.path().join("1"), SESSION).unwrap();
        assert_eq!(in_logind(folder.path()), addresses(&["192.0.2.9"]));
    }
}
