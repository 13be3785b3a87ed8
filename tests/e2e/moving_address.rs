//! An agent whose address changes is found at the new one.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use anyhow::{bail, ensure};
use sentinel_tests::lab::{
    Agent, DYNAMIC_DNS_PORT, DynamicDns, Host, LedgerKind, Settings, Site, unless_interrupted,
};
use serde_json::Value;
use tokio::time::sleep;

use crate::scene::Scene;

const PASSWORD: &str = "s3cret";

/// A server that finds its URL out, and the service that is told where it is.
fn serve(host: &Host) -> anyhow::Result<String> {
    let file = host.directory().join("password");
    std::fs::write(&file, PASSWORD)?;
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600))?;
    Ok(format!(
        "listen = [\"[::]:9000\"]\n[serve.dynamic_dns]\npause = \"1s\"\nusername = \"peer\"\npassword_file = \"{}\"\n\
         url = \"http://127.0.0.1:{DYNAMIC_DNS_PORT}/nic/update?hostname=peer-a.example&myip={{ipv4}}\"\n",
        file.display()
    ))
}

/// Waits until the service was told so often, and gives what it was told last.
async fn told(service: &DynamicDns, times: usize) -> anyhow::Result<String> {
    for _ in 0..600 {
        if let Some(request) = service.requests().get(times - 1) {
            return Ok(request.clone());
        }
        sleep(Duration::from_millis(50)).await;
    }
    bail!("the service was told {:?}", service.requests())
}

#[tokio::test]
async fn a_new_address_reaches_the_ledger_and_the_dns_and_old_posts_are_fetched_from_it() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let host = scene.attacker.clone();
        let service = DynamicDns::start(&host).await?;
        let serve = serve(&host)?;
        let auth = host.directory().join("auth.log");
        std::fs::write(&auth, "")?;
        let ledger = Some(scene.ledger()?);
        let settings = Settings { serve: Some(&serve), log_file: Some(&auth), ledger, ..Settings::default() };
        let mut agent = Agent::launch(&host, settings).await?;
        ensure!(scene.ledger()?.endpoint(agent.peer()).await? == "https://203.0.113.7:9000");
        let first = told(&service, 1).await?;
        ensure!(first.starts_with("GET /nic/update?hostname=peer-a.example&myip=203.0.113.7 "), "{first}");
        ensure!(first.to_lowercase().contains("authorization: basic cgvlcjpzm2nyzxq="), "{first}");

        let line = "Nov 23 02:00:01 host sshd[1]: Failed password for user from 192.0.2.99 port 5 ssh2\n";
        let file = host.directory().join("attack.log");
        std::fs::write(&file, line.repeat(5))?;
        agent.command(&["posts", "publish", &file.display().to_string()]).await?;

        host.namespace.set("ipv4/conf/all/promote_secondaries", "1")?;
        host.namespace.ip("address add 203.0.113.9/24 dev eth0\naddress delete 203.0.113.8/24 dev eth0\n\
             address delete 203.0.113.7/24 dev eth0")?;
        agent.did("endpoint-set", "").await?;
        ensure!(scene.ledger()?.endpoint(agent.peer()).await? == "https://203.0.113.9:9000");
        let second = told(&service, 2).await?;
        ensure!(second.contains("&myip=203.0.113.9 "), "{second}");

        let newcomer = scene.onlooker(&Site::B).await?;
        newcomer.did("blocked", "192.0.2.99").await?;

        let status: Value = serde_json::from_str(&agent.command(&["status", "--json"]).await?)?;
        let dynamic_dns = &status["reach"]["dynamic_dns"];
        ensure!(dynamic_dns["last"]["answer"]["verdict"] == "updated", "{status}");
        ensure!(status["reach"]["public_url"] == "https://203.0.113.9:9000", "{status}");
        let report = agent.command(&["doctor"]).await?;
        for line in ["public URL\tok\t", "port\tok\t", "ledger\tok\t", "dynamic DNS\tok\t", "visitors\tok\t"]
        {
            ensure!(report.contains(line), "{line}: {report}");
        }
        ensure!(!agent.running()?.transcript().tail(10_000).contains(PASSWORD), "no secret in the log");

        // What the service knows it is not told again.
        agent.stop().await?;
        let silent = agent.refusal(&["doctor"]).await?;
        ensure!(silent.contains("exit status: 3"), "{silent}");
        agent.start().await?;
        sleep(Duration::from_secs(3)).await;
        ensure!(service.requests().len() == 2, "{:?}", service.requests());
        Ok(())
    })
    .await
}
