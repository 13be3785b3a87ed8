//! `blocks import`: blocks every network of a list.

mod intake;

use std::{
    io::{BufRead, BufReader},
    path::PathBuf,
};

use anyhow::{Context, bail};
use clap::Args;
use jiff::Timestamp;

use super::{
    format::{ReadAs, Sniffed, each_entry, sniff},
    session, span,
};
use crate::{
    cli::{Exit, Options, exit, input::Input, options::unexpected, output::Table, progress},
    config::Span,
    control::{Answer, Expiry, Request},
};
use intake::{Intake, Tally};

/// Block every network of a list
///
/// What cannot be read is named with its line, what the guard refuses with its rule; everything else is blocked.
/// Entries whose time has run out are left out, and what no list should hold: IPv4 networks wider than /8, IPv6 networks
/// wider than /16. Exit code 0 when all of the list is blocked, 9 when some of it is refused, 1 when some of it cannot
/// be read.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  curl -s https://www.spamhaus.org/drop/drop.txt | sentinel-agent blocks import - --for 1d
  fail2ban-client banned | sentinel-agent blocks import - --for 1d
  fail2ban-client get sshd banip --with-time | sentinel-agent blocks import -
  cscli decisions list -o json | sentinel-agent blocks import -
  sentinel-agent blocks import /var/lib/sshguard/blacklist.db --for 7d
  ipset save f2b-sshd | sentinel-agent blocks import - --dry-run
  nft -j list set inet f2b-table addr-set-sshd | sentinel-agent blocks import - --for 1d

Formats:
  Recognised by their beginning: plain lists of addresses and networks, with comments behind
  #, ; or //; what blocks export writes; ipset save and nft -j list set; the two answers of
  fail2ban-client above, of which --with-time tells how long each ban goes on; CrowdSec's
  decisions, of which bans of addresses and networks are taken, for the time that they have
  left; SSHGuard's blacklist file.")]
pub(in crate::cli) struct Import {
    /// The list; - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// For how long, where the list does not say [default: block.duration of the config]
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    span: Option<Span>,
    /// Why, for whoever asks later [default: what the list says, else where it came from]
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How to read it [default: recognised by its beginning]
    #[arg(long, value_name = "FORMAT", value_enum)]
    format: Option<ReadAs>,
    /// Only tell what would be blocked
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let daemon = options.daemon();
        let Input { name, content, size } = Input::open(&self.file)?;
        let progress = progress::bar(size);
        let (sniffed, input) =
            sniff(BufReader::new(progress.wrap_read(content))).with_context(|| format!("reading {name}"))?;
        let form = match (self.format, sniffed) {
            (_, Sniffed::Unreadable(what)) => bail!("{name} is {what}"),
            (Some(form), _) | (None, Sniffed::List(form)) => form,
        };
        let ask = |entries| {
            let request = Request::Block { entries, session: session::address(), trial: self.dry_run };
            match daemon.ask(&request)? {
                Answer::Blocked(answer) => Ok(answer),
                _ => Err(unexpected()),
            }
        };
        let say = |complaint: &str| progress.suspend(|| exit::say(complaint));
        let defaults = intake::Defaults {
            now: Timestamp::now(),
            expiry: self.span.map(|span| Expiry::In(span.unsigned().as_secs())),
            reason: self.reason.clone(),
            origin: format!("imported from {name}"),
        };
        let tally = import(input, form, Intake::new(defaults, ask, say), &name)?;
        progress.finish_and_clear();
        self.tell(&tally, options)?;
        Ok(tally.exit())
    }

    fn tell(&self, tally: &Tally, options: &Options) -> anyhow::Result<()> {
        if tally.observe && !self.dry_run {
            exit::say("the agent only observes: nothing is dropped, these would be");
        }
        options.output().show(tally, |_| {
            let mut table = Table::pairs();
            table.pair(if self.dry_run { "would be blocked" } else { "blocked" }, tally.blocked);
            table.pair("run out already", tally.expired);
            table.pair("refused", tally.refused);
            table.pair("not readable", tally.unreadable);
            table.pair("passed over", tally.passed_over);
            table
        })?;
        Ok(())
    }
}

fn import(input: impl BufRead, form: ReadAs, mut intake: Intake<'_>, name: &str) -> anyhow::Result<Tally> {
    let taken = each_entry(input, form, |line, item| intake.take(line, item));
    let tally = taken.and_then(|()| intake.finish()).with_context(|| format!("importing {name}"))?;
    if tally.is_empty() {
        bail!("importing {name}: no network is in it");
    }
    Ok(tally)
}

#[cfg(test)]
mod tests;
