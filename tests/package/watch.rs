//! Somebody who looks, all the time, whether the kernel still drops the attacker.

use std::{net::IpAddr, sync::Arc, time::Duration};

use anyhow::ensure;
use sentinel_tests::lab::{Host, firewall};
use tokio::{sync::watch, task::JoinHandle, time::sleep};

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until it is asked what it saw.
pub(crate) struct Watch {
    enough: watch::Sender<bool>,
    looks: JoinHandle<anyhow::Result<(usize, usize)>>,
}

impl Watch {
    /// Begins to look.
    pub(crate) fn on(host: &Arc<Host>, ip: IpAddr) -> Self {
        let (enough, asked) = watch::channel(false);
        let host = Arc::clone(host);
        let looks = tokio::spawn(async move {
            let (mut looks, mut gone) = (0, 0);
            while !*asked.borrow() {
                looks += 1;
                gone += usize::from(!firewall::has(&host, ip).await?);
                sleep(PAUSE).await;
            }
            Ok((looks, gone))
        });
        Self { enough, looks }
    }

    /// Ends with what it saw.
    ///
    /// # Errors
    /// When the attacker was not in the kernel at every look.
    pub(crate) async fn never_missed_it(self) -> anyhow::Result<()> {
        self.enough.send(true)?;
        let (looks, gone) = self.looks.await??;
        ensure!(looks > 0 && gone == 0, "the block was gone at {gone} of {looks} looks");
        Ok(())
    }
}
