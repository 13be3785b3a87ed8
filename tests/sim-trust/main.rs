//! What the trust policy makes of hostile peers, simulated.
//!
//! ```text
//! make sim-trust            a minute; the picture is docs/trust.svg
//! make sim-trust JSON=1     everything for a program
//! ```
//!
//! The policy is the agent's own code, the karma that of the program's own rules; a small network also runs on the real program
//! in LiteSVM, and both must agree. What is simplified, `sentinel_tests::sim` says.

mod picture;
mod tables;

use std::{fs, io, num::NonZeroUsize, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;
use sentinel_agent::domain::PeerKey;
use sentinel_tests::{
    bench::{self, report::Verdict},
    program::PARAMETERS,
    sim::{Crowd, Outcome, Rules, Scenario, Svm, World},
};
use serde::Serialize;
use solana_sdk::{signature::Keypair, signer::Signer};

/// Simulates a network with hostile peers.
#[derive(Parser)]
#[command(name = "sim-trust", version)]
struct Arguments {
    /// Of it depends all that is random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
    /// Where the picture goes.
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
}

/// All that came of it.
#[derive(Serialize)]
struct Results {
    runs: Vec<Run>,
    verdicts: Vec<Verdict>,
}

#[derive(Serialize)]
struct Run {
    scenario: Scenario,
    outcome: Outcome,
}

fn main() -> ExitCode {
    bench::exit("sim-trust", simulate(&Arguments::parse()))
}

fn simulate(arguments: &Arguments) -> anyhow::Result<()> {
    let runs: Vec<Run> = scenarios(arguments.seed).into_iter().map(run).collect();
    let compared = on_the_program(arguments.seed);
    let verdicts = tables::verdicts(&runs, compared);
    let results = Results { runs, verdicts };
    if let Some(path) = &arguments.plot {
        fs::write(path, picture::svg(&results.runs))
            .with_context(|| format!("writing {}", path.display()))?;
    }
    if arguments.json {
        serde_json::to_writer_pretty(io::stdout(), &results)?;
    } else {
        tables::print(&results, io::stdout())?;
    }
    anyhow::ensure!(results.verdicts.iter().all(|verdict| verdict.met), "a target was missed");
    Ok(())
}

/// The network that must hold, and others that show why it does and where it ends.
fn scenarios(seed: u64) -> Vec<Scenario> {
    let crowd =
        Crowd { liars: 8, copycats: 8, ring: 8, garbage: 5, turncoats: 1, wave: 700, ..Crowd::default() };
    let defaults = Scenario {
        name: "defaults",
        seed,
        days: 14,
        founders: 55,
        newcomers: 15,
        crowd,
        attackers: 72,
        words: None,
    };
    vec![
        Scenario { name: "one word is enough", words: NonZeroUsize::new(1), ..defaults.clone() },
        Scenario { name: "two turn together", crowd: Crowd { turncoats: 2, ..crowd }, ..defaults.clone() },
        Scenario {
            name: "two attack to be believed",
            crowd: Crowd { farmers: 2, addresses: 1000, ..crowd },
            ..defaults.clone()
        },
        Scenario {
            name: "two attack, from four addresses",
            crowd: Crowd { farmers: 2, addresses: 4, ..crowd },
            ..defaults.clone()
        },
        defaults,
    ]
}

fn run(scenario: Scenario) -> Run {
    let mut rng = fastrand::Rng::with_seed(scenario.seed);
    let key = |_| PeerKey(std::array::from_fn(|_| rng.u8(..)));
    let keys: Vec<PeerKey> = (0..scenario.peers()).map(key).collect();
    let rules = Rules::new(PARAMETERS, World::<Rules>::begin());
    let (outcome, _) = World::new(scenario.clone(), rules, &keys).run();
    Run { scenario, outcome }
}

/// A small network on the real program; how often its karma was compared with that of the rules.
fn on_the_program(seed: u64) -> usize {
    let crowd = Crowd {
        liars: 1,
        copycats: 1,
        ring: 2,
        garbage: 1,
        turncoats: 1,
        farmers: 2,
        addresses: 30,
        wave: 3,
    };
    let scenario = Scenario {
        name: "on the program",
        seed,
        days: 4,
        founders: 6,
        newcomers: 2,
        crowd,
        attackers: 20,
        words: None,
    };
    let mut rng = fastrand::Rng::with_seed(seed);
    let seeds: Vec<[u8; 32]> = (0..scenario.peers()).map(|_| std::array::from_fn(|_| rng.u8(..))).collect();
    let key = |seed: &[u8; 32]| PeerKey(Keypair::new_from_array(*seed).pubkey().to_bytes());
    let keys: Vec<PeerKey> = seeds.iter().map(key).collect();
    let (_, ledger) = World::new(scenario, Svm::new(&seeds, World::<Svm>::begin()), &keys).run();
    ledger.compared()
}
