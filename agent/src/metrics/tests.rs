//! What is told is what the documents, the dashboard and the alerts say, and nothing else.

#![allow(clippy::unwrap_used)]

use std::{collections::BTreeSet, fs, net::SocketAddr, path::Path, time::Duration};

use jiff::Timestamp;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

use super::*;
use crate::domain::{Dropped, EndpointReport, Karma, Scope, SourceClass, SourceKind, SourceReport};

fn source(name: &str) -> SourceReport {
    SourceReport {
        name: name.to_owned(),
        kind: SourceKind::File,
        lines: 12,
        skipped: 1,
        lines_per_minute: 2,
        last_line: Some(Timestamp::UNIX_EPOCH),
        events: 3,
        last_event: Some(Timestamp::UNIX_EPOCH),
        lag: Some(4),
        silence: None,
        trouble: None,
    }
}

/// An agent of which everything is known, with two keys for one endpoint.
fn sample() -> Sample {
    let endpoint = || EndpointReport {
        endpoint: "https://rpc.example".to_owned(),
        is_used: true,
        is_followed: true,
        trouble: None,
        disagreement: None,
    };
    Sample {
        version: "0.1.0",
        started: Timestamp::from_second(1_795_406_400).unwrap(),
        blocks: vec![(SourceClass::Local, 3), (SourceClass::Peer, 4)],
        dropped: vec![Dropped { scope: Scope::All, ipv4: true, packets: 5, bytes: 300 }],
        sources: vec![source("/var/log/auth.log")],
        queues: vec![Queue { name: "ledger", length: 6 }],
        ledger: Some(LedgerSample {
            endpoints: vec![endpoint(), endpoint()],
            joined: Some(true),
            karma: Some(Karma(100)),
            balance: Some(7),
            budget: 9,
            spent: 8,
            rent: Some(10),
        }),
        ..Sample::default()
    }
}

/// Metrics in which everything has happened.
fn busy() -> Metrics {
    let metrics = Metrics::default();
    metrics.events("sshd", 2);
    metrics.events("sshd", 1);
    metrics.detected("sshd");
    metrics.blocked(Duration::from_micros(800));
    metrics.post(PostVerdict::Applied);
    metrics.applied(Duration::from_millis(30));
    metrics.downloaded(true, Duration::from_millis(20));
    metrics.answered(200, Duration::from_millis(1));
    metrics
}

/// The names of the series in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let series = text.lines().filter(|line| !line.starts_with('#'));
    series.filter_map(|line| line.split(['{', ' ']).next()).collect()
}

#[test]
fn what_happened_and_what_stands_is_told_in_one_text() {
    let text = busy().render(sample());
    for line in [
        "sentinel_build_info{version=\"0.1.0\"} 1",
        "sentinel_start_time_seconds 1795406400",
        "sentinel_blocks{origin=\"local\"} 3",
        "sentinel_dropped_packets_total{scope=\"all\",family=\"ipv4\"} 5",
        "sentinel_events_total{service=\"sshd\"} 3",
        "sentinel_posts_total{verdict=\"applied\"} 1",
        "sentinel_posts_total{verdict=\"rejected\"} 0",
        "sentinel_block_seconds_bucket{le=\"0.001\"} 1",
        "sentinel_block_seconds_count 1",
        "sentinel_download_seconds_count{outcome=\"ok\"} 1",
        "sentinel_request_seconds_count{code=\"200\"} 1",
        "sentinel_source_lag_seconds{source=\"/var/log/auth.log\",kind=\"file\"} 4",
        "sentinel_queue_length{queue=\"ledger\"} 6",
        "sentinel_ledger_endpoint_up{endpoint=\"https://rpc.example\"} 1",
        "sentinel_ledger_endpoint_up{endpoint=\"https://rpc.example (2)\"} 1",
        "sentinel_ledger_karma 100",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
    }
    assert!(text.ends_with("# EOF\n"));
}

