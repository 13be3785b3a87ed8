//! `posts preview`: every byte that would leave.

use std::{
    io::{self, BufReader, Write},
    net::IpAddr,
    path::{Path, PathBuf},
};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;

use super::drafted::Drafted;
use crate::{
    cli::{Exit, Options, exit, input::Input, lines, options::unexpected, output::Stream, runtime::block_on},
    config::Settings,
    control::{Answer, DraftPage, DraftQuery, DraftView, Request},
    daemon::Preview as Rehearsed,
    identity::Identity,
    kernel,
};

/// Show every byte that would leave, and let nothing leave
///
/// Without options: the logs of this agent's own that are not posted, be they queued or kept because share.publish is
/// off. Each is shown as it is stored, and with it the post: where it is served, what it hashes to, and the accounts
/// that the transaction names. Lines that would prove nothing without what is private are left out. In a pipe the
/// fields come first, tab-separated, then an empty line and the log; with --json the log is exact to the byte, in
/// base64 where it is not UTF-8.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sentinel-agent posts preview
  sentinel-agent posts preview --file /var/log/auth.log --diff
  sentinel-agent posts preview --for 203.0.113.7 --json | jq -r '.drafts[].log.text'")]
pub(in crate::cli) struct Preview {
    /// What would leave, had this agent read that log (- for stdin); asks no daemon
    #[arg(long, value_name = "LOG", conflicts_with = "address")]
    file: Option<PathBuf>,
    /// What accuses this address: the stored logs, and what is collected so far
    #[arg(long = "for", value_name = "ADDRESS")]
    address: Option<IpAddr>,
    /// Show each line as it was read beside the line that leaves, where it is still known: not of logs that are stored
    #[arg(long)]
    diff: bool,
}

impl Preview {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let mut output = options.output();
        let mut shown = Shown { stream: output.stream("drafts"), diff: self.diff, count: 0 };
        match (&self.file, self.address) {
            (Some(file), _) => {
                let settings = options.settings()?;
                rehearse(&settings, file, &mut shown)?;
            }
            (None, Some(address)) => {
                let page = asked(options, DraftQuery::Against { address })?;
                shown.take(page.drafts)?;
            }
            (None, None) => unposted(options, &mut shown)?,
        }
        let count = shown.end()?;
        exit::say(&format!("logs shown: {count}; nothing was stored or posted"));
        Ok(Exit::Ok)
    }
}

/// The logs as they come.
struct Shown<'a, W> {
    stream: Stream<'a, W>,
    diff: bool,
    count: u64,
}

impl<W: Write> Shown<'_, W> {
    fn take(&mut self, drafts: Vec<DraftView>) -> io::Result<()> {
        for mut draft in drafts {
            if !self.diff {
                draft.lines.clear();
            }
            self.count += 1;
            self.stream.page(&[draft], |drafts, _| Drafted { drafts, diff: self.diff })?;
        }
        Ok(())
    }

    fn end(self) -> io::Result<u64> {
        self.stream.end()?;
        Ok(self.count)
    }
}

fn asked(options: &Options, query: DraftQuery) -> anyhow::Result<DraftPage> {
    let Answer::Drafts(page) = options.ask(&Request::Drafts(query))? else { return Err(unexpected()) };
    Ok(page)
}

fn unposted<W: Write>(options: &Options, shown: &mut Shown<'_, W>) -> anyhow::Result<()> {
    let mut after = None;
    loop {
        let page = asked(options, DraftQuery::Unposted { after })?;
        if after.is_none() && !page.publishes {
            exit::say("publishing is off: what is kept leaves only by `posts publish`");
        }
        shown.take(page.drafts)?;
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

fn rehearse<W: Write>(settings: &Settings, file: &Path, shown: &mut Shown<'_, W>) -> anyhow::Result<()> {
    let Input { name, content, .. } = Input::open(file)?;
    let identity = Identity::find(&settings.identity.key_file).unwrap_or_else(|error| {
        exit::say(&format!("warning: the post is not shown: {error}"));
        None
    });
    let links = block_on(kernel::watch())??;
    let now = Timestamp::now();
    let mut rehearsed =
        Rehearsed::new(settings, links, identity.as_ref().map(|(identity, _)| identity), now)?;
    lines::each(&mut BufReader::new(content), |raw| {
        shown.take(rehearsed.line(raw)?)?;
        Ok::<_, anyhow::Error>(())
    })
    .with_context(|| format!("reading {name}"))?;
    Ok(shown.take(rehearsed.end()?)?)
}
