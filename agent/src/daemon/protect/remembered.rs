//! What names meant last: it protects from the next start on, before they are looked up and when they cannot be.

use std::{collections::BTreeMap, net::IpAddr};

use jiff::Timestamp;

use crate::{
    domain::HostName,
    host::{Answer, Answers},
    record::Record,
};

/// What the database knows of names.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered(BTreeMap<HostName, Vec<IpAddr>>);

impl Remembered {
    pub(super) fn new(known: BTreeMap<HostName, Vec<IpAddr>>) -> Self {
        Self(known)
    }

    /// The same as answers that may be outdated.
    pub(super) fn answers(&self) -> Answers {
        let answer = |addresses: &Vec<IpAddr>| Answer { addresses: addresses.clone(), trouble: None };
        self.0.iter().map(|(name, addresses)| (name.clone(), answer(addresses))).collect()
    }

    /// What has to be recorded so that these answers are remembered, and no others.
    pub(super) fn follow(&mut self, answers: &Answers, now: Timestamp) -> Vec<Record> {
        let mut records = Vec::new();
        self.0.retain(|name, _| {
            let stays = answers.contains_key(name);
            if !stays {
                records.push(Record::NameForgotten(name.clone()));
            }
            stays
        });
        for (name, Answer { addresses, .. }) in answers {
            if !addresses.is_empty() && self.0.get(name) != Some(addresses) {
                self.0.insert(name.clone(), addresses.clone());
                let (name, addresses) = (name.clone(), addresses.clone());
                records.push(Record::NameFound { name, addresses, at: now });
            }
        }
        records
    }
}
