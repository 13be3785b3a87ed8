//! The network of the calling thread, and the programs that show and change it.

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use anyhow::{Context, bail};
use nix::sched::{CloneFlags, unshare};

/// Moves the calling thread into a new network with nothing but loopback in it, which goes when the thread ends.
///
/// # Errors
/// Without the right to do so; the message says how to get it.
pub fn private_network() -> anyhow::Result<()> {
    unshare(CloneFlags::CLONE_NEWNET)
        .context("making a network namespace, which only root may (in a user namespace: unshare -rn)")?;
    ip("link set lo up")
}

/// Runs lines of `ip` commands.
///
/// # Errors
/// When `ip` is not installed or refuses one of them.
pub fn ip(commands: &str) -> anyhow::Result<()> {
    let mut command = Command::new("ip");
    command.args(["-batch", "-"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("starting ip")?;
    let mut input = child.stdin.take().context("ip has no standard input")?;
    input.write_all(commands.as_bytes()).context("writing to ip")?;
    drop(input);
    printed(&format!("ip -batch: {commands}"), &child.wait_with_output().context("waiting for ip")?).map(drop)
}

/// Runs `nft` with these arguments and returns what it printed.
///
/// # Errors
/// When `nft` is not installed or fails.
pub fn nft(arguments: &str) -> anyhow::Result<String> {
    let output = Command::new("nft").args(arguments.split_whitespace()).output().context("starting nft")?;
    printed(&format!("nft {arguments}"), &output)
}

/// What a program printed; what it said is the error when it failed.
pub(super) fn printed(asked: &str, output: &Output) -> anyhow::Result<String> {
    if !output.status.success() {
        bail!("{asked} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
