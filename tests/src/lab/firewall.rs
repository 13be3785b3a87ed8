//! What the kernel's firewall holds, asked of the `nft` program and not of the agent.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use anyhow::{Context, bail, ensure};
use jiff::Timestamp;
use serde_json::Value;
use tokio::{process::Command, time::sleep};

use super::{Host, Namespace, Process, network};

/// The family and the name of the agent's table.
const TABLE: [&str; 2] = ["inet", "sentinel"];

/// Sees every address as it enters a set of the firewall in a namespace.
pub struct Monitor {
    process: Process,
}

impl Monitor {
    /// Starts to watch.
    ///
    /// # Errors
    /// When `nft` is not installed.
    pub async fn start(namespace: &Namespace) -> anyhow::Result<Self> {
        let mut command = Command::new("nft");
        command.args(["-j", "monitor", "elements"]);
        Ok(Self { process: Process::start(namespace, command).await? })
    }

    /// Waits until the kernel has `ip` in `set`, and tells since when.
    ///
    /// # Errors
    /// When that takes longer than `limit`.
    pub async fn added(&self, set: &str, ip: IpAddr, limit: Duration) -> anyhow::Result<Timestamp> {
        let what = format!("{ip} in the kernel's set {set}");
        self.process
            .transcript()
            .wait_for(&what, limit, |line| adds(&line.text, set, ip).then_some(line.at))
            .await
    }
}

/// Whether a line of `nft -j monitor` (libnftables-json(5)) says that `ip` was added to `set`.
fn adds(line: &str, set: &str, ip: IpAddr) -> bool {
    let event: Value = serde_json::from_str(line).unwrap_or_default();
    let element = &event["add"]["element"];
    let ours = element["family"] == TABLE[0] && element["table"] == TABLE[1] && element["name"] == set;
    let added = element["elem"]["set"].as_array();
    let ip = ip.to_string();
    ours && added.is_some_and(|added| {
        added.iter().any(|element| element["elem"]["val"] == ip.as_str() || *element == ip.as_str())
    })
}

/// A set of the agent's table as `nft` prints it.
///
/// # Errors
/// When there is no such table or set.
pub async fn list_set(host: &Host, set: &str) -> anyhow::Result<String> {
    nft(host, format!("list set inet sentinel {set}")).await
}

/// The addresses in a set of the agent's table, with the seconds that each has left.
///
/// # Errors
/// When there is no such table or set, or an element has no timeout.
pub async fn seconds_left(host: &Host, set: &str) -> anyhow::Result<BTreeMap<IpAddr, i64>> {
    let listed: Value = serde_json::from_str(&nft(host, format!("-j list set inet sentinel {set}")).await?)?;
    let objects = listed["nftables"].as_array().into_iter().flatten();
    let elements = objects.filter_map(|object| object["set"]["elem"].as_array()).flatten();
    let seconds = elements.map(|element| {
        let element = &element["elem"];
        let left = element["expires"].as_i64().with_context(|| format!("no timeout: {element}"))?;
        Ok((element["val"].as_str().unwrap_or_default().parse()?, left))
    });
    seconds.collect()
}

/// The tables of the host's firewall, one a line.
///
/// # Errors
/// When `nft` fails.
pub async fn tables(host: &Host) -> anyhow::Result<String> {
    nft(host, "list tables".to_owned()).await
}

/// The addresses in a set of the agent's table.
///
/// # Errors
/// When there is no such table or set.
pub async fn members(host: &Host, set: &str) -> anyhow::Result<BTreeSet<IpAddr>> {
    let listed = list_set(host, set).await?;
    Ok(addresses(&listed).collect())
}

fn addresses(listed: &str) -> impl Iterator<Item = IpAddr> {
    listed.split([' ', ',', '\n', '\t']).filter_map(|word| word.parse().ok())
}

/// Whether `ip` stands anywhere in the agent's table: after a large table was replaced, its sets have other names. Not when
/// there is no table.
///
/// # Errors
/// When `nft` fails.
pub async fn has(host: &Host, ip: IpAddr) -> anyhow::Result<bool> {
    let listed = nft(host, "list ruleset inet".to_owned()).await?;
    let table = listed.split("\n}").find(|table| table.trim_start().starts_with("table inet sentinel "));
    Ok(table.is_some_and(|table| addresses(table).any(|found| found == ip)))
}

