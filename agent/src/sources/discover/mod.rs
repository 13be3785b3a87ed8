//! Which sources to read where none are configured: [`Present::look`] sees what is there, [`propose`] decides, purely,
//! and [`Proposal::to_toml`] writes it down so that the operator can see why.
//!
//! No line is read twice. What systemd's journal holds is read there and not in the files that a syslog daemon copies
//! it to; what a service writes into files of its own is read there and not in the journal.

mod known;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use known::{KNOWN, SSHD};
use sentinel_parsers::Service;

/// Where systemd listens for the journal, as long as journald runs.
const JOURNAL_SOCKET: &str = "/run/systemd/journal/socket";
/// Where journald keeps the journal: in memory or on disk.
const JOURNALS: [&str; 2] = ["/run/log/journal", "/var/log/journal"];
/// Where each running unit has a folder: with control groups of version 2 and 1.
const CGROUPS: [&str; 2] = ["/sys/fs/cgroup/system.slice", "/sys/fs/cgroup/systemd/system.slice"];

/// What there is on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Present {
    /// Log files that the table of known services names.
    pub files: BTreeSet<PathBuf>,
    /// Systemd units that are running, as `nginx.service` or `postfix@-.service`.
    pub units: BTreeSet<String>,
    /// Whether systemd's journal is kept here.
    pub journal: bool,
}

/// Sources, each with the reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proposal {
    /// Whether to read the journal.
    pub journal: bool,
    /// Units to read there.
    pub units: BTreeMap<String, String>,
    /// Files to follow, as patterns.
    pub files: BTreeMap<String, String>,
    /// Files and units that are left alone.
    pub left_out: BTreeMap<String, String>,
}

impl Present {
    /// Looks around. What cannot be seen is as good as not there.
    #[must_use]
    pub fn look() -> Self {
        let patterns = KNOWN.iter().flat_map(|(_, files)| files.own.iter().chain(files.syslog));
        let paths = patterns.flat_map(|pattern| glob::glob(pattern).into_iter().flatten());
        let journal =
            Path::new(JOURNAL_SOCKET).exists() && JOURNALS.iter().any(|path| Path::new(path).is_dir());
        Self {
            files: paths.filter_map(Result::ok).filter(|path| path.is_file()).collect(),
            units: CGROUPS.iter().flat_map(|folder| units_in(Path::new(folder))).collect(),
            journal,
        }
    }

    fn has_unit(&self, name: &str) -> bool {
        self.units.iter().any(|unit| unit.split(['@', '.']).next() == Some(name))
    }

    fn has_file(&self, pattern: &str) -> bool {
        glob::Pattern::new(pattern)
            .is_ok_and(|pattern| self.files.iter().any(|path| pattern.matches_path(path)))
    }
}

/// The units that run below this folder, those in slices of their own too.
fn units_in(folder: &Path) -> Vec<String> {
    let entries = |folder: &Path| fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let slices = entries(folder).filter(|entry| name(entry).ends_with(".slice"));
    let deeper: Vec<_> = slices.flat_map(|slice| entries(&slice.path()).collect::<Vec<_>>()).collect();
    entries(folder)
        .chain(deeper)
        .map(|entry| name(&entry))
        .filter(|name| name.ends_with(".service"))
        .collect()
}

/// What to read of what is there.
#[must_use]
pub fn propose(present: &Present) -> Proposal {
    let mut proposal = Proposal { journal: present.journal, ..Proposal::default() };
    for service in Service::ALL {
        proposal.consider(service, present);
    }
    let files = &proposal.files;
    proposal.left_out.retain(|path, _| !files.contains_key(path));
    proposal
}

impl Proposal {
    fn consider(&mut self, service: Service, present: &Present) {
        let files = known::files(service);
        let is_sshd = service.as_str() == SSHD;
        let running = || service.units().iter().filter(|unit| present.has_unit(unit));
        let own: Vec<_> = files.own.iter().filter(|pattern| present.has_file(pattern)).collect();
        for pattern in &own {
            self.files.insert((**pattern).to_owned(), format!("{service} writes it"));
        }
        if !own.is_empty() {
            if self.journal {
                let reason = format!("{service} writes files of its own");
                self.left_out.extend(running().map(|unit| (unit_name(unit), reason.clone())));
            }
            return;
        }
        let copies = files.syslog.iter().filter(|path| present.has_file(path));
        if self.journal {
            self.left_out
                .extend(copies.map(|path| ((*path).to_owned(), "the journal holds its lines".to_owned())));
            let units = service.units().iter().filter(|unit| is_sshd || present.has_unit(unit));
            self.units.extend(units.map(|unit| (unit_name(unit), service.to_string())));
        } else {
            for path in copies {
                let services = self.files.entry((*path).to_owned()).or_insert_with(|| "syslog of".to_owned());
                // Writing to a string cannot fail.
                let _ = write!(services, " {service}");
            }
        }
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.journal && self.files.is_empty()
    }

    /// The same as a config file, with the reason beside each line.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let journal = if self.journal { "" } else { " # it is not kept here" };
        let mut text = format!(
            "# Written by sentinel-agent at its first start: no log sources were configured, so it looked what runs here.\n\
             # Change it as you like. Delete it, and the agent looks again when it starts.\n\n\
             [sources]\nauto = false\n{}\n[sources.journald]\nenabled = {}{journal}\n{}",
            array("files", &self.files),
            self.journal,
            array("units", &self.units),
        );
        for (what, reason) in &self.left_out {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# left out: {what} ({reason})");
        }
        text
    }
}

fn unit_name(unit: &str) -> String {
    format!("{unit}.service")
}

fn array(key: &str, entries: &BTreeMap<String, String>) -> String {
    let lines: String = entries
        .iter()
        .map(|(entry, reason)| format!("    {}, # {reason}\n", toml::Value::from(entry.as_str())))
        .collect();
    if lines.is_empty() { format!("{key} = []\n") } else { format!("{key} = [\n{lines}]\n") }
}

#[cfg(test)]
mod tests;
