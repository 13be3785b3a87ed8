//! Ends established connections of whoever was just blocked, beside the writing of blocks, so that those never wait.
//!
//! Only blocks of [`super::Scope::All`] end connections. A block of what comes in uninvited needs the tracked
//! connection: it says who opened it. Were it forgotten, the next packet of ours would make it look like a connection
//! of ours.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use ipnetwork::IpNetwork;

use super::Lacking;
use super::error::KernelError;
use super::nft::{Family, Socket};
use super::plan::holds;
use crate::domain::outermost;

/// Batches that may wait; what comes when so many wait keeps its tracked connections, all of whose packets are
/// dropped.
const WAITING: usize = 64;
/// So many single addresses are deleted one by one; more are looked for in one listing of all connections.
const ONE_BY_ONE: usize = 4;
/// So many connections of one family are ended by one listing at most.
const MOST: usize = 100_000;

/// The thread that ends connections. It ends with this.
#[derive(Debug)]
pub(super) struct Connections {
    requests: SyncSender<Request>,
}

#[derive(Debug)]
struct Request {
    blocked: Vec<IpNetwork>,
    allowed: Arc<[IpNetwork]>,
}

impl Connections {
    /// Starts the thread in the network namespace of the calling one.
    pub(super) fn open(lacking: Lacking) -> Result<Self, KernelError> {
        let worker =
            Worker { socket: Socket::open()?, one_by_one: !lacking.connection_filter, failing: false };
        let (requests, inbox) = sync_channel(WAITING);
        thread::Builder::new()
            .name("connections".into())
            .spawn(move || worker.serve(&inbox))
            .map_err(|error| KernelError::Thread(Arc::new(error)))?;
        Ok(Self { requests })
    }

    /// Ends what was opened from `blocked`, soon; never what was opened from `allowed`.
    pub(super) fn drop_from(&self, blocked: Vec<IpNetwork>, allowed: &Arc<[IpNetwork]>) {
        if !blocked.is_empty()
            && self.requests.try_send(Request { blocked, allowed: allowed.clone() }).is_err()
        {
            tracing::debug!("too many blocks at once: not ending their tracked connections");
        }
    }
}

struct Worker {
    socket: Socket,
    /// Whether the kernel can delete by source address (Linux 6.8).
    one_by_one: bool,
    failing: bool,
}

impl Worker {
    fn serve(mut self, inbox: &Receiver<Request>) {
        let mut waiting = None;
        while let Some(mut request) = waiting.take().or_else(|| inbox.recv().ok()) {
            // One listing serves all that wait, as far as the same were allowed when they were blocked.
            while let Ok(next) = inbox.try_recv() {
                if !Arc::ptr_eq(&next.allowed, &request.allowed) {
                    waiting = Some(next);
                    break;
                }
                request.blocked.extend(next.blocked);
            }
            let result = self.end(&request);
            if let Err(error) = &result
                && !self.failing
            {
                tracing::warn!(
                    "ending the connections of blocked addresses: {error}; they are blocked all the same"
                );
            }
            self.failing = result.is_err();
        }
    }

    fn end(&mut self, request: &Request) -> Result<(), KernelError> {
        let passes = |source| holds(&request.allowed, source);
        if request.blocked.len() <= ONE_BY_ONE {
            let single = |network: &IpNetwork| network.prefix() == Family::of(*network).bits();
            if self.one_by_one && request.blocked.iter().all(single) {
                let mut sources = request.blocked.iter().map(IpNetwork::ip).filter(|source| !passes(*source));
                match sources.try_for_each(|source| self.socket.delete_connections_from(source)) {
                    Err(KernelError::Structure(_)) => self.one_by_one = false,
                    ended => return ended,
                }
            }
        }
        let blocked = outermost(request.blocked.iter().copied());
        let affected = |family: &Family| blocked.iter().any(|network| Family::of(*network) == *family);
        for family in Family::BOTH.into_iter().filter(affected) {
            let wanted = |source| holds(&blocked, source) && !passes(source);
            let found = self.socket.connections(family, MOST, wanted)?;
            self.socket.delete_connections(family, &found)?;
        }
        Ok(())
    }
}
