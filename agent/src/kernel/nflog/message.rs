//! The messages of `nfnetlink_log`. Pure.

const NFNL_SUBSYS_ULOG: u16 = 4;
const NFULNL_MSG_PACKET: u16 = 0;
const NFULNL_MSG_CONFIG: u16 = 1;

const NFULA_CFG_CMD: u16 = 1;
const NFULA_CFG_MODE: u16 = 2;
const NFULA_CFG_TIMEOUT: u16 = 4;
const NFULNL_CFG_CMD_BIND: u8 = 1;
const NFULNL_COPY_PACKET: u8 = 2;

const NFULA_TIMESTAMP: u16 = 3;
const NFULA_IFINDEX_INDEV: u16 = 4;
const NFULA_IFINDEX_OUTDEV: u16 = 5;
const NFULA_PAYLOAD: u16 = 9;
const NFULA_PREFIX: u16 = 10;

const NLM_F_REQUEST: u16 = 0x1;
const NLM_F_ACK: u16 = 0x4;
const NLMSG_ERROR: u16 = 2;
const NLA_TYPE_MASK: u16 = 0x3fff;

/// Length of `struct nlmsghdr`.
const HEADER: usize = 16;
/// Length of `struct nfgenmsg`.
const GENERIC: usize = 4;
/// Length of `struct nlattr`.
const ATTRIBUTE: usize = 4;

/// A packet as the kernel logged it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Logged<'a> {
    /// In Unix seconds.
    pub(super) at: Option<i64>,
    /// Interfaces by their index.
    pub(super) inbound: Option<u32>,
    pub(super) outbound: Option<u32>,
    /// The words of the rule.
    pub(super) prefix: &'a [u8],
    /// The packet from its IP header on, as far as it was copied.
    pub(super) payload: &'a [u8],
}

/// Asks to listen to a group.
pub(super) fn bind(group: u16) -> Vec<u8> {
    config(group, &[(NFULA_CFG_CMD, vec![NFULNL_CFG_CMD_BIND])])
}

/// Asks for so many bytes of each packet, handed over after so many hundredths of a second at the latest.
pub(super) fn settings(group: u16, copied: u32, gathered: u32) -> Vec<u8> {
    let mut mode = copied.to_be_bytes().to_vec();
    mode.extend([NFULNL_COPY_PACKET, 0]);
    config(group, &[(NFULA_CFG_MODE, mode), (NFULA_CFG_TIMEOUT, gathered.to_be_bytes().to_vec())])
}

fn config(group: u16, attributes: &[(u16, Vec<u8>)]) -> Vec<u8> {
    // struct nfgenmsg: any family, version 0, the group.
    let mut body = vec![0, 0];
    body.extend(group.to_be_bytes());
    for (kind, value) in attributes {
        // Each value is a few bytes long.
        let length = u16::try_from(ATTRIBUTE + value.len()).unwrap_or(u16::MAX);
        body.extend(length.to_ne_bytes());
        body.extend(kind.to_ne_bytes());
        body.extend(value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let length = u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX);
    let mut message = length.to_ne_bytes().to_vec();
    message.extend((NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG).to_ne_bytes());
    message.extend((NLM_F_REQUEST | NLM_F_ACK).to_ne_bytes());
    message.extend([0; 8]);
    message.extend(body);
    message
}

/// The errno of an answer; 0 says that it was done.
pub(super) fn refusal(answer: &[u8]) -> Option<i32> {
    let (_, body) = messages(answer).find(|(kind, _)| *kind == NLMSG_ERROR)?;
    Some(-i32::from_ne_bytes(*body.first_chunk()?))
}

/// The packets of this group in a datagram of the kernel's.
pub(super) fn packets(datagram: &[u8], group: u16) -> impl Iterator<Item = Logged<'_>> {
    messages(datagram).filter_map(move |(kind, body)| {
        let (generic, attributes) = body.split_at_checked(GENERIC)?;
        let of_group = generic[2..] == group.to_be_bytes();
        (kind == (NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET) && of_group).then(|| logged(attributes))
    })
}

fn logged(bytes: &[u8]) -> Logged<'_> {
    let mut logged = Logged::default();
    let be32 = |value: &[u8]| value.first_chunk().map(|bytes| u32::from_be_bytes(*bytes));
    for (kind, value) in attributes(bytes) {
        match kind {
            NFULA_TIMESTAMP => logged.at = value.first_chunk().map(|bytes| i64::from_be_bytes(*bytes)),
            NFULA_IFINDEX_INDEV => logged.inbound = be32(value),
            NFULA_IFINDEX_OUTDEV => logged.outbound = be32(value),
            NFULA_PAYLOAD => logged.payload = value,
            NFULA_PREFIX => logged.prefix = value.split(|byte| *byte == 0).next().unwrap_or_default(),
            _ => (),
        }
    }
    logged
}

/// The messages of a datagram, each with its type; what is cut off is left out.
fn messages(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::try_from(u32::from_ne_bytes(*rest.first_chunk()?)).ok()?;
        let message = rest.get(..length).filter(|_| length >= HEADER)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([message[4], message[5]]), &message[HEADER..]))
    })
}

fn attributes(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let header: [u8; ATTRIBUTE] = *rest.first_chunk()?;
        let length = usize::from(u16::from_ne_bytes([header[0], header[1]]));
        let attribute = rest.get(..length).filter(|_| length >= ATTRIBUTE)?;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((u16::from_ne_bytes([header[2], header[3]]) & NLA_TYPE_MASK, &attribute[ATTRIBUTE..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_datagram_reading_it_ends() {
        let request = settings(7, 64, 10);
        for length in 0..request.len() {
            assert_eq!(packets(&request[..length], 7).count(), 0);
            assert_eq!(refusal(&request[..length]), None);
        }
        for byte in [0, 1, 16, 255] {
            assert_eq!(packets(&[byte; 64], 7).count(), 0);
            assert!(attributes(&[byte; 64]).count() <= 64);
        }
    }
}
