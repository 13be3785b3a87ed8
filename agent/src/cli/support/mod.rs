//! `support`: what to send to whoever is asked for help.

mod amounts;
mod dump;
mod own_words;
mod scrub;
mod urls;

#[cfg(test)]
mod tests;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand};
use serde::Serialize;

use self::{dump::Dump, scrub::Scrubber};
use super::{Exit, Options, output::write_private_file};

/// Put together what others need to help
#[derive(Debug, Subcommand)]
pub(super) enum Support {
    Dump(DumpArgs),
}

/// Write down how this agent is doing, in one text to read before it is sent
///
/// Version, system, configuration, status, doctor, the daemon's last warnings, database, firewall table and metrics, a
/// megabyte at the most. Secrets are never in it, and of URLs only the beginning. As root it knows most. With --redact words
/// such as <address 1> stand for the addresses, names, keys, hashes and URLs of this host, its peers and its attackers, the
/// same word for the same thing; of karma and money, which the public ledger knows too, only the size is left.
#[derive(Debug, Args)]
pub(super) struct DumpArgs {
    /// Leave out what says whose host it is
    #[arg(long)]
    redact: bool,
    /// Where to, for nobody but this user to read; without it the text goes to stdout
    file: Option<PathBuf>,
}

#[derive(Debug, Serialize)]
struct Printed {
    redacted: bool,
    text: String,
}

impl Support {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let Self::Dump(DumpArgs { redact, file }) = self;
        let dump = Dump::gather(options);
        let text = if redact { Scrubber::knowing(&dump.private).scrub(&dump.text()) } else { dump.text() };
        match file {
            Some(file) => write_private_file(&file, |out| Ok(out.write_all(text.as_bytes())?))?,
            None if options.json => {
                options.output().show(&Printed { redacted: redact, text }, |_| String::new())?;
            }
            None => io::stdout().write_all(text.as_bytes())?,
        }
        Ok(Exit::Ok)
    }
}
