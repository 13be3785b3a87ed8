//! What makes no sense, or would lock the operator out, is refused and changes nothing.

use std::{
    io::{Read, Write},
    os::unix::net::UnixStream,
    time::Duration,
};

use anyhow::ensure;
use sentinel_tests::lab::{Agent, Settings, Site, firewall, unless_interrupted};

use crate::scene::Scene;

#[tokio::test]
async fn networks_that_would_lock_the_operator_out_are_refused() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let agent = Agent::launch(&host, Settings::default()).await?;
        let (own, gateway) = (Site::A.v4.to_string(), Site::A.gateway_v4.to_string());
        let own_v6 = Site::A.v6.to_string();
        for network in ["0.0.0.0/0", "::/0", "127.0.0.1", &own, &own_v6, &gateway, "198.51.100.0/24"] {
            let refused = agent.command(&["blocks", "add", network]).await;
            ensure!(refused.is_err(), "{network} was blocked");
        }
        for nonsense in ["", "203.0.113.7/33", "203.0.113", "2001:db8::g", "; drop"] {
            ensure!(agent.command(&["blocks", "add", "--", nonsense]).await.is_err(), "{nonsense:?}");
        }
        ensure!(agent.networks().await?.is_empty() && firewall::members(&host, "blocked4").await?.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn garbage_on_the_control_socket_does_no_harm() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let agent = Agent::launch(&host, Settings::default()).await?;
        let mut endless = vec![b'['; 4 << 20];
        endless.push(b'\n');
        for garbage in [b"\n".as_slice(), b"{}\n", b"{\"request\":\"nothing\"}\n", b"\xff\x00\n", &endless] {
            let mut socket = UnixStream::connect(agent.control_socket())?;
            socket.set_read_timeout(Some(Duration::from_secs(20)))?;
            // The daemon may hang up before it has read everything; an answer is a refusal.
            let _hung_up = socket.write_all(garbage);
            let mut answer = String::new();
            let _hung_up = socket.read_to_string(&mut answer);
            ensure!(answer.is_empty() || answer.contains("failed"), "{answer}");
        }
        agent.command(&["blocks", "add", "203.0.113.7"]).await?;
        firewall::wait_until_held(&host, "blocked4", [203, 0, 113, 7].into()).await
    })
    .await
}
