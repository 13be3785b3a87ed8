//! Expressions, the instructions of a rule.
//!
//! Each loads into or compares register 1; a comparison that fails ends the rule.

use std::net::IpAddr;

use super::message::{Writer, attributes, find, find_be64, find_text};
use super::uapi::{
    NF_ACCEPT, NF_DROP, NFT_CMP_EQ, NFT_CT_DIRECTION, NFT_JUMP, NFT_PAYLOAD_NETWORK_HEADER,
    NFT_PAYLOAD_TRANSPORT_HEADER, NFT_REG_1, NFT_REG_VERDICT, NFTA_BITWISE_DREG, NFTA_BITWISE_LEN,
    NFTA_BITWISE_MASK, NFTA_BITWISE_SREG, NFTA_BITWISE_XOR, NFTA_CMP_DATA, NFTA_CMP_OP, NFTA_CMP_SREG,
    NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS, NFTA_CT_DREG, NFTA_CT_KEY, NFTA_DATA_VALUE, NFTA_DATA_VERDICT,
    NFTA_EXPR_DATA, NFTA_EXPR_NAME, NFTA_IMMEDIATE_DATA, NFTA_IMMEDIATE_DREG, NFTA_LIST_ELEM,
    NFTA_LOOKUP_SET, NFTA_LOOKUP_SREG, NFTA_META_DREG, NFTA_META_KEY, NFTA_PAYLOAD_BASE, NFTA_PAYLOAD_DREG,
    NFTA_PAYLOAD_LEN, NFTA_PAYLOAD_OFFSET, NFTA_VERDICT_CHAIN, NFTA_VERDICT_CODE,
};
use crate::kernel::Counted;

/// Writes the expressions of one rule.
pub(super) struct Expressions<'a>(pub(super) &'a mut Writer);

/// A header of the packet.
#[derive(Clone, Copy)]
pub(super) enum Packet {
    Network,
    Transport,
}

/// How a rule ends.
#[derive(Clone, Copy)]
pub(super) enum Verdict<'a> {
    /// Ends this chain only: other tables and later chains still decide.
    Accept,
    Drop,
    /// Goes on in this chain, and comes back at its end.
    Jump(&'a str),
}

