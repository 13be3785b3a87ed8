//! An agent takes changes of its configuration while it runs: a bad one changes nothing, and for a good one nothing is
//! let through, nobody is turned away and no log line is lost.

use std::{
    fs::{File, OpenOptions},
    io::Write,
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use anyhow::ensure;
use jiff::Timestamp;
use sentinel_tests::lab::{Agent, Host, LOG_PORT, Settings, Site, firewall, unless_interrupted};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpStream, UdpSocket},
    time::sleep,
};

use crate::scene::Scene;

const GUESSER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);
const SYSLOG_PORT: u16 = 514;
/// Where else the server can listen.
const ELSEWHERE: u16 = 9443;

/// A host whose log is written here, and one that visits it.
struct Written {
    _scene: Scene,
    visitor: Arc<Host>,
    host: Arc<Host>,
    agent: Agent,
    log: File,
}

impl Written {
    async fn begin(more: &str) -> anyhow::Result<Self> {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let path = host.directory().join("auth.log");
        let log = OpenOptions::new().create(true).append(true).open(&path)?;
        let agent =
            Agent::launch(&host, Settings { log_file: Some(&path), more, ..Settings::default() }).await?;
        let name = path.display().to_string();
        agent.source_until("the log", |source| source.name == name && source.trouble.is_none()).await?;
        Ok(Self { visitor: scene.lab.connect(&Site::B)?, _scene: scene, host, agent, log })
    }

    /// Writes so many times that this address failed to log in.
    fn fails(&mut self, address: Ipv4Addr, times: u16) -> anyhow::Result<()> {
        for port in 1..=times {
            self.log.write_all(failure(address, port).as_bytes())?;
        }
        Ok(())
    }
}

fn failure(address: Ipv4Addr, port: u16) -> String {
    let now = Timestamp::now();
    format!("{now:.0} gate sshd[1]: Failed password for root from {address} port {port} ssh2\n")
}

#[tokio::test]
async fn a_configuration_that_makes_no_sense_changes_nothing_and_status_says_where_it_is_wrong()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let mut a = Written::begin("").await?;
        a.agent.drop_in("50-mine.toml", "[detect]\n# Rather soon.\ntreshold = 2\n")?;

        let refusal = a.agent.reload().await?;

        ensure!(refusal.step == "reload-refused", "{refusal:?}");
        let place = "conf.d/50-mine.toml:3: detect.treshold:";
        ensure!(refusal.message.contains(place), "{refusal:?}");
        let status = a.agent.command(&["status"]).await?;
        ensure!(status.contains("refused") && status.contains(place), "{status}");
        let nowhere = a.host.directory().join("web.rules");
        a.agent.drop_in("50-mine.toml", &format!("[detect]\nweb_rules = {nowhere:?}\n"))?;
        let refusal = a.agent.reload().await?;
        ensure!(refusal.step == "reload-refused" && refusal.message.contains("web.rules"), "{refusal:?}");

        a.fails(GUESSER, 5)?;
        a.agent.did("blocked", "203.0.113.7").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn new_settings_take_effect_while_the_kernel_goes_on_dropping_and_what_was_counted_counts()
