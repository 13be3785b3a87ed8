//! What happens, in order.

use std::{net::IpAddr, time::Duration};

use anyhow::{Context, anyhow, ensure};
use jiff::Timestamp;
use sentinel_tests::lab::{Agent, Attempt, BruteForce, Event, Lab, LedgerKind, Line};

use crate::{
    narrator::{Moment, Narrator, milliseconds},
    proof,
    stage::{Hosts, Stage},
};

const PICTURE: &str = "
        attacker 203.0.113.7
                |
    ------ the internet ------ ledger 198.18.0.1
      |                    |
  A 198.51.100.2       B 192.0.2.2
  OpenSSH, agent       agent";

/// How long the kernel may take to have the attacker: that and much more is a failure.
const KERNEL: Duration = Duration::from_secs(60);

/// When the kernels began to drop.
struct Outcome {
    last_failed_login: Timestamp,
    dropped_at_a: Timestamp,
    dropped_at_b: Timestamp,
}

/// Sets the stage, attacks, proves the result and tells all of it.
pub(crate) async fn tell(narrator: &Narrator, kind: &LedgerKind) -> anyhow::Result<()> {
    narrator.heading("Sentinel: one attack, blocked at two peers");
    narrator.show(PICTURE);
    narrator.heading("Setting up");
    let lab = Lab::build()?;
    let hosts = Hosts::connect(&lab)?;
    narrator.good("network namespaces for A, B, the attacker and the internet between them");
    let ledger = lab.ledger(kind).await?;
    let stage = Stage::set(narrator, kind, &hosts, &ledger).await?;
    let told = attack_and_prove(narrator, &stage).await;
    told.map_err(|error| {
        let said =
            |agent: &Agent| agent.running().map_or_else(|e| e.to_string(), |d| d.transcript().tail(15));
        anyhow!(
            "{error:#}\n\nThe agent at A said last:\n{}\nThe agent at B said last:\n{}",
            said(&stage.agent_a),
            said(&stage.agent_b)
        )
    })
}

async fn attack_and_prove(narrator: &Narrator, stage: &Stage<'_>) -> anyhow::Result<()> {
    let idle = memory(stage)?;
    let karma = stage.ledger.karma(stage.agent_a.peer()).await?;

    narrator.heading("The attack (times since the first failed login)");
    let outcome = tokio::select! {
        outcome = attack(stage) => outcome?,
        () = listen(narrator, stage) => return Err(anyhow!("telling: everything ended at once")),
    };
    narrator.finish_moments().await;

    narrator.heading("The proof, from outside the agents");
    let raised = stage.ledger.karma(stage.agent_a.peer()).await?;
    ensure!(raised > karma, "karma: B's like did not raise A's, it is {raised} and was {karma}");
    narrator.good(&format!("A's karma on the ledger: {raised}, before the attack {karma}"));
    proof::connections(narrator, stage.hosts).await?;
    proof::kernels(narrator, stage.hosts).await?;
    proof::explanation(narrator, &stage.agent_b).await?;

    narrator.heading("From the last failed login to the kernel's drop");
    let latency = |dropped: Timestamp| milliseconds(dropped.duration_since(outcome.last_failed_login));
    narrator.good(&format!("at A {:>9} ms", latency(outcome.dropped_at_a).to_string()));
    narrator.good(&format!("at B {:>9} ms", latency(outcome.dropped_at_b).to_string()));
    narrator.heading("Memory of the agents (RSS: idle, after the demo)");
    for ((name, before), (_, after)) in idle.iter().zip(memory(stage)?) {
        narrator.good(&format!("at {name} {before:.1} MiB, {after:.1} MiB"));
    }
    Ok(())
}

