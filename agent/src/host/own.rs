//! The names of this host (hostname(1), hosts(5), mailname(5)) and the domains that it is in (resolv.conf(5)).

use std::path::{Path, PathBuf};

use super::{RESOLV_CONF, first_bytes};

/// How much of a file is read.
const MAX_BYTES: u64 = 64 << 10;
/// Names at the most.
const MAX_NAMES: usize = 64;
/// A shorter name is a letter or so, which stands in every line.
const SHORTEST: usize = 2;

/// Where a host's names stand.
#[derive(Clone, Debug)]
pub struct OwnFiles {
    /// The kernel's name of it.
    pub hostname: PathBuf,
    /// What it calls itself and its neighbours.
    pub hosts: PathBuf,
    /// The domain of its mail.
    pub mailname: PathBuf,
    /// The domains in which it looks for names.
    pub resolv_conf: PathBuf,
}

impl Default for OwnFiles {
    fn default() -> Self {
        Self {
            hostname: "/proc/sys/kernel/hostname".into(),
            hosts: "/etc/hosts".into(),
            mailname: "/etc/mailname".into(),
            resolv_conf: RESOLV_CONF.into(),
        }
    }
}

/// This host's names, short and full, and the domains that it is in; in order, each once. Of a full name its domain is one of
/// them, where it has more than one label.
#[must_use]
pub fn own_names(files: &OwnFiles) -> Vec<String> {
    let hostname = text(&files.hostname).trim().to_owned();
    let mut names: Vec<String> = vec![hostname.clone()];
    names.extend(hostname.split('.').next().map(str::to_owned));
    let hosts = text(&files.hosts);
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let entries = lines.map(|line| line.split_whitespace().skip(1));
    names.extend(
        entries
            .filter(|entry| entry.clone().any(|name| is_same(name, &hostname)))
            .flatten()
            .map(str::to_owned),
    );
    names.push(text(&files.mailname).trim().to_owned());
    let domains: Vec<String> = names.iter().filter_map(|name| domain_of(name)).map(str::to_owned).collect();
    names.extend(domains);
    let conf = text(&files.resolv_conf);
    names.extend(search_domains(&conf).map(str::to_owned));
    names.retain(|name| name.len() >= SHORTEST && name.contains(|c: char| c.is_ascii_alphabetic()));
    names.sort_unstable();
    names.dedup();
    names.truncate(MAX_NAMES);
    names
}

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&first_bytes(path, MAX_BYTES)).into_owned()
}

fn is_same(name: &str, hostname: &str) -> bool {
    let first = |name: &str| name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    !hostname.is_empty() && first(name) == first(hostname)
}

/// What is behind the first label; a top-level domain is nobody's own.
fn domain_of(name: &str) -> Option<&str> {
    name.split_once('.').map(|(_, domain)| domain).filter(|domain| domain.contains('.'))
}

fn search_domains(conf: &str) -> impl Iterator<Item = &str> {
    conf.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            matches!(words.next(), Some("search" | "domain")).then_some(words)
        })
        .flatten()
        .map(|domain| domain.trim_matches('.'))
        .filter(|domain| domain.contains('.'))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_host_knows_its_names_and_domains_and_not_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let files = OwnFiles {
            hostname: write("hostname", "gate\n"),
            hosts: write(
                "hosts",
                "127.0.0.1 localhost\n127.0.1.1 gate.corp.example gate www # x\n192.0.2.9 other\n",
            ),
            mailname: write("mailname", "mail.house.example\n"),
            resolv_conf: write("resolv.conf", "nameserver 9.9.9.9\nsearch lan fritz.box. \n"),
        };
        assert_eq!(
            own_names(&files),
            [
                "corp.example",
                "fritz.box",
                "gate",
                "gate.corp.example",
                "house.example",
                "mail.house.example",
                "www"
            ]
        );
    }

    #[test]
    fn a_host_without_a_name_has_none() {
        let nowhere = PathBuf::from("/nowhere");
        let files = OwnFiles {
            hostname: nowhere.clone(),
            hosts: nowhere.clone(),
            mailname: nowhere.clone(),
            resolv_conf: nowhere,
        };
        assert!(own_names(&files).is_empty());
    }
}
