//! What trust rests on comes back after a restart.

use super::*;
use crate::{
    domain::Karma,
    record::Regard,
    trust::{Accused, Attitude, Dispute, Event, Member, Statement},
};

fn heard() -> Event {
    let record = post_record(1, 5);
    let network = "203.0.113.7/32".parse().unwrap();
    let from = (record.post.owner, Karma(60));
    let statement = Statement::new(record.post.id, from, record.post.file_hash, at(4));
    Event::Heard(statement.about(vec![Accused { network, events: 5 }]))
}

fn learned(karma: Option<u64>) -> Event {
    let is = karma.map(|karma| Member { karma: Karma(karma), active: true });
    Event::Learned { peer: PeerKey([2; 32]), was: None, is }
}

#[tokio::test]
async fn what_happened_comes_back_in_its_order_and_the_latest_of_each_peer() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let happened = [learned(Some(3)), heard(), learned(Some(50))];
    let records = (1..).zip(happened.clone()).map(|(second, event)| Record::Trust(at(second), event));
    database.record(records.collect()).durable().await.unwrap();
    let events = all_of(database.events(at(2))).await;
    assert_eq!(events, [(at(2), happened[1].clone()), (at(3), happened[2].clone())]);
    let member = Member { karma: Karma(50), active: true };
    assert_eq!(database.members().await.unwrap(), [(PeerKey([2; 32]), member)]);
    database.prune_events(at(3)).await.unwrap();
    assert_eq!(all_of(database.events(Timestamp::MIN)).await.len(), 1);
    database.record(vec![Record::Trust(at(9), learned(None))]).durable().await.unwrap();
    assert_eq!(database.members().await.unwrap(), []);
}

#[tokio::test]
async fn likes_and_disputes_are_queued_with_what_they_follow_from_and_a_post_is_disputed_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let record = post_record(1, 5);
    let dispute = Dispute::NoEvidence { error: "no line of the log proves an attack".into() };
    let id = record.post.id;
    let records = vec![
        Record::Post(Box::new(record.clone())),
        Record::Like(id),
        Record::Dispute(id, dispute.clone()),
        Record::Dispute(id, dispute.clone()),
    ];
    database.record(records).durable().await.unwrap();
    let queued: Vec<Outgoing> =
        database.outbox(0, 10).await.unwrap().into_iter().map(|(_, item)| item).collect();
    let post = || Box::new(record.post.clone());
    assert_eq!(queued, [Outgoing::Like { post: post() }, Outgoing::Dispute { post: post() }]);
    assert_eq!(database.post(id).await.unwrap().unwrap().disputed, Some(dispute));
}

#[tokio::test]
async fn a_reporter_that_goes_on_lying_is_disputed_four_times_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let dispute = Dispute::NoEvidence { error: "nothing".into() };
    let hour = 3600;
    let lie = |number: u8| {
        let mut record = post_record(number, i64::from(number) * hour);
        record.post.owner = PeerKey([2; 32]);
        [Record::Post(Box::new(record.clone())), Record::Dispute(record.post.id, dispute.clone())]
    };
    for number in 0..30 {
        database.record(lie(number).into()).durable().await.unwrap();
        // Whatever comes after it, such as that its reporter takes it back, it counts.
        let known = database.post(post_record(number, 0).post.id).await.unwrap().unwrap();
        database.record(vec![Record::Post(Box::new(known))]).durable().await.unwrap();
    }
    let queued = database.outbox(0, 100).await.unwrap();
    let of = |number: u8| post_record(number, 0).post.id;
    let posts: Vec<PostId> = queued
        .iter()
        .filter_map(|(_, item)| if let Outgoing::Dispute { post } = item { Some(post.id) } else { None })
        .collect();
    assert_eq!(posts, [0, 1, 2, 3, 24, 25, 26, 27].map(of));
    assert_eq!(
        database.post(of(5)).await.unwrap().unwrap().disputed,
        Some(dispute),
        "it is shown all the same"
    );
}

#[tokio::test]
async fn what_the_operator_thinks_of_peers_is_remembered_until_he_thinks_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let regard =
        |attitude| Regard { peer: PeerKey([2; 32]), attitude, comment: "it \"lied\"".into(), since: at(5) };
    for attitude in [Attitude::Pinned, Attitude::Banned] {
        database.record(vec![Record::Regarded(regard(attitude))]).durable().await.unwrap();
        assert_eq!(database.regards().await.unwrap(), [regard(attitude)]);
    }
    database.record(vec![Record::Disregarded(PeerKey([2; 32]))]).durable().await.unwrap();
    assert_eq!(database.regards().await.unwrap(), []);
}
