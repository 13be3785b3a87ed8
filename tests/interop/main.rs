//! Any client works: programs in another language, written to the published protocol (`docs/PROTOCOL.md`) and to the ledger program's
//! IDL alone, and our own, each way.
//!
//! Python comes with what `requirements.txt` names from PyPI; `scripts/python-environment` makes the environment once, in the target folder.

use std::{path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, bail, ensure};
use sentinel_tests::{
    dev_ledger::{DevLedger, Options},
    lab::{Agent, Host, LOG_PORT, Lab, LedgerKind, Line, Process, Settings, Site, unless_interrupted},
    python::environment_of,
};
use serde_json::{Value, json};
use tokio::process::Command;

const PORT: u16 = 9443;
const SOON: Duration = Duration::from_secs(20);

/// The programs of this test, and what runs them.
struct Python {
    interpreter: PathBuf,
    folder: PathBuf,
}

impl Python {
    async fn prepare() -> anyhow::Result<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("interop");
        let interpreter = environment_of("interop").await?;
        Ok(Self { interpreter, folder })
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.interpreter);
        command.arg(self.folder.join(name)).args(arguments).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    }
}

/// Cycles that a whole life on the ledger has the time for, and a test the patience.
const CYCLE: i64 = 5;

#[tokio::test]
async fn a_python_client_lives_a_whole_life_on_the_ledger_by_the_idl_alone() -> anyhow::Result<()> {
    let python = Python::prepare().await?;
    let mut options = Options::default();
    options.parameters.cycle_length = CYCLE;
    let ledger = DevLedger::start(options).await?;
    let folder = tempfile::tempdir()?;
    let authority = folder.path().join("authority.json");
    ledger.authority.save(&authority)?;
    let idl = concat!(env!("CARGO_MANIFEST_DIR"), "/../programs/sentinel.idl.json");
    let (program, authority) = (ledger.program.to_string(), authority.display().to_string());
    let output = python.program("ledger.py", &[&ledger.rpc_url, &program, idl, &authority]).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_slice(&output.stdout)?;
    let expected = json!({
        "joined": [60, 60, 0],
        "own": "CannotLikeSelf",
        "liked": 61,
        "twice": "AlreadyLiked",
        "disputed": 56,
        "opinion": -4,
        "post": {
            "log_url": "https://reporter.example:9000/logs/0707070707070707",
            "likes": 1,
            "disputes": 2,
            "retracted": true,
            "mirror_urls": ["https://voter.example/mirrors/0707070707070707"],
        },
        "too soon": "TooSoon",
        "counted": "StillCounted",
        "late": "PostTooOld",
        "mirrored": "StillMirrored",
        "retired": null,
        "advanced": true,
        "forfeited": true,
        "left": [false, true, false],
        "bonds": [0, 0],
    });
    ensure!(seen == expected, "{seen:#}");
    Ok(())
}

/// Some lines that prove an attack.
fn log_file(host: &Host, lines: u32) -> anyhow::Result<String> {
    let line = |number: u32| {
        format!(
            "Nov 23 02:00:{:02} host sshd[1]: Failed password for user from 203.0.113.9 port {number} ssh2\n",
            number % 60
        )
    };
    let path = host.directory().join("attack.log");
    std::fs::write(&path, (1..=lines).map(line).collect::<String>())?;
    Ok(path.display().to_string())
}

fn key_file(host: &Host) -> String {
    host.directory().join("identity.json").display().to_string()
}

async fn printed(agent: &Agent, arguments: &[&str]) -> anyhow::Result<Value> {
    let printed = agent.command(arguments).await?;
    serde_json::from_str(&printed).with_context(|| format!("reading {printed}"))
}

fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value[name].as_str().with_context(|| format!("no {name} in {value}"))
}

