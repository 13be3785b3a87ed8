//! What must not leave this house, as it is at the moment.

use tokio::sync::watch;

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
    words: Vec<String>,
}

impl Privacy {
    /// With the words of the config, the name of the public URL among them.
    pub(super) fn new(settings: &Settings, links: watch::Receiver<Links>) -> Self {
        if host::hostname().is_none() {
            tracing::warn!(
                "this host has no name, so nothing tells which in /etc/hosts are its own: put them into share.private"
            );
        }
        let public_name = settings.serve.public_url.as_ref().map(|url| url.host().to_owned());
        Self { links, words: settings.share.private.iter().cloned().chain(public_name).collect() }
    }

    /// One that knows the addresses and names that this host has now.
    pub(super) fn redactor(&self) -> Redactor {
        let own = {
            let links = self.links.borrow();
            Own::new(&links.addresses, &links.on_link)
        };
        let names = host::own_names(host::hostname().as_deref(), &OwnFiles::default());
        Redactor::new(self.words.iter().chain(&names).fold(own, |own, word| own.and(word)))
    }
}
