//! The port at which it is told what is measured.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context;
use tokio::{net::TcpListener, time::sleep};

use super::{answer::Desk, build::Occasion};
use crate::{backoff::Backoff, metrics, sources::OpenSockets};

/// The longest pause before a port that is taken is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// The port, bound or to be bound.
pub(super) struct MetricsPort {
    address: SocketAddr,
    sockets: Arc<OpenSockets>,
    listener: Option<TcpListener>,
}

impl MetricsPort {
    /// Binds it. An agent that starts blocks attackers also while nobody can measure that.
    ///
    /// # Errors
    /// On a reload, when it cannot be bound.
    pub(super) fn open(
        address: SocketAddr,
        sockets: &Arc<OpenSockets>,
        occasion: Occasion,
    ) -> anyhow::Result<Self> {
        let bound = sockets.tcp(address);
        let bound = bound.with_context(|| format!("listening on {address} for who asks what is measured"));
        let listener = match (bound, occasion) {
            (Ok(listener), _) => Some(listener),
            (Err(error), Occasion::Reload) => return Err(error),
            (Err(error), Occasion::Start) => {
                tracing::error!("{error:#}; trying again until it works");
                None
            }
        };
        Ok(Self { address, sockets: Arc::clone(sockets), listener })
    }

    /// Answers who asks, for ever.
    pub(super) async fn serve(self, desk: Arc<Desk>) {
        let answering = metrics::serve(self.bound().await, move || {
            let desk = Arc::clone(&desk);
            async move { desk.scrape().await }
        });
        answering.await;
    }

    /// The port, once it is bound.
    async fn bound(self) -> TcpListener {
        let Self { address, sockets, mut listener } = self;
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        loop {
            if let Some(bound) = listener {
                return bound;
            }
            sleep(backoff.pause()).await;
            listener = sockets.tcp(address).ok();
            if listener.is_some() {
                tracing::info!("listening on {address} for who asks what is measured");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_refuses_a_reload_and_is_tried_again_by_an_agent_that_starts() {
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, sockets) = (other.local_addr().unwrap(), Arc::default());
        assert!(MetricsPort::open(address, &sockets, Occasion::Reload).is_err());
        let port = MetricsPort::open(address, &sockets, Occasion::Start).unwrap();
        drop(other);
        assert_eq!(port.bound().await.local_addr().unwrap(), address);
    }
}
