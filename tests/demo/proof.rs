//! The result, asked of everybody but the agents: TCP, `nft`, the ledger.

use std::net::IpAddr;

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Host, LOG_PORT, SSH_PORT, firewall};

use crate::{narrator::Narrator, stage::Hosts};

/// The attacker can no longer open a connection, the peers can.
pub(crate) async fn connections(narrator: &Narrator, hosts: &Hosts) -> anyhow::Result<()> {
    let Hosts { a, b, attacker } = hosts;
    let expectations: [(&Host, &Host, u16, bool); 6] = [
        (attacker, a, SSH_PORT, false),
        (attacker, a, LOG_PORT, false),
        (attacker, b, LOG_PORT, false),
        (a, b, LOG_PORT, true),
        (b, a, LOG_PORT, true),
        (b, a, SSH_PORT, true),
    ];
    for (from, to, port, expected) in expectations {
        let connects = from.can_connect(to.site.v4, port).await?;
        let verdict = if connects { "connects" } else { "does not connect" };
        let text = format!("{} {verdict} to {}:{port}", from.site.name, to.site.name);
        ensure!(connects == expected, "connections: {text}");
        narrator.good(&text);
    }
    Ok(())
}

/// Both kernels hold the attacker.
pub(crate) async fn kernels(narrator: &Narrator, hosts: &Hosts) -> anyhow::Result<()> {
    let attacker = IpAddr::from(hosts.attacker.site.v4);
    for (host, set) in [(&hosts.a, "blocked4"), (&hosts.b, "peers4")] {
        let name = host.site.name;
        ensure!(firewall::holds(host, set, attacker).await?, "kernel: {attacker} is not in {set} at {name}");
        narrator.good(&format!("at {name}: nft list set inet sentinel {set}"));
        narrator.show(&firewall::list_set(host, set).await?);
    }
    Ok(())
}

/// The operator of B can ask why.
pub(crate) async fn explanation(narrator: &Narrator, agent: &Agent) -> anyhow::Result<()> {
    let explained = agent.command(&["blocks", "explain", "203.0.113.7"]).await?;
    ensure!(explained.contains("Failed password"), "explanation: it shows no log line:\n{explained}");
    narrator.good("at B: sentinel-agent blocks explain 203.0.113.7");
    narrator.show(&explained);
    Ok(())
}
