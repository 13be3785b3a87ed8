//! Who takes part: two peers, one of them with OpenSSH, an attacker with many addresses, and a ledger.

use std::sync::Arc;

use anyhow::anyhow;
use sentinel_tests::lab::{
    Agent, Host, LOG_PORT, Lab, Ledger, LedgerKind, Settings, Site, Sshd, firewall::Monitor,
};

/// More than two hundred posts cost: what a day may cost is no question here. The config's last section is that of the ledger.
const GENEROUS: &str = "daily_budget = 9_000_000_000\n";

/// All that runs, whose parts end in this order.
pub(crate) struct Stage {
    pub(crate) sshd: Sshd,
    pub(crate) agent_a: Agent,
    pub(crate) agent_b: Agent,
    pub(crate) kernel_a: Monitor,
    pub(crate) kernel_b: Monitor,
    pub(crate) attacker: Arc<Host>,
    pub(crate) a: Arc<Host>,
    _ledger: Ledger,
    _lab: Lab,
}

impl Stage {
    /// Starts everything.
    pub(crate) async fn set(kind: &LedgerKind) -> anyhow::Result<Self> {
        let lab = Lab::build()?;
        let (a, b) = (lab.connect(&Site::A)?, lab.connect(&Site::B)?);
        let attacker = lab.connect(&Site::ATTACKER)?;
        let ledger = lab.ledger(kind).await?;
        let sshd = Sshd::start_timed(&a).await?;
        let kernel_a = Monitor::start(&a.namespace).await?;
        let kernel_b = Monitor::start(&b.namespace).await?;
        let shared = Settings { ledger: Some(&ledger), more: GENEROUS, ..Settings::default() };
        // With so many attacks a minute B takes more logs of A than a peer may by default.
        let serve = format!(
            "listen = [\"[::]:{LOG_PORT}\"]\npublic_url = \"https://{}:{LOG_PORT}\"\nrequests_per_minute = 1000\n",
            a.site.v4
        );
        let serve = Some(serve.as_str());
        let agent_a =
            Agent::launch(&a, Settings { log_file: Some(sshd.log_file()), serve, ..shared }).await?;
        let agent_b = Agent::launch(&b, shared).await?;
        Ok(Self { sshd, agent_a, agent_b, kernel_a, kernel_b, attacker, a, _ledger: ledger, _lab: lab })
    }

    /// What went wrong, with what the agents said last.
    pub(crate) fn explain(&self, error: &anyhow::Error) -> anyhow::Error {
        let said =
            |agent: &Agent| agent.running().map_or_else(|e| e.to_string(), |d| d.transcript().tail(15));
        let (a, b) = (said(&self.agent_a), said(&self.agent_b));
        anyhow!("{error:#}\n\nThe agent at A said last:\n{a}\nThe agent at B said last:\n{b}")
    }
}
