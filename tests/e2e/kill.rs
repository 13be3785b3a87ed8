//! What was acknowledged survives `kill -9`, whenever it comes.

use std::{collections::BTreeSet, env, net::IpAddr, time::Duration};

use anyhow::{Context, ensure};
use fastrand::Rng;
use sentinel_tests::lab::{Agent, Settings, Site, firewall, unless_interrupted};
use tokio::{process::Command, time::sleep};

use crate::scene::Scene;

const CYCLES: usize = 200;
/// Each ends some cycles.
const KILLS: usize = 20;

/// The address is blocked when it was not, and let go when it was.
async fn toggle(agent: &Agent, blocked: &BTreeSet<IpAddr>, address: IpAddr) -> bool {
    let act = if blocked.contains(&address) { "remove" } else { "add" };
    agent.command(&["blocks", act, &address.to_string()]).await.is_ok()
}

fn toggled(blocked: &BTreeSet<IpAddr>, address: IpAddr) -> BTreeSet<IpAddr> {
    blocked ^ &BTreeSet::from([address])
}

/// What the agent says that it blocks.
async fn listed(agent: &Agent) -> anyhow::Result<BTreeSet<IpAddr>> {
    addresses(agent.networks().await?.iter().map(String::as_str))
}

/// What its database says that it blocks, by the word of another program.
async fn written(agent: &Agent) -> anyhow::Result<BTreeSet<IpAddr>> {
    let mut sqlite = Command::new("sqlite3");
    sqlite.arg("-readonly").arg(agent.database()).arg("SELECT network FROM reasons");
    addresses(agent.host().namespace.output(sqlite).await?.lines())
}

fn addresses<'a>(networks: impl Iterator<Item = &'a str>) -> anyhow::Result<BTreeSet<IpAddr>> {
    networks.map(|network| Ok(network.trim_end_matches("/32").parse()?)).collect()
}

#[tokio::test]
async fn after_a_kill_at_any_moment_database_and_kernel_hold_what_was_acknowledged() -> anyhow::Result<()> {
    let seed = env::var("SENTINEL_TEST_SEED").map_or_else(|_| Ok(fastrand::u64(..)), |seed| seed.parse())?;
    eprintln!("SENTINEL_TEST_SEED={seed} repeats this run");
    let killed = unless_interrupted(async {
        let mut random = Rng::with_seed(seed);
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let mut agent = Agent::launch(&host, Settings::default()).await?;
        let pool: Vec<IpAddr> = (1..=12).map(|last| [203, 0, 113, last].into()).collect();
        let mut blocked = BTreeSet::new();
        let mut interrupted = 0;
        for _ in 0..KILLS {
            for _ in 1..CYCLES / KILLS {
                let address = *random.choice(&pool).context("a pool")?;
                ensure!(toggle(&agent, &blocked, address).await, "a running agent does as it is told");
                blocked = toggled(&blocked, address);
            }
            let address = *random.choice(&pool).context("a pool")?;
            let moment = Duration::from_micros(random.u64(..30_000));
            let (acknowledged, killed) = tokio::join!(toggle(&agent, &blocked, address), async {
                sleep(moment).await;
                agent.kill()
            });
            killed?;
            interrupted += usize::from(!acknowledged);
            agent.ended().await?;

            let (before, after) = (blocked.clone(), toggled(&blocked, address));
            blocked = written(&agent).await?;
            ensure!(blocked == after || (!acknowledged && blocked == before), "{address}: {blocked:?}");
            agent.start().await?;
            let listed = listed(&agent).await?;
            ensure!(listed == blocked, "{listed:?} is listed, {blocked:?} was written down");
            firewall::wait_until_exactly(&host, "blocked4", &blocked).await?;
        }
        eprintln!("{interrupted} of {KILLS} kills came before the acknowledgement");
        Ok(())
    });
    killed.await.with_context(|| format!("SENTINEL_TEST_SEED={seed}"))
}
