//! Receiving one message a datagram.

use std::{io, time::Instant};

use sentinel_parsers::Provenance;
use tokio::net::{UdpSocket, UnixDatagram};

use super::{
    Ended, FROM_A_SESSION,
    frames::MAX_MESSAGE,
    message,
    senders::{Rates, Senders},
};
use crate::sources::{Content, Outlet, Skipped};

/// Lines that are gathered before they are sent, in bytes.
const GATHERED: usize = 256 * 1024;

/// Datagrams that are received as one batch at most.
const BURST: usize = 1024;

/// Messages that wait to be sent together.
#[derive(Debug)]
struct Gathered {
    text: Vec<u8>,
    lines: u64,
    skipped: Skipped,
    provenance: Provenance,
}

impl Gathered {
    fn new(provenance: Provenance) -> Self {
        Self { text: Vec::new(), lines: 0, skipped: Skipped::default(), provenance }
    }

    fn add(&mut self, datagram: &[u8]) {
        if datagram.len() > MAX_MESSAGE {
            self.skipped.overlong += 1;
        } else if message::append(datagram, &mut self.text) {
            self.lines += 1;
        } else {
            self.skipped.undecodable += 1;
        }
    }

    /// Sends what is there, and begins anew.
    async fn flush(&mut self, outlet: &Outlet) -> Result<(), Ended> {
        let Self { text, lines, skipped, provenance } = std::mem::replace(self, Self::new(self.provenance));
        outlet.count(lines, skipped);
        if lines == 0 {
            return Ok(());
        }
        outlet.send_live(Content::Text(text), provenance).await.map_err(|_| Ended::Closed)
    }
}

/// Receives from machines that may send until it is told to stop; what anybody else sends is counted and forgotten.
pub(super) async fn receive_udp(socket: &UdpSocket, senders: &Senders, outlet: &Outlet) -> Result<(), Ended> {
    let mut rates = Rates::new(senders.rate, Instant::now());
    // One byte more than the longest tells an overlong one.
    let mut buffer = vec![0; MAX_MESSAGE + 1];
    loop {
        let is_last = until_readable(socket.readable(), outlet).await?;
        let mut gathered = Gathered::new(Provenance::Claimed);
        for _ in 0..BURST {
            match socket.try_recv_from(&mut buffer) {
                Ok((length, sender)) if senders.may_send(sender.ip()) => {
                    let provenance = senders.of_datagram(sender.ip());
                    if provenance != gathered.provenance || gathered.text.len() > GATHERED {
                        gathered.flush(outlet).await?;
                        gathered.provenance = provenance;
                    }
                    match rates.exceeded_by_all(sender.ip(), 1, Instant::now()) {
                        None => gathered.add(&buffer[..length]),
                        Some(_) => gathered.skipped.excess += 1,
                    }
                }
                Ok(_) => gathered.skipped.foreign += 1,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(Ended::Socket(error)),
            }
        }
        gathered.flush(outlet).await?;
        if is_last {
            return Ok(());
        }
    }
}

/// Receives from programs of this machine until it is told to stop.
pub(super) async fn receive_unix(socket: &UnixDatagram, outlet: &Outlet) -> Result<(), Ended> {
    let mut buffer = vec![0; MAX_MESSAGE + 1];
    loop {
        let is_last = until_readable(socket.readable(), outlet).await?;
        let mut gathered = Gathered::new(FROM_A_SESSION);
        while gathered.text.len() <= GATHERED {
            match socket.try_recv(&mut buffer) {
                Ok(length) => gathered.add(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(Ended::Socket(error)),
            }
        }
        gathered.flush(outlet).await?;
        if is_last {
            return Ok(());
        }
    }
}

/// Waits until there is something to receive; true when it is told to stop instead, and what is there is the last.
async fn until_readable(
    readable: impl Future<Output = io::Result<()>>,
    outlet: &Outlet,
) -> Result<bool, Ended> {
    tokio::select! {
        biased;
        () = outlet.stopped() => Ok(true),
        readable = readable => readable.map(|()| false).map_err(Ended::Socket),
    }
}
