//! Who is measured.

use std::{
    fmt::{self, Write as _},
    fs,
    net::Ipv4Addr,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};
use serde::Serialize;

use crate::{
    cost::Job,
    elements::{TIMEOUT, addresses},
    worker,
};

/// A way to tell the kernel whom to block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Contender {
    /// This agent.
    Sentinel,
    /// The `nft` program.
    Nft,
    /// The `ipset` program.
    Ipset,
}

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sentinel => "sentinel",
            Self::Nft => "nft",
            Self::Ipset => "ipset",
        })
    }
}

/// Says which Debian package is missing, if one is.
pub(crate) fn all_installed() -> anyhow::Result<()> {
    for (program, package) in [("nft", "nftables"), ("ipset", "ipset"), ("ip", "iproute2")] {
        if Command::new(program).arg("--version").output().is_err() {
            bail!("{program} is missing: install Debian's package {package} (make dependencies)");
        }
    }
    Ok(())
}

impl Contender {
    pub(crate) const ALL: [Self; 3] = [Self::Sentinel, Self::Nft, Self::Ipset];

    /// All of them; somebody else begins in each round.
    pub(crate) fn in_turn(round: usize) -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().cycle().skip(round % Self::ALL.len()).take(Self::ALL.len())
    }

    /// The program that blocks `count` addresses at once, with its arguments. Files go into `folder`.
    pub(crate) fn load(self, count: u32, folder: &Path) -> anyhow::Result<Job> {
        match self {
            Self::Sentinel => worker::load(count),
            Self::Nft => {
                let file = write(folder, "nft", count, nft_file)?;
                Ok(Job::of(vec!["nft".into(), "-f".into(), file.into()]))
            }
            Self::Ipset => {
                let file = write(folder, "ipset", count, ipset_file)?;
                Ok(Job::of(vec!["ipset".into(), "restore".into(), "-file".into(), file.into()]))
            }
        }
    }
}

/// The command that blocks one address more by a process of `nft`.
pub(crate) fn nft_ban(address: Ipv4Addr) -> Command {
    let mut command = Command::new("nft");
    let element = format!("{{ {address} timeout {}s }}", TIMEOUT.as_secs());
    command.args(["add", "element", "inet", "contender", "blocked", &element]);
    command
}

/// The command that blocks one address more by a process of `ipset`.
pub(crate) fn ipset_ban(address: Ipv4Addr) -> Command {
    let mut command = Command::new("ipset");
    command.args(["add", "blocked", &address.to_string(), "timeout", &TIMEOUT.as_secs().to_string()]);
    command
}

fn write(
    folder: &Path,
    kind: &str,
    count: u32,
    text: impl Fn(u32) -> Result<String, fmt::Error>,
) -> anyhow::Result<PathBuf> {
    let path = folder.join(format!("{count}.{kind}"));
    if !path.exists() {
        fs::write(&path, text(count)?).with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(path)
}

/// For `nft -f`: a set like the agent's, and its elements, in one transaction.
fn nft_file(count: u32) -> Result<String, fmt::Error> {
    let mut text = String::from("add table inet contender\n");
    writeln!(
        text,
        "add set inet contender blocked {{ type ipv4_addr; flags timeout; size {}; }}",
        room_for(count)
    )?;
    if count > 0 {
        text.push_str("add element inet contender blocked {\n");
        for address in addresses(count) {
            writeln!(text, "{address} timeout {}s,", TIMEOUT.as_secs())?;
        }
        text.push_str("}\n");
    }
    Ok(text)
}

/// How many elements a set takes that is to hold `count` and some bans more.
fn room_for(count: u32) -> u32 {
    count + 10_000
}

/// For `ipset restore`.
fn ipset_file(count: u32) -> Result<String, fmt::Error> {
    let room = room_for(count);
    let mut text = format!("create blocked hash:ip family inet timeout 0 maxelem {room} hashsize {room}\n");
    for address in addresses(count) {
        writeln!(text, "add blocked {address} timeout {}", TIMEOUT.as_secs())?;
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_begins_a_round_in_turn() {
        let first: Vec<_> = (0..4).filter_map(|round| Contender::in_turn(round).next()).collect();
        assert_eq!(first, [Contender::Sentinel, Contender::Nft, Contender::Ipset, Contender::Sentinel]);
        assert_eq!(Contender::in_turn(1).count(), 3);
    }
}
