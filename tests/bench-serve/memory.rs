//! What memory the server has while many peers download large logs.

use std::{net::Ipv4Addr, time::Duration};

use anyhow::ensure;
use futures_util::future::try_join_all;
use sentinel_tests::bench::{
    progress::Progress,
    report::{Figure, Report, Verdict, megabytes},
};
use tokio::time::Instant;

use crate::{
    bed::{Bed, SIZES},
    client::Client,
    contender::Contender,
    usage,
};

const CLIENTS: u8 = 250;
/// Connections of each client address.
const EACH: usize = 2;
const MOST: u64 = 40_000_000;

pub(crate) async fn run(report: &mut Report, progress: &Progress) -> anyhow::Result<()> {
    progress.step("memory: 500 clients download 10 MB each");
    let bed = Bed::new()?;
    for contender in [Contender::Ours, Contender::Nginx] {
        let (time, cpu, memory) = measure(&bed, &contender).await?;
        report.figure(Figure {
            part: "memory",
            case: "500 downloads of 10 MB at once".to_owned(),
            who: contender.name().to_owned(),
            time: Some(time),
            cpu: Some(cpu),
            memory: Some(memory),
            ..Figure::default()
        });
        if contender == Contender::Ours {
            report.verdict(Verdict {
                what: "peak memory with 500 downloads of 10 MB".to_owned(),
                target: format!("under {}", megabytes(MOST)),
                measured: megabytes(memory),
                met: memory < MOST,
            });
        }
    }
    Ok(())
}

/// How long all downloads take, and what CPU time and memory that costs the server.
async fn measure(bed: &Bed, contender: &Contender) -> anyhow::Result<(Duration, Duration, u64)> {
    let server = contender.start(bed).await?;
    let client = Client::new(bed, server.port)?;
    let (before, start) = (usage::cpu(server.pid)?, Instant::now());
    // All are connected before the first begins.
    let sources = (1..=CLIENTS).flat_map(|last| [Ipv4Addr::new(127, 0, 1, last); EACH]);
    let mut connections = Vec::new();
    for source in sources {
        connections.push(client.connect(source).await?);
    }
    let downloads = connections.iter_mut().map(async |connection| {
        let answer = connection.ask(&bed.next(server.port, SIZES[2], true)?).await?;
        ensure!(answer.status == 200 && answer.bytes == SIZES[2], "a download failed: {}", answer.status);
        Ok(())
    });
    try_join_all(downloads).await?;
    let time = start.elapsed();
    Ok((time, usage::cpu(server.pid)?.saturating_sub(before), usage::peak_memory(server.pid)?))
}
