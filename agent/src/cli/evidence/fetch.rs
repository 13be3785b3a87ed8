//! `evidence fetch`: downloads a log, verifies it, and says whom it accuses.

use std::{
    cmp::Reverse,
    io::{self, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::bail;
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use serde::Serialize;

use crate::{
    cli::{
        Exit, Options, exit, keys,
        output::{Style, Table, write_file},
        runtime::block_on,
    },
    config::Settings,
    daemon,
    domain::{FileHash, LogUrl, MaliciousLog, Peer, PeerKey},
    evidence::{self, Attacker, Verified},
    fetch::{AttemptError, FetchError, FetchPolicy, Fetcher, Progress, Wanted},
    identity::Identity,
    kernel,
    ledger::Ledger,
};

/// How long a server that fails is asked again: somebody is waiting.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most peers whose key a server is tried with.
const MAX_CLAIMANTS: usize = 8;

/// Download a log, verify it, and print whom it accuses
///
/// Fields in a pipe: address, service, events, first, last. The request is signed with this agent's key; the server is
/// accepted when a public authority vouches for it, or when it shows the key of a peer whose endpoint it is. Exit code
/// 7 when the log is not the one with this hash or proves nothing, 8 when it cannot be had, 9 when the URL leads to an
/// internal address.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentinel-agent evidence fetch https://peer-a.example:9000/logs/ba7816bf8f01cfea --sha256 ba7816bf8f01...
  sentinel-agent evidence fetch URL --sha256 HASH --output - | less")]
pub(in crate::cli) struct Fetch {
    /// Where the log is served
    url: LogUrl,
    /// What it hashes to, as its post says: 64 hex digits
    #[arg(long, value_name = "HASH")]
    sha256: FileHash,
    /// Whose server it is, when the ledger does not tell: it may show that peer's key
    #[arg(long, value_name = "KEY")]
    peer: Option<PeerKey>,
    /// Write the log to this file; - writes it, instead of whom it accuses, to stdout
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Report<'a> {
    log_url: &'a LogUrl,
    file_hash: FileHash,
    bytes: usize,
    attackers: &'a [Attacker],
}

impl Fetch {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let to_stdout = self.output.as_deref() == Some(Path::new("-"));
        if to_stdout && options.json {
            bail!("--json and --output - both want stdout; leave one of them out");
        }
        let settings = options.settings()?;
        let (identity, _) = keys::open(options, &settings.identity.key_file)?;
        let log = block_on(self.fetch(&settings, identity))??;
        let verified = evidence::verify(log, self.sha256)?;
        match &self.output {
            Some(_) if to_stdout => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(verified.get().bytes())?;
                stdout.flush()?;
                return Ok(Exit::Ok);
            }
            Some(path) => write_file(path, |file| Ok(file.write_all(verified.get().bytes())?))?,
            None => {}
        }
        let report = self.report(&verified);
        options.output().show(&report, |style| table(report.attackers, style))?;
        Ok(Exit::Ok)
    }

    async fn fetch(&self, settings: &Settings, identity: Identity) -> anyhow::Result<MaliciousLog> {
        let policy = daemon::fetch_policy(&settings.fetch, kernel::watch().await?);
        let policy = FetchPolicy { patience: PATIENCE, ..policy };
        let peers = match self.peer {
            Some(peer) => vec![peer],
            None => self.owners(settings, &identity).await,
        };
        let bar = progress_bar();
        let shown = bar.clone();
        let fetcher =
            Fetcher::new(Arc::new(identity), policy).watched_by(move |progress| show(&shown, progress));
        let fetched = from_any(&peers, async |peer| {
            let wanted = Wanted::at(self.url.as_str(), self.sha256);
            let wanted = peer.into_iter().fold(wanted, Wanted::of_peer);
            fetcher.fetch(&wanted, Timestamp::now()).await
        });
        let fetched = fetched.await;
        bar.finish_and_clear();
        Ok(fetched?.log)
    }

    /// The peers under whose endpoint the URL is, as far as the ledger knows.
    async fn owners(&self, settings: &Settings, identity: &Identity) -> Vec<PeerKey> {
        let peers = async {
            match daemon::connect(&settings.ledger, identity)? {
                Some(ledger) => Ok::<_, anyhow::Error>(ledger.peers().await?),
                None => Ok(Vec::new()),
            }
        };
        match peers.await {
            Ok(peers) => claimants(&peers, self.url.as_str()),
            Err(error) => {
                exit::say(&format!("warning: it is not known whose server that is: {error}"));
                Vec::new()
            }
        }
    }

    fn report<'a>(&'a self, verified: &'a Verified<MaliciousLog>) -> Report<'a> {
        Report {
            log_url: &self.url,
            file_hash: self.sha256,
            bytes: verified.get().bytes().len(),
            attackers: verified.attackers(),
        }
    }
}

