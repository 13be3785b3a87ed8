//! Networks on their way to the daemon: in chunks, and what became of them.

use anyhow::Context;
use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    cli::{
        Exit,
        blocks::format::{Item, NoItem},
    },
    control::{Blocked, Entry, Expiry, MAX_ENTRIES, MAX_REQUEST},
};

/// The widest networks that a list may name, by prefix length: half of the internet in a list is a mistake of whoever made it.
const WIDEST_V4: u8 = 8;
const WIDEST_V6: u8 = 16;

/// Complaints that are told one by one.
const MAX_COMPLAINTS: u64 = 20;

/// What an entry has in a request besides its comment, in bytes: a long network and a moment.
const ENTRY_BYTES: usize = 160;

/// Most bytes of a character in JSON: `\u001f`.
const ESCAPED: usize = 6;

/// What holds where the list says nothing.
pub(super) struct Defaults {
    /// What has ended by now is left out.
    pub(super) now: Timestamp,
    /// When a block ends.
    pub(super) expiry: Option<Expiry>,
    /// Why; goes before what the list says.
    pub(super) reason: Option<String>,
    /// Why, where nobody says.
    pub(super) origin: String,
}

/// What became of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Tally {
    /// Networks that are blocked now.
    pub(super) blocked: u64,
    /// Networks whose time had run out.
    pub(super) expired: u64,
    /// Networks that the guard refused, or that are too wide for a list.
    pub(super) refused: u64,
    /// What could not be read.
    pub(super) unreadable: u64,
    /// What the list holds besides networks to block.
    pub(super) passed_over: u64,
    /// Whether the agent only observes.
    pub(super) observe: bool,
}

impl Tally {
    /// Whether the list held nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.blocked + self.expired + self.complaints() == 0
    }

    /// What was complained of, be it told or only counted.
    fn complaints(&self) -> u64 {
        self.refused + self.unreadable + self.passed_over
    }

    /// Whether all went in.
    pub(super) fn exit(&self) -> Exit {
        match self {
            Self { unreadable: 1.., .. } => Exit::Failed,
            Self { refused: 1.., .. } => Exit::Guard,
            _ => Exit::Ok,
        }
    }
}

type Ask<'a> = Box<dyn Fn(Vec<Entry>) -> anyhow::Result<Blocked> + 'a>;

/// Sends networks to the daemon, as many at once as one request holds.
pub(super) struct Intake<'a> {
    defaults: Defaults,
    ask: Ask<'a>,
    say: Box<dyn FnMut(&str) + 'a>,
    /// What waits for the next request, and the lines on which it stood.
    waiting: Vec<Entry>,
    lines: Vec<u64>,
    bytes: usize,
    tally: Tally,
}

impl<'a> Intake<'a> {
    /// `ask` sends entries to the daemon, `say` tells the operator of what did not work.
    pub(super) fn new(
        defaults: Defaults,
        ask: impl Fn(Vec<Entry>) -> anyhow::Result<Blocked> + 'a,
        say: impl FnMut(&str) + 'a,
    ) -> Self {
        Self {
            defaults,
            ask: Box::new(ask),
            say: Box::new(say),
            waiting: Vec::new(),
            lines: Vec::new(),
            bytes: 0,
            tally: Tally::default(),
        }
    }

    /// Takes what stands on this line.
    pub(super) fn take(&mut self, line: u64, item: Result<Item, NoItem>) -> anyhow::Result<()> {
        match item {
            Ok(item) => match too_wide(item.network) {
                Some(why) => {
                    self.complain(line, &why);
                    self.tally.refused += 1;
                }
                None => self.take_item(line, item)?,
            },
            Err(NoItem::Unreadable(why)) => {
                self.complain(line, &why);
                self.tally.unreadable += 1;
            }
            Err(NoItem::PassedOver(why)) => {
                self.complain(line, &why);
                self.tally.passed_over += 1;
            }
        }
        Ok(())
    }

    fn take_item(&mut self, line: u64, item: Item) -> anyhow::Result<()> {
        let Item { network, expiry, comment } = item;
        if expiry.is_some_and(|expiry| expiry.left(self.defaults.now).is_none()) {
            self.tally.expired += 1;
            return Ok(());
        }
        let reason = self.defaults.reason.clone().or(comment);
        let comment = reason.unwrap_or_else(|| self.defaults.origin.clone());
        let bytes = ENTRY_BYTES + ESCAPED * comment.len();
        if self.waiting.len() == MAX_ENTRIES || self.bytes + bytes > MAX_REQUEST - ENTRY_BYTES {
            self.send()?;
        }
        self.bytes += bytes;
        self.lines.push(line);
        self.waiting.push(Entry { network, expiry: expiry.or(self.defaults.expiry), comment });
        Ok(())
    }

    fn send(&mut self) -> anyhow::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let lines = std::mem::take(&mut self.lines);
        let first = lines.first().copied().unwrap_or_default();
        let answer = (self.ask)(std::mem::take(&mut self.waiting))
            .with_context(|| format!("what stands from line {first} on may not be blocked"))?;
        self.tally.observe = answer.observe;
        self.tally.blocked += answer.blocked.len() as u64;
        for refusal in answer.refused {
            self.complain(lines.get(refusal.entry).copied().unwrap_or_default(), &refusal.why);
            self.tally.refused += 1;
        }
        Ok(())
    }

    fn complain(&mut self, line: u64, why: &str) {
        if self.tally.complaints() < MAX_COMPLAINTS {
            (self.say)(&format!("line {line}: {why}"));
        }
    }

    /// Sends the rest; gives what became of all of it.
    pub(super) fn finish(mut self) -> anyhow::Result<Tally> {
        self.send()?;
        let more = self.tally.complaints().saturating_sub(MAX_COMPLAINTS);
        if more > 0 {
            (self.say)(&format!("and {more} more"));
        }
        Ok(self.tally)
    }
}

/// Why a network is not taken from a list, and how it is blocked all the same.
fn too_wide(network: IpNetwork) -> Option<String> {
    let widest = if network.is_ipv4() { WIDEST_V4 } else { WIDEST_V6 };
    (network.prefix() < widest).then(|| {
        format!(
            "{network} is wider than /{widest}, which no list may block; if it is meant: `sentinel-agent blocks add {network}`"
        )
    })
}