#[test]
fn every_line_is_one_that_prometheus_reads() {
    let text = busy().render(sample());
    let (mut described, mut told, mut last) = (BTreeSet::new(), BTreeSet::new(), "");
    for line in text.lines().filter(|line| *line != "# EOF") {
        if let Some(of) = line.strip_prefix("# TYPE ") {
            let (name, kind) = of.split_once(' ').unwrap();
            assert!(described.insert(name) && ["counter", "gauge", "histogram"].contains(&kind), "{line}");
            last = name;
            continue;
        }
        if line.starts_with("# HELP ") {
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        assert!(series.starts_with(last) && value.parse::<f64>().is_ok(), "{line} follows {last}");
        assert!(told.insert(series), "{series} is told twice");
    }
}

#[test]
fn a_name_that_somebody_gave_a_file_breaks_no_line_and_there_are_only_so_many_sources() {
    let nasty = source("/var/log/a\"} 1\nsentinel_blocks 9\u{1b}[2J.log");
    let text = Metrics::default().render(Sample { sources: vec![nasty], ..Sample::default() });
    // Escaped once for people, and once more for Prometheus, which takes that off again.
    let escaped = r#"{source="/var/log/a\\\"} 1\\nsentinel_blocks 9\\u{1b}[2J.log",kind="file"} 4"#;
    assert!(text.lines().any(|line| line == format!("sentinel_source_lag_seconds{escaped}")), "{text}");
    assert!(!text.contains('\u{1b}'));
    let many = (0..1000).map(|number| source(&format!("/var/log/{number}.log"))).collect();
    let text = Metrics::default().render(Sample { sources: many, ..Sample::default() });
    assert_eq!(text.matches("sentinel_source_lines_total{").count(), 100);
}

/// What the dashboard and the alerts name, and what the document describes.
fn named_in(file: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(file);
    let text = fs::read_to_string(path).unwrap();
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("sentinel_")).map(str::to_owned).collect()
}

#[test]
fn the_dashboard_and_the_alerts_use_what_there_is() {
    let text = busy().render(sample());
    let there = names(&text);
    for file in
        ["packaging/monitoring/grafana-dashboard.json", "packaging/monitoring/sentinel-agent.rules.yml"]
    {
        let named = named_in(file);
        assert!(named.len() > 5, "{file} names {named:?}");
        for name in named {
            assert!(there.contains(name.as_str()), "{file} uses {name}, which does not exist");
        }
    }
}

#[test]
fn the_document_describes_everything_that_there_is_and_nothing_else() {
    let text = busy().render(sample());
    let family = |name: &str| {
        let ends = ["_bucket", "_sum", "_count"];
        ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    let there: BTreeSet<String> = names(&text).into_iter().map(family).collect();
    let described: BTreeSet<String> =
        named_in("docs/MONITORING.md").iter().map(|name| family(name)).collect();
    assert_eq!(described, there);
}

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(format!("{request} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_port_tells_what_is_measured_and_nothing_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, || async { "sentinel_blocks 3\n# EOF\n".to_owned() }));
    let answer = ask(address, "GET /metrics").await;
    assert!(
        answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\r\n\r\nsentinel_blocks 3\n# EOF\n"),
        "{answer}"
    );
    assert!(answer.contains(&format!("content-type: {CONTENT_TYPE}\r\n")), "{answer}");
    assert!(ask(address, "GET /").await.starts_with("HTTP/1.1 404 "));
    assert!(ask(address, "POST /metrics").await.starts_with("HTTP/1.1 405 "));
    server.abort();
}

/// Connections from addresses of this host that ask nothing.
async fn idle(address: SocketAddr, from: &[[u8; 4]]) -> Vec<TcpStream> {
    let mut idle = Vec::new();
    for source in from {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind((*source, 0).into()).unwrap();
        idle.push(socket.connect(address).await.unwrap());
    }
    idle
}

#[tokio::test]
async fn who_holds_connections_and_asks_nothing_keeps_nobody_out_and_is_sent_away() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(serve(listener, || async { "# EOF\n".to_owned() }));
    for from in [[[127, 0, 0, 1]; 20], std::array::from_fn(|n| [127, 0, 1, u8::try_from(n).unwrap()])] {
        let mut idle = idle(address, &from).await;
        let answer = timeout(Duration::from_secs(3), ask(address, "GET /metrics")).await;
        assert!(answer.unwrap().starts_with("HTTP/1.1 200 "));
        let mut last = idle.pop().unwrap();
        let end = timeout(Duration::from_secs(30), last.read(&mut [0])).await;
        // With or without a word about how long it took.
        assert!(end.is_ok());
    }
    server.abort();
}
