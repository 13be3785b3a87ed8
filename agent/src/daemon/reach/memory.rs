//! What has to be known after a restart: the last URL, what the dynamic DNS service was told, and which addresses were
//! this host's until lately.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::lately::Lately;
use crate::{
    config::Endpoint,
    domain::FileHash,
    dynamic_dns::Told,
    kernel::Links,
    whole_file::{self, Existing},
};

/// Largest file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// The file, and what it holds. Clones share it.
#[derive(Clone, Debug)]
pub(in crate::daemon) struct Memory {
    path: PathBuf,
    /// Held for moments only.
    known: Arc<Mutex<Known>>,
    /// Held by who changes the file, so that the last change is what it says.
    writing: Arc<Mutex<()>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Known {
    public_url: Option<String>,
    dynamic_dns: Option<Service>,
    own: Lately,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Service {
    /// The hash of the update URL: after a change of the config, what another service was told does not count.
    url: FileHash,
    told: Told,
}

impl Memory {
    /// What the last run left. Without it nothing is lost but a call of the service, and what hides former addresses.
    pub(in crate::daemon) fn open(directory: &Path) -> Self {
        Self::read(directory).unwrap_or_else(|error| {
            tracing::warn!("reading {}: {error}", file_in(directory).display());
            Self::new(directory, Known::default())
        })
    }

    /// What the last run left, or nothing if there was none.
    ///
    /// # Errors
    /// When that cannot be read.
    pub(in crate::daemon) fn read(directory: &Path) -> io::Result<Self> {
        let known = match read(&file_in(directory)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Known::default(),
            known => known?,
        };
        Ok(Self::new(directory, known))
    }

    fn new(directory: &Path, known: Known) -> Self {
        let path = file_in(directory);
        Self { path, known: Arc::new(Mutex::new(known)), writing: Arc::default() }
    }

    /// The last public URL.
    pub(super) fn public_url(&self) -> Option<Endpoint> {
        self.known().public_url.as_ref()?.parse().ok()
    }

    /// What the service behind this update URL was told last.
    pub(super) fn told(&self, url: &str) -> Option<Told> {
        let service = self.known().dynamic_dns.clone()?;
        (service.url == FileHash::of(url.as_bytes())).then_some(service.told)
    }

    pub(super) fn keep_url(&self, url: &str) {
        self.change(|known| known.public_url = Some(url.to_owned()));
    }

    pub(super) fn keep_told(&self, url: &str, told: &Told) {
        let service = Service { url: FileHash::of(url.as_bytes()), told: told.clone() };
        self.change(|known| known.dynamic_dns = Some(service));
    }

    /// Remembers that these are the host's addresses and networks now.
    pub(in crate::daemon) fn keep_own(&self, links: &Links, now: Timestamp) {
        self.change(|known| known.own.note(links, now));
    }

    /// The addresses that are this host's or were within the last day, and the networks around it, likewise.
    pub(in crate::daemon) fn own(&self, now: Timestamp) -> (Vec<IpAddr>, Vec<IpNetwork>) {
        let own = &self.known().own;
        (own.addresses(now).collect(), own.networks(now).collect())
    }

    fn change(&self, change: impl FnOnce(&mut Known)) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.known().clone();
        let mut known = before.clone();
        change(&mut known);
        if known == before {
            return;
        }
        *self.known() = known.clone();
        if let Err(error) = write(&self.path, &known) {
            tracing::warn!("writing {}: {error}", self.path.display());
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file in the state directory.
fn file_in(directory: &Path) -> PathBuf {
    directory.join("reach.json")
}

fn read(path: &Path) -> io::Result<Known> {
    if fs::metadata(path)?.len() > MAX_BYTES {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(serde_json::from_slice(&fs::read(path)?)?)
}

fn write(path: &Path, known: &Known) -> io::Result<()> {
    whole_file::write(path, &serde_json::to_vec(known)?, Existing::Replaced)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::PublicAddresses, dynamic_dns::Answer};

    #[test]
    fn what_one_run_told_the_next_one_knows_and_no_secret_is_on_disk() {
        let folder = tempfile::tempdir().unwrap();
        let url = "https://www.duckdns.org/update?token=s3cret";
        let answer = Answer::read(200, b"OK");
        let told = Told::after(None, PublicAddresses::default(), answer, Timestamp::UNIX_EPOCH);
        let memory = Memory::open(folder.path());
        assert_eq!((memory.public_url(), memory.told(url)), (None, None));
        memory.keep_url("https://203.0.113.5:9000");
        memory.keep_told(url, &told);
        let memory = Memory::open(folder.path());
        assert_eq!(memory.public_url().unwrap().base(), "https://203.0.113.5:9000");
        assert_eq!(memory.told(url), Some(told));
        assert_eq!(memory.told("https://another.example/update"), None);
        let text = fs::read_to_string(file_in(folder.path())).unwrap();
        assert!(!text.contains("s3cret"), "{text}");
    }

    #[test]
    fn a_file_that_makes_no_sense_is_as_good_as_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(file_in(folder.path()), "{").unwrap();
        let memory = Memory::open(folder.path());
        memory.keep_url("https://203.0.113.5:9000");
        assert!(Memory::open(folder.path()).public_url().is_some());
    }
}
