use std::{path::Path, time::Duration};

use super::*;
use crate::{
    blocks::BlockSet,
    config::Endpoints,
    daemon::{
        clock::{Clock, Reading},
        engine::{Outcome, testing},
    },
    domain::{AllowSource, Scope},
    host::Answer,
    store::database::Database,
};

/// What the guardian follows, in the test's own hand.
struct World {
    links: watch::Sender<Links>,
    resolvers: watch::Sender<Vec<IpAddr>>,
    sessions: watch::Sender<Vec<IpAddr>>,
    answers: watch::Sender<Answers>,
    guardian: Guardian,
}

fn start(configured: &[&str], added: Vec<AllowEntry>) -> World {
    let (links, links_seen) = watch::channel(Links::default());
    let (resolvers, resolvers_seen) = watch::channel(vec![]);
    let (sessions, sessions_seen) = watch::channel(vec![]);
    let (answers, answers_seen) = watch::channel(Answers::new());
    let configured: Vec<AllowTarget> = configured.iter().map(|text| target(text)).collect();
    let allowlist = Allowlist::new(&configured, added);
    let ledger = vec![target("ledger.example")];
    let guardian = Guardian {
        links: links_seen,
        resolvers: resolvers_seen,
        sessions: sessions_seen,
        answers: answers_seen,
        wanted: watch::Sender::new(names(&ledger, &allowlist)),
        remembered: Mutex::default(),
        ledger,
        allowlist: Mutex::new(allowlist),
        commands: tokio::sync::Mutex::default(),
    };
    World { links, resolvers, sessions, answers, guardian }
}

/// A core that only observes, over a real database.
fn core(folder: &Path) -> Core {
    let engine = testing::engine(BlockSet::new(Scope::Inbound));
    let clock = Clock::new(Reading::take(), Timestamp::MIN);
    Core::new(engine, clock, None, Database::open(&folder.join("state.db")).unwrap())
}

async fn block(core: &Core, networks: &[&str]) {
    for text in networks {
        let done = core.decide(|engine, now| {
            let mut outcome = Outcome::default();
            engine.block_manually(testing::order(text, 1), now, &mut outcome).unwrap();
            outcome
        });
        done.await.committed().unwrap();
    }
}

async fn blocked(core: &Core) -> Vec<String> {
    let mut blocked: Vec<String> =
        core.engine().await.blocks().iter().map(|block| block.network.to_string()).collect();
    blocked.sort();
    blocked
}

/// Waits until nothing but `expected` is blocked.
async fn are_blocked(core: &Core, expected: &[&str]) {
    let all = async {
        while blocked(core).await != expected {
            tokio::time::sleep(Duration::from_millis(5)).await
        }
    };
    let seen = tokio::time::timeout(Duration::from_secs(20), all).await.is_ok();
    assert!(seen, "{:?} instead of {expected:?}", blocked(core).await);
}

fn network(text: &str) -> IpNetwork {
    text.parse().unwrap()
}

fn target(text: &str) -> AllowTarget {
    text.parse().unwrap()
}

fn found(name: &str, addresses: &[&str]) -> Answers {
    let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
    [(name.parse().unwrap(), Answer { addresses, trouble: None })].into()
}

#[tokio::test]
async fn what_is_allowed_is_let_go_at_once_and_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let (world, core) = (start(&[], vec![]), core(folder.path()));
    block(&core, &["203.0.113.7", "203.0.113.8", "203.0.113.0/24"]).await;
    let allowed = world.guardian.allow(&core, target("203.0.113.7"), "my office".into()).await.unwrap();
    assert_eq!(allowed.unblocked, [network("203.0.113.7")]);
    assert_eq!(
        blocked(&core).await,
        ["203.0.113.0/24", "203.0.113.8/32"],
        "the kernel lets it pass in the /24"
    );
    assert_eq!(core.engine().await.guard().passing(), [network("203.0.113.7")]);

    let remembered = core.database().allowlist().await.unwrap();
    let again = start(&[], remembered);
    let shown: Vec<_> =
        again.guardian.list().into_iter().map(|entry| (entry.target, entry.comment)).collect();
    assert_eq!(shown, [(target("203.0.113.7"), "my office".to_owned())]);
    assert_eq!(again.guardian.protected().allowed, [network("203.0.113.7")]);

    assert_eq!(world.guardian.disallow(&core, &target("203.0.113.7")).await.unwrap(), allowed.entry);
    assert!(core.engine().await.guard().passing().is_empty());
    assert_eq!(core.database().allowlist().await.unwrap(), []);
    block(&core, &["203.0.113.7"]).await;
}

