//! Several endpoints: what one of them does not do another does.

use std::{collections::HashMap, sync::Arc, time::Duration};

use sentinel_agent::{
    domain::{EndpointReport, Karma, PostId},
    identity::Identity,
    ledger::{Founder, Ledger, SolanaLedger},
};
use sentinel_tests::{
    dev_ledger::DevLedger,
    endpoint::{Honest, Manners, Proxy},
};
use tokio::time::{sleep, timeout};

use crate::{
    lossy::Lossy,
    network::{FUNDS, Following, PATIENCE, dev_ledger, founder, publish, settings},
};

/// A client of both endpoints, the first of them preferred.
pub(crate) fn client_of<A: Manners, B: Manners>(
    ledger: &DevLedger,
    first: &Proxy<A>,
    second: &Proxy<B>,
    identity: &Identity,
) -> SolanaLedger {
    let settings = settings(&first.url, Some(&first.websocket_url()), ledger).or(second.urls());
    SolanaLedger::new(settings, identity).unwrap()
}

/// Asks until the endpoints are as wanted.
async fn until(client: &SolanaLedger, wanted: impl Fn(&[EndpointReport]) -> bool) {
    let asked = async {
        while !wanted(&client.endpoints()) {
            client.balance().await.unwrap();
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, asked).await.expect("the endpoints come to that");
}

#[tokio::test]
async fn questions_go_to_the_next_endpoint_while_the_first_is_in_trouble_and_back_to_it_afterwards() {
    let ledger = dev_ledger().await;
    let (first, second) = (Proxy::start(&ledger, Honest).await, Proxy::start(&ledger, Honest).await);
    let client = client_of(&ledger, &first, &second, &Identity::generate().unwrap());
    assert!(client.balance().await.is_ok() && client.endpoints()[0].is_used);

    first.set_up(false);
    assert!(client.balance().await.is_ok());
    let reports = client.endpoints();
    assert!(!reports[0].is_used && reports[1].is_used);
    assert!(reports[0].trouble.as_ref().unwrap().what.contains("503"), "{reports:?}");

    first.set_up(true);
    until(&client, |reports| reports[0].is_used && reports[0].trouble.is_none()).await;
}

#[tokio::test]
async fn with_no_endpoint_left_the_failure_names_one() {
    let ledger = dev_ledger().await;
    let (first, second) = (Proxy::start(&ledger, Honest).await, Proxy::start(&ledger, Honest).await);
    let client = client_of(&ledger, &first, &second, &Identity::generate().unwrap());
    first.set_up(false);
    second.set_up(false);
    let error = client.balance().await.unwrap_err();
    assert!(error.is_of_endpoint() && error.to_string().contains(&second.url), "{error}");
}

#[tokio::test]
async fn every_post_arrives_once_though_two_endpoints_tell_and_none_is_missed_when_they_take_turns() {
    let ledger = dev_ledger().await;
    let (reporter, _) = founder(&ledger, 60).await;
    let (first, second) = (Proxy::start(&ledger, Honest).await, Proxy::start(&ledger, Honest).await);
    let client = Arc::new(client_of(&ledger, &first, &second, &Identity::generate().unwrap()));
    let mut posts = Following::by(Arc::clone(&client), None);
    let mut made = vec![publish(&reporter, "both").await.post];
    let mut seen: HashMap<PostId, u32> = HashMap::new();
    seen.insert(posts.next().await.id, 1);
    until(&client, |reports| reports.iter().all(|report| report.is_followed)).await;

    for (name, first_is_up, second_is_up) in
        [("one", false, true), ("two", true, false), ("none", false, false), ("again", true, true)]
    {
        first.set_up(first_is_up);
        second.set_up(second_is_up);
        made.push(publish(&reporter, name).await.post);
        sleep(Duration::from_millis(200)).await;
    }
    while made.iter().any(|post| !seen.contains_key(post)) {
        *seen.entry(posts.next().await.id).or_default() += 1;
    }
    until(&client, |reports| reports.iter().all(|report| report.is_followed)).await;
    let more = timeout(Duration::from_secs(1), posts.next()).await;
    assert!(more.is_err() && seen.values().all(|times| *times == 1), "{seen:?}, {more:?}");
}

#[tokio::test]
async fn a_transaction_that_its_endpoint_lost_before_it_died_is_sent_by_the_next_as_it_was() {
    let ledger = dev_ledger().await;
    let first = Proxy::start(&ledger, Lossy { loses: 1, ..Lossy::default() }).await;
    let second = Proxy::start(&ledger, Lossy::default()).await;
    let identity = Identity::generate().unwrap();
    ledger.fund(&identity.peer_key(), FUNDS).await.unwrap();
    let client = client_of(&ledger, &first, &second, &identity);
    let joining = async {
        let founder = Founder { authority: ledger.authority.clone(), karma: Karma(60) };
        client.join("https://peer.example:9000", Some(&founder)).await.unwrap();
    };
    let dying = async {
        while first.manners.sent().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        first.set_up(false);
    };
    tokio::join!(joining, dying);
    assert_eq!(client.peer(&identity.peer_key()).await.unwrap().unwrap().karma, Karma(60));
    let sent = [first.manners.sent(), second.manners.sent()];
    assert_eq!((sent[0].len(), &sent[0]), (1, &sent[1]), "the same transaction, so that it is paid once");
}
