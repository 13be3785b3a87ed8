//! An endpoint of the ledger lies to B: nothing is applied that its supposed owner did not sign, and B remembers no more of it than
//! it wants to.

use std::{
    fs,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, ensure};
use jiff::Timestamp;
use sentinel_agent::domain::{FileHash, PeerKey};
use sentinel_interface::Post;
use sentinel_tests::{
    endpoint::{
        Honest, Manners, Proxy,
        lies::{Elsewhere, Hiding, Praising, invented, post_with},
    },
    lab::{Agent, Host, LedgerKind, Settings, Site, firewall, unless_interrupted},
};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::scene::Scene;

/// Addresses that attacked nobody.
const INNOCENT: [&str; 2] = ["203.0.113.98", "203.0.113.99"];

/// How many posts of a believed peer are invented, and as many of a newcomer.
const INVENTED: usize = 750;
/// How many of each at a time: beyond 64 of one reporter an agent leaves them out.
const AT_A_TIME: usize = 30;
/// Posts that nothing proves and an agent remembers of a day.
const REMEMBERED: usize = 1000;

/// Sends everybody elsewhere for a log, gives every post a million likes, and proves all with one true transaction when it is told
/// to.
#[derive(Default)]
struct Liar {
    replayed: Mutex<Option<String>>,
    /// Questions for single accounts.
    asked: AtomicUsize,
}

impl Manners for Liar {
    fn instead(&self, method: &str, _: &Value) -> Option<Value> {
        self.asked.fetch_add(usize::from(method == "getAccountInfo"), Ordering::SeqCst);
        let replayed = self.replayed.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = replayed.as_ref().filter(|_| method == "getSignaturesForAddress")?;
        Some(json!([{
            "signature": signature, "slot": 1, "err": null, "memo": null, "blockTime": null,
            "confirmationStatus": "finalized",
        }]))
    }

    fn answer(&self, method: &str, params: &Value, answer: Value) -> Vec<u8> {
        Elsewhere.answer(method, params, answer)
    }

    fn tell(&self, account: Value) -> Option<Value> {
        Elsewhere.tell(account)
    }
}

/// Hides all posts, and praises one peer.
struct Partial(PeerKey);

impl Manners for Partial {
    fn instead(&self, method: &str, params: &Value) -> Option<Value> {
        Hiding.instead(method, params)
    }

    fn answer(&self, method: &str, params: &Value, answer: Value) -> Vec<u8> {
        Praising(Some(self.0)).answer(method, params, answer)
    }

    fn tell(&self, account: Value) -> Option<Value> {
        Hiding.tell(account)
    }
}

impl Scene {
    /// An endpoint on B's own loopback.
    async fn endpoint<M: Manners>(&self, b: &Host, manners: M) -> anyhow::Result<Proxy<M>> {
        let ledger = self.ledger()?;
        let proxy = Proxy::before(ledger.rpc_url(), ledger.websocket_url(), manners);
        Ok(b.namespace.run(proxy).await??)
    }

    /// B with these endpoints, each with its websocket.
    async fn onlooker_behind(&self, b: &Arc<Host>, endpoints: &[(String, String)]) -> anyhow::Result<Agent> {
        let (rpc, websocket): (Vec<_>, Vec<_>) = endpoints.iter().cloned().unzip();
        let program = self.ledger()?.program();
        let config = format!(
            "[share]\npublish = true\n[ledger]\nrpc = {rpc:?}\nwebsocket = {websocket:?}\nprogram = \"{program}\"\n"
        );
        let mut agent = Agent::configure(b, Settings { more: &config, ..Settings::default() }).await?;
        agent.join(self.ledger()?, 100).await?;
        agent.start().await?;
        Ok(agent)
    }

    /// A peer without karma.
    async fn newcomer(&self) -> anyhow::Result<Agent> {
        let settings = Settings { ledger: Some(self.ledger()?), ..Settings::default() };
        let mut agent = Agent::configure(&self.lab.connect(&Site::C)?, settings).await?;
        agent.join(self.ledger()?, 0).await?;
        agent.start().await?;
        Ok(agent)
    }
}

/// Publishes lines that accuse somebody; gives the post's address and the log's hash.
async fn accuse(agent: &Agent, accused: &str) -> anyhow::Result<(String, FileHash)> {
    let line =
        format!("{} host sshd[1]: Failed password for root from {accused} port 5 ssh2\n", Timestamp::now());
    let file = agent.host().directory().join("accusation.log");
    fs::write(&file, line.repeat(5))?;
    let file = file.display().to_string();
    let printed = agent.command(&["posts", "publish", &file, "--json"]).await?;
    let published: Value = serde_json::from_str(&printed)?;
    let text = |field: &str| published[field].as_str().with_context(|| format!("{field} in {published}"));
    Ok((text("post")?.to_owned(), text("file_hash")?.parse()?))
}

fn told<M: Manners>(endpoint: &Proxy<M>) -> (String, String) {
    (endpoint.url.clone(), endpoint.websocket_url())
}

