//! One post, and all who want its log at the same moment.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use sentinel_tests::{bench::peers::KnownPeers, lab::Namespace};

use crate::{
    host::Host,
    log,
    network::{Network, View},
};

/// Who sits behind a home's uplink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Uplinks {
    Reporter,
    All,
}

/// Whether the post is liked, so that others than the reporter serve its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Likes {
    Seen,
    Never,
}

/// A network, and what goes on in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Race {
    pub(crate) peers: u8,
    pub(crate) uplinks: Uplinks,
    pub(crate) likes: Likes,
}

/// What came of it.
pub(crate) struct Outcome {
    /// How many wanted the log.
    pub(crate) wanted: usize,
    /// What it took those who got it, the fastest first.
    pub(crate) took: Vec<Duration>,
    /// Bytes over the reporter's uplink.
    sent: u64,
}

impl Race {
    pub(crate) async fn run(self) -> anyhow::Result<Outcome> {
        let internet = Namespace::new()?;
        internet.set("ipv4/ip_forward", "1")?;
        let hosts: Vec<Host> =
            (0..=self.peers).map(|number| Host::connect(&internet, number)).collect::<Result<_, _>>()?;
        let peers: Vec<_> = hosts.iter().map(Host::peer).collect();
        let known = KnownPeers(peers.iter().map(|peer| peer.key).collect());
        for (number, host) in hosts.iter().enumerate() {
            host.serve(known.clone()).await?;
            if number == 0 || self.uplinks == Uplinks::All {
                host.limit_uplink().await?;
            }
        }
        let [reporter, others @ ..] = &*hosts else { anyhow::bail!("nobody reports") };
        let network = Arc::new(Network::new(reporter.post(&log::draw()?)?, peers));
        let (before, start) = (reporter.sent().await?, Instant::now());
        let obtaining = others.iter().map(|host| self.obtain(host, &network, start));
        let mut took: Vec<Duration> = join_all(obtaining).await.into_iter().flatten().collect();
        took.sort_unstable();
        Ok(Outcome { wanted: others.len(), took, sent: reporter.sent().await?.saturating_sub(before) })
    }

    /// What it takes a host to have the log; none when it does not get it.
    async fn obtain(self, host: &Host, network: &Arc<Network>, start: Instant) -> Option<Duration> {
        let me = host.identity.peer_key();
        let view = Arc::new(View { network: Arc::clone(network), me });
        let obtained = host.obtain(view).await;
        let took = start.elapsed();
        if let Err(error) = obtained {
            tracing::debug!(%me, "did not get the log: {error:#}");
            return None;
        }
        if self.likes == Likes::Seen {
            let network = Arc::clone(network);
            tokio::spawn(async move { network.like(me).await });
        }
        Some(took)
    }
}

impl Outcome {
    /// When half of those who wanted it had the log; none when they never had.
    pub(crate) fn half(&self) -> Option<Duration> {
        self.took.get(self.wanted.div_ceil(2).saturating_sub(1)).copied()
    }

    /// When the last of those who got it had it.
    pub(crate) fn last(&self) -> Duration {
        self.took.last().copied().unwrap_or_default()
    }

    /// What the reporter sent, in millions of bytes.
    pub(crate) fn megabytes(&self) -> f64 {
        Duration::from_micros(self.sent).as_secs_f64()
    }
}
