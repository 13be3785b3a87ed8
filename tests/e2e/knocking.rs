//! Packets that nobody asked for, without a pause.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, bail};
use sentinel_tests::lab::{Host, Namespace};
use tokio::{net::UdpSocket, task::JoinSet, time::sleep};

/// Between two packets.
const PAUSE: Duration = Duration::from_millis(1);
const PORT: u16 = 4000;

/// Somebody who sends packets to a host until this is dropped, and how many of them get there.
pub(crate) struct Knocking {
    arrived: Arc<AtomicU64>,
    _tasks: JoinSet<()>,
}

impl Knocking {
    pub(crate) async fn start(stranger: &Host, host: &Host) -> anyhow::Result<Self> {
        let door = bind(&host.namespace, format!("{}:{PORT}", host.site.v4)).await?;
        let hand = bind(&stranger.namespace, format!("{}:{PORT}", stranger.site.v4)).await?;
        let there = (host.site.v4, PORT);
        let arrived = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&arrived);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while door.recv(&mut [0; 8]).await.is_ok() {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        tasks.spawn(async move {
            loop {
                // What could not be sent does not arrive, and that is what is counted.
                let _lost = hand.send_to(b"knock", there).await;
                sleep(PAUSE).await;
            }
        });
        Ok(Self { arrived, _tasks: tasks })
    }

    /// How many got there so far.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Waits until one more gets there.
    pub(crate) async fn arrives(&self) -> anyhow::Result<()> {
        let before = self.arrived();
        for _ in 0..500 {
            if self.arrived() > before {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        bail!("none of its packets arrives within 10 s")
    }
}

async fn bind(namespace: &Namespace, address: String) -> anyhow::Result<UdpSocket> {
    let context = format!("listening on {address}");
    namespace.run(UdpSocket::bind(address)).await?.context(context)
}
