//! What an agent is told, and the config that says so.

use std::{fmt::Write as _, path::Path};

use crate::lab::{FakeClock, Host, Ledger};

/// The port on which agents serve their logs.
pub const PORT: u16 = 9000;

/// What an agent is told beyond the defaults.
#[derive(Clone, Copy, Default)]
pub struct Settings<'a> {
    /// A log file to follow.
    pub log_file: Option<&'a Path>,
    /// What it sees as /var/log, to find by itself there what to read; it is told of no log then.
    pub logs: Option<&'a Path>,
    /// Where to post and what to follow; standalone without.
    pub ledger: Option<&'a Ledger>,
    /// Where it says that it serves its logs, when that is not true.
    pub public_url: Option<&'a str>,
    /// Further lines of its section `serve`.
    pub serve: &'a str,
    /// Further sections of its config.
    pub more: &'a str,
    /// The wall clock of its daemon, when that is not the machine's.
    pub clock: Option<&'a FakeClock>,
    /// The host names that its daemon knows, as hosts(5), when those are not the machine's.
    pub hosts: Option<&'a Path>,
}

impl Settings<'_> {
    /// The config file of the agent at `host`.
    pub(super) fn describe(&self, host: &Host) -> anyhow::Result<String> {
        let folder = host.directory().display();
        let files: Vec<String> = self.log_file.iter().map(|path| path.display().to_string()).collect();
        let sources = match self.logs {
            Some(_) => String::new(),
            None => {
                format!("[sources]\nauto = false\nfiles = {files:?}\n[sources.journald]\nenabled = false\n")
            }
        };
        let own_url = format!("https://{}:{PORT}", host.site.v4);
        let public_url = self.public_url.unwrap_or(&own_url);
        let publish = self.ledger.is_some();
        let mut config = format!(
            "[identity]\nkey_file = \"{folder}/identity.json\"\n\
             [store]\ndirectory = \"{folder}/state\"\n\
             [control]\nsocket = \"{folder}/control.sock\"\n\
             {sources}\
             [share]\npublish = {publish}\n\
             [serve]\nlisten = [\"[::]:{PORT}\"]\npublic_url = \"{public_url}\"\n\
             {serve}",
            serve = self.serve
        );
        if let Some(ledger) = self.ledger {
            write!(
                config,
                "[ledger]\nrpc = \"{}\"\nwebsocket = \"{}\"\nprogram = \"{}\"\n",
                ledger.rpc_url(),
                ledger.websocket_url(),
                ledger.program()
            )?;
        }
        config.push_str(self.more);
        Ok(config)
    }
}
