//! An agent, a ledger with a past, and the endpoint between them.

use std::{collections::HashSet, time::Duration};

use anyhow::Context;
use jiff::Timestamp;
use sentinel_agent::{
    domain::{Commitment, FileHash, ProgramId},
    identity::Identity,
    ledger::{Ledger, SolanaLedger, SolanaSettings},
};
use sentinel_tests::{
    dev_ledger::{DevLedger, Options},
    endpoint::{Counting, Proxy},
    lab::{Agent, Event, Lab, Settings, Site},
};
use serde::Serialize;
use tokio::time::{sleep, timeout};

/// Posts of this cycle.
pub(crate) const NEW: usize = 40;
/// What each peer gets: ten SOL.
const FUNDS: u64 = 10_000_000_000;
/// When a start is given up.
const PATIENCE: Duration = Duration::from_secs(120);
/// For so long memory is watched after all is known.
const AFTERWARDS: Duration = Duration::from_secs(5);

/// What a start cost.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Start {
    /// Posts of earlier cycles on the ledger.
    pub(crate) old_posts: u32,
    /// From the daemon's start until it had read the peers and seen all posts of this cycle.
    pub(crate) time: Duration,
    /// Accounts that it read in lists.
    pub(crate) accounts: usize,
    /// Bytes of all answers that it got.
    pub(crate) bytes: usize,
    /// The most memory that it occupied, in bytes.
    pub(crate) memory: u64,
}

/// Starts a daemon beside so many old posts.
pub(crate) async fn start(old_posts: u32) -> anyhow::Result<Start> {
    let lab = Lab::build()?;
    let host = lab.connect(&Site::B)?;
    let ledger = host.namespace.run(DevLedger::start(Options::default())).await??;
    ledger.age(old_posts.into()).await?;
    let (rpc, websocket) = (ledger.rpc_url.clone(), ledger.websocket_url.clone());
    let newcomer = Identity::generate()?;
    ledger.fund(&newcomer.peer_key(), FUNDS).await?;
    let program = ProgramId(ledger.program.to_bytes());
    let settings = SolanaSettings::new(&rpc, None, program, Commitment::Confirmed)?;
    let posts = host.namespace.run(post(SolanaLedger::new(settings, &newcomer)?)).await??;
    let authority = host.directory().join("authority.json");
    ledger.authority.save(&authority)?;

    let endpoint = host.namespace.run(Proxy::before(rpc, websocket, Counting::default())).await??;
    let config = format!(
        "[ledger]\nrpc = \"{}\"\nwebsocket = \"{}\"\nprogram = \"{}\"\n",
        endpoint.url,
        endpoint.websocket_url(),
        ledger.program
    );
    let mut agent = Agent::configure(&host, Settings { more: &config, ..Settings::default() }).await?;
    ledger.fund(&agent.peer(), FUNDS).await?;
    let authority = authority.display().to_string();
    agent.command(&["network", "join", "--founder-key", &authority, "--karma", "100"]).await?;

    let (accounts, bytes) = (endpoint.manners.accounts(), endpoint.manners.bytes());
    let begun = Timestamp::now();
    agent.start().await?;
    let known = timeout(PATIENCE, all_seen(&agent, posts)).await.context("waiting for all posts")??;
    sleep(AFTERWARDS).await;
    Ok(Start {
        old_posts,
        time: known.duration_since(begun).try_into()?,
        accounts: endpoint.manners.accounts() - accounts,
        bytes: endpoint.manners.bytes() - bytes,
        memory: agent.running()?.peak_memory()?,
    })
}

/// The moment at which the last of the posts was seen.
async fn all_seen(agent: &Agent, mut posts: HashSet<String>) -> anyhow::Result<Timestamp> {
    let is_seen = |event: &Event| event.step == "seen";
    loop {
        for event in agent.steps()?.into_iter().filter(is_seen) {
            if let Some(post) = event.fields.get("post").and_then(|post| post.as_str())
                && posts.remove(post)
                && posts.is_empty()
            {
                return Ok(event.at);
            }
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// Makes a newcomer of this client, and posts for it. Nobody fetches anything of what a newcomer posts beyond a few logs.
async fn post(client: SolanaLedger) -> anyhow::Result<HashSet<String>> {
    client.join("https://peer.example:9000", None).await?;
    let mut posts = HashSet::new();
    for number in 0..NEW {
        let log_url = format!("https://peer.example:9000/logs/{number:016x}").parse()?;
        let published = client.publish(&log_url, FileHash::of(&number.to_le_bytes())).await?;
        posts.insert(published.post.to_string());
    }
    Ok(posts)
}