impl Expressions<'_> {
    /// Loads a property of the packet that is not part of its bytes.
    pub(super) fn meta(&mut self, key: u32) {
        self.expression("meta", |data| {
            data.be32(NFTA_META_KEY, key);
            data.be32(NFTA_META_DREG, NFT_REG_1);
        });
    }

    /// Loads the direction of the packet within its connection; ends the rule when there is none.
    pub(super) fn direction(&mut self) {
        self.expression("ct", |data| {
            data.be32(NFTA_CT_KEY, NFT_CT_DIRECTION);
            data.be32(NFTA_CT_DREG, NFT_REG_1);
        });
    }

    /// Loads `length` bytes of the packet.
    pub(super) fn payload(&mut self, header: Packet, offset: u32, length: u32) {
        let base = match header {
            Packet::Network => NFT_PAYLOAD_NETWORK_HEADER,
            Packet::Transport => NFT_PAYLOAD_TRANSPORT_HEADER,
        };
        self.expression("payload", |data| {
            data.be32(NFTA_PAYLOAD_DREG, NFT_REG_1);
            data.be32(NFTA_PAYLOAD_BASE, base);
            data.be32(NFTA_PAYLOAD_OFFSET, offset);
            data.be32(NFTA_PAYLOAD_LEN, length);
        });
    }

    pub(super) fn equals(&mut self, value: &[u8]) {
        self.compare(NFT_CMP_EQ, value);
    }

    /// Goes on when the register compares to `value` as `operator` (`NFT_CMP_*`) says.
    pub(super) fn compare(&mut self, operator: u32, value: &[u8]) {
        self.expression("cmp", |data| {
            data.be32(NFTA_CMP_SREG, NFT_REG_1);
            data.be32(NFTA_CMP_OP, operator);
            data.nest(NFTA_CMP_DATA, |inner| inner.attribute(NFTA_DATA_VALUE, value));
        });
    }

    /// Keeps the bits of `mask` of an address of `length` bytes; `zero` is its family's 0.
    pub(super) fn mask(&mut self, mask: IpAddr, zero: IpAddr, length: u32) {
        self.expression("bitwise", |data| {
            data.be32(NFTA_BITWISE_SREG, NFT_REG_1);
            data.be32(NFTA_BITWISE_DREG, NFT_REG_1);
            data.be32(NFTA_BITWISE_LEN, length);
            data.nest(NFTA_BITWISE_MASK, |inner| inner.address(NFTA_DATA_VALUE, mask));
            data.nest(NFTA_BITWISE_XOR, |inner| inner.address(NFTA_DATA_VALUE, zero));
        });
    }

    /// Goes on when the register is an element of the set.
    pub(super) fn lookup(&mut self, set: &str) {
        self.expression("lookup", |data| {
            data.text(NFTA_LOOKUP_SET, set);
            data.be32(NFTA_LOOKUP_SREG, NFT_REG_1);
        });
    }

    /// Counts the packets and bytes that come this far.
    pub(super) fn counter(&mut self) {
        self.expression("counter", |_| {});
    }

    pub(super) fn verdict(&mut self, verdict: Verdict<'_>) {
        let (code, chain) = match verdict {
            Verdict::Accept => (NF_ACCEPT, None),
            Verdict::Drop => (NF_DROP, None),
            Verdict::Jump(chain) => (NFT_JUMP, Some(chain)),
        };
        self.expression("immediate", |data| {
            data.be32(NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
            data.nest(NFTA_IMMEDIATE_DATA, |inner| {
                inner.nest(NFTA_DATA_VERDICT, |verdict| {
                    verdict.be32(NFTA_VERDICT_CODE, code);
                    if let Some(chain) = chain {
                        verdict.text(NFTA_VERDICT_CHAIN, chain);
                    }
                });
            });
        });
    }

    fn expression(&mut self, name: &str, data: impl FnOnce(&mut Writer)) {
        self.0.nest(NFTA_LIST_ELEM, |expression| {
            expression.text(NFTA_EXPR_NAME, name);
            expression.nest(NFTA_EXPR_DATA, data);
        });
    }
}

impl Counted {
    /// What a counter says, of a rule or of an element.
    pub(super) fn parse(counter: &[u8]) -> Option<Self> {
        let packets = find_be64(counter, NFTA_COUNTER_PACKETS)?;
        Some(Self { packets, bytes: find_be64(counter, NFTA_COUNTER_BYTES)? })
    }
}

/// The set into which these expressions of a rule look.
pub(super) fn looked_up(expressions: &[u8]) -> Option<&str> {
    attributes(expressions).find_map(|(_, expression)| {
        let data = find(expression, NFTA_EXPR_DATA)?;
        (find_text(expression, NFTA_EXPR_NAME)? == "lookup").then(|| find_text(data, NFTA_LOOKUP_SET))?
    })
}

/// What the counter among these expressions of a rule has counted.
pub(super) fn counted(expressions: &[u8]) -> Option<Counted> {
    attributes(expressions).find_map(|(_, expression)| {
        let data = find(expression, NFTA_EXPR_DATA)?;
        (find_text(expression, NFTA_EXPR_NAME)? == "counter").then(|| Counted::parse(data))?
    })
}

/// The expressions of this list that say the same whenever they are read: all but counters.
pub(super) fn lasting(list: &[u8]) -> Vec<u8> {
    let expressions = attributes(list).map(|(_, expression)| expression);
    let lasting = expressions.filter(|expression| find_text(expression, NFTA_EXPR_NAME) != Some("counter"));
    lasting.flatten().copied().collect()
}
