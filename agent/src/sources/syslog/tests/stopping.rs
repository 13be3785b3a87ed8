//! What was received is delivered, and streams go on.

use super::*;

#[tokio::test]
async fn who_is_told_to_stop_delivers_what_was_received_before_and_ends() {
    let address = free_udp();
    let mut listening = Listening::on(Listen::Udp(address), Senders::default());
    let sender = send_until_heard(&mut listening, address).await;
    let heard = listening.report(|_| true).await.lines;
    sender.send_to(b"<38>one", address).unwrap();
    listening.report(|report| report.lines == heard + 1).await;
    // There is no room for this one before somebody takes the other.
    sender.send_to(b"<38>two", address).unwrap();
    listening.report(|report| report.lines == heard + 2).await;
    listening.intake.stop();
    listening.expect(&["one", "two"], Provenance::Claimed).await;
    listening.stopped().await;
}

/// Half of a message comes before a reload, the other half while nobody receives.
async fn goes_on(mut stream: impl Write, listen: Listen, sockets: Arc<OpenSockets>, mut before: Listening) {
    stream.write_all(b"<38>one\n<38>tw").unwrap();
    before.expect(&["one"], Provenance::Proven).await;
    before.stopped().await;
    stream.write_all(b"o\n").unwrap();
    let mut next = Listening::over(&sockets, listen, Senders::default());
    next.expect(&["two"], Provenance::Proven).await;
    stream.write_all(b"8 <38>cut\n").unwrap();
    next.expect(&["8 <38>cut"], Provenance::Proven).await;
}

#[tokio::test]
async fn a_stream_goes_on_where_it_was_with_who_receives_next() {
    let (address, sockets) = (free_tcp(), Arc::default());
    let listen = Listen::Tcp(address);
    let before = Listening::over(&sockets, listen.clone(), Senders::default());
    goes_on(connect(address).await, listen, sockets, before).await;

    let (folder, sockets) = (tempfile::tempdir().unwrap(), Arc::default());
    let path = folder.path().join("stream");
    let listen = Listen::Stream(path.clone());
    let before = Listening::over(&sockets, listen.clone(), Senders::default());
    goes_on(connect_local(&path).await, listen, sockets, before).await;
}

#[tokio::test]
async fn a_stream_of_a_machine_that_may_not_send_any_more_is_closed() {
    let (address, sockets) = (free_tcp(), Arc::default());
    let mut before = Listening::over(&sockets, Listen::Tcp(address), Senders::default());
    let mut stream = connect(address).await;
    stream.write_all(b"<38>one\n").unwrap();
    before.expect(&["one"], Provenance::Proven).await;
    before.stopped().await;
    let senders = Senders { allow: vec!["192.0.2.0/24".parse().unwrap()], ..Senders::default() };
    let next = Listening::over(&sockets, Listen::Tcp(address), senders);
    next.report(|report| report.skipped == 1).await;
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}