-> anyhow::Result<()> {
    unless_interrupted(async {
        let mut a = Written::begin("").await?;
        a.fails(GUESSER, 5)?;
        a.agent.did("blocked", "203.0.113.7").await?;
        let (halfway, friend) = ([203, 0, 113, 8].into(), [203, 0, 113, 9].into());
        a.fails(halfway, 2)?;
        let started = a.agent.command(&["status", "--json"]).await?;

        a.agent.drop_in(
            "50-mine.toml",
            &format!(
                "[detect]\nthreshold = 3\n[guard]\nallow = [\"203.0.113.9\"]\n\
                 [serve]\nlisten = [\"[::]:{ELSEWHERE}\"]\n"
            ),
        )?;
        let outcome = firewall::holds_throughout(&a.host, GUESSER.into(), a.agent.reload()).await?;

        ensure!(outcome.step == "reloaded", "{outcome:?}");
        a.fails(halfway, 1)?;
        a.fails(friend, 5)?;
        a.agent.did("blocked", "203.0.113.8").await?;
        a.agent.did("refused", "203.0.113.9").await?;
        ensure!(a.visitor.can_connect(Site::A.v4, ELSEWHERE).await?, "the new port is open");
        ensure!(!a.visitor.can_connect(Site::A.v4, LOG_PORT).await?, "the old port is closed");
        let status: serde_json::Value = serde_json::from_str(&a.agent.command(&["status", "--json"]).await?)?;
        ensure!(status["reload"]["at"].is_string() && status["reload"]["refused"].is_null(), "{status}");
        let started: serde_json::Value = serde_json::from_str(&started)?;
        ensure!(status["started"] == started["started"], "it is the same process");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn settings_by_which_it_cannot_work_bring_back_those_before() -> anyhow::Result<()> {
    unless_interrupted(async {
        let mut a = Written::begin("").await?;
        a.fails(GUESSER, 5)?;
        a.agent.did("blocked", "203.0.113.7").await?;
        let (halfway, other) = ([203, 0, 113, 8].into(), a.host.listen(ELSEWHERE).await?);
        a.fails(halfway, 3)?;
        let settings =
            format!("[guard]\nallow = [\"203.0.113.0/24\"]\n[serve]\nlisten = [\"[::]:{ELSEWHERE}\"]\n");
        a.agent.drop_in("50-mine.toml", &settings)?;

        let outcome = firewall::holds_throughout(&a.host, GUESSER.into(), a.agent.reload()).await?;

        ensure!(outcome.step == "reload-refused", "{outcome:?}");
        ensure!(outcome.message.contains("listening on [::]:9443"), "{outcome:?}");
        let blocked = a.agent.networks().await?;
        ensure!(blocked == ["203.0.113.7/32"], "what was refused lets nobody go: {blocked:?}");
        ensure!(a.visitor.can_connect(Site::A.v4, LOG_PORT).await?, "it serves where it did");
        a.fails(halfway, 2)?;
        a.agent.did("blocked", "203.0.113.8").await?;
        drop(other);
        ensure!(a.agent.reload().await?.step == "reloaded", "the port is free by now");
        Ok(())
    })
    .await
}

/// A wire to the host's own log, to its syslog over a stream, and over datagrams.
struct Wires {
    log: File,
    stream: TcpStream,
    datagrams: UdpSocket,
}

impl Wires {
    /// Where the agent listens for them.
    fn settings() -> String {
        let (address, here) = (Site::A.v4, format!("\"{}:{SYSLOG_PORT}\"", Site::A.v4));
        format!(
            "[sources.syslog]\nudp = [{here}]\ntcp = [{here}]\nallow = [\"{address}\"]\ntrust_udp = [\"{address}\"]\n"
        )
    }

    async fn to(a: &Written) -> anyhow::Result<Self> {
        for wire in ["udp", "tcp"] {
            let name = format!("syslog {wire} {}:{SYSLOG_PORT}", Site::A.v4);
            a.agent.source_until(wire, |source| source.name == name && source.trouble.is_none()).await?;
        }
        let there = (Site::A.v4, SYSLOG_PORT);
        let stream = a.host.namespace.run(TcpStream::connect(there)).await??;
        let datagrams = a.host.namespace.run(UdpSocket::bind((Site::A.v4, 0))).await??;
        datagrams.connect(there).await?;
        Ok(Self { log: a.log.try_clone()?, stream, datagrams })
    }

    /// Sends a line over one of them, always the same for a number.
    async fn send(&mut self, number: u8, line: &str) -> anyhow::Result<()> {
        let message = format!("<38>{line}");
        match number % 3 {
            0 => self.log.write_all(line.as_bytes())?,
            1 => self.stream.write_all(message.as_bytes()).await?,
            _ => drop(self.datagrams.send(message.as_bytes()).await?),
        }
        Ok(())
    }
}

/// Guessers that are found out, and as many who stay just below.
const GUESSERS: u8 = 100;

fn caught(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(203, 0, 113, 100 + number)
}

fn spared(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, 100 + number)
}

/// Each guesses four times, and one of each two once more.
async fn guess(wires: &mut Wires) -> anyhow::Result<()> {
    for round in 0..5 {
        for number in 1..=GUESSERS {
            wires.send(number, &failure(caught(number), round)).await?;
            if round < 4 {
                wires.send(number, &failure(spared(number), round)).await?;
            }
            sleep(Duration::from_millis(4)).await;
        }
    }
    Ok(())
}

#[tokio::test]
async fn each_line_that_is_written_during_reloads_counts_once_and_nobody_is_turned_away() -> anyhow::Result<()>
{
    unless_interrupted(async {
        let a = Written::begin(&Wires::settings()).await?;
        let (agent, visitor) = (&a.agent, &a.visitor);
        let mut wires = Wires::to(&a).await?;

        let reload = async {
            loop {
                let outcome = agent.reload().await?;
                ensure!(outcome.step == "reloaded", "{outcome:?}");
            }
        };
        let visit = async {
            loop {
                ensure!(visitor.can_connect(Site::A.v4, LOG_PORT).await?, "a visitor is turned away");
                agent.command(&["status"]).await?;
            }
        };
        tokio::select! {
            written = guess(&mut wires) => written?,
            refused = reload => refused?,
            turned_away = visit => turned_away?,
        }

        for number in 1..=GUESSERS {
            agent.did("blocked", &caught(number).to_string()).await?;
        }
        let mut expected: Vec<String> =
            (1..=GUESSERS).map(|number| format!("{}/32", caught(number))).collect();
        expected.sort();
        let blocked = agent.networks().await?;
        ensure!(blocked == expected, "{blocked:?}");
        Ok(())
    })
    .await
}
