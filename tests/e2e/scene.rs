//! What most stories begin with: routers with OpenSSH and an agent, and an attacker who is free to attack.

use std::{net::IpAddr, sync::Arc};

use anyhow::Context;
use sentinel_agent::domain::PeerKey;
use sentinel_tests::lab::{Agent, Attempt, BruteForce, Host, Lab, Ledger, LedgerKind, Settings, Site, Sshd};

/// The lab, who attacks, and the ledger if there is one.
pub(crate) struct Scene {
    ledger: Option<Ledger>,
    pub(crate) attacker: Arc<Host>,
    pub(crate) lab: Lab,
}

impl Scene {
    /// Without a ledger: every agent for itself.
    pub(crate) fn standalone() -> anyhow::Result<Self> {
        let lab = Lab::build()?;
        Ok(Self { ledger: None, attacker: lab.connect(&Site::ATTACKER)?, lab })
    }

    /// With a ledger that all agents share.
    pub(crate) async fn network(kind: &LedgerKind) -> anyhow::Result<Self> {
        let scene = Self::standalone()?;
        Ok(Self { ledger: Some(scene.lab.ledger(kind).await?), ..scene })
    }

    /// The same with cycles of so many seconds.
    pub(crate) async fn network_with_cycles_of(seconds: i64, kind: &LedgerKind) -> anyhow::Result<Self> {
        let scene = Self::standalone()?;
        Ok(Self { ledger: Some(scene.lab.ledger_with_cycles_of(seconds, kind).await?), ..scene })
    }

    /// The ledger of a [network](Self::network).
    pub(crate) fn ledger(&self) -> anyhow::Result<&Ledger> {
        self.ledger.as_ref().context("this scene has no ledger")
    }

    /// What a peer has to pay with on the ledger, in lamports.
    pub(crate) async fn balance(&self, peer: PeerKey) -> anyhow::Result<u64> {
        self.ledger()?.balance(peer).await
    }

    /// A router that can be attacked: OpenSSH, and an agent that follows its log.
    pub(crate) async fn router(&self, site: &'static Site) -> anyhow::Result<Router> {
        self.router_told(site, Settings::default()).await
    }

    /// The same, with an agent that is told more.
    pub(crate) async fn router_told(
        &self,
        site: &'static Site,
        settings: Settings<'_>,
    ) -> anyhow::Result<Router> {
        let host = self.lab.connect(site)?;
        let sshd = Sshd::start(&host).await?;
        let settings = Settings { log_file: Some(sshd.log_file()), ledger: self.ledger.as_ref(), ..settings };
        Ok(Router { agent: Agent::launch(&host, settings).await?, sshd, host })
    }

    /// A router that sees no attack of its own: it only hears of others'.
    pub(crate) async fn onlooker(&self, site: &'static Site) -> anyhow::Result<Agent> {
        self.onlooker_told(site, Settings::default()).await
    }

    /// The same, with an agent that is told more.
    pub(crate) async fn onlooker_told(
        &self,
        site: &'static Site,
        settings: Settings<'_>,
    ) -> anyhow::Result<Agent> {
        let settings = Settings { ledger: self.ledger.as_ref(), ..settings };
        Agent::launch(&self.lab.connect(site)?, settings).await
    }

    /// Guesses passwords at the router until the attacker is shut out.
    pub(crate) async fn attack(&self, router: &Router) -> anyhow::Result<Vec<Attempt>> {
        BruteForce::against(router.host.site.v4).run(&self.attacker).await
    }

    /// The same from the attacker's second address.
    pub(crate) async fn attack_from_elsewhere(&self, router: &Router) -> anyhow::Result<Vec<Attempt>> {
        BruteForce::against(router.host.site.v4).from(Site::ATTACKER.more_v4[0]).run(&self.attacker).await
    }

    /// Whether the attacker opens a connection to there.
    pub(crate) async fn reaches(&self, ip: impl Into<IpAddr>, port: u16) -> anyhow::Result<bool> {
        self.attacker.can_connect(ip, port).await
    }
}

/// A router that can be attacked.
pub(crate) struct Router {
    pub(crate) agent: Agent,
    pub(crate) sshd: Sshd,
    pub(crate) host: Arc<Host>,
}
