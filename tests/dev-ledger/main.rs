//! `dev-ledger`: try the agent without a validator.
//!
//! ```text
//! dev-ledger --authority authority.json --fund <address of a peer>
//! ```
//!
//! It answers as soon as it has printed its addresses and runs until it is interrupted.
#![allow(clippy::print_stdout, reason = "what it prints is what it is asked for")]

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Parser;
use sentinel_agent::{domain::PeerKey, identity::Identity};
use sentinel_tests::dev_ledger::{DevLedger, Options, RPC_PORT, keys};
use solana_sdk::signature::Keypair;

/// What each funded address gets: ten SOL.
const FUNDS: u64 = 10_000_000_000;

/// The Sentinel program in LiteSVM behind Solana's JSON-RPC and websocket. All of it is in memory.
#[derive(Parser)]
#[command(name = "dev-ledger", version)]
struct Arguments {
    /// Port of the JSON-RPC; the websocket takes the next one.
    #[arg(long, default_value_t = RPC_PORT)]
    rpc_port: u16,
    /// Address to listen on.
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into())]
    bind: IpAddr,
    /// The program to load instead of the built-in one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Solana CLI key file with the program's key, instead of the fixed development key.
    #[arg(long, value_name = "FILE")]
    program_keypair: Option<PathBuf>,
    /// Solana CLI key file of the network's authority: read, or written when there is none.
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Give ten SOL to this address. May be repeated.
    #[arg(long, value_name = "ADDRESS")]
    fund: Vec<PeerKey>,
    /// Seconds that a cycle lasts.
    #[arg(long, default_value_t = Options::default().parameters.cycle_length)]
    cycle_length: i64,
    /// Lamports that joining costs until one leaves.
    #[arg(long, default_value_t = Options::default().parameters.bond)]
    bond: u64,
    /// By how much a like raises a voter's opinion of the post's owner.
    #[arg(long, default_value_t = Options::default().parameters.karma_per_like)]
    karma_per_like: u64,
    /// By how much a dispute lowers it.
    #[arg(long, default_value_t = Options::default().parameters.karma_per_dispute)]
    karma_per_dispute: u64,
    /// The most karma that one voter can give to or take from one peer (1 to 127).
    #[arg(long, default_value_t = Options::default().parameters.opinion_limit)]
    opinion_limit: u8,
    /// Karma that a peer needs for its likes and disputes to count.
    #[arg(long, default_value_t = Options::default().parameters.vote_min_karma)]
    vote_min_karma: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let fund = arguments.fund.clone();
    let ledger = DevLedger::start(arguments.options()?).await?;
    for address in &fund {
        ledger.fund(address, FUNDS).await.with_context(|| format!("funding {address}"))?;
    }
    introduce(&ledger);
    tokio::signal::ctrl_c().await.context("waiting for an interrupt")
}

impl Arguments {
    fn options(self) -> anyhow::Result<Options> {
        let mut options = Options { bind: self.bind, rpc_port: self.rpc_port, ..Options::default() };
        options.parameters.cycle_length = self.cycle_length;
        options.parameters.bond = self.bond;
        options.parameters.karma_per_like = self.karma_per_like;
        options.parameters.karma_per_dispute = self.karma_per_dispute;
        options.parameters.opinion_limit = self.opinion_limit;
        options.parameters.vote_min_karma = self.vote_min_karma;
        if let Some(path) = self.program {
            options.program = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        }
        if let Some(path) = self.program_keypair {
            options.program_key = keypair(&Identity::load(&path)?);
        }
        if let Some(path) = self.authority {
            options.authority = keypair(&authority(&path)?);
        }
        Ok(options)
    }
}

/// Reads the authority's key, or writes the fixed one where an agent's owner can use it.
fn authority(path: &Path) -> anyhow::Result<Identity> {
    if !path.exists() {
        let fixed = Identity::from_base58(&keys::authority().to_base58_string(), "the fixed authority")?;
        fixed.save(path)?;
    }
    Ok(Identity::load(path)?)
}

fn keypair(identity: &Identity) -> Keypair {
    Keypair::new_from_array(identity.signing_key().to_bytes())
}

fn introduce(ledger: &DevLedger) {
    println!("JSON-RPC   {}", ledger.rpc_url);
    println!("websocket  {}", ledger.websocket_url);
    println!("program    {}", ledger.program);
    println!("authority  {}", ledger.authority.peer_key());
    println!();
    println!("Point an agent at it in its configuration:");
    println!();
    println!("    [ledger]");
    println!("    rpc = \"{}\"", ledger.rpc_url);
    println!("    program = \"{}\"", ledger.program);
    println!();
    println!("Give lamports to a peer with --fund, or with JSON-RPC's requestAirdrop. Ctrl-C stops it.");
}
