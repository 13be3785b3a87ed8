//! Netlink messages: header, attributes and nests, each as long as its length field can say.

use std::net::IpAddr;

use super::uapi::{NFNL_SUBSYS_NFTABLES, NLA_F_NESTED, NLA_TYPE_MASK};

/// Length of `struct nlmsghdr`.
pub(super) const HEADER: usize = 16;
/// Length of `struct nfgenmsg`, which follows the header of every netfilter message.
pub(super) const GENERIC: usize = 4;
/// Length of an attribute's own header, `struct nlattr`.
pub(super) const ATTRIBUTE: usize = 4;

const FLAGS_AT: usize = 6;

/// Writes messages one after the other into one buffer.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
    oversized: bool,
}

/// The fixed part of a netfilter message.
pub(super) struct Head {
    pub(super) kind: u16,
    pub(super) flags: u16,
    pub(super) sequence: u32,
    pub(super) family: u8,
    pub(super) resource: u16,
}

/// The message type of an nf_tables message in netlink's numbering.
pub(super) fn nftables(message: u16) -> u16 {
    NFNL_SUBSYS_NFTABLES << 8 | message
}

impl Writer {
    /// Where the next byte goes.
    pub(super) fn position(&self) -> usize {
        self.bytes.len()
    }

    /// Appends one message whose attributes `body` writes.
    pub(super) fn message(&mut self, head: &Head, body: impl FnOnce(&mut Writer)) {
        let start = self.position();
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&head.kind.to_ne_bytes());
        self.bytes.extend_from_slice(&head.flags.to_ne_bytes());
        self.bytes.extend_from_slice(&head.sequence.to_ne_bytes());
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&[head.family, 0]);
        self.bytes.extend_from_slice(&head.resource.to_be_bytes());
        body(self);
        match u32::try_from(self.position() - start) {
            Ok(length) => self.overwrite(start, &length.to_ne_bytes()),
            Err(_) => self.oversized = true,
        }
    }

    /// Sets `flags` in the header of the message that begins at `start`.
    pub(super) fn add_flags(&mut self, start: usize, flags: u16) {
        if let Some(&[low, high]) = self.bytes.get(start + FLAGS_AT..start + FLAGS_AT + 2) {
            let flags = u16::from_ne_bytes([low, high]) | flags;
            self.overwrite(start + FLAGS_AT, &flags.to_ne_bytes());
        }
    }

    pub(super) fn attribute(&mut self, kind: u16, value: &[u8]) {
        self.counted(kind, |writer| writer.bytes.extend_from_slice(value));
    }

    /// An attribute that holds the attributes that `body` writes.
    pub(super) fn nest(&mut self, kind: u16, body: impl FnOnce(&mut Writer)) {
        self.counted(kind | NLA_F_NESTED, body);
    }

    pub(super) fn text(&mut self, kind: u16, value: &str) {
        self.counted(kind, |writer| {
            writer.bytes.extend_from_slice(value.as_bytes());
            writer.bytes.push(0);
        });
    }

    pub(super) fn be32(&mut self, kind: u16, value: u32) {
        self.attribute(kind, &value.to_be_bytes());
    }

    pub(super) fn be64(&mut self, kind: u16, value: u64) {
        self.attribute(kind, &value.to_be_bytes());
    }

    pub(super) fn address(&mut self, kind: u16, address: IpAddr) {
        match address {
            IpAddr::V4(address) => self.attribute(kind, &address.octets()),
            IpAddr::V6(address) => self.attribute(kind, &address.octets()),
        }
    }

    /// The finished bytes; `None` when something outgrew its length field.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (!self.oversized).then_some(self.bytes)
    }

    fn counted(&mut self, kind: u16, body: impl FnOnce(&mut Writer)) {
        let start = self.position();
        self.bytes.extend_from_slice(&[0; 2]);
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        body(self);
        match u16::try_from(self.position() - start) {
            Ok(length) => self.overwrite(start, &length.to_ne_bytes()),
            Err(_) => self.oversized = true,
        }
        self.bytes.resize(self.position().next_multiple_of(4), 0);
    }

    fn overwrite(&mut self, at: usize, value: &[u8]) {
        if let Some(place) = self.bytes.get_mut(at..at + value.len()) {
            place.copy_from_slice(value);
        }
    }
}

/// The attributes in `bytes`, as (type, value); ends at the first one whose length cannot be.
pub(super) fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16::from_ne_bytes(*bytes.first_chunk()?));
        let kind = u16::from_ne_bytes(*bytes.get(2..)?.first_chunk()?);
        let value = bytes.get(ATTRIBUTE..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind & NLA_TYPE_MASK, value))
    })
}

/// The value of the first attribute of type `kind`.
pub(super) fn find(bytes: &[u8], kind: u16) -> Option<&[u8]> {
    attributes(bytes).find_map(|(found, value)| (found == kind).then_some(value))
}

pub(super) fn find_be32(bytes: &[u8], kind: u16) -> Option<u32> {
    find(bytes, kind)?.first_chunk().copied().map(u32::from_be_bytes)
}

pub(super) fn find_be64(bytes: &[u8], kind: u16) -> Option<u64> {
    find(bytes, kind)?.first_chunk().copied().map(u64::from_be_bytes)
}

/// A text attribute without the NUL that ends it.
pub(super) fn find_text(bytes: &[u8], kind: u16) -> Option<&str> {
    let text = find(bytes, kind)?;
    std::str::from_utf8(text.strip_suffix(&[0]).unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(body: impl FnOnce(&mut Writer)) -> Option<Vec<u8>> {
        let mut writer = Writer::default();
        body(&mut writer);
        writer.finish()
    }

    #[test]
    fn attributes_are_padded_to_four_bytes_and_read_back() {
        let bytes = written(|writer| {
            writer.text(1, "sentinel");
            writer.nest(2, |inner| inner.be32(3, 7));
        })
        .unwrap();
        assert_eq!(bytes.len(), 16 + 12);
        assert_eq!(find_text(&bytes, 1), Some("sentinel"));
        assert_eq!(find_be32(find(&bytes, 2).unwrap(), 3), Some(7));
    }

    #[test]
    fn a_nest_longer_than_its_length_field_is_refused() {
        let element = [0; 24];
        let nest_of = |count| {
            written(|writer| writer.nest(3, |list| (0..count).for_each(|_| list.attribute(1, &element))))
        };
        assert!(nest_of(2340).is_some());
        assert!(nest_of(2341).is_none());
    }

    #[test]
    fn attributes_cut_short_end_the_reading() {
        let bytes = written(|writer| writer.be32(1, 7)).unwrap();
        assert_eq!(attributes(&bytes[..6]).count(), 0);
        assert_eq!(attributes(&[0, 0, 1, 0, 9]).count(), 0);
        assert_eq!(attributes(&[]).count(), 0);
    }

    #[test]
    fn a_message_counts_its_own_length() {
        let head = Head { kind: 3, flags: 1, sequence: 9, family: 1, resource: 0 };
        let bytes = written(|writer| {
            writer.message(&head, |message| message.be32(1, 2));
            writer.add_flags(0, 4);
        })
        .unwrap();
        assert_eq!(bytes.first_chunk().copied().map(u32::from_ne_bytes), Some(28));
        assert_eq!(bytes[6..8], 5_u16.to_ne_bytes());
    }
}
