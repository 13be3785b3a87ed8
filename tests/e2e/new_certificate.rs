//! The operator's certificate is renewed: from the next reload on peers are shown the new one.

use std::{fs, path::Path};

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Host, LOG_PORT, Settings, Site, unless_interrupted};
use tokio::process::Command;

use crate::scene::Scene;

#[tokio::test]
async fn a_reload_takes_the_certificate_of_now_and_refuses_one_that_does_not_fit_its_key()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let (host, visitor) = (scene.lab.connect(&Site::A)?, scene.lab.connect(&Site::B)?);
        let agent = Agent::launch(&host, Settings::default()).await?;
        let (chain, key) = (host.directory().join("chain.pem"), host.directory().join("key.pem"));
        agent
            .drop_in("50-mine.toml", &format!("[serve]\ncertificate = {chain:?}\nprivate_key = {key:?}\n"))?;
        for name in ["first.example", "renewed.example"] {
            issue(name, &chain, Some(&key))?;
            ensure!(agent.reload().await?.step == "reloaded");
            let shown = shown_to(&visitor).await?;
            ensure!(shown.contains(name), "{shown}");
        }
        issue("other.example", &chain, None)?;
        let outcome = agent.reload().await?;
        ensure!(outcome.step == "reload-refused" && outcome.message.contains("chain.pem"), "{outcome:?}");
        let shown = shown_to(&visitor).await?;
        ensure!(shown.contains("renewed.example"), "what was refused changes nothing: {shown}");
        Ok(())
    })
    .await
}

/// Writes a certificate for this name, and its key unless that is to be another's.
fn issue(name: &str, chain: &Path, key: Option<&Path>) -> anyhow::Result<()> {
    let issued = rcgen::generate_simple_self_signed([name.to_owned()])?;
    fs::write(chain, issued.cert.pem())?;
    key.map_or(Ok(()), |key| fs::write(key, issued.signing_key.serialize_pem()))?;
    Ok(())
}

/// The names in the certificate that the agent shows.
async fn shown_to(visitor: &Host) -> anyhow::Result<String> {
    let mut openssl = Command::new("sh");
    let connect = format!("openssl s_client -connect {}:{LOG_PORT} </dev/null 2>/dev/null", Site::A.v4);
    openssl.args(["-c", &format!("{connect} | openssl x509 -noout -ext subjectAltName")]);
    visitor.namespace.output(openssl).await
}
