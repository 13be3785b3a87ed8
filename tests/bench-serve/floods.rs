//! How long good peers wait while others, from other addresses, flood the server.

use std::{env, net::Ipv4Addr, path::Path, process::Stdio, time::Duration};

use anyhow::Context;
use clap::ValueEnum;
use futures_util::future::join_all;
use jiff::Timestamp;
use sentinel_agent::identity::Identity;
use sentinel_tests::bench::{
    progress::Progress,
    report::{Figure, Report, Verdict, duration, megabytes},
};
use tokio::{
    io::AsyncReadExt,
    process::{Child, Command},
    runtime::Builder,
    time::{sleep, timeout},
};

use crate::{
    CLIENT_CPU,
    bed::{self, Bed, SIZES},
    client::Client,
    contender::{Contender, Running},
    load::{Load, Measured},
    usage,
};

/// Addresses that flood, and the connections that each keeps busy.
const SOURCES: u8 = 16;
const EACH: usize = 64;
/// For how long good peers are looked at.
const TIME: Duration = Duration::from_secs(6);
/// What a good peer's p99 may be, next to what it is without a flood.
const MOST: f64 = 5.0;
const MOST_MEMORY: u64 = 100_000_000;

/// What a server is flooded with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Flood {
    /// Requests signed for another server.
    BadSignatures,
    /// Request heads that trickle in.
    SlowHeads,
    /// Requests whose bodies trickle in.
    SlowBodies,
    /// Connections that never begin TLS.
    HalfOpen,
    /// Request heads of a megabyte.
    HugeHeads,
}

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    let bed = Bed::new()?;
    let server = Contender::Ours.start(&bed).await?;
    progress.step("floods: none");
    let idle = good_peers(&bed, &server).await?;
    tell(report, "no flood", &idle, &server)?;
    for flood in Flood::value_variants() {
        let name = flood.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        progress.step(format!("floods: {name}"));
        let flooding = start(*flood, &bed, &server)?;
        sleep(Duration::from_secs(1)).await;
        let measured = good_peers(&bed, &server).await.with_context(|| format!("during {name}"))?;
        drop(flooding);
        tell(report, &name, &measured, &server)?;
        let (p99, idle) = (measured.percentile(990), idle.percentile(990));
        let times = p99.div_duration_f64(idle);
        report.verdict(Verdict {
            what: format!("good peers' p99 during {name}"),
            target: format!("under {MOST:.0}x the {} without", duration(idle)),
            measured: format!("{} ({times:.1}x)", duration(p99)),
            met: times < MOST,
        });
        // Until the last of its connections has timed out.
        sleep(Duration::from_secs(2)).await;
    }
    let memory = usage::peak_memory(server.pid)?;
    report.verdict(Verdict {
        what: "peak memory over all floods".to_owned(),
        target: format!("under {}", megabytes(MOST_MEMORY)),
        measured: megabytes(memory),
        met: memory < MOST_MEMORY,
    });
    Ok(())
}

/// Peers that fetch now and then, each time over a new connection.
async fn good_peers(bed: &Bed, server: &Running) -> anyhow::Result<Measured> {
    let (port, pause) = (server.port, Duration::from_millis(20));
    Load { port, size: SIZES[0], keep_alive: false, connections: 2, time: TIME, pause }.run(bed).await
}

fn tell(report: &mut Report, case: &str, measured: &Measured, server: &Running) -> anyhow::Result<()> {
    report.figure(Figure {
        part: "floods",
        case: case.to_owned(),
        who: "good peers".to_owned(),
        time: Some(measured.percentile(500)),
        p99: Some(measured.percentile(990)),
        memory: Some(usage::peak_memory(server.pid)?),
        ..Figure::default()
    });
    Ok(())
}

/// Starts a flood, which yields the client's CPU to good peers: theirs is the latency that is measured.
fn start(flood: Flood, bed: &Bed, server: &Running) -> anyhow::Result<Child> {
    let name = flood.to_possible_value().context("a flood without a name")?;
    let mut command = Command::new("nice");
    command.args(["-n", "19", "taskset", "--cpu-list", &CLIENT_CPU.to_string()]).arg(env::current_exe()?);
    command.args(["flood", name.get_name()]).arg(bed.directory()).arg(server.port.to_string());
    command.stdin(Stdio::null()).kill_on_drop(true).spawn().context("starting a flood")
}

impl Flood {
    /// Floods until it is killed.
    pub(crate) fn run(self, directory: &Path, port: u16) -> anyhow::Result<()> {
        let client = Client::trusting(bed::roots_in(directory)?, port)?;
        Builder::new_current_thread().enable_all().build()?.block_on(async {
            // Who flooded before is known already: each flood has addresses of its own.
            let network = 2 + u8::try_from(
                Self::value_variants().iter().position(|flood| *flood == self).unwrap_or_default(),
            )?;
            let sources = (0..SOURCES).flat_map(|last| [Ipv4Addr::new(127, 0, network, last + 1); EACH]);
            join_all(sources.map(|source| self.flood(&client, source, port))).await;
            Ok(())
        })
    }

    async fn flood(self, client: &Client, source: Ipv4Addr, port: u16) {
        loop {
            // Whatever the server does about it, it goes on.
            if self.attempt(client, source, port).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        }
    }

    async fn attempt(self, client: &Client, source: Ipv4Addr, port: u16) -> anyhow::Result<()> {
        if self == Self::HalfOpen {
            let mut stream = client.reach(source).await?;
            return Ok(stream.read(&mut [0]).await.map(drop)?);
        }
        let mut connection = timeout(Duration::from_secs(10), client.connect(source)).await??;
        match self {
            Self::HalfOpen => Ok(()),
            Self::BadSignatures => {
                let stranger = Identity::generate()?;
                loop {
                    let now = Timestamp::now().as_second();
                    let request = stranger.sign_request(&bed::url(port + 1), now);
                    connection.ask(&bed::head("/logs/00112233445566aa", &request, true)).await?;
                }
            }
            Self::SlowHeads => trickle(&mut connection, b"GET /health HTTP/1.1\r\nX-Filler: ").await,
            Self::SlowBodies => {
                let head = b"GET /health HTTP/1.1\r\nHost: peer\r\nContent-Length: 1000000\r\n\r\n";
                trickle(&mut connection, head).await
            }
            Self::HugeHeads => {
                let filler = vec![b'x'; 1 << 20];
                connection.send(b"GET /health HTTP/1.1\r\nX-Filler: ").await?;
                connection.send(&filler).await
            }
        }
    }
}

async fn trickle(connection: &mut crate::client::Connection, start: &[u8]) -> anyhow::Result<()> {
    connection.send(start).await?;
    loop {
        connection.send(b"x").await?;
        sleep(Duration::from_millis(500)).await;
    }
}
