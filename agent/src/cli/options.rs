//! The options that every subcommand takes, and what they lead to.

use std::{
    io::{self, BufWriter, IsTerminal, StdoutLock},
    path::PathBuf,
};

use anyhow::anyhow;
use clap::Args;
use jiff::Timestamp;

use super::{
    logging::LogFormat,
    output::{Format, Output, Style},
};
use crate::{
    config::{self, ConfigError, Configuration, Settings},
    control::{self, Answer, Request},
};

/// The global options.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(super) struct Options {
    /// Config file; conf.d/*.toml beside it is read too [default: /etc/sentinel-agent/sentinel.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print JSON
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// How `run` writes its log to stderr: text or json; RUST_LOG sets the level
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        value_enum,
        default_value_t,
        hide_possible_values = true
    )]
    pub(super) log_format: LogFormat,
}

impl Options {
    /// The files that make the configuration.
    pub(super) fn config_files(&self) -> Vec<PathBuf> {
        config::files(self.config.as_deref())
    }

    /// The configuration, with what should be seen to.
    pub(super) fn configuration(&self) -> Result<Configuration, ConfigError> {
        Configuration::read(&self.config_files())
    }

    /// The settings.
    pub(super) fn settings(&self) -> Result<Settings, ConfigError> {
        self.configuration().map(|all| all.settings)
    }

    /// The daemon, to ask it more than once. It is asked also when the configuration makes no sense: the daemon may tell
    /// that it did not take it.
    pub(super) fn daemon(&self) -> Daemon {
        Daemon::at(config::control_socket(&self.config_files()))
    }

    /// Asks the daemon; that it failed there is an error here.
    pub(super) fn ask(&self, request: &Request) -> anyhow::Result<Answer> {
        self.daemon().ask(request)
    }

    /// Where data goes, in the form that was asked for.
    pub(super) fn output(&self) -> Output<BufWriter<StdoutLock<'static>>> {
        let stdout = io::stdout();
        let format = match (self.json, stdout.is_terminal()) {
            (true, _) => Format::Json,
            (false, true) => Format::Terminal,
            (false, false) => Format::Plain,
        };
        let width = terminal_size::terminal_size().map(|(width, _)| width.0);
        Output::new(BufWriter::new(stdout.lock()), Style { format, width, now: Timestamp::now() })
    }
}

/// The running daemon.
pub(super) struct Daemon {
    socket: PathBuf,
}

impl Daemon {
    /// The one that listens there, if any does.
    pub(super) fn at(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Asks it; that it failed there is an error here.
    pub(super) fn ask(&self, request: &Request) -> anyhow::Result<Answer> {
        match control::ask(&self.socket, request)? {
            Answer::Failed(failure) => Err(failure.into()),
            answer => Ok(answer),
        }
    }
}

/// The daemon's answer is one to another question.
pub(super) fn unexpected() -> anyhow::Error {
    anyhow!("the daemon answered something else than was asked; is it of another version? restart it")
}
