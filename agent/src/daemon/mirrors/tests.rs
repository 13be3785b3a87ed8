#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;

use tokio::sync::watch;

use super::*;
use crate::{
    daemon::{archive::Archive, engine::testing},
    domain::{FileHash, MaliciousLog, PostId},
    evidence,
    record::Witness,
    store::database::{Database, path_in},
};

const ME: PeerKey = PeerKey([9; 32]);
const BASE: &str = "https://me.example:9000";

/// Evidence with a line of its own; all are of the same length.
fn log(text: &str) -> MaliciousLog {
    let line = "Nov 23 02:00:01 host sshd[1]: Failed password for user from 203.0.113.7 port 5 ssh2";
    MaliciousLog::new(format!("#sentinel-log 1\n#service sshd\n{line}\n{text:>10}\n").into()).unwrap()
}

/// An agent with room for two copies.
fn mirrors(folder: &Path, base_url: Option<&str>) -> (Mirrors, Archive) {
    mirrors_at(folder, base_url.map(|url| PublicUrl::fixed(url.parse().unwrap())))
}

/// The same at a URL that may change.
fn mirrors_at(folder: &Path, public_url: Option<PublicUrl>) -> (Mirrors, Archive) {
    let logs = Arc::new(
        LogStore::open_with_copies(&folder.join("logs"), 1000, 2 * log("").bytes().len() as u64).unwrap(),
    );
    let outbox = Outbox::new(opened(folder));
    let archive = Archive::new(Arc::clone(&logs), outbox.clone(), ME);
    (Mirrors { logs, outbox, me: ME, public_url, min_likes: 10, turn: Arc::default() }, archive)
}

/// The database, as soon as whoever had it before has let it go.
fn opened(folder: &Path) -> Database {
    loop {
        match Database::open(&path_in(folder)) {
            Err(DatabaseError::InUse { .. }) => std::thread::yield_now(),
            opened => return opened.unwrap(),
        }
    }
}

fn post(number: u8, file_hash: FileHash, likes: u64) -> Post {
    Post { id: PostId([number; 32]), file_hash, likes, ..testing::post(Timestamp::now()) }
}

/// Keeps `text` as the log of a post with so many likes.
async fn kept(archive: &Archive, number: u8, text: &str, likes: u64) -> Post {
    let post = post(number, log(text).hash(), likes);
    let from = Witness::Peer { reporter: post.owner, post: post.id };
    archive.keep(evidence::verify(log(text), post.file_hash).unwrap(), from).await.unwrap();
    post
}

async fn queued(mirrors: &Mirrors) -> Vec<Outgoing> {
    mirrors.outbox.database().outbox(0, 100).await.unwrap().into_iter().map(|(_, item)| item).collect()
}

fn added_at(base: &str, post: &Post) -> Outgoing {
    let url = LogUrl::of_mirror(base, post.file_hash.log_id()).unwrap();
    Outgoing::AddMirror { post: post.id, url }
}

fn removed_at(base: &str, post: &Post) -> Outgoing {
    let url = LogUrl::of_mirror(base, post.file_hash.log_id()).unwrap().to_string();
    Outgoing::RemoveMirror { post: post.id, url }
}

#[tokio::test]
async fn a_copy_is_announced_once_when_its_post_has_more_likes_than_the_threshold() {
    let folder = tempfile::tempdir().unwrap();
    let (mirrors, archive) = mirrors(folder.path(), Some(BASE));
    let post = kept(&archive, 1, "popular", 10).await;
    mirrors.consider(&post).await;
    assert_eq!(queued(&mirrors).await, []);
    for likes in [11, 12] {
        mirrors.consider(&Post { likes, ..post.clone() }).await;
        assert_eq!(queued(&mirrors).await, [added_at(BASE, &post)]);
    }
}

#[tokio::test]
async fn what_is_not_here_is_not_announced() {
    let folder = tempfile::tempdir().unwrap();
    let (mirrors, _) = mirrors(folder.path(), Some(BASE));
    mirrors.consider(&post(1, log("elsewhere").hash(), 99)).await;
    assert_eq!(queued(&mirrors).await, []);
}

#[tokio::test]
async fn a_copy_that_had_to_go_is_withdrawn_and_the_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (mirrors, archive) = mirrors(folder.path(), Some(BASE));
    let first = kept(&archive, 1, "first", 99).await;
    let second = kept(&archive, 2, "second", 99).await;
    mirrors.consider(&first).await;
    mirrors.consider(&second).await;
    kept(&archive, 3, "third", 0).await;
    let announced = [added_at(BASE, &first), added_at(BASE, &second)];
    assert_eq!(queued(&mirrors).await, [&announced[..], &[removed_at(BASE, &first)]].concat());
    let left = mirrors.outbox.database().announcements().await.unwrap();
    assert_eq!(left.iter().map(|mirror| mirror.post).collect::<Vec<_>>(), [second.id]);
}

#[tokio::test]
async fn a_copy_that_somebody_deleted_is_withdrawn_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let (before, archive) = mirrors(folder.path(), Some(BASE));
    let post = kept(&archive, 1, "deleted", 99).await;
    before.consider(&post).await;
    drop((before, archive));
    std::fs::remove_dir_all(folder.path().join("logs")).unwrap();
    let (after, archive) = mirrors(folder.path(), Some(BASE));
    archive.reconcile().await.unwrap();
    assert_eq!(queued(&after).await, [added_at(BASE, &post), removed_at(BASE, &post)]);
}