#[tokio::test]
async fn behind_a_lying_endpoint_nothing_is_blocked_and_nothing_let_go_that_its_reporter_did_not_sign()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let (ledger, a, c) = (scene.ledger()?, scene.router(&Site::A).await?, scene.newcomer().await?);
        let b = scene.lab.connect(&Site::B)?;
        let liar = scene.endpoint(&b, Liar::default()).await?;
        let agent_b = scene.onlooker_behind(&b, &[told(&liar)]).await?;

        // Shown with a false URL and a million likes, a true post does what its reporter signed.
        scene.attack(&a).await?;
        let posted = a.agent.did("posted", "203.0.113.7").await?;
        let text = |field: &str| posted.fields[field].as_str().unwrap_or_default().to_owned();
        let (post, transaction) = (text("post"), text("tx"));
        agent_b.did("blocked", "203.0.113.7").await?;
        agent_b.did_to("liked", ("post", &post)).await?;

        // What a newcomer accuses becomes a believed peer's word, first without a proof, then with another one's.
        for (accused, replayed) in INNOCENT.into_iter().zip([None, Some(transaction)]) {
            let (accusation, hash) = accuse(&c, accused).await?;
            agent_b.did_to("verified", ("post", &accusation)).await?;
            *liar.manners.replayed.lock().unwrap_or_else(PoisonError::into_inner) = replayed;
            let like = ledger.account(accusation.parse()?).await?;
            let (address, data) = invented(ledger.program(), &like, &a.agent.peer(), hash);
            liar.invent(ledger.program(), address, &data);
            agent_b.did_to("failed", ("post", &address.to_string())).await?;
        }

        // The true post again and again, then as one that was taken back.
        let address = post.parse()?;
        let data = ledger.account(address).await?;
        for _ in 0..500 {
            liar.invent(ledger.program(), address, &data);
        }
        let retracted = post_with(&data, |post| Post { retracted: true, ..post }).context("a post")?;
        let told = async {
            loop {
                // While it deals with a post, an agent leaves out what else is shown of it.
                liar.invent(ledger.program(), address, &retracted);
                sleep(Duration::from_millis(500)).await;
            }
        };
        tokio::select! {
            said = agent_b.said("not taking back what post") => said?,
            () = told => {}
        }

        let networks = agent_b.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        let held = firewall::members(&b, "peers4").await?;
        ensure!(held == [Site::ATTACKER.v4.into()].into(), "{held:?}");
        let liked = agent_b.steps()?.iter().filter(|event| event.step == "liked").count();
        ensure!(liked == 1, "the same post was liked {liked} times");
        let newcomer = c.peer().to_string();
        let replayed = agent_b.command(&["trust", "replay", "--pin", &newcomer]).await?;
        for innocent in INNOCENT {
            ensure!(replayed.contains(innocent), "believed, it would have blocked {innocent}: {replayed}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn with_an_honest_endpoint_beside_it_false_karma_is_not_believed_and_hidden_posts_are_seen()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let (a, c) = (scene.router(&Site::A).await?, scene.newcomer().await?);
        let b = scene.lab.connect(&Site::B)?;
        let (liar, honest) =
            (scene.endpoint(&b, Partial(c.peer())).await?, scene.endpoint(&b, Honest).await?);
        let agent_b = scene.onlooker_behind(&b, &[told(&liar), told(&honest)]).await?;

        let (accusation, _) = accuse(&c, INNOCENT[0]).await?;
        let failed = agent_b.did_to("failed", ("post", &accusation)).await?;
        ensure!(failed.message.contains("karma 1000") && failed.message.contains("karma 0"), "{failed:?}");
        scene.attack(&a).await?;

        agent_b.did("blocked", "203.0.113.7").await?;
        let networks = agent_b.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        let held = firewall::members(&b, "peers4").await?;
        ensure!(held == [Site::ATTACKER.v4.into()].into(), "{held:?}");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_endpoint_that_invents_posts_without_end_fills_no_disk_and_keeps_no_true_one_out()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let (ledger, a, c) = (scene.ledger()?, scene.router(&Site::A).await?, scene.newcomer().await?);
        let b = scene.lab.connect(&Site::B)?;
        let liar = scene.endpoint(&b, Liar::default()).await?;
        let agent_b = scene.onlooker_behind(&b, &[told(&liar)]).await?;
        let (accusation, _) = accuse(&c, INNOCENT[0]).await?;
        agent_b.did_to("verified", ("post", &accusation)).await?;
        let like = ledger.account(accusation.parse()?).await?;
        // What was made just now, an agent is patient with.
        let like =
            post_with(&like, |post| Post { timestamp: post.timestamp - 600, ..post }).context("a post")?;

        let mut asked = liar.manners.asked.load(Ordering::SeqCst);
        for wave in 0..INVENTED / AT_A_TIME {
            for number in 0..AT_A_TIME {
                let hash = FileHash::of(format!("{wave} {number}").as_bytes());
                for owner in [a.agent.peer(), c.peer()] {
                    let (address, data) = invented(ledger.program(), &like, &owner, hash);
                    liar.invent(ledger.program(), address, &data);
                }
            }
            asked += 2 * AT_A_TIME;
            for _ in 0..50 {
                if liar.manners.asked.load(Ordering::SeqCst) >= asked {
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
        }

        scene.attack(&a).await?;
        agent_b.did("blocked", "203.0.113.7").await?;
        let listed = agent_b.command(&["posts", "list", "--limit", "10000", "--json"]).await?;
        let listed: Value = serde_json::from_str(&listed)?;
        let count = listed["posts"].as_array().context("posts")?.len();
        // Besides those: the newcomer's true post, and the one that blocks.
        ensure!(count > REMEMBERED && count <= REMEMBERED + 2, "{count} posts are remembered");
        let networks = agent_b.networks().await?;
        ensure!(networks == ["203.0.113.7/32"], "{networks:?}");
        Ok(())
    })
    .await
}
