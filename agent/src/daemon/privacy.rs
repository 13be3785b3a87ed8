//! What must not leave this house, as it is at the moment and was until lately.

use jiff::Timestamp;
use tokio::sync::watch;

use super::reach::Memory;
use crate::{
    config::Settings,
    evidence::{Own, Redactor},
    host::{self, OwnFiles},
    kernel::Links,
};

/// Makes redactors that know this host.
#[derive(Clone, Debug)]
pub(super) struct Privacy {
    links: watch::Receiver<Links>,
    memory: Memory,
    words: Vec<String>,
}

impl Privacy {
    /// With the words of the config, the name of the public URL among them, and what is remembered of former addresses.
    pub(super) fn new(settings: &Settings, links: watch::Receiver<Links>, memory: Memory) -> Self {
        if host::hostname().is_none() {
            tracing::warn!(
                "this host has no name, so nothing tells which in /etc/hosts are its own: put them into share.private"
            );
        }
        let public_name = settings.serve.public_url.as_ref().map(|url| url.host().to_owned());
        Self { links, memory, words: settings.share.private.iter().cloned().chain(public_name).collect() }
    }

    /// One that knows the names that this host has now, and the addresses that it has or had within the last day: lines
    /// wait for hours until they prove an attack.
    pub(super) fn redactor(&self) -> Redactor {
        let (mut addresses, mut networks) = self.memory.own(Timestamp::now());
        {
            let links = self.links.borrow();
            addresses.extend(&links.addresses);
            networks.extend(&links.on_link);
        }
        let own = Own::new(&addresses, &networks);
        let names = host::own_names(host::hostname().as_deref(), &OwnFiles::default());
        Redactor::new(self.words.iter().chain(&names).fold(own, |own, word| own.and(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::sshd;

    fn links(address: &str) -> Links {
        Links { addresses: vec![address.parse().unwrap()], ..Links::default() }
    }

    #[test]
    fn an_address_that_this_host_had_before_a_restart_and_a_change_does_not_leave() {
        let folder = tempfile::tempdir().unwrap();
        Memory::open(folder.path()).keep_own(&links("198.51.100.9"), Timestamp::now());
        let (_sender, now) = watch::channel(links("198.51.100.77"));
        let privacy = Privacy::new(&Settings::default(), now, Memory::open(folder.path()));
        for own in ["198.51.100.9", "198.51.100.77"] {
            let raw = format!(
                "Unable to negotiate with 203.0.113.7 port 5: no matching host key type found. Their offer: {own}"
            );
            let left = privacy.redactor().redact(sshd(), raw.as_bytes(), Timestamp::UNIX_EPOCH).unwrap();
            let left = String::from_utf8(left).unwrap();
            assert!(left.contains("203.0.113.7") && !left.contains(own), "{left}");
        }
    }
}
