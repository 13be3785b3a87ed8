//! The command line, one file a subcommand.
//!
//! A subcommand asks the daemon over its socket, or works alone where it needs none, and hands what it found to
//! `output`, which knows the three forms: tables on a terminal, tab-separated text in a pipe, JSON on request. Data
//! goes to stdout and messages to stderr. Every failure is an error up to here, and becomes an [`Exit`] in one place.

mod allow;
mod blocks;
mod completions;
mod config;
mod doctor;
mod evidence;
mod exit;
mod input;
mod keys;
mod lines;
mod logging;
mod logs;
mod metrics;
mod network;
mod options;
mod output;
mod peers;
mod posts;
mod progress;
mod run;
mod runtime;
mod status;
mod support;
mod trust;

use clap::{Parser, Subcommand};

pub use exit::Exit;
use options::Options;

/// Where the package puts the documents that advice names.
const DOCS: &str = "/usr/share/doc/sentinel-agent/docs";

const AFTER_HELP: &str = "\
Examples:
  sentinel-agent run --observe            decide and show everything, block nothing
  sentinel-agent blocks explain 203.0.113.7
  sentinel-agent blocks list --json | jq -r '.blocks[].network'
  curl -s https://www.spamhaus.org/drop/drop.txt | sentinel-agent blocks import - --for 1d
  sentinel-agent allow add office.example --reason 'our own people'

Output:
  Tables on a terminal; in a pipe one line an item, tab-separated, without a header,
  with times in RFC 3339; JSON with --json. NO_COLOR is honoured.

Exit codes:
  0 ok, 1 failed, 2 usage or configuration, 3 daemon not running, 4 not found, 5 no permission,
  7 verification failed, 8 peer or ledger unreachable, 9 refused by the guard.";

/// Detects attacks in logs, drops the attackers in nftables and shares the proof with peers.
#[derive(Debug, Parser)]
#[command(name = "sentinel-agent", version, after_help = AFTER_HELP)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Run),
    Status(status::Status),
    Doctor(doctor::Doctor),
    Metrics(metrics::Metrics),
    #[command(subcommand)]
    Support(support::Support),
    #[command(subcommand)]
    Blocks(blocks::Blocks),
    #[command(subcommand)]
    Allow(allow::Allow),
    #[command(subcommand)]
    Posts(posts::Posts),
    #[command(subcommand)]
    Evidence(evidence::Evidence),
    #[command(subcommand)]
    Peers(peers::Peers),
    #[command(subcommand)]
    Trust(trust::Trust),
    #[command(subcommand)]
    Keys(keys::Keys),
    #[command(subcommand)]
    Network(network::Network),
    #[command(subcommand)]
    Logs(logs::Logs),
    #[command(subcommand)]
    Config(config::Config),
    Completions(completions::Completions),
}

impl Cli {
    /// Does what was asked for; a failure is told on stderr.
    #[must_use]
    pub fn run(self) -> Exit {
        let options = self.options;
        let result = match self.command {
            Command::Run(run) => run.run(&options),
            Command::Status(status) => status.run(&options),
            Command::Doctor(doctor) => doctor.run(&options),
            Command::Metrics(metrics) => metrics.run(&options),
            Command::Support(support) => support.run(&options),
            Command::Blocks(blocks) => blocks.run(&options),
            Command::Allow(allow) => allow.run(&options),
            Command::Posts(posts) => posts.run(&options),
            Command::Evidence(evidence) => evidence.run(&options),
            Command::Peers(peers) => peers.run(&options),
            Command::Trust(trust) => trust.run(&options),
            Command::Keys(keys) => keys.run(&options),
            Command::Network(network) => network.run(&options),
            Command::Logs(logs) => logs.run(&options),
            Command::Config(config) => config.run(&options),
            Command::Completions(completions) => completions.run(),
        };
        result.unwrap_or_else(|error| exit::report(&error))
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_subcommand_says_what_it_does() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn the_global_options_stand_before_or_behind_the_subcommand() {
        for line in ["--json blocks list", "blocks --json list", "blocks list --json"] {
            let words = std::iter::once("sentinel-agent").chain(line.split(' '));
            assert!(Cli::try_parse_from(words).unwrap().options.json, "{line}");
        }
    }

    #[test]
    fn what_is_no_network_or_no_duration_is_a_usage_error() {
        for line in ["blocks add 203.0.113.300", "blocks add 203.0.113.7 --for 4", "blocks add ::1 --for 0s"]
        {
            let words = std::iter::once("sentinel-agent").chain(line.split(' '));
            assert_eq!(Cli::try_parse_from(words).unwrap_err().exit_code(), 2, "{line}");
        }
    }
}
