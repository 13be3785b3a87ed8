//! What happened, as far as rulings depend on it: enough to come to them again.

use ipnetwork::IpNetwork;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Docket, Member, Statement, Touched};
use crate::domain::{PeerKey, PostId};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event {
    /// A post was verified.
    Heard(Statement),
    /// Its reporter took it back.
    Withdrawn {
        /// The post.
        post: PostId,
    },
    /// This agent saw an attack itself.
    Saw {
        /// The attacker.
        network: IpNetwork,
        /// When.
        seen: Timestamp,
    },
    /// The operator let somebody go.
    Dismissed {
        /// Who that is.
        network: IpNetwork,
    },
    /// What the ledger says of a peer changed.
    Learned {
        /// Who.
        peer: PeerKey,
        /// What it said before; nothing of who was no peer.
        was: Option<Member>,
        /// What it says now.
        is: Option<Member>,
    },
    /// A post had earned this agent's like.
    Praised {
        /// The post.
        post: PostId,
    },
    /// Other peers' words blocked somebody, or do so for another time than before.
    Blocked {
        /// Who that is.
        network: IpNetwork,
        /// Until when.
        until: Timestamp,
    },
    /// There were no longer words enough.
    Released {
        /// Who was let go.
        network: IpNetwork,
    },
}

impl Docket {
    /// Takes note of what happened. What was decided changes nothing: it follows from the rest.
    pub fn take(&mut self, event: &Event) -> Touched {
        match event {
            Event::Heard(statement) => self.hear(statement.clone()),
            Event::Withdrawn { post } => self.withdraw(*post),
            Event::Saw { network, seen } => self.see(*network, *seen),
            Event::Learned { peer, is, .. } => self.learn(*peer, *is),
            Event::Dismissed { network } => {
                self.dismiss(*network);
                Touched::new()
            }
            Event::Praised { post } => {
                self.remember_praise(*post);
                Touched::new()
            }
            Event::Blocked { .. } | Event::Released { .. } => Touched::new(),
        }
    }
}
