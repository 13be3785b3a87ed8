//! The uplink benchmark: how soon a network has a new log whose reporter sits behind a home's uplink.
//!
//! ```text
//! make bench-uplink            some minutes
//! make bench-uplink JSON=1     figures and verdicts for a program
//! ```
//!
//! Each host is a network namespace of its own behind one router, with the agent's server, store and client in it. All see the
//! post at the same moment, as the worst case, fetch its log, verify it, keep it and like the post. What is simulated:
//! the uplinks (a token bucket in the kernel, 10 Mbit/s at the reporter) and the ledger (a like is seen by all some time
//! after it was made). Ways have no latency, and one machine does the work of all hosts.

mod host;
mod log;
mod network;
mod race;

use std::process::ExitCode;

use clap::Parser;
use sentinel_tests::bench::{
    self,
    progress::Progress,
    report::{Figure, Report, Verdict, duration, times},
};
use tokio::runtime::Builder;

use race::{Likes, Outcome, Race, Uplinks};

/// How long it may take until all have a new log, next to one copy.
const MOST_TIMES: f64 = 3.0;
/// Copies that the reporter may send meanwhile.
const MOST_COPIES: f64 = 5.0;

/// Measures how a new log spreads from behind a home's uplink.
#[derive(Parser)]
#[command(name = "bench-uplink", version)]
struct Arguments {
    /// How many peers want the log.
    #[arg(long, default_value_t = 50)]
    peers: u8,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    bench::exit("bench-uplink", measure(&Arguments::parse()))
}

fn measure(arguments: &Arguments) -> anyhow::Result<()> {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    bench::run(runtime, arguments.json, async |report, progress| {
        let peers = arguments.peers;
        let race = Race { peers, uplinks: Uplinks::Reporter, likes: Likes::Seen };
        let one = run(report, progress, "one peer", Race { peers: 1, ..race }).await?;
        let many = run(report, progress, &format!("{peers} peers, likers serve"), race).await?;
        judge(report, &one, &many);
        let slow = Race { uplinks: Uplinks::All, ..race };
        run(report, progress, &format!("{peers} peers, all behind such uplinks"), slow).await?;
        let alone = Race { likes: Likes::Never, ..race };
        run(report, progress, &format!("{peers} peers, nobody likes"), alone).await?;
        Ok(())
    })
}

async fn run(report: &mut Report, progress: &Progress, case: &str, race: Race) -> anyhow::Result<Outcome> {
    progress.step(format!("uplink: {case}"));
    let outcome = race.run().await?;
    let Outcome { wanted, took, .. } = &outcome;
    let last = format!("last of {} (reporter: {:.1} MB)", took.len(), outcome.megabytes());
    let half = outcome.half().filter(|_| *wanted > 1).map(|half| ("half of them".to_owned(), half));
    for (who, time) in half.into_iter().chain([(last, outcome.last())]) {
        let case = case.to_owned();
        report.figure(Figure { part: "uplink", case, who, time: Some(time), ..Figure::default() });
    }
    Ok(outcome)
}

/// Whether the likers took the load off the reporter.
fn judge(report: &mut Report, one: &Outcome, many: &Outcome) {
    let ratio = many.last().div_duration_f64(one.last());
    report.verdict(Verdict {
        what: format!("all {} have the log", many.wanted),
        target: format!("within {MOST_TIMES:.0}x the {} of one copy", duration(one.last())),
        measured: format!("{} of them after {} ({})", many.took.len(), duration(many.last()), times(ratio)),
        met: ratio <= MOST_TIMES && many.took.len() == many.wanted,
    });
    let copies = many.megabytes() / one.megabytes();
    report.verdict(Verdict {
        what: "copies over the reporter's uplink, all its bytes counted".to_owned(),
        target: format!("at most {MOST_COPIES:.0}"),
        measured: format!("{copies:.2}"),
        met: copies <= MOST_COPIES,
    });
}
