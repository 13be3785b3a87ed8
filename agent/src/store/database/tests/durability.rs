//! What was acknowledged is there whatever happens, and what happened in between is there whole or not at all.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    io::{BufRead, BufReader},
    net::{IpAddr, Ipv4Addr},
    process::Stdio,
    time::Duration,
};

use ipnetwork::IpNetwork;

use super::*;
use crate::store::testing::{child, child_with_small_disk, fill, folder_of_child};

/// Networks that group `i` blocks.
fn pair(i: u32) -> [IpNetwork; 2] {
    [2 * i, 2 * i + 1].map(|address| IpAddr::from(Ipv4Addr::from(0x0100_0000 + address)).into())
}

/// What is written together: two blocks, what goes in exchange, and how far it got.
fn group(i: u32) -> Vec<Record> {
    let reason = manual(&format!("since group {}", i / 5), 10);
    let given = pair(i).map(|network| Record::Reason(network, reason.clone()));
    let position = Record::Position { source: "groups".into(), position: i.to_string() };
    let gone = i.checked_sub(7).filter(|_| i.is_multiple_of(3)).into_iter().flat_map(pair);
    given.into_iter().chain([position]).chain(gone.map(Record::BlockGone)).collect()
}

/// What is blocked once the groups up to `last` were written.
fn blocked(last: u32) -> BTreeSet<IpNetwork> {
    let gone = |i: u32| (i + 7).is_multiple_of(3) && i + 7 <= last;
    (1..=last).filter(|i| !gone(*i)).flat_map(pair).collect()
}

async fn last_group(database: &Database) -> u32 {
    let position = database.position("groups".into()).await.unwrap();
    position.map_or(0, |text| text.parse().unwrap())
}

/// Writes groups, several at a time, and says which are acknowledged, until somebody kills it.
async fn write_for_ever(path: &Path) {
    let database = reopen(path).await;
    let mut next = last_group(&database).await + 1;
    let mut waiting = VecDeque::new();
    loop {
        waiting.push_back((next, database.record(group(next))));
        next += 1;
        if waiting.len() > 8 {
            let (i, recorded) = waiting.pop_front().unwrap();
            recorded.durable().await.unwrap();
            eprintln!("acknowledged {i}");
        }
    }
}

