//! Writes the manual pages and shell completions into a folder: `sentinel-manual FOLDER`.
//!
//! Both come from what the agent itself goes by, its command line and its commented configuration, so that nothing is
//! told twice.

mod commands;
mod completions;
mod page;
mod settings;

use std::{env, fs, path::PathBuf};

use anyhow::Context;
use clap::{Command, CommandFactory};
use sentinel_agent::{cli::Cli, config};

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).context("usage: sentinel-manual FOLDER")?);
    let mut command = without_help(Cli::command());
    let mut files = commands::pages(&mut command)?;
    files.push(("man/sentinel.toml.5".to_owned(), settings::page(config::SAMPLE)));
    files.extend(completions::scripts(&mut command));
    for (name, content) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).with_context(|| format!("making {}", parent.display()))?;
        fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// `help` repeats what the pages and `--help` say.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}
