//! Receiving one message a datagram.

use std::{convert::Infallible, io, time::Instant};

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

/// Receives from machines that may send; what anybody else sends is counted and forgotten.
pub(super) async fn receive_udp(
    socket: &UdpSocket,
    senders: &Senders,
    outlet: &Outlet,
) -> Result<Infallible, Ended> {
    let mut rates = Rates::new(senders.rate, Instant::now());
    // One byte more than the longest tells an overlong one.
    let mut buffer = vec![0; MAX_MESSAGE + 1];
    loop {
        let mut gathered = Gathered::new(Provenance::Claimed);
        let mut received = socket.recv_from(&mut buffer).await;
        for _ in 0..BURST {
            match received {
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
            received = socket.try_recv_from(&mut buffer);
        }
        gathered.flush(outlet).await?;
    }
}

/// Receives from programs of this machine.
pub(super) async fn receive_unix(socket: &UnixDatagram, outlet: &Outlet) -> Result<Infallible, Ended> {
    let mut buffer = vec![0; MAX_MESSAGE + 1];
    loop {
        let mut gathered = Gathered::new(FROM_A_SESSION);
        let mut received = socket.recv(&mut buffer).await;
        while gathered.text.len() <= GATHERED {
            match received {
                Ok(length) => gathered.add(&buffer[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(Ended::Socket(error)),
            }
            received = socket.try_recv(&mut buffer);
        }
        gathered.flush(outlet).await?;
    }
}
