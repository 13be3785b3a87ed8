//! What the operator is shown before anything leaves, and what leaves.

use std::{fs, io, path::Path};

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use sentinel_tests::lab::{Agent, LedgerKind, Settings, Site, unless_interrupted};
use serde_json::Value;

use crate::scene::Scene;

const ATTACKER: &str = "203.0.113.9";

/// A log of an attack some seconds ago: a user, a host and an address of the agent's own stand in it.
fn attack(lines: i64) -> String {
    let begun = Timestamp::now() - SignedDuration::from_secs(20);
    let own = Site::A.v4;
    let line = |second: i64| {
        let at = begun + SignedDuration::from_secs(second);
        format!(
            "{at:.0} gate sshd[7]: drop connection #{second} from [{ATTACKER}]:{second} on [{own}]:22 past MaxStartups\n\
                 {at:.0} gate sshd[7]: Failed password for alice from {ATTACKER} port {second} ssh2\n"
        )
    };
    (1..=lines).map(line).collect()
}

async fn previewed(agent: &Agent, arguments: &[&str]) -> anyhow::Result<Vec<Value>> {
    let printed = agent.command(&[&["posts", "preview", "--json"], arguments].concat()).await?;
    let mut all: Value = serde_json::from_str(&printed).with_context(|| format!("reading {printed}"))?;
    Ok(serde_json::from_value(all["drafts"].take())?)
}

fn text<'a>(value: &'a Value, pointer: &str) -> anyhow::Result<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).with_context(|| format!("no {pointer} in {value}"))
}

/// This agent's own logs.
fn stored(agent: &Agent) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let folder = agent.host().directory().join("state/logs");
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    // Copies of others' logs have a folder of their own in there.
    let files = paths.into_iter().filter(|path| path.is_file()).map(|path| {
        let name = path.file_name().and_then(|name| name.to_str()).context("a name")?.to_owned();
        Ok((name, fs::read(&path)?))
    });
    files.collect()
}

fn append(log: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    Ok(fs::OpenOptions::new().append(true).open(log)?.write_all(text.as_bytes())?)
}

#[tokio::test]
async fn what_is_previewed_is_byte_by_byte_what_is_stored_and_posted() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let host = scene.lab.connect(&Site::A)?;
        let log = host.directory().join("auth.log");
        fs::write(&log, "")?;
        let settings =
            Settings { log_file: Some(&log), ledger: Some(scene.ledger()?), ..Settings::default() };
        let agent = Agent::launch(&host, settings).await?;
        let peer = scene.onlooker(&Site::B).await?;
        let lines = attack(5);
        let copy = host.directory().join("copy.log");
        fs::write(&copy, &lines)?;
        let copy = copy.display().to_string();

        let drafts = previewed(&agent, &["--file", &copy]).await?;
        let [draft] = &drafts[..] else { anyhow::bail!("one log: {drafts:?}") };
        let content = text(draft, "/log/text")?;
        let own = Site::A.v4.to_string();
        ensure!(content.contains(ATTACKER), "{content}");
        for private in ["alice", "gate", &own] {
            ensure!(!content.contains(private), "{private} stands in {content}");
        }
        let diff = agent.command(&["posts", "preview", "--diff", "--file", &copy]).await?;
        ensure!(
            diff.contains("for alice from") && diff.contains("+ ") && diff.contains("for user from"),
            "{diff}"
        );
        ensure!(stored(&agent)?.is_empty() && agent.posts().await?.is_empty(), "a preview changes nothing");

        append(&log, &lines)?;
        peer.did("blocked", ATTACKER).await?;
        let kept = stored(&agent)?;
        ensure!(
            kept == [(format!("{}.log", text(draft, "/file_hash")?), content.as_bytes().to_vec())],
            "{kept:?}"
        );
        agent.did("stored", ATTACKER).await?;
        let posts = posted(&agent).await?;
        ensure!(
            posts["file_hash"] == draft["file_hash"] && posts["log_url"] == draft["post"]["log_url"],
            "{posts}"
        );
        let accounts = draft.pointer("/post/accounts").and_then(Value::as_array).context("accounts")?;
        let account = |name: &str| {
            accounts.iter().find(|account| account["name"] == name).map(|found| &found["address"])
        };
        ensure!(
            account("post") == Some(&posts["id"]) && account("owner") == Some(&posts["owner"]),
            "{accounts:?}"
        );
        let of_address = previewed(&agent, &["--for", ATTACKER]).await?;
        ensure!(of_address[0]["log"] == draft["log"] && of_address[0]["state"] == "posted", "{of_address:?}");
        ensure!(previewed(&agent, &[]).await?.is_empty(), "nothing is left to be posted");
        Ok(())
    })
    .await
}

/// The one post of the agent's own, once it is there.
async fn posted(agent: &Agent) -> anyhow::Result<Value> {
    for _ in 0..200 {
        if let Some(post) = agent.posts().await?.into_iter().next() {
            return Ok(post["post"].clone());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("nothing was posted")
}

#[tokio::test]
async fn until_the_operator_turns_publishing_on_nothing_leaves_and_all_of_it_is_shown() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let scene = Scene::network(&LedgerKind::Dev).await?;
        let host = scene.lab.connect(&Site::A)?;
        let log = host.directory().join("auth.log");
        fs::write(&log, "")?;
        let ledger = Some(scene.ledger()?);
        let settings = Settings { log_file: Some(&log), ledger, keeps: true, ..Settings::default() };
        let agent = Agent::launch(&host, settings).await?;

        append(&log, &attack(2))?;
        let collecting = loop {
            let drafts = previewed(&agent, &["--for", ATTACKER]).await?;
            if let Some(draft) = drafts.into_iter().next() {
                break draft;
            }
        };
        ensure!(collecting["state"] == "collecting", "{collecting}");
        append(&log, &attack(6))?;
        agent.did("stored", ATTACKER).await?;
        let drafts = previewed(&agent, &[]).await?;
        let [draft] = &drafts[..] else { anyhow::bail!("one log: {drafts:?}") };
        ensure!(draft["state"] == "kept" && draft["post"]["log_url"].is_string(), "{draft}");
        let content = text(draft, "/log/text")?;
        ensure!(
            stored(&agent)? == [(format!("{}.log", text(draft, "/file_hash")?), content.as_bytes().to_vec())]
        );
        let status: Value = serde_json::from_str(&agent.command(&["status", "--json"]).await?)?;
        ensure!(status["outbox"] == 0 && agent.posts().await?.is_empty(), "{status}");
        Ok(())
    })
    .await
}