#[tokio::test]
async fn after_a_restart_nothing_is_announced_again_and_after_a_move_everything_is_moved() {
    let folder = tempfile::tempdir().unwrap();
    let (before, archive) = mirrors(folder.path(), Some(BASE));
    let post = kept(&archive, 1, "popular", 99).await;
    before.consider(&post).await;
    drop((before, archive));
    let (again, _) = mirrors(folder.path(), Some(BASE));
    again.settle().await;
    again.consider(&post).await;
    assert_eq!(queued(&again).await, [added_at(BASE, &post)]);
    drop(again);
    let (moved, _) = mirrors(folder.path(), Some("https://moved.example"));
    moved.settle().await;
    let expected = [added_at(BASE, &post), removed_at(BASE, &post), added_at("https://moved.example", &post)];
    assert_eq!(queued(&moved).await, expected);
}

#[tokio::test]
async fn who_mirrors_no_longer_withdraws_everything() {
    let folder = tempfile::tempdir().unwrap();
    let (before, archive) = mirrors(folder.path(), Some(BASE));
    let post = kept(&archive, 1, "popular", 99).await;
    before.consider(&post).await;
    drop((before, archive));
    let (after, _) = mirrors(folder.path(), None);
    after.settle().await;
    after.consider(&post).await;
    after.settle().await;
    assert_eq!(queued(&after).await, [added_at(BASE, &post), removed_at(BASE, &post)]);
}

#[tokio::test]
async fn a_mirror_that_only_the_ledger_remembers_is_not_announced_twice() {
    let folder = tempfile::tempdir().unwrap();
    let (mirrors, archive) = mirrors(folder.path(), Some(BASE));
    let mut post = kept(&archive, 1, "popular", 99).await;
    let url = format!("{BASE}/mirrors/{}", post.file_hash.log_id());
    post.mirrors = vec![Mirror { peer: ME, url }];
    mirrors.consider(&post).await;
    assert_eq!(queued(&mirrors).await, []);
    assert_eq!(mirrors.outbox.database().announcements().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_post_with_all_the_mirrors_that_it_can_have_gets_no_further_one() {
    let folder = tempfile::tempdir().unwrap();
    let (mirrors, archive) = mirrors(folder.path(), Some(BASE));
    let mut post = kept(&archive, 1, "popular", 99).await;
    post.mirrors = vec![Mirror { peer: PeerKey([1; 32]), url: String::new() }; MAX_MIRRORS];
    mirrors.consider(&post).await;
    assert_eq!(queued(&mirrors).await, []);
}

/// An agent that moved after the post's owner took its mirror off the list, the post as it is now, and as it was listed.
async fn moved_after_it_was_taken_off(folder: &Path) -> (Mirrors, Post, Post) {
    let (before, archive) = mirrors(folder, Some(BASE));
    let post = kept(&archive, 1, "popular", 99).await;
    let url = format!("{BASE}/mirrors/{}", post.file_hash.log_id());
    let listed = Post { mirrors: vec![Mirror { peer: ME, url }], ..post.clone() };
    for shown in [&post, &listed, &post] {
        before.consider(shown).await;
    }
    drop((before, archive));
    let (moved, _) = mirrors(folder, Some("https://moved.example"));
    moved.settle().await;
    (moved, post, listed)
}

#[tokio::test]
async fn a_mirror_that_the_posts_owner_took_off_its_list_stays_off_after_a_move() {
    let folder = tempfile::tempdir().unwrap();
    let (moved, post, _) = moved_after_it_was_taken_off(folder.path()).await;
    moved.consider(&post).await;
    assert_eq!(queued(&moved).await, [added_at(BASE, &post)]);
}

#[tokio::test]
async fn a_mirror_that_an_old_view_of_the_ledger_showed_as_taken_off_moves_when_it_shows_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let (moved, post, listed) = moved_after_it_was_taken_off(folder.path()).await;
    moved.consider(&listed).await;
    let all = queued(&moved).await;
    assert_eq!(all[1..], [removed_at(BASE, &post), added_at("https://moved.example", &post)]);
}

#[tokio::test]
async fn a_mirror_that_the_ledger_does_not_show_yet_moves_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (before, archive) = mirrors(folder.path(), Some(BASE));
    let post = kept(&archive, 1, "popular", 99).await;
    before.consider(&post).await;
    before.consider(&Post { likes: 100, ..post.clone() }).await;
    drop((before, archive));
    let (moved, _) = mirrors(folder.path(), Some("https://moved.example"));
    moved.settle().await;
    let last = queued(&moved).await.pop();
    assert_eq!(last, Some(added_at("https://moved.example", &post)));
}

#[tokio::test]
async fn a_copy_that_has_to_wait_for_a_move_is_announced_where_this_agent_is_reached_then() {
    let folder = tempfile::tempdir().unwrap();
    let url = watch::Sender::new(Some(BASE.parse().unwrap()));
    let (mirrors, archive) = mirrors_at(folder.path(), Some(PublicUrl::following(url.subscribe())));
    let post = kept(&archive, 1, "popular", 99).await;
    let moving = mirrors.turn.lock().await;
    let announcing = tokio::spawn({
        let (mirrors, post) = (mirrors.clone(), post.clone());
        async move { mirrors.consider(&post).await }
    });
    // Long enough for who does not wait to have announced it.
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    url.send_replace(Some("https://moved.example".parse().unwrap()));
    drop(moving);
    announcing.await.unwrap();
    assert_eq!(queued(&mirrors).await, [added_at("https://moved.example", &post)]);
}
