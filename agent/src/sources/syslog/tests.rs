//! Real sockets.

mod stopping;

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket as Sender},
    os::unix::{
        fs::PermissionsExt,
        net::{UnixDatagram as LocalSender, UnixStream},
    },
    path::Path,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::*;
use crate::{
    domain::{SourceKind, SourceReport},
    sources::{Batch, Intake},
};

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A listener at work.
struct Listening {
    intake: Intake,
    batches: mpsc::Receiver<Batch>,
    task: JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listening {
    fn on(listen: Listen, senders: Senders) -> Self {
        Self::over(&Arc::default(), listen, senders)
    }

    fn over(sockets: &Arc<OpenSockets>, listen: Listen, senders: Senders) -> Self {
        let (intake, batches) = Intake::new(1);
        let outlet = intake.outlet("syslog", SourceKind::Syslog);
        let source = SyslogSource { listen, senders };
        let task = tokio::spawn(follow_syslog(source, Arc::clone(sockets), outlet));
        Self { intake, batches, task }
    }

    /// Waits for the end of a listener that is told to stop.
    async fn stopped(mut self) {
        self.intake.stop();
        timeout(PATIENCE, &mut self.task).await.expect("an end in time").unwrap();
    }

    async fn batch(&mut self) -> Batch {
        timeout(PATIENCE, self.batches.recv()).await.expect("a batch in time").unwrap()
    }

    /// The next lines, at least so many, each with what it proves at best.
    async fn lines(&mut self, count: usize) -> Vec<(String, Provenance)> {
        let mut lines = Vec::new();
        while lines.len() < count {
            let batch = self.batch().await;
            assert_eq!(batch.position, None);
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            lines.extend(batch.lines().map(|line| (text(line.bytes), batch.provenance)));
        }
        lines
    }

    async fn expect(&mut self, expected: &[&str], provenance: Provenance) {
        let expected: Vec<_> = expected.iter().map(|line| ((*line).to_owned(), provenance)).collect();
        assert_eq!(self.lines(expected.len()).await, expected);
    }

    async fn report(&self, is: impl Fn(&SourceReport) -> bool) -> SourceReport {
        let reached = async {
            loop {
                let report = self.intake.reports(Timestamp::now()).remove(0);
                if is(&report) {
                    return report;
                }
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(PATIENCE, reached).await.expect("a report in time")
    }
}

/// An address of this machine that nobody listens on.
fn free_udp() -> SocketAddr {
    Sender::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn free_tcp() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

async fn connect(address: SocketAddr) -> TcpStream {
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
    }
}

async fn connect_local(path: &Path) -> UnixStream {
    loop {
        match UnixStream::connect(path) {
            Ok(stream) => return stream,
            Err(_) => sleep(Duration::from_millis(1)).await,
        }
    }
}

/// Sends datagrams until the listener is there to take the first.
async fn send_until_heard(listening: &mut Listening, address: SocketAddr) -> Sender {
    let sender = Sender::bind("127.0.0.1:0").unwrap();
    loop {
        sender.send_to(b"<13>hello", address).unwrap();
        if timeout(Duration::from_millis(20), listening.batches.recv()).await.is_ok() {
            break;
        }
    }
    // What was sent meanwhile is heard too.
    while timeout(Duration::from_millis(20), listening.batches.recv()).await.is_ok() {}
    sender
}

#[tokio::test]
async fn a_datagram_is_one_line_whose_events_are_claimed() {
    let address = free_udp();
    let mut listening = Listening::on(Listen::Udp(address), Senders::default());
    let sender = send_until_heard(&mut listening, address).await;
    sender.send_to(b"<38>Nov 23 02:00:01 gate sshd[1]: user a\nb\0c\n\0", address).unwrap();
    listening.expect(&["Nov 23 02:00:01 gate sshd[1]: user a b\0c"], Provenance::Claimed).await;
}

#[tokio::test]
async fn a_datagram_from_a_trusted_network_counts_in_full() {
    let address = free_udp();
    let senders = Senders { trust_udp: vec!["127.0.0.0/8".parse().unwrap()], ..Senders::default() };
    let mut listening = Listening::on(Listen::Udp(address), senders);
    let sender = send_until_heard(&mut listening, address).await;
    sender.send_to(b"<38>one", address).unwrap();
    listening.expect(&["one"], Provenance::Proven).await;
}

#[tokio::test]
async fn a_sender_that_is_not_allowed_is_counted_and_not_heard() {
    let address = free_udp();
    let senders = Senders { allow: vec!["192.0.2.0/24".parse().unwrap()], ..Senders::default() };
    let mut listening = Listening::on(Listen::Udp(address), senders);
    let sender = Sender::bind("127.0.0.1:0").unwrap();
    while listening.intake.reports(Timestamp::now())[0].skipped == 0 {
        sender.send_to(b"<38>one", address).unwrap();
        sleep(Duration::from_millis(1)).await;
    }
    assert!(listening.batches.try_recv().is_err());
    let on_tcp = free_tcp();
    let senders = Senders { allow: vec!["192.0.2.0/24".parse().unwrap()], ..Senders::default() };
    let listening = Listening::on(Listen::Tcp(on_tcp), senders);
    connect(on_tcp).await;
    assert_eq!(listening.report(|report| report.skipped > 0).await.lines, 0);
}

#[tokio::test]
async fn a_machine_that_sends_too_many_datagrams_loses_the_rest() {
    let address = free_udp();
    let senders = Senders { rate: 1, ..Senders::default() };
    let mut listening = Listening::on(Listen::Udp(address), senders);
    let sender = send_until_heard(&mut listening, address).await;
    for _ in 0..50 {
        sender.send_to(b"<38>flood", address).unwrap();
    }
    let report = listening.report(|report| report.skipped >= 40).await;
    assert!(report.lines < report.skipped, "{report:?}");
}

#[tokio::test]
async fn both_framings_are_understood_over_tcp() {
    let address = free_tcp();
    let mut listening = Listening::on(Listen::Tcp(address), Senders::default());
    let mut counting = connect(address).await;
    counting.write_all(b"7 <38>one8 <38>a\nbc").unwrap();
    listening.expect(&["one", "a bc"], Provenance::Proven).await;
    let mut ending = connect(address).await;
    ending.write_all(b"<38>three\n<38>fo").unwrap();
    listening.expect(&["three"], Provenance::Proven).await;
    ending.write_all(b"ur\n").unwrap();
    listening.expect(&["four"], Provenance::Proven).await;
}

#[tokio::test]
async fn half_a_message_at_the_end_of_a_stream_is_no_line() {
    let address = free_tcp();
    let mut listening = Listening::on(Listen::Tcp(address), Senders::default());
    connect(address).await.write_all(b"<38>from 192.0.2.1").unwrap();
    connect(address).await.write_all(b"<38>whole\n").unwrap();
    listening.expect(&["whole"], Provenance::Proven).await;
}

#[tokio::test]
async fn one_machine_has_a_few_streams_at_once_and_a_closed_one_makes_room() {
    let address = free_tcp();
    let mut listening = Listening::on(Listen::Tcp(address), Senders::default());
    let mut streams = Vec::new();
    for number in 0..8 {
        let mut stream = connect(address).await;
        stream.write_all(format!("<38>{number}\n").as_bytes()).unwrap();
        listening.expect(&[&number.to_string()], Provenance::Proven).await;
        streams.push(stream);
    }
    let _turned_away = connect(address).await;
    listening.report(|report| report.skipped == 1).await;
    streams.pop();
    loop {
        let mut stream = connect(address).await;
        // The listener hangs up on one too many, whenever it gets to it.
        let _ = stream.write_all(b"<38>again\n");
        if let Ok(batch) = timeout(Duration::from_millis(50), listening.batches.recv()).await {
            assert_eq!(batch.unwrap().lines().count(), 1);
            return;
        }
    }
}

#[tokio::test]
async fn an_endless_line_costs_no_memory_and_the_next_is_unharmed() {
    let address = free_tcp();
    let mut listening = Listening::on(Listen::Tcp(address), Senders::default());
    let mut stream = connect(address).await;
    let writer = std::thread::spawn(move || {
        for _ in 0..64 {
            stream.write_all(&[b'x'; 64 * 1024]).unwrap();
        }
        stream.write_all(b"\n<38>next\n").unwrap();
        stream
    });
    listening.expect(&["next"], Provenance::Proven).await;
    listening.report(|report| report.skipped == 1).await;
    writer.join().unwrap();
}

#[tokio::test]
async fn programs_of_this_machine_write_to_unix_sockets() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    // One that an agent left behind that was killed.
    drop(LocalSender::bind(&path).unwrap());
    let mut listening = Listening::on(Listen::Datagram(path.clone()), Senders::default());
    let sender = LocalSender::unbound().unwrap();
    while sender.send_to(b"<38>one\0", &path).is_err() {
        sleep(Duration::from_millis(1)).await;
    }
    listening.expect(&["one"], Provenance::Proven).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o660);
    drop(listening);

    let path = folder.path().join("stream");
    let mut listening = Listening::on(Listen::Stream(path.clone()), Senders::default());
    let mut stream = connect_local(&path).await;
    stream.write_all(b"<38>two\n").unwrap();
    listening.expect(&["two"], Provenance::Proven).await;
}

#[tokio::test]
async fn an_address_that_is_taken_is_reported_and_listened_on_once_it_is_free() {
    let taken = Sender::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let mut listening = Listening::on(Listen::Udp(address), Senders::default());
    let report = listening.report(|report| report.trouble.is_some()).await;
    assert!(report.trouble.unwrap().contains(&format!("udp {address}")));
    drop(taken);
    send_until_heard(&mut listening, address).await;
    assert_eq!(listening.report(|report| report.trouble.is_none()).await.trouble, None);
}