#[tokio::test]
async fn only_what_the_operator_added_can_be_taken_off_while_the_agent_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (world, core) = (start(&["192.0.2.0/24"], vec![]), core(folder.path()));
    let refusal =
        async |text: &str| world.guardian.disallow(&core, &target(text)).await.unwrap_err().to_string();
    assert!(refusal("192.0.2.0/24").await.contains("config file"));
    assert_eq!(refusal("192.0.2.7").await, "192.0.2.7 is not on the allowlist");
    world.guardian.allow(&core, target("192.0.2.0/24"), String::new()).await.unwrap();
    let sources: Vec<AllowSource> = world.guardian.list().into_iter().map(|entry| entry.source).collect();
    assert_eq!(sources, [AllowSource::Config, AllowSource::Operator]);
    world.guardian.disallow(&core, &target("192.0.2.0/24")).await.unwrap();
    assert_eq!(world.guardian.protected().allowed, [network("192.0.2.0/24")]);
}

#[tokio::test]
async fn whatever_becomes_protected_is_let_go() {
    let folder = tempfile::tempdir().unwrap();
    let (world, core) = (start(&["office.example"], vec![]), core(folder.path()));
    let all = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
    block(&core, &all).await;
    let checks = async {
        let links = Links { gateways: vec!["192.0.2.1".parse().unwrap()], ..Links::default() };
        world.links.send_replace(links);
        are_blocked(&core, &["192.0.2.2/32", "192.0.2.3/32", "192.0.2.4/32", "192.0.2.5/32"]).await;
        world.resolvers.send_replace(vec!["192.0.2.2".parse().unwrap()]);
        are_blocked(&core, &["192.0.2.3/32", "192.0.2.4/32", "192.0.2.5/32"]).await;
        world.sessions.send_replace(vec!["192.0.2.3".parse().unwrap()]);
        are_blocked(&core, &["192.0.2.4/32", "192.0.2.5/32"]).await;
        world.answers.send_replace(found("office.example", &["192.0.2.4"]));
        are_blocked(&core, &["192.0.2.5/32"]).await;
        world.answers.send_replace(found("ledger.example", &["192.0.2.5"]));
        are_blocked(&core, &[]).await;
    };
    tokio::select! {
        () = world.guardian.run(&core) => panic!("the guardian ended"),
        () = checks => {}
    }
}

#[tokio::test]
async fn a_log_in_or_a_dns_answer_inside_a_blocked_network_passes_and_does_not_lift_the_block() {
    let folder = tempfile::tempdir().unwrap();
    let (world, core) = (start(&["office.example"], vec![]), core(folder.path()));
    block(&core, &["203.0.113.0/24"]).await;
    let passing = ["203.0.113.7", "203.0.113.8"].map(network);
    let checks = async {
        world.sessions.send_replace(vec!["203.0.113.7".parse().unwrap()]);
        world.answers.send_replace(found("office.example", &["203.0.113.8"]));
        let told = async {
            while core.engine().await.guard().passing() != passing {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(20), told).await.is_ok());
    };
    tokio::select! {
        () = world.guardian.run(&core) => panic!("the guardian ended"),
        () = checks => {}
    }
    assert_eq!(blocked(&core).await, ["203.0.113.0/24"]);
}

#[tokio::test]
async fn a_name_that_is_allowed_is_looked_up_and_shows_what_it_stands_for() {
    let folder = tempfile::tempdir().unwrap();
    let (world, core) = (start(&[], vec![]), core(folder.path()));
    let entry = world.guardian.allow(&core, target("Office.Example"), String::new()).await.unwrap().entry;
    assert_eq!(entry.networks, []);
    assert!(world.guardian.wanted.borrow().contains(&"office.example".parse().unwrap()));
    world.answers.send_replace(found("office.example", &["192.0.2.4", "2001:db8::4"]));
    assert_eq!(world.guardian.list()[0].networks, ["192.0.2.4", "2001:db8::4"].map(network));
    world.guardian.disallow(&core, &target("office.example")).await.unwrap();
    assert!(!world.guardian.wanted.borrow().contains(&"office.example".parse().unwrap()));
    assert!(world.guardian.wanted.borrow().contains(&"ledger.example".parse().unwrap()));
}

#[test]
fn the_ledgers_hosts_are_read_from_its_endpoints() {
    let list = |texts: &[&str]| Endpoints(texts.iter().map(|text| text.parse().unwrap()).collect());
    let settings = LedgerSettings {
        rpc: list(&["https://rpc.example/secret", "https://other.example"]),
        websocket: list(&["wss://[2001:db8::7]:8900"]),
        ..LedgerSettings::default()
    };
    assert_eq!(endpoints(&settings), ["rpc.example", "other.example", "2001:db8::7"].map(target));
}

#[tokio::test]
async fn a_name_passes_after_a_restart_before_it_was_looked_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let (world, core) = (start(&["office.invalid"], vec![]), core(folder.path()));
    world.answers.send_replace(found("office.invalid", &["203.0.113.7"]));
    let _ = world.guardian.update(&core, None).await;
    let known = core.database().names().await.unwrap();
    let mut settings = Settings::default();
    settings.guard.allow = vec![target("office.invalid")];
    let again = Guardian::start(&settings, vec![], known, watch::channel(Links::default()).1);
    assert_eq!(again.protected().allowed, [network("203.0.113.7")]);

    world.answers.send_replace(Answers::new());
    let _ = world.guardian.update(&core, None).await;
    assert!(core.database().names().await.unwrap().is_empty(), "nobody wants to know any more");
}
