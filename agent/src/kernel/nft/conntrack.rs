//! Connections as the kernel tracks them: which exist, and the end of some.
//!
//! Format: `linux/netfilter/nfnetlink_conntrack.h`.

use std::net::IpAddr;
use std::sync::Arc;

use super::message::{Head, Writer, find};
use super::set::Family;
use super::socket::{Question, Socket};
use super::uapi::{
    CTA_FILTER, CTA_FILTER_F_IP_SRC, CTA_FILTER_ORIG_FLAGS, CTA_FILTER_REPLY_FLAGS, CTA_IP_V4_SRC,
    CTA_IP_V6_SRC, CTA_TUPLE_IP, CTA_TUPLE_ORIG, CTA_ZONE, IPCTNL_MSG_CT_DELETE, IPCTNL_MSG_CT_GET,
    NFNL_SUBSYS_CTNETLINK, NLA_F_NESTED, NLM_F_ACK, NLM_F_DUMP, NLM_F_REQUEST,
};
use crate::kernel::error::{Act, Cause, KernelError, Refusal};

/// Deletions sent at once: their acknowledgements fit into the default receive buffer.
const TOGETHER: usize = 64;

/// A tracked connection, as it is named in order to delete it.
#[derive(Debug)]
pub(in crate::kernel) struct Connection {
    /// The kernel's words for the direction in which it was opened.
    original: Vec<u8>,
    zone: Option<Vec<u8>>,
}

impl Socket {
    /// At most `limit` connections of this family that were opened from an address that `wanted` names.
    pub(in crate::kernel) fn connections(
        &mut self,
        family: Family,
        limit: usize,
        wanted: impl Fn(IpAddr) -> bool,
    ) -> Result<Vec<Connection>, KernelError> {
        let about = "the tracked connections";
        let question = Question {
            kind: tracking(IPCTNL_MSG_CT_GET),
            flags: NLM_F_DUMP,
            family: family.protocol(),
            about,
        };
        let mut found = Vec::new();
        let each = |connection: Option<&[u8]>| match connection {
            None => found.clear(),
            Some(attributes) if found.len() < limit => {
                found.extend(
                    parse(attributes, family).filter(|(source, _)| wanted(*source)).map(|(_, own)| own),
                );
            }
            Some(_) => {}
        };
        self.ask(&question, |_| {}, each)?.map_err(KernelError::Structure)?;
        Ok(found)
    }

    /// Deletes these connections of one family, unless they are gone already.
    pub(in crate::kernel) fn delete_connections(
        &mut self,
        family: Family,
        connections: &[Connection],
    ) -> Result<(), KernelError> {
        connections.chunks(TOGETHER).try_for_each(|some| {
            self.delete(family, some, |message, connection| {
                message.attribute(CTA_TUPLE_ORIG | NLA_F_NESTED, &connection.original);
                if let Some(zone) = &connection.zone {
                    message.attribute(CTA_ZONE, zone);
                }
            })
        })
    }

    /// Deletes every connection that was opened from this address. Needs Linux 6.8: an older one refuses and deletes
    /// nothing.
    pub(in crate::kernel) fn delete_connections_from(&mut self, source: IpAddr) -> Result<(), KernelError> {
        let (family, kind) = match source {
            IpAddr::V4(_) => (Family::V4, CTA_IP_V4_SRC),
            IpAddr::V6(_) => (Family::V6, CTA_IP_V6_SRC),
        };
        self.delete(family, &[source], |message, source| {
            message.nest(CTA_TUPLE_ORIG, |tuple| tuple.nest(CTA_TUPLE_IP, |ip| ip.address(kind, *source)));
            message.nest(CTA_FILTER, |filter| {
                filter.attribute(CTA_FILTER_ORIG_FLAGS, &CTA_FILTER_F_IP_SRC.to_ne_bytes());
                filter.attribute(CTA_FILTER_REPLY_FLAGS, &0_u32.to_ne_bytes());
            });
        })
    }

    /// Sends a deletion for each of `things`, which `body` writes.
    fn delete<T>(
        &mut self,
        family: Family,
        things: &[T],
        body: impl Fn(&mut Writer, &T),
    ) -> Result<(), KernelError> {
        let act = || Act::Delete("tracked connections".to_owned());
        let mut writer = Writer::default();
        for thing in things {
            let head = Head {
                kind: tracking(IPCTNL_MSG_CT_DELETE),
                flags: NLM_F_REQUEST | NLM_F_ACK,
                sequence: self.number(),
                family: family.protocol(),
                resource: 0,
            };
            writer.message(&head, |message| body(message, thing));
        }
        let too_long = || KernelError::Answer { act: act(), what: "the request is too long" };
        let bytes = writer.finish().ok_or_else(too_long)?;
        let mut refused = None;
        let answered = self.send(&bytes, |errno| {
            if errno != 0 && errno != libc::ENOENT {
                refused.get_or_insert(errno);
            }
        });
        answered.map_err(|source| KernelError::Io { act: act(), source: Arc::new(source) })?;
        refused.map_or(Ok(()), |errno| {
            Err(KernelError::Structure(Refusal { act: act(), cause: Cause::from_errno(errno), words: None }))
        })
    }
}

fn parse(attributes: &[u8], family: Family) -> Option<(IpAddr, Connection)> {
    let original = find(attributes, CTA_TUPLE_ORIG)?;
    let kind = match family {
        Family::V4 => CTA_IP_V4_SRC,
        Family::V6 => CTA_IP_V6_SRC,
    };
    let source = family.address(find(find(original, CTA_TUPLE_IP)?, kind)?)?;
    let zone = find(attributes, CTA_ZONE).map(<[u8]>::to_vec);
    Some((source, Connection { original: original.to_vec(), zone }))
}

/// The message type of a connection tracking message in netlink's numbering.
fn tracking(message: u16) -> u16 {
    NFNL_SUBSYS_CTNETLINK << 8 | message
}