/// Numbers that look random, the same in every run.
fn dice(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[tokio::test]
async fn killed_at_any_moment_it_has_every_acknowledged_group_and_no_half_one() {
    if let Some(folder) = folder_of_child() {
        return write_for_ever(&path_in(&folder)).await;
    }
    let name = "store::database::tests::durability::killed_at_any_moment_it_has_every_acknowledged_group_and_no_half_one";
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let mut seed = 3;
    for round in 0..10 {
        let mut writer =
            child(name, folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(writer.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut acknowledgements =
            lines.filter_map(|line| line.strip_prefix("acknowledged ")?.parse::<u32>().ok());
        let patience = usize::try_from(dice(&mut seed) % 60).unwrap();
        let mut acknowledged = acknowledgements.nth(patience).unwrap();
        std::thread::sleep(Duration::from_micros(dice(&mut seed) % 5000));
        writer.kill().unwrap();
        writer.wait().unwrap();
        acknowledged = acknowledgements.last().unwrap_or(acknowledged);

        let database = reopen(&path).await;
        let last = last_group(&database).await;
        assert!(last >= acknowledged, "round {round}: {acknowledged} was acknowledged, {last} is the last");
        let stored = all_of(database.reasons(at(0))).await.into_iter().map(|(network, _)| network);
        assert_eq!(stored.collect::<BTreeSet<_>>(), blocked(last), "round {round}, after group {last}");
        let wrong = "SELECT count(*) FROM origins
                     WHERE uses <> (SELECT count(*) FROM reasons WHERE origin = origins.id) OR uses = 0";
        assert_eq!(number(&path, wrong), 0, "round {round}");
        drop(database);
        drop(reopen(&path).await);
    }
}

/// Writes groups after `last` until the disk takes no more; gives back the last that it took, and why not the next.
async fn write_until_full(database: &Database, mut last: u32) -> (u32, DatabaseError) {
    // What was written before leaves some room in the log; a group is durable, or it fails as a whole.
    loop {
        match database.record(group(last + 1)).durable().await {
            Ok(()) => last += 1,
            Err(error) => return (last, error),
        }
        assert!(last < 1000);
    }
}

#[tokio::test]
async fn on_a_full_disk_nothing_durable_is_lost_and_it_goes_on_once_there_is_room() {
    let Some(folder) = folder_of_child() else {
        let folder = tempfile::tempdir().unwrap();
        let name = "store::database::tests::durability::on_a_full_disk_nothing_durable_is_lost_and_it_goes_on_once_there_is_room";
        assert!(child_with_small_disk(name, folder.path()).status().unwrap().success());
        return;
    };
    let path = path_in(&folder);
    let database = Database::open(&path).unwrap();
    for i in 1..=10 {
        database.record(group(i)).durable().await.unwrap();
    }
    let filler = fill(&folder, "filler");
    let (last, error) = write_until_full(&database, 10).await;
    assert!(error.to_string().contains("is full"), "{error}");
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    assert!(database.record(group(last + 1)).durable().await.is_err());
    assert_eq!((last_group(&database).await, networks(&database).await), (last, blocked(last)));
    // Closing makes room: the log is folded into the file.
    drop(database);
    while path.with_extension("db-wal").exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let filler_of_the_rest = fill(&folder, "rest");
    let database = reopen(&path).await;
    assert_eq!((last_group(&database).await, networks(&database).await), (last, blocked(last)));

    fs::remove_file(filler).unwrap();
    fs::remove_file(filler_of_the_rest).unwrap();
    database.record(group(last + 1)).durable().await.unwrap();
    drop(database);
    let database = reopen(&path).await;
    assert_eq!((last_group(&database).await, networks(&database).await), (last + 1, blocked(last + 1)));
}

#[tokio::test]
async fn what_a_full_disk_did_not_take_is_written_later_in_the_order_of_the_decisions() {
    let Some(folder) = folder_of_child() else {
        let folder = tempfile::tempdir().unwrap();
        let name = "store::database::tests::durability::what_a_full_disk_did_not_take_is_written_later_in_the_order_of_the_decisions";
        assert!(child_with_small_disk(name, folder.path()).status().unwrap().success());
        return;
    };
    let path = path_in(&folder);
    let database = Database::open(&path).unwrap();
    let filler = fill(&folder, "filler");
    let (last, _) = write_until_full(&database, 0).await;
    let [first, second] = pair(last + 2);
    let in_flight = [database.record(group(last + 2)), database.record(vec![Record::BlockGone(first)])];
    for recorded in in_flight {
        recorded.durable().await.unwrap_err();
    }
    assert_eq!((last_group(&database).await, networks(&database).await), (last, blocked(last)));
    fs::remove_file(filler).unwrap();
    database.record(vec![Record::BlockGone(second)]).durable().await.unwrap();
    let mut expected = blocked(last + 2);
    assert!(expected.remove(&first) && expected.remove(&second));
    assert_eq!((last_group(&database).await, networks(&database).await), (last + 2, expected.clone()));
    drop(database);
    let database = reopen(&path).await;
    assert_eq!((last_group(&database).await, networks(&database).await), (last + 2, expected));
}

#[tokio::test]
async fn what_a_full_disk_did_not_take_is_written_by_itself_once_there_is_room() {
    let Some(folder) = folder_of_child() else {
        let folder = tempfile::tempdir().unwrap();
        let name = "store::database::tests::durability::what_a_full_disk_did_not_take_is_written_by_itself_once_there_is_room";
        assert!(child_with_small_disk(name, folder.path()).status().unwrap().success());
        return;
    };
    let database = Database::open(&path_in(&folder)).unwrap();
    let filler = fill(&folder, "filler");
    let (last, _) = write_until_full(&database, 0).await;
    database.retry();
    assert_eq!(last_group(&database).await, last);
    fs::remove_file(filler).unwrap();
    assert_eq!(last_group(&database).await, last, "nobody has tried it again");
    database.retry();
    assert_eq!((last_group(&database).await, networks(&database).await), (last + 1, blocked(last + 1)));
}

async fn networks(database: &Database) -> BTreeSet<IpNetwork> {
    all_of(database.reasons(at(0))).await.into_iter().map(|(network, _)| network).collect()
}

#[tokio::test]
async fn one_record_that_cannot_be_written_takes_no_other_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    // While the thread waits, what follows gathers into one group.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let waiting = database.run(READING, move |_, _| Ok(wait.recv().is_err()));
    let good = database.record(group(1));
    let bad = Record::Position { source: "auth.log".into(), position: "no JSON".into() };
    let bad = database.record(vec![Record::BlockGone(pair(1)[0]), bad]);
    let late = database.record(group(2));
    go.send(()).unwrap();
    assert!(!waiting.await.unwrap().unwrap());
    good.durable().await.unwrap();
    assert!(matches!(bad.durable().await, Err(DatabaseError::Statement { .. })));
    late.durable().await.unwrap();
    assert_eq!(networks(&database).await, blocked(2));
}

#[tokio::test]
async fn a_commit_is_synced_before_it_is_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(&path_in(folder.path())).unwrap();
    let modes = database.run(READING, |connection, _| {
        let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
        let journal: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        Ok((synchronous, journal))
    });
    // 2 is FULL: the log is synced at every commit (sqlite.org/pragma.html#pragma_synchronous).
    assert_eq!(modes.await.unwrap().unwrap(), (2, "wal".to_owned()));
}
