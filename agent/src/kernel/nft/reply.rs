//! What the kernel answers: acknowledgements with their extended attributes, and the parts of a dump.

use super::message::{GENERIC, HEADER, find, find_text};
use super::uapi::{
    NLM_F_ACK_TLVS, NLM_F_DUMP_INTR, NLMSG_DONE, NLMSG_ERROR, NLMSGERR_ATTR_MSG, NLMSGERR_ATTR_OFFS,
};

/// One message from the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reply<'a> {
    pub(super) sequence: u32,
    pub(super) content: Content<'a>,
    /// The dump was overtaken by a change and holds parts of two states.
    pub(super) interrupted: bool,
}

/// What a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// Accepted.
    Accepted,
    /// Refused with this errno.
    Refused(Refused<'a>),
    /// The end of a dump.
    Done,
    /// The attributes of an object that was asked for.
    Object(&'a [u8]),
}

/// An acknowledgement that says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused<'a> {
    pub(super) errno: i32,
    /// Where in the refused message the offending attribute begins, in bytes from its header on.
    pub(super) offset: Option<u32>,
    /// What the kernel has to say about it.
    pub(super) words: Option<&'a str>,
}

/// The messages in one datagram; ends at the first one whose length cannot be.
pub(super) fn replies(mut datagram: &[u8]) -> impl Iterator<Item = Reply<'_>> {
    std::iter::from_fn(move || {
        let length = usize::try_from(u32::from_ne_bytes(*datagram.first_chunk()?)).ok()?;
        let message = datagram.get(..length)?;
        datagram = datagram.get(length.next_multiple_of(4)..).unwrap_or_default();
        reply(message)
    })
}

fn reply(message: &[u8]) -> Option<Reply<'_>> {
    let kind = u16::from_ne_bytes(*message.get(4..)?.first_chunk()?);
    let flags = u16::from_ne_bytes(*message.get(6..)?.first_chunk()?);
    let sequence = u32::from_ne_bytes(*message.get(8..)?.first_chunk()?);
    let body = message.get(HEADER..)?;
    let content = match kind {
        NLMSG_ERROR => acknowledgement(body, flags)?,
        NLMSG_DONE => Content::Done,
        _ => Content::Object(body.get(GENERIC..)?),
    };
    Some(Reply { sequence, content, interrupted: flags & NLM_F_DUMP_INTR != 0 })
}

/// `struct nlmsgerr`: the negated errno, the header of the message it is about, then attributes.
fn acknowledgement(body: &[u8], flags: u16) -> Option<Content<'_>> {
    let error = i32::from_ne_bytes(*body.first_chunk()?);
    if error == 0 {
        return Some(Content::Accepted);
    }
    // CAP_ACK is on, so that of the refused message only its header is repeated.
    let extended = if flags & NLM_F_ACK_TLVS != 0 { body.get(4 + HEADER..)? } else { &[] };
    Some(Content::Refused(Refused {
        errno: error.saturating_neg(),
        offset: find(extended, NLMSGERR_ATTR_OFFS)
            .and_then(|value| value.first_chunk().copied())
            .map(u32::from_ne_bytes),
        words: find_text(extended, NLMSGERR_ATTR_MSG),
    }))
}

#[cfg(test)]
mod tests {
    use super::super::message::{Head, Writer};
    use super::*;

    fn refusal(errno: i32, attributes: impl FnOnce(&mut Writer)) -> Vec<u8> {
        let mut writer = Writer::default();
        let head = Head { kind: NLMSG_ERROR, flags: NLM_F_ACK_TLVS, sequence: 5, family: 0, resource: 0 };
        writer.message(&head, attributes);
        let mut bytes = writer.finish().unwrap();
        // The error stands where a netfilter message has its generic header; the refused header follows.
        bytes[HEADER..HEADER + 4].copy_from_slice(&(-errno).to_ne_bytes());
        bytes.splice(HEADER + 4..HEADER + 4, [0; HEADER]);
        let length = u32::try_from(bytes.len()).unwrap();
        bytes[..4].copy_from_slice(&length.to_ne_bytes());
        bytes
    }

    #[test]
    fn a_refusal_names_the_errno_the_place_and_the_reason() {
        let bytes = refusal(23, |message| {
            message.text(NLMSGERR_ATTR_MSG, "Set is full");
            message.attribute(NLMSGERR_ATTR_OFFS, &72_u32.to_ne_bytes());
        });
        let reply = replies(&bytes).next().unwrap();
        assert_eq!(reply.sequence, 5);
        let refused = Refused { errno: 23, offset: Some(72), words: Some("Set is full") };
        assert_eq!(reply.content, Content::Refused(refused));
    }

    #[test]
    fn two_answers_in_one_datagram_are_both_read() {
        let mut bytes = refusal(1, |_| {});
        bytes.extend(refusal(2, |_| {}));
        assert_eq!(replies(&bytes).count(), 2);
    }

    #[test]
    fn a_truncated_datagram_ends_the_reading_without_harm() {
        let bytes = refusal(1, |message| message.text(NLMSGERR_ATTR_MSG, "no"));
        for length in 0..bytes.len() {
            assert_eq!(replies(&bytes[..length]).count(), 0);
        }
    }
}
