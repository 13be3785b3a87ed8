//! One transaction: either all of its messages are applied or none.

use super::element::Spoken;
use super::message::{Head, Writer, nftables};
use super::reply::Refused;
use super::uapi::{
    NFNL_BATCH_GENID, NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END, NFNL_SUBSYS_NFTABLES, NFPROTO_INET,
    NFPROTO_UNSPEC, NLM_F_ACK, NLM_F_REQUEST,
};
use crate::kernel::error::{Act, Cause, Refusal};

/// A transaction in the making. It remembers what each message says, so that a refusal can be put in words.
#[derive(Debug)]
pub(in crate::kernel) struct Batch {
    writer: Writer,
    first: u32,
    next: u32,
    said: Vec<Said>,
}

#[derive(Debug)]
struct Said {
    start: usize,
    subject: Subject,
}

/// What a message is about.
#[derive(Debug)]
pub(super) enum Subject {
    /// A part of the structure.
    Structure(Act),
    /// Elements of a set.
    Elements(Spoken),
}

/// Why a batch was not applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kernel) struct Rejection {
    pub(in crate::kernel) cause: Cause,
    pub(in crate::kernel) subject: Rejected,
    /// The kernel's own words.
    pub(in crate::kernel) words: Option<String>,
}

/// What the kernel pointed at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::kernel) enum Rejected {
    /// The item with this index.
    Element(usize),
    /// One of the items; kernels before 6.0 do not say which.
    SomeElement,
    /// A part of the structure, or the batch as a whole.
    Structure(Act),
}

/// A batch that is ready to be sent.
#[derive(Debug)]
pub(super) struct Sealed {
    pub(super) bytes: Vec<u8>,
    pub(super) first: u32,
    pub(super) next: u32,
    said: Vec<Said>,
}

impl Batch {
    /// An empty transaction whose messages are numbered from `first` on; the kernel refuses it as stale
    /// when the ruleset is no longer in `generation`.
    pub(super) fn begin(first: u32, generation: Option<u32>) -> Self {
        let mut batch =
            Self { writer: Writer::default(), first, next: first.wrapping_add(1), said: Vec::new() };
        batch.writer.message(&boundary(NFNL_MSG_BATCH_BEGIN, first), |message| {
            if let Some(generation) = generation {
                message.be32(NFNL_BATCH_GENID, generation);
            }
        });
        batch
    }

    /// Where the next message begins.
    pub(super) fn position(&self) -> usize {
        self.writer.position()
    }

    /// Appends one nf_tables message.
    pub(super) fn say(&mut self, kind: u16, flags: u16, act: Act, body: impl FnOnce(&mut Writer)) {
        self.speak(kind, flags, |writer| {
            body(writer);
            Subject::Structure(act)
        });
    }

    /// Appends one nf_tables message whose subject is known once it is written.
    pub(super) fn speak(&mut self, kind: u16, flags: u16, body: impl FnOnce(&mut Writer) -> Subject) {
        let start = self.writer.position();
        let head = Head {
            kind: nftables(kind),
            flags: NLM_F_REQUEST | flags,
            sequence: self.next,
            family: NFPROTO_INET,
            resource: 0,
        };
        let said = &mut self.said;
        self.writer.message(&head, |writer| said.push(Said { start, subject: body(writer) }));
        self.next = self.next.wrapping_add(1);
    }

    /// Closes the transaction; `None` when a message outgrew what netlink can express.
    pub(super) fn seal(mut self) -> Option<Sealed> {
        // One acknowledgement for all: acknowledging the end itself only newer kernels know.
        if let Some(last) = self.said.last() {
            self.writer.add_flags(last.start, NLM_F_ACK);
        }
        self.writer.message(&boundary(NFNL_MSG_BATCH_END, self.next), |_| {});
        let (first, next) = (self.first, self.next.wrapping_add(1));
        Some(Sealed { bytes: self.writer.finish()?, first, next, said: self.said })
    }
}

impl Sealed {
    /// Whether `sequence` numbers a message of this batch.
    pub(super) fn holds(&self, sequence: u32) -> bool {
        sequence.wrapping_sub(self.first) < self.next.wrapping_sub(self.first)
    }

    /// Puts the refusal of message `sequence` in words.
    pub(super) fn explain(&self, sequence: u32, refused: &Refused<'_>) -> Rejection {
        // The batch's begin has the first number; a refusal of it is one of the whole.
        let index = sequence.wrapping_sub(self.first).checked_sub(1);
        let said = index.and_then(|index| self.said.get(usize::try_from(index).ok()?));
        let subject = match said.map(|said| &said.subject) {
            None => Rejected::Structure(Act::Commit),
            Some(Subject::Structure(act)) => Rejected::Structure(act.clone()),
            Some(Subject::Elements(spoken)) => match refused.offset.map(|at| spoken.item_at(at)) {
                Some(Some(index)) => Rejected::Element(index),
                Some(None) => Rejected::Structure(spoken.act()),
                None => Rejected::SomeElement,
            },
        };
        Rejection {
            cause: Cause::from_errno(refused.errno),
            subject,
            words: refused.words.map(str::to_owned),
        }
    }
}

impl Rejection {
    /// The refusal of `act`, which is what was rejected here.
    pub(in crate::kernel) fn refusal(self, act: Act) -> Refusal {
        Refusal { act, cause: self.cause, words: self.words }
    }
}

fn boundary(kind: u16, sequence: u32) -> Head {
    Head { kind, flags: NLM_F_REQUEST, sequence, family: NFPROTO_UNSPEC, resource: NFNL_SUBSYS_NFTABLES }
}
