//! The netlink socket: sends a batch or a question, reads every answer.
//!
//! Netfilter answers within the sending call itself, so what cannot be read at once afterwards never
//! comes: nothing here waits, and nothing can hang.

use std::io;
use std::sync::Arc;

use netlink_sys::protocols::NETLINK_NETFILTER;
use netlink_sys::{Socket as RawSocket, SocketAddr};
use nix::sys::socket::{setsockopt, sockopt::SndBufForce};

use super::batch::{Batch, Rejected, Rejection};
use super::message::{Head, Writer, nftables};
use super::reply::{Content, replies};
use super::uapi::{NFPROTO_INET, NLM_F_REQUEST};
use crate::kernel::error::{Act, Cause, KernelError, Refusal};

/// The kernel sends datagrams of at most 32 KiB.
const DATAGRAM: usize = 64 * 1024;
/// What the largest batch needs: an allowlist of [`crate::kernel::MAX_ALLOWED`] IPv6 networks, at 64 bytes each.
const SEND_BUFFER: usize = 8 * 1024 * 1024;
/// A dump that is overtaken by changes is asked for again this often.
const DUMPS: usize = 100;

/// A socket bound to netfilter.
pub(in crate::kernel) struct Socket {
    inner: RawSocket,
    port: u32,
    next: u32,
    datagram: Vec<u8>,
}

/// Why a batch did not come through.
#[derive(Debug)]
pub(in crate::kernel) enum Failure {
    /// The kernel rejected it; nothing of it was applied.
    Rejected(Rejection),
    /// The socket failed, or the answer makes no sense.
    Broken(KernelError),
}

/// What a question may carry.
pub(super) struct Question<'a> {
    /// In netlink's numbering.
    pub(super) kind: u16,
    pub(super) flags: u16,
    pub(super) family: u8,
    pub(super) about: &'a str,
}

impl<'a> Question<'a> {
    /// A question to nf_tables.
    pub(super) fn nftables(kind: u16, flags: u16, about: &'a str) -> Self {
        Self { kind: nftables(kind), flags, family: NFPROTO_INET, about }
    }

    /// The message that asks it; none when it is too long.
    fn written(&self, sequence: u32, body: impl Fn(&mut Writer)) -> Option<Vec<u8>> {
        let flags = NLM_F_REQUEST | self.flags;
        let mut writer = Writer::default();
        writer.message(&Head { kind: self.kind, flags, sequence, family: self.family, resource: 0 }, body);
        writer.finish()
    }
}

/// How a question was answered.
enum Outcome {
    Answered,
    Interrupted,
    Refused(Refusal),
}

impl Socket {
    /// Opens a socket in the network namespace of the calling thread.
    pub(in crate::kernel) fn open() -> Result<Self, KernelError> {
        let failed = |source| KernelError::Io { act: Act::OpenSocket, source: Arc::new(source) };
        let mut inner = RawSocket::new(NETLINK_NETFILTER).map_err(failed)?;
        let port = inner.bind_auto().map_err(failed)?.port_number();
        // Beyond the system's limit goes only who is root on the host itself; in a container the limit holds.
        if setsockopt(&inner, SndBufForce, &SEND_BUFFER).is_err() {
            socket2::SockRef::from(&inner).set_send_buffer_size(SEND_BUFFER).map_err(failed)?;
        }
        inner.connect(&SocketAddr::new(0, 0)).map_err(failed)?;
        inner.set_cap_ack(true).map_err(failed)?;
        inner.set_ext_ack(true).map_err(failed)?;
        Ok(Self { inner, port, next: 1, datagram: Vec::with_capacity(DATAGRAM) })
    }

    /// The socket's netlink port, by which the kernel knows a table's owner.
    pub(in crate::kernel) fn port(&self) -> u32 {
        self.port
    }

    /// Lets the socket send no more than about twice `bytes` at once, instead of what [`Socket::open`] gave it.
    pub(in crate::kernel) fn limit(&self, bytes: usize) -> Result<(), KernelError> {
        let failed = |source| KernelError::Io { act: Act::OpenSocket, source: Arc::new(source) };
        socket2::SockRef::from(&self.inner).set_send_buffer_size(bytes).map_err(failed)
    }

    /// Begins a transaction.
    pub(in crate::kernel) fn begin(&self) -> Batch {
        Batch::begin(self.next, None)
    }

    /// Begins a transaction that the kernel refuses as stale when the ruleset has left `generation`.
    pub(in crate::kernel) fn begin_at(&self, generation: u32) -> Batch {
        Batch::begin(self.next, Some(generation))
    }

    /// The sequence number of a message that is not part of a transaction.
    pub(super) fn number(&mut self) -> u32 {
        let number = self.next;
        self.next = number.wrapping_add(1);
        number
    }

