#![allow(clippy::unwrap_used)]

use std::{collections::HashSet, path::Path, process::Stdio, time::Duration};

use super::*;
use crate::{
    domain::PostId,
    record::{Announcement, Outgoing, Standing},
    store::{
        database::{self, Database},
        testing::{child, folder_of_child},
    },
};

const LINES: &[u8] = b"#sentinel-log 1\n#service sshd\n\
    Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2\n";

fn log() -> MaliciousLog {
    MaliciousLog::new(LINES.to_vec()).unwrap()
}

fn verified(log: MaliciousLog) -> Verified<MaliciousLog> {
    let hash = log.hash();
    evidence::verify(log, hash).unwrap()
}

fn archive(folder: &Path) -> Archive {
    let logs = Arc::new(LogStore::open(&folder.join("logs"), 1 << 20).unwrap());
    Archive::new(logs, Outbox::new(Database::open(&database::path_in(folder)).unwrap()), PeerKey([9; 32]))
}

#[tokio::test]
async fn a_receipt_outlives_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path());
    let from = Witness::Peer { reporter: PeerKey([1; 32]), post: PostId([2; 32]) };
    let id = archive.keep(verified(log()), from).await.unwrap();
    for entry in std::fs::read_dir(folder.path().join("logs")).unwrap() {
        std::fs::remove_file(entry.unwrap().path()).unwrap();
    }
    let logs = Arc::new(LogStore::open(&folder.path().join("logs"), 1 << 20).unwrap());
    let later = Archive { logs, ..archive };
    later.reconcile().await.unwrap();
    let receipt = later.outbox.database().receipt(id).await.unwrap().unwrap();
    assert_eq!((receipt.from, receipt.attacker_count), (from, 1));
    assert!(receipt.evicted.is_some());
}

#[tokio::test]
async fn a_log_without_a_receipt_gets_one() {
    let folder = tempfile::tempdir().unwrap();
    let archive = archive(folder.path());
    let stored = archive.logs.put(&log()).unwrap();
    archive.reconcile().await.unwrap();
    let receipt = archive.outbox.database().receipt(stored.id).await.unwrap().unwrap();
    assert_eq!((receipt.from, receipt.attacker_count, receipt.evicted), (Witness::Own, 1, None));
}

/// Of the copies of this test three have room.
fn cramped(folder: &Path) -> Archive {
    let logs = Arc::new(LogStore::open_with_copies(&folder.join("logs"), 1 << 20, 450_000).unwrap());
    Archive::new(logs, Outbox::new(Database::open(&database::path_in(folder)).unwrap()), PeerKey([9; 32]))
}

fn announced(log: LogId, number: u32) -> Announcement {
    let [a, b, c, d] = number.to_le_bytes();
    let mut post = PostId([0; 32]);
    post.0[..4].copy_from_slice(&[a, b, c, d]);
    let url = format!("https://me.example/mirrors/{log}").parse().unwrap();
    Announcement { post, log, url, since: Timestamp::now(), standing: Standing::Unseen }
}

/// Keeps and announces copies for ever.
async fn keep_for_ever(folder: &Path) {
    let archive = cramped(folder);
    archive.reconcile().await.unwrap();
    let begin = u32::try_from(Timestamp::now().as_millisecond() % 1_000_000_000).unwrap();
    for number in begin.. {
        let line = String::from_utf8(LINES.to_vec()).unwrap();
        let log =
            MaliciousLog::new(format!("{line}{}", format!("{number}\n").repeat(15_000)).into()).unwrap();
        let from = Witness::Peer { reporter: PeerKey([1; 32]), post: PostId([2; 32]) };
        let id = archive.keep(verified(log), from).await.unwrap();
        let announced = Record::Announced(announced(id, number));
        archive.outbox.database().record(vec![announced]).durable().await.unwrap();
    }
}

#[tokio::test]
async fn killed_at_any_moment_receipts_and_announcements_agree_with_what_is_on_disk() {
    if let Some(folder) = folder_of_child() {
        return keep_for_ever(&folder).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let name =
        "daemon::archive::tests::killed_at_any_moment_receipts_and_announcements_agree_with_what_is_on_disk";
    for round in 0..12 {
        let mut keeper = child(name, folder.path()).stdout(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(250 + 37 * round)).await;
        keeper.kill().unwrap();
        keeper.wait().unwrap();

        let archive = cramped(folder.path());
        archive.reconcile().await.unwrap();
        let on_disk: HashSet<LogId> = archive.logs.ids().into_iter().collect();
        let held: HashSet<LogId> = archive.outbox.database().held_logs().await.unwrap().into_iter().collect();
        assert_eq!(on_disk, held, "round {round}");
        assert!(on_disk.iter().all(|id| archive.logs.read(*id).unwrap().is_some()), "round {round}");
        let left = archive.outbox.database().announcements().await.unwrap();
        assert!(left.iter().all(|mirror| on_disk.contains(&mirror.log)), "round {round}");
        let withdrawn = archive.outbox.database().outbox(0, u32::MAX).await.unwrap();
        let urls: HashSet<String> = withdrawn
            .iter()
            .filter_map(|(_, item)| match item {
                Outgoing::RemoveMirror { url, .. } => Some(url.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(urls.len(), withdrawn.len(), "withdrawn twice in round {round}");
        assert!(left.iter().all(|mirror| !urls.contains(mirror.url.as_str())), "round {round}");
        drop(archive);
        // The database is closed by its own thread.
        while Database::open(&database::path_in(folder.path())).is_err() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}
