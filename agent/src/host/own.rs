//! The names of this host (uname(2), hosts(5), mailname(5)) and the domains that it is in (resolv.conf(5)).

use std::path::{Path, PathBuf};

use super::{RESOLV_CONF, first_bytes};

/// How much of a file is read.
const MAX_BYTES: u64 = 64 << 10;
/// Names at the most.
const MAX_NAMES: usize = 64;
/// A shorter name is a letter or so, which stands in every line.
const SHORTEST: usize = 2;

/// What Linux calls a host that nobody has named.
const NAMELESS: &str = "(none)";

/// Where a host's further names stand.
#[derive(Clone, Debug)]
pub struct OwnFiles {
    /// What it calls itself and its neighbours.
    pub hosts: PathBuf,
    /// The domain of its mail.
    pub mailname: PathBuf,
    /// The domains in which it looks for names.
    pub resolv_conf: PathBuf,
}

impl Default for OwnFiles {
    fn default() -> Self {
        Self { hosts: "/etc/hosts".into(), mailname: "/etc/mailname".into(), resolv_conf: RESOLV_CONF.into() }
    }
}

/// The kernel's name of this host; none where nobody has given it one. Asked of the kernel itself: a service that sees
/// nothing of /proc but processes finds no file that tells.
#[must_use]
pub fn hostname() -> Option<String> {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    (!name.is_empty() && name != NAMELESS).then(|| name.into_owned())
}

/// The names of the host that the kernel calls `hostname`, short and full, and the domains that it is in; in order,
/// each once. Of a full name its domain is one of them, where it has more than one label.
#[must_use]
pub fn own_names(hostname: Option<&str>, files: &OwnFiles) -> Vec<String> {
    let first = hostname.and_then(|name| name.split('.').next());
    let mut names: Vec<String> = hostname.into_iter().chain(first).map(str::to_owned).collect();
    let hosts = text(&files.hosts);
    let lines = hosts.lines().map(|line| line.split('#').next().unwrap_or_default());
    let entries = lines.map(|line| line.split_whitespace().skip(1));
    names.extend(
        entries
            .filter(|entry| {
                entry.clone().any(|name| hostname.is_some_and(|hostname| is_same(name, hostname)))
            })
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
    first(name) == first(hostname)
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
    use std::{env, fs, process::Command};

    use super::*;

    /// Tells a test that it runs where nothing of /proc/sys can be seen, and the name that it has to find there.
    const HIDDEN: &str = "SENTINEL_TEST_HOSTNAME";

    #[test]
    fn a_host_knows_its_name_where_the_unit_hides_all_of_proc_but_processes() {
        let name = hostname().unwrap_or_default();
        if let Some(expected) = env::var_os(HIDDEN) {
            assert!(!Path::new("/proc/sys/kernel").exists());
            assert_eq!(name.as_str(), expected);
            return;
        }
        let mut child = Command::new("unshare");
        child.args([
            "--map-root-user",
            "--mount",
            "sh",
            "-c",
            "mount -t tmpfs none /proc/sys && exec \"$@\"",
            "sh",
        ]);
        let this = "a_host_knows_its_name_where_the_unit_hides_all_of_proc_but_processes";
        child.arg(env::current_exe().unwrap()).arg(format!("host::own::tests::{this}"));
        let output = child.args(["--exact", "--nocapture"]).env(HIDDEN, name).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }

    #[test]
    fn a_host_knows_its_names_and_domains_and_not_its_neighbours() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).unwrap();
            path
        };
        let files = OwnFiles {
            hosts: write(
                "hosts",
                "127.0.0.1 localhost\n127.0.1.1 gate.corp.example gate www # x\n192.0.2.9 other\n",
            ),
            mailname: write("mailname", "mail.house.example\n"),
            resolv_conf: write("resolv.conf", "nameserver 9.9.9.9\nsearch lan fritz.box. \n"),
        };
        assert_eq!(
            own_names(Some("gate"), &files),
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
        let files = OwnFiles { hosts: nowhere.clone(), mailname: nowhere.clone(), resolv_conf: nowhere };
        assert!(own_names(None, &files).is_empty());
    }
}