    /// Sends messages and hands each acknowledgement's errno, 0 for none, to `each`.
    pub(super) fn send(&mut self, bytes: &[u8], mut each: impl FnMut(i32)) -> io::Result<()> {
        self.inner.send(bytes, 0)?;
        while self.receive()? {
            for reply in replies(&self.datagram) {
                match reply.content {
                    Content::Accepted => each(0),
                    Content::Refused(refused) => each(refused.errno),
                    Content::Done | Content::Object(_) => {}
                }
            }
        }
        Ok(())
    }

    /// Applies all of the batch or nothing.
    pub(in crate::kernel) fn commit(&mut self, batch: Batch) -> Result<(), Failure> {
        let broken = |what| Failure::Broken(KernelError::Answer { act: Act::Commit, what });
        let sealed = batch.seal().ok_or_else(|| broken("a message is longer than netlink can express"))?;
        self.next = sealed.next;
        if let Err(error) = self.inner.send(&sealed.bytes, 0) {
            return Err(failure(error));
        }
        let mut accepted = false;
        let mut rejection = None;
        while self.receive().map_err(failure)? {
            for reply in replies(&self.datagram).filter(|reply| sealed.holds(reply.sequence)) {
                match reply.content {
                    Content::Accepted => accepted = true,
                    // Later refusals are mostly consequences of the first.
                    Content::Refused(refused) if rejection.is_none() => {
                        rejection = Some(sealed.explain(reply.sequence, &refused));
                    }
                    _ => {}
                }
            }
        }
        match rejection {
            Some(rejection) => Err(Failure::Rejected(rejection)),
            None if accepted => Ok(()),
            None => Err(broken("the kernel did not acknowledge it")),
        }
    }

    /// Asks, and hands the attributes of each object in the answer to `each`.
    ///
    /// A dump that a change overtook is asked for again: `each` then gets a `None` and begins anew.
    pub(super) fn ask(
        &mut self,
        question: &Question<'_>,
        body: impl Fn(&mut Writer),
        mut each: impl FnMut(Option<&[u8]>),
    ) -> Result<Result<(), Refusal>, KernelError> {
        for _ in 0..DUMPS {
            match self.ask_once(question, &body, &mut each)? {
                Outcome::Answered => return Ok(Ok(())),
                Outcome::Refused(refusal) => return Ok(Err(refusal)),
                Outcome::Interrupted => each(None),
            }
        }
        let act = Act::Read(question.about.to_owned());
        Err(KernelError::Answer { act, what: "the ruleset keeps changing while it is read" })
    }

    fn ask_once(
        &mut self,
        question: &Question<'_>,
        body: impl Fn(&mut Writer),
        each: &mut impl FnMut(Option<&[u8]>),
    ) -> Result<Outcome, KernelError> {
        let act = || Act::Read(question.about.to_owned());
        let sequence = self.number();
        let too_long = || KernelError::Answer { act: act(), what: "the question is too long" };
        let bytes = question.written(sequence, body).ok_or_else(too_long)?;
        let failed = |source| KernelError::Io { act: act(), source: Arc::new(source) };
        self.inner.send(&bytes, 0).map_err(failed)?;
        let mut outcome = None;
        while self.receive().map_err(failed)? {
            for reply in replies(&self.datagram).filter(|reply| reply.sequence == sequence) {
                match reply.content {
                    Content::Object(attributes) => {
                        each(Some(attributes));
                        outcome.get_or_insert(Outcome::Answered);
                    }
                    Content::Refused(refused) => {
                        outcome = Some(Outcome::Refused(Refusal {
                            act: act(),
                            cause: Cause::from_errno(refused.errno),
                            words: refused.words.map(str::to_owned),
                        }));
                    }
                    Content::Accepted | Content::Done => {
                        outcome.get_or_insert(Outcome::Answered);
                    }
                }
                if reply.interrupted {
                    outcome = Some(Outcome::Interrupted);
                }
            }
        }
        outcome.ok_or_else(|| KernelError::Answer { act: act(), what: "the kernel did not answer" })
    }

    /// Reads the next datagram; `false` when there is none.
    fn receive(&mut self) -> io::Result<bool> {
        self.datagram.clear();
        match self.inner.recv(&mut self.datagram, libc::MSG_DONTWAIT | libc::MSG_TRUNC) {
            Ok(length) if length > self.datagram.len() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "a datagram is longer than the buffer"))
            }
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// A batch that is too large, or whose answer was dropped, is rejected like any other.
fn failure(error: io::Error) -> Failure {
    match error.raw_os_error().map(Cause::from_errno) {
        Some(cause @ (Cause::TooLarge | Cause::Overrun)) => {
            let subject = Rejected::Structure(Act::Commit);
            Failure::Rejected(Rejection { cause, subject, words: None })
        }
        _ => Failure::Broken(KernelError::Io { act: Act::Commit, source: Arc::new(error) }),
    }
}