#[tokio::test]
async fn a_python_client_downloads_from_our_server_and_is_refused_when_it_signs_for_another()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let python = Python::prepare().await?;
        let lab = Lab::build()?;
        let ledger = lab.ledger(&LedgerKind::Dev).await?;
        let settings = || Settings { ledger: Some(&ledger), ..Settings::default() };
        let server = Agent::launch(&lab.connect(&Site::A)?, settings()).await?;
        let host = lab.connect(&Site::B)?;
        Agent::configure(&host, settings()).await?.join(&ledger, 1).await?;

        let published = printed(&server, &["posts", "publish", &log_file(server.host(), 5)?, "--json"]).await?;
        let (url, hash) = (text(&published, "log_url")?, text(&published, "file_hash")?);
        let (key, server_key) = (key_file(&host), server.peer().to_string());
        let ask = async |arguments: &[&str]| {
            host.namespace.output(python.program("client.py", arguments)).await
        };

        let answer = ask(&[url, hash, &key, &server_key]).await?;
        ensure!(
            answer == format!("200\n\"{hash}\"\nNov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.9 port 1 ssh2\n"),
            "{answer}"
        );
        let elsewhere = url.replace(&Site::A.v4.to_string(), "peer-b.example");
        let answer = ask(&[url, hash, &key, &server_key, &elsewhere]).await?;
        ensure!(answer.starts_with("401\n"), "a request that is signed for another server: {answer}");
        let missing = format!("https://{}:{LOG_PORT}/logs/00112233445566aa", Site::A.v4);
        let answer = ask(&[&missing, hash, &key, &server_key]).await?;
        ensure!(answer.starts_with("404\n"), "a log that is not there: {answer}");
        Ok(())
    })
    .await
}

/// A Python server with a key of its own, and a client at another host.
async fn python_server(
    lab: &Lab,
    python: &Python,
    lines: u32,
) -> anyhow::Result<(Process, Agent, String, Arc<Host>)> {
    let host = lab.connect(&Site::A)?;
    let peer = Agent::configure(&host, Settings::default()).await?;
    let arguments = [Site::A.v4.to_string(), PORT.to_string(), log_file(&host, lines)?, key_file(&host)];
    let server = Process::start(
        &host.namespace,
        python.program("server.py", &arguments.each_ref().map(String::as_str)),
    )
    .await?;
    let serving = |line: &Line| line.text.strip_prefix("serving ").map(str::to_owned);
    let url = server.transcript().wait_for("the server's URL", SOON, serving).await?;
    let _ = peer;
    let client = Agent::configure(&lab.connect(&Site::B)?, Settings::default()).await?;
    Ok((server, client, url, host))
}

#[tokio::test]
async fn our_client_downloads_from_a_python_server_takes_a_broken_download_up_again_and_unpacks_another()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let (python, lab) = (Python::prepare().await?, Lab::build()?);
        let (server, client, url, host) = python_server(&lab, &python, 2000).await?;
        let log = std::fs::read(host.directory().join("attack.log"))?;
        let hash = sentinel_agent::domain::FileHash::of(&log).to_string();
        let key = sentinel_agent::identity::Identity::load(&host.directory().join("identity.json"))?
            .peer_key()
            .to_string();
        let fetch = ["evidence", "fetch", &url, "--sha256", &hash, "--peer", &key, "--json"];

        let report = printed(&client, &fetch).await?;
        ensure!(
            report["attackers"][0]["address"] == "203.0.113.9" && report["bytes"] == log.len(),
            "{report}"
        );
        let resumed = |line: &Line| line.text.contains("\" 206 ").then_some(());
        server.transcript().wait_for("the rest of the log", SOON, resumed).await?;

        // A signature is good once, and a second later it is another one.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let copy = client.host().directory().join("copy.log");
        client.command(&[&fetch[..7], &["--output", &copy.display().to_string()]].concat()).await?;
        ensure!(std::fs::read(copy)? == log, "the packed log is the same");

        let refused = client.refusal(&fetch[..5]).await?;
        ensure!(refused.contains("not this peer's own"), "an unknown server: {refused}");
        let other = "00".repeat(32);
        let refused =
            client.refusal(&["evidence", "fetch", &url, "--sha256", &other, "--peer", &key]).await?;
        ensure!(refused.contains("exit status: 7"), "another log than was wanted: {refused}");
        if !refused.contains("hash to") {
            bail!("{refused}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn prometheus_own_parser_reads_what_the_agent_measures() -> anyhow::Result<()> {
    unless_interrupted(async {
        let (python, lab) = (Python::prepare().await?, Lab::build()?);
        let agent = Agent::launch(&lab.connect(&Site::A)?, Settings::default()).await?;
        let metrics = agent.host().directory().join("metrics.txt");
        std::fs::write(&metrics, agent.command(&["metrics"]).await?)?;
        let command = python.program("metrics.py", &[&metrics.display().to_string()]);
        let families: usize = agent.host().namespace.output(command).await?.trim().parse()?;
        ensure!(families >= 20, "{families}");
        Ok(())
    })
    .await
}