/// Those who say that the URL is their server's, the likeliest first; anybody can say so of any server, and each costs
/// it a handshake.
fn claimants(peers: &[Peer], url: &str) -> Vec<PeerKey> {
    let mut claimants: Vec<_> = peers.iter().filter(|peer| peer.active && peer.serves(url)).collect();
    claimants.sort_by_key(|peer| (Reverse(peer.karma), peer.joined));
    claimants.iter().take(MAX_CLAIMANTS).map(|peer| peer.key).collect()
}

/// Fetches from a server that may show the key of any of these peers: one after the other, until it is neither unknown
/// nor too late.
async fn from_any<T>(
    peers: &[PeerKey],
    fetch: impl AsyncFn(Option<PeerKey>) -> Result<T, FetchError>,
) -> Result<T, FetchError> {
    let start = Instant::now();
    let Some((last, others)) = peers.split_last() else { return fetch(None).await };
    for peer in others {
        match fetch(Some(*peer)).await {
            Err(error) if is_anothers(&error) && start.elapsed() < PATIENCE => {}
            fetched => return fetched,
        }
    }
    fetch(Some(*last)).await
}

/// Whether the server showed a key that is not the peer's.
fn is_anothers(error: &FetchError) -> bool {
    error.attempts.iter().any(|attempt| matches!(attempt.error, AttemptError::Untrusted { .. }))
}

fn table(attackers: &[Attacker], style: &Style) -> Table {
    let mut table = Table::new(["address", "service", "events", "first", "last"]);
    for attacker in attackers {
        table.row([
            attacker.address.to_string(),
            attacker.service.to_owned(),
            attacker.events.to_string(),
            style.time_or_dash(attacker.first),
            style.time_or_dash(attacker.last),
        ]);
    }
    table
}

/// A bar on a terminal; nothing in a pipe.
fn progress_bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(5));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}, {bytes_per_sec}") {
        bar.set_style(style);
    }
    bar
}

fn show(bar: &ProgressBar, progress: Progress) {
    if let Some(expected) = progress.expected {
        bar.set_length(u64::try_from(expected).unwrap_or(u64::MAX));
    }
    bar.set_position(u64::try_from(progress.received).unwrap_or(u64::MAX));
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::fetch::{Claim, FailedAttempt};

    /// What comes of asking a server that shows the key `shown`, and the keys that were accepted one after the other.
    async fn tried(peers: &[u8], shown: u8) -> (Result<(), FetchError>, Vec<Option<u8>>) {
        let peers: Vec<PeerKey> = peers.iter().map(|number| PeerKey([*number; 32])).collect();
        let tried = RefCell::new(Vec::new());
        let fetched = from_any(&peers, async |peer| {
            tried.borrow_mut().push(peer.map(|PeerKey([number, ..])| number));
            if peer == Some(PeerKey([shown; 32])) { Ok(()) } else { Err(untrusted(peer)) }
        });
        (fetched.await, tried.into_inner())
    }

    fn untrusted(peer: Option<PeerKey>) -> FetchError {
        let source = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let error = AttemptError::Untrusted { host: "peer-a.example".to_owned(), source };
        let url = "https://peer-a.example:9000/logs/ba7816bf8f01cfea".to_owned();
        let (claim, at) = (Claim::Named, Timestamp::UNIX_EPOCH);
        let attempt = FailedAttempt { url, peer, claim, tries: 1, at, error };
        FetchError { file_hash: FileHash([7; 32]), attempts: vec![attempt] }
    }

    #[tokio::test]
    async fn who_claims_anothers_server_does_not_keep_it_from_being_known_by_its_own_key() {
        let (fetched, tried_keys) = tried(&[1, 2, 3], 2).await;
        assert!(fetched.is_ok());
        assert_eq!(tried_keys, [Some(1), Some(2)]);
        let (fetched, tried_keys) = tried(&[1, 2], 9).await;
        assert!(fetched.is_err());
        assert_eq!(tried_keys, [Some(1), Some(2)]);
        assert_eq!(tried(&[], 9).await.1, [None]);
    }
}
