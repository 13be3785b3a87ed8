//! `blocks add`: blocks what the operator names.

use clap::Args;
use ipnetwork::IpNetwork;

use crate::{
    cli::{Exit, Options, options::unexpected},
    config::Span,
    control::{Answer, Request},
};

/// Block an address or a network
///
/// Everything from there is dropped, answers to our own connections too. The guard refuses what must never be
/// blocked, such as an address of this host (exit code 9).
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  sentinel-agent blocks add 203.0.113.0/24 --for 7d --reason 'scans us daily'"
)]
pub(in crate::cli) struct Add {
    /// Address or network, such as 203.0.113.7 or 2001:db8::/64
    network: IpNetwork,
    /// For how long, such as 90s, 10m, 4h or 7d [default: block.duration of the config]
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    span: Option<Span>,
    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

fn time(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|error: <Span as std::str::FromStr>::Err| error.to_string())?;
    if span.0.is_zero() { Err("expected at least 1s".to_owned()) } else { Ok(span) }
}

impl Add {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let seconds = self.span.map(|span| span.unsigned().as_secs());
        let request = Request::Block { network: self.network, seconds, comment: self.reason };
        let Answer::Block(block) = options.ask(&request)? else { return Err(unexpected()) };
        options
            .output()
            .show(&block, |style| format!("blocked {} until {}", block.network, style.time(block.until)))?;
        Ok(Exit::Ok)
    }
}
