//! A daemon's account of itself, for tests.

use jiff::Timestamp;

use crate::{
    control::{BlockCounts, ReachView, StatusView},
    domain::PeerKey,
};

/// A standalone agent that has done nothing yet.
pub(in crate::cli) fn status() -> StatusView {
    StatusView {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started: Timestamp::UNIX_EPOCH,
        reload: None,
        pid: 1,
        peer: PeerKey([1; 32]),
        observe: false,
        blocks: BlockCounts { local: 0, manual: 0, peer: 0 },
        dropped: vec![],
        tracked: 0,
        logs: 0,
        outbox: 0,
        mirrors: 0,
        publishes: false,
        listen: vec![],
        reach: ReachView { public_url: Some("https://a.example".to_owned()), ..ReachView::default() },
        sources: vec![],
        ledger: None,
    }
}
