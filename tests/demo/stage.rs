//! Who takes part: two peers, an attacker and a ledger.

use std::sync::Arc;

use anyhow::{Context, ensure};
use sentinel_tests::lab::{
    Agent, Host, LOG_PORT, Lab, Ledger, LedgerKind, SSH_PORT, Settings, Site, Sshd, firewall::Monitor,
};

use crate::narrator::Narrator;

/// The hosts, before anything runs on them.
pub(crate) struct Hosts {
    pub(crate) a: Arc<Host>,
    pub(crate) b: Arc<Host>,
    pub(crate) attacker: Arc<Host>,
}

impl Hosts {
    pub(crate) fn connect(lab: &Lab) -> anyhow::Result<Self> {
        Ok(Self {
            a: lab.connect(&Site::A)?,
            b: lab.connect(&Site::B)?,
            attacker: lab.connect(&Site::ATTACKER)?,
        })
    }
}

/// All that runs.
pub(crate) struct Stage<'lab> {
    pub(crate) hosts: &'lab Hosts,
    pub(crate) ledger: &'lab Ledger,
    pub(crate) sshd: Sshd,
    pub(crate) agent_a: Agent,
    pub(crate) agent_b: Agent,
    pub(crate) kernel_a: Monitor,
    pub(crate) kernel_b: Monitor,
}

impl<'lab> Stage<'lab> {
    /// Starts everything, and makes sure that the attacker is free to attack.
    pub(crate) async fn set(
        narrator: &Narrator,
        kind: &LedgerKind,
        hosts: &'lab Hosts,
        ledger: &'lab Ledger,
    ) -> anyhow::Result<Self> {
        let Hosts { a, b, attacker } = hosts;
        narrator.good(&format!("{kind} at {}, program {}", ledger.rpc_url(), ledger.program()));
        let sshd = Sshd::start(a).await?;
        narrator.good("OpenSSH at A");
        let kernel_a = Monitor::start(&a.namespace).await?;
        let kernel_b = Monitor::start(&b.namespace).await?;
        let shared = Settings { ledger: Some(ledger), ..Settings::default() };
        let settings_a = Settings { log_file: Some(sshd.log_file()), ..shared };
        let agent_a = Agent::launch(a, settings_a).await.context("starting the agent at A")?;
        let agent_b = Agent::launch(b, shared).await.context("starting the agent at B")?;
        for agent in [&agent_a, &agent_b] {
            let karma = ledger.karma(agent.peer()).await?;
            let name = agent.host().site.name;
            narrator.good(&format!("agent at {name}: peer {}, karma {karma}", agent.peer()));
        }
        ensure!(attacker.can_connect(a.site.v4, SSH_PORT).await?, "the attacker does not reach A's ssh");
        ensure!(attacker.can_connect(b.site.v4, LOG_PORT).await?, "the attacker does not reach B's agent");
        narrator.good("the attacker reaches A's ssh and B's port 9000");
        Ok(Self { hosts, ledger, sshd, agent_a, agent_b, kernel_a, kernel_b })
    }
}
