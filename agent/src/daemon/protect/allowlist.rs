//! The allowlist: what the config file names, and what the operator added while an agent ran.

use std::collections::{BTreeMap, BTreeSet};

use ipnetwork::IpNetwork;
use jiff::Timestamp;

use crate::{
    domain::{AllowSource, AllowTarget, AllowView, HostName},
    host::Answers,
    store::database::AllowEntry,
};

/// Why an entry cannot be taken off the allowlist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::daemon) enum Kept {
    /// It is not there.
    #[error("{0} is not on the allowlist")]
    Absent(AllowTarget),
    /// The config file has it.
    #[error("{0} is allowed by the config file: take it out of guard.allow there")]
    Configured(AllowTarget),
}

/// Entries from both sides; the same may come from both.
#[derive(Clone, Debug, Default)]
pub(super) struct Allowlist {
    configured: BTreeSet<AllowTarget>,
    added: BTreeMap<AllowTarget, (String, Timestamp)>,
}

impl Allowlist {
    pub(super) fn new(configured: &[AllowTarget], added: Vec<AllowEntry>) -> Self {
        let added = added.into_iter().map(|AllowEntry { target, comment, since }| (target, (comment, since)));
        Self { configured: configured.iter().cloned().collect(), added: added.collect() }
    }

    /// Adds an entry on the operator's behalf, or gives it another comment; gives it back as it is then.
    pub(super) fn add(
        &mut self,
        target: &AllowTarget,
        comment: String,
        now: Timestamp,
        answers: &Answers,
    ) -> AllowView {
        let entry = self.added.entry(target.clone()).or_insert((String::new(), now));
        entry.0 = comment;
        view(target, AllowSource::Operator, &entry.0, Some(entry.1), answers)
    }

    /// Takes back what the operator added, and gives it back as it was.
    ///
    /// # Errors
    /// When the operator did not.
    pub(super) fn remove(&mut self, target: &AllowTarget, answers: &Answers) -> Result<AllowView, Kept> {
        match self.added.remove(target) {
            Some((comment, since)) => Ok(view(target, AllowSource::Operator, &comment, Some(since), answers)),
            None if self.configured.contains(target) => Err(Kept::Configured(target.clone())),
            None => Err(Kept::Absent(target.clone())),
        }
    }

    /// The names that have to be looked up.
    pub(super) fn names(&self) -> impl Iterator<Item = &HostName> {
        self.configured.iter().chain(self.added.keys()).filter_map(|target| match target {
            AllowTarget::Name(name) => Some(name),
            AllowTarget::Network(_) => None,
        })
    }

    /// What all entries stand for.
    pub(super) fn networks(&self, answers: &Answers) -> Vec<IpNetwork> {
        self.configured
            .iter()
            .chain(self.added.keys())
            .flat_map(|target| networks_of(target, answers))
            .collect()
    }

    /// All entries, the config file's first.
    pub(super) fn view<'a>(&'a self, answers: &'a Answers) -> impl Iterator<Item = AllowView> + 'a {
        let configured =
            self.configured.iter().map(|target| view(target, AllowSource::Config, "", None, answers));
        let added = self.added.iter();
        configured.chain(added.map(|(target, (comment, since))| {
            view(target, AllowSource::Operator, comment, Some(*since), answers)
        }))
    }
}

fn view(
    target: &AllowTarget,
    source: AllowSource,
    comment: &str,
    since: Option<Timestamp>,
    answers: &Answers,
) -> AllowView {
    let trouble = match target {
        AllowTarget::Name(name) => answers.get(name).and_then(|answer| answer.trouble.clone()),
        AllowTarget::Network(_) => None,
    };
    let networks = networks_of(target, answers);
    AllowView { target: target.clone(), source, comment: comment.to_owned(), since, networks, trouble }
}

/// What a target stands for: nothing as long as its name was never found.
pub(super) fn networks_of(target: &AllowTarget, answers: &Answers) -> Vec<IpNetwork> {
    match target {
        AllowTarget::Network(network) => vec![*network],
        AllowTarget::Name(name) => {
            let addresses = answers.get(name).into_iter().flat_map(|answer| &answer.addresses);
            addresses.map(|address| IpNetwork::from(*address)).collect()
        }
    }
}
