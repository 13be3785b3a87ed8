//! Many requests over some connections, and how long each took.

use std::{
    cell::RefCell,
    net::Ipv4Addr,
    time::{Duration, Instant},
};

use anyhow::ensure;
use futures_util::future::try_join_all;

use crate::{bed::Bed, client::Client};

/// A kind of load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) port: u16,
    pub(crate) size: usize,
    pub(crate) keep_alive: bool,
    /// Requests that are under way at a time.
    pub(crate) connections: usize,
    pub(crate) time: Duration,
    /// Between two requests of a connection.
    pub(crate) pause: Duration,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    pub(crate) time: Duration,
    pub(crate) latencies: Vec<Duration>,
}

impl Measured {
    /// Requests a second.
    pub(crate) fn throughput(&self) -> u64 {
        let count = u32::try_from(self.latencies.len()).unwrap_or(u32::MAX);
        let each = self.time / count.max(1);
        u64::try_from(Duration::from_secs(1).as_nanos() / each.as_nanos().max(1)).unwrap_or_default()
    }

    /// What so many of a thousand took at the most.
    pub(crate) fn percentile(&self, thousandth: usize) -> Duration {
        let mut latencies = self.latencies.clone();
        latencies.sort_unstable();
        latencies.get(latencies.len() * thousandth / 1000).copied().unwrap_or_default()
    }
}

impl Load {
    /// Asks for as long as it should; a new connection counts as part of its request.
    pub(crate) async fn run(&self, bed: &Bed) -> anyhow::Result<Measured> {
        let client = Client::new(bed, self.port)?;
        let latencies = RefCell::new(Vec::new());
        let start = Instant::now();
        let asking = (0..self.connections).map(|_| self.ask(bed, &client, start, &latencies));
        try_join_all(asking).await?;
        Ok(Measured { time: start.elapsed(), latencies: latencies.into_inner() })
    }

    async fn ask(
        &self,
        bed: &Bed,
        client: &Client,
        start: Instant,
        latencies: &RefCell<Vec<Duration>>,
    ) -> anyhow::Result<()> {
        let mut open = None;
        while start.elapsed() < self.time {
            let head = bed.next(self.port, self.size, self.keep_alive)?;
            let asked = Instant::now();
            let mut connection = match open.take() {
                Some(connection) => connection,
                None => client.connect(Ipv4Addr::LOCALHOST).await?,
            };
            let answer = connection.ask(&head).await?;
            latencies.borrow_mut().push(asked.elapsed());
            ensure!(
                answer.status == 200 && answer.bytes == self.size,
                "{} with {} bytes instead of a log of {}",
                answer.status,
                answer.bytes,
                self.size
            );
            open = self.keep_alive.then_some(connection);
            if !self.pause.is_zero() {
                tokio::time::sleep(self.pause).await;
            }
        }
        Ok(())
    }
}