/// Whether `ip` is in a set of the agent's table.
///
/// # Errors
/// When there is no such table or set.
pub async fn holds(host: &Host, set: &str, ip: IpAddr) -> anyhow::Result<bool> {
    Ok(members(host, set).await?.contains(&ip))
}

/// Does something, looking all the while, as fast as `nft` can, whether the agent's table has `ip` somewhere.
///
/// # Errors
/// When it once does not, or what is done fails.
pub async fn holds_throughout<T>(
    host: &Host,
    ip: IpAddr,
    deed: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let looking = async {
        loop {
            let table = nft(host, "list table inet sentinel".to_owned()).await?;
            ensure!(table.contains(&ip.to_string()), "{ip} is not in the table at {}", host.site.name);
        }
    };
    tokio::select! {
        looked = looking => looked,
        done = deed => done,
    }
}

/// Waits until `ip` is in a set of the agent's table.
///
/// # Errors
/// When it is not within 10 s.
pub async fn wait_until_held(host: &Host, set: &str, ip: IpAddr) -> anyhow::Result<()> {
    wait_until(host, set, &format!("{ip}"), |members| members.contains(&ip)).await
}

/// Waits until a set of the agent's table holds `wanted` and nothing else.
///
/// # Errors
/// When it does not within 10 s.
pub async fn wait_until_exactly(host: &Host, set: &str, wanted: &BTreeSet<IpAddr>) -> anyhow::Result<()> {
    wait_until(host, set, &format!("exactly {wanted:?}"), |members| members == wanted).await
}

async fn wait_until(
    host: &Host,
    set: &str,
    what: &str,
    satisfied: impl Fn(&BTreeSet<IpAddr>) -> bool,
) -> anyhow::Result<()> {
    let mut members = Ok(BTreeSet::new());
    for _ in 0..100 {
        members = self::members(host, set).await;
        if members.as_ref().is_ok_and(&satisfied) {
            return Ok(());
        }
        sleep(Duration::from_millis(100)).await;
    }
    let found = members.map_or_else(|error| error.to_string(), |members| format!("{members:?}"));
    bail!("set {set} at {} does not hold {what} within 10 s, but {found}", host.site.name)
}

/// Does to a host's firewall whatever another program might.
///
/// # Errors
/// When the kernel refuses.
pub async fn interfere(host: &Host, act: &str) -> anyhow::Result<()> {
    nft(host, act.to_owned()).await.map(drop)
}

/// Removes the agent's table, as somebody might who does not know whose it is.
///
/// # Errors
/// When there is none, or it is owned by a running agent.
pub async fn delete_table(host: &Host) -> anyhow::Result<()> {
    nft(host, "delete table inet sentinel".to_owned()).await.map(drop)
}

async fn nft(host: &Host, arguments: String) -> anyhow::Result<String> {
    host.namespace.run_blocking(move || network::nft(&arguments)).await?
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDED: &str = r#"{"add": {"element": {"family": "inet", "table": "sentinel", "name": "blocked4",
        "elem": {"set": [{"elem": {"val": "203.0.113.7", "timeout": 14400, "expires": 14400}}]}}}}"#;

    #[test]
    fn an_added_address_is_seen_in_its_own_set_only() {
        assert!(adds(ADDED, "blocked4", [203, 0, 113, 7].into()));
        assert!(!adds(ADDED, "peers4", [203, 0, 113, 7].into()));
        assert!(!adds(ADDED, "blocked4", [203, 0, 113, 8].into()));
    }

    #[test]
    fn a_removed_address_or_another_table_is_no_addition() {
        assert!(!adds(&ADDED.replace("\"add\"", "\"delete\""), "blocked4", [203, 0, 113, 7].into()));
        assert!(!adds(&ADDED.replace("sentinel", "other"), "blocked4", [203, 0, 113, 7].into()));
    }
}
