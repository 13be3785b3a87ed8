//! `posts publish`: a log that the operator has is stored, hashed and posted.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;

use crate::{
    cli::{Exit, Options, exit, input::Input, options::unexpected, output::Table},
    control::{Answer, Attachment, PublicationView, RedactionView, Request},
    domain::MAX_LOG_BYTES,
};

/// Store a log, hash it, and post it on the ledger
///
/// A log that proves no attack is refused (exit code 7). The file is published byte by byte as it is, and everybody can
/// read it. Lines that redaction would have changed are told afterwards; with --redact they are: what is private is
/// taken out of them, and what proves nothing is left out. Publishing the same file again changes nothing.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentinel-agent posts publish attack.log --redact
  grep 'Failed password' /var/log/auth.log | sentinel-agent posts publish -")]
pub(in crate::cli) struct Publish {
    /// The log, of at most 10 MB; - for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Take out what is private first, as of the logs that this agent writes itself
    #[arg(long)]
    redact: bool,
}

impl Publish {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let daemon = options.daemon();
        let log = Attachment::new(read(&self.file)?);
        let Answer::Published(published) = daemon.ask(&Request::Publish { log, redact: self.redact })? else {
            return Err(unexpected());
        };
        if published.post.is_none() {
            exit::say("the ledger has not confirmed the post yet; it is sent until it does");
        }
        if let Some(told) = told(&published.redaction) {
            exit::say(&told);
        }
        options.output().show(&published, |_| table(&published))?;
        Ok(Exit::Ok)
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let Input { name, content, .. } = Input::open(file)?;
    let mut log = Vec::new();
    let limit = u64::try_from(MAX_LOG_BYTES).unwrap_or(u64::MAX);
    content.take(limit + 1).read_to_end(&mut log).with_context(|| format!("reading {name}"))?;
    if log.len() > MAX_LOG_BYTES {
        bail!("publishing {name}: it is larger than {MAX_LOG_BYTES} bytes, the most that a log may have");
    }
    Ok(log)
}

/// What the operator has to know about lines that are private, if there are any.
fn told(redaction: &RedactionView) -> Option<String> {
    let RedactionView { applied, lines, first } = redaction;
    let mut numbers = first.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    if *lines > first.len() {
        numbers.push_str(", ...");
    }
    match (lines, applied) {
        (0, _) => None,
        (_, true) => Some(format!("redaction changed or left out lines: {lines} (numbers {numbers})")),
        (_, false) => Some(format!(
            "warning: everybody can read now what redaction would have changed or left out, lines: {lines} (numbers \
             {numbers}); `posts publish --redact` takes it out first"
        )),
    }
}

fn table(published: &PublicationView) -> Table {
    let mut table = Table::pairs();
    table.pair("file hash", published.file_hash);
    table.pair("log", &published.log_url);
    table.pair("attackers", published.attacker_count);
    if let Some(post) = published.post {
        table.pair("post", post);
    }
    if let Some(tx) = published.tx {
        table.pair("transaction", tx);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_is_refused_before_it_is_sent() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.log");
        std::fs::write(&path, vec![b'x'; MAX_LOG_BYTES + 1]).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("larger than 10485760 bytes"));
        std::fs::write(&path, "x").unwrap();
        assert_eq!(read(&path).unwrap(), b"x");
    }

    #[test]
    fn the_operator_is_told_which_lines_redaction_changes() {
        let of =
            |applied, lines, first: &[usize]| told(&RedactionView { applied, lines, first: first.to_vec() });
        assert_eq!(of(false, 0, &[]), None);
        let warning = of(false, 2, &[1, 7]).unwrap();
        assert!(warning.contains("lines: 2 (numbers 1, 7); `posts publish --redact`"), "{warning}");
        assert_eq!(
            of(true, 4, &[2, 3, 5]).unwrap(),
            "redaction changed or left out lines: 4 (numbers 2, 3, 5, ...)"
        );
    }
}
