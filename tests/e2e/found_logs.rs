//! An agent that is told of no log finds out by itself what there is to read.

use std::fs;

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Browser, Nginx, Settings, Site, WEB_PORT, firewall, unless_interrupted};

use crate::scene::Scene;

/// What is asked for by nobody who visits the site.
const PROBES: [&str; 8] = [
    "/.env",
    "/wp-login.php",
    "/.git/config",
    "/phpmyadmin/index.php",
    "/cgi-bin/luci",
    "/../../etc/passwd",
    "/wp-admin/install.php",
    "/xmlrpc.php",
];

#[tokio::test]
async fn at_its_first_start_it_finds_nginx_and_blocks_who_attacks_it() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let nginx = Nginx::start(&host).await?;
        let settings = Settings { logs: Some(nginx.logs()), ..Settings::default() };
        let mut agent = Agent::launch(&host, settings).await?;
        let found = fs::read_to_string(agent.found_logs())?;
        ensure!(found.contains("\"/var/log/nginx/*access*.log\", # nginx writes it"), "{found}");
        ensure!(!found.contains("error"), "a client can write whole lines of an error log: {found}");

        let (guesser, prober) = (Site::ATTACKER.v4, Site::ATTACKER.more_v4[0]);
        let browser = |own| Browser::at(&scene.attacker, own, Site::A.v4);
        ensure!(browser(guesser).log_in("/private/", "alice", "correct horse").await? == Some(200));
        for word in ["letmein", "hunter2", "12345", "qwerty", "swordfish", "password"] {
            browser(guesser).log_in("/private/", "alice", word).await?;
        }
        agent.did("blocked", "203.0.113.7").await?;
        ensure!(browser(prober).get("/").await? == Some(200), "whoever only visits is let in");
        for path in PROBES {
            browser(prober).get(path).await?;
        }
        agent.did("blocked", "203.0.113.8").await?;
        for own in [guesser, prober] {
            ensure!(firewall::holds(&host, "blocked4", own.into()).await?);
            ensure!(!scene.attacker.can_connect_from(own, Site::A.v4, WEB_PORT).await?);
        }

        let name = "/var/log/nginx/access.log";
        agent.source_until("events of the log", |source| source.name == name && source.events > 0).await?;
        let changed = found.replace("# nginx writes it", "# as the operator wants it");
        fs::write(agent.found_logs(), &changed)?;
        agent.stop().await?;
        agent.start().await?;
        ensure!(fs::read_to_string(agent.found_logs())? == changed, "what the operator wrote stays");
        ensure!(agent.sources().await?.iter().any(|source| source.name == name));
        Ok(())
    })
    .await
}
