//! The table itself: who owns it.

use super::TABLE;
use super::batch::Batch;
use super::message::{find_be32, find_be64};
use super::uapi::{
    NFT_MSG_DELTABLE, NFT_MSG_NEWTABLE, NFT_TABLE_F_OWNER, NFT_TABLE_F_PERSIST, NFTA_TABLE_FLAGS,
    NFTA_TABLE_HANDLE, NFTA_TABLE_NAME, NFTA_TABLE_OWNER, NLM_F_CREATE,
};
use crate::kernel::error::Act;

/// Who may change the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) enum Ownership {
    /// Only our socket, and the table outlives it (Linux 6.9 and later).
    Owned,
    /// Anybody with CAP_NET_ADMIN.
    Plain,
}

/// The table as the kernel describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::kernel) struct Table {
    /// Unique among all tables that ever were.
    pub(in crate::kernel) handle: u64,
    /// Whether it has an owner, whether it sleeps, and so on.
    pub(in crate::kernel) flags: u32,
    /// Netlink port of the owner.
    pub(in crate::kernel) owner: Option<u32>,
}

impl Table {
    pub(super) fn parse(attributes: &[u8]) -> Option<Self> {
        Some(Self {
            handle: find_be64(attributes, NFTA_TABLE_HANDLE)?,
            flags: find_be32(attributes, NFTA_TABLE_FLAGS).unwrap_or_default(),
            owner: find_be32(attributes, NFTA_TABLE_OWNER).filter(|port| *port != 0),
        })
    }
}

impl Batch {
    /// Creates the table or, when it is there, takes it over as it is.
    pub(in crate::kernel) fn create_table(&mut self, ownership: Ownership) {
        let flags = match ownership {
            Ownership::Owned => NFT_TABLE_F_OWNER | NFT_TABLE_F_PERSIST,
            Ownership::Plain => 0,
        };
        self.say(NFT_MSG_NEWTABLE, NLM_F_CREATE, Act::Create(described()), |message| {
            message.text(NFTA_TABLE_NAME, TABLE);
            message.be32(NFTA_TABLE_FLAGS, flags);
        });
    }

    /// Deletes the table and all that is in it.
    pub(in crate::kernel) fn delete_table(&mut self) {
        self.say(NFT_MSG_DELTABLE, 0, Act::Delete(described()), |message| {
            message.text(NFTA_TABLE_NAME, TABLE);
        });
    }
}

pub(super) fn described() -> String {
    format!("table inet {TABLE}")
}
