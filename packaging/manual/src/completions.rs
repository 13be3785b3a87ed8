//! What shells need to complete the command line.

use clap::Command;
use clap_complete::{Shell, generate};

/// The script of each shell, by the name that it is looked for under.
pub(crate) fn scripts(command: &mut Command) -> Vec<(String, Vec<u8>)> {
    let shells = [
        (Shell::Bash, "sentinel-agent"),
        (Shell::Zsh, "_sentinel-agent"),
        (Shell::Fish, "sentinel-agent.fish"),
    ];
    let script = |(shell, name): (Shell, &str)| {
        let mut script = Vec::new();
        generate(shell, command, "sentinel-agent", &mut script);
        (format!("completions/{shell}/{name}"), script)
    };
    shells.map(script).into()
}