/// Guesses passwords until the attacker is shut out, and waits for every step up to B's like.
async fn attack(stage: &Stage<'_>) -> anyhow::Result<Outcome> {
    let Stage { hosts, agent_a, agent_b, .. } = stage;
    let attacker = IpAddr::from(hosts.attacker.site.v4);
    let attempts = async {
        let attempts = BruteForce::against(hosts.a.site.v4).run(&hosts.attacker).await?;
        ensure!(attempts.ends_with(&[Attempt::ShutOut]), "attack: it was not stopped: {attempts:?}");
        Ok(())
    };
    let path = async {
        let name = attacker.to_string();
        agent_a.did("detected", &name).await?;
        let dropped_at_a =
            stage.kernel_a.added("blocked4", attacker, KERNEL).await.context("blocked at A")?;
        for step in ["blocked", "stored", "posted"] {
            agent_a.did(step, &name).await?;
        }
        for step in ["seen", "verified"] {
            agent_b.did(step, &name).await?;
        }
        let dropped_at_b = stage.kernel_b.added("peers4", attacker, KERNEL).await.context("blocked at B")?;
        for step in ["blocked", "liked"] {
            agent_b.did(step, &name).await?;
        }
        let last_failed_login = last_failed_login(&stage.sshd.log().lines(), dropped_at_a)?;
        Ok(Outcome { last_failed_login, dropped_at_a, dropped_at_b })
    };
    let ((), outcome) = tokio::try_join!(attempts, path)?;
    Ok(outcome)
}

/// When the failed login that made the decision was logged: the last one, since the drop allows no further.
///
/// The demo reads the log through `tail`, so the agent may be told sooner than the demo; then the drop bounds it.
fn last_failed_login(log: &[Line], dropped: Timestamp) -> anyhow::Result<Timestamp> {
    let last = log.iter().rev().find(|line| is_failed_login(line));
    Ok(last.context("no failed login came before the block at A")?.at.min(dropped))
}

fn is_failed_login(line: &Line) -> bool {
    line.text.starts_with("Failed password for ")
}

/// Tells what OpenSSH logs, what the agents do and what enters the kernels, as it happens.
async fn listen(narrator: &Narrator, stage: &Stage<'_>) {
    let log = stage.sshd.log().follow(|line| {
        if is_failed_login(line) {
            narrator.start_clock(line.at);
            narrator.hear(Moment {
                at: line.at,
                place: "A",
                step: "sshd".to_owned(),
                text: line.text.clone(),
            });
        }
    });
    tokio::join!(
        narrator.tell_moments(),
        log,
        listen_to_agent(narrator, "A", &stage.agent_a),
        listen_to_agent(narrator, "B", &stage.agent_b),
        listen_to_kernel(narrator, stage, "A"),
        listen_to_kernel(narrator, stage, "B"),
    );
}

async fn listen_to_agent(narrator: &Narrator, place: &'static str, agent: &Agent) {
    let Ok(daemon) = agent.running() else { return };
    let hear = |line: &Line| {
        if let Some(Event { at, step, message, .. }) = Event::parse(&line.text) {
            narrator.hear(Moment { at, place, step, text: message });
        }
    };
    daemon.transcript().follow(hear).await;
}

async fn listen_to_kernel(narrator: &Narrator, stage: &Stage<'_>, place: &'static str) {
    let (monitor, set) =
        if place == "A" { (&stage.kernel_a, "blocked4") } else { (&stage.kernel_b, "peers4") };
    let attacker = IpAddr::from(stage.hosts.attacker.site.v4);
    if let Ok(at) = monitor.added(set, attacker, KERNEL).await {
        let text = format!("nft monitor: {attacker} is in {set}");
        narrator.hear(Moment { at, place, step: "kernel".to_owned(), text });
    }
}

/// Memory of both agents in MiB.
fn memory(stage: &Stage<'_>) -> anyhow::Result<[(&'static str, f64); 2]> {
    let of = |agent: &Agent| -> anyhow::Result<f64> {
        let kibibytes = u32::try_from(agent.running()?.resident_memory()? / 1024)?;
        Ok(f64::from(kibibytes) / 1024.0)
    };
    Ok([("A", of(&stage.agent_a)?), ("B", of(&stage.agent_b)?)])
}
