//! What was written while nobody followed.

use super::*;

/// Follows the log until `line`, then stops; returns the position.
async fn read_until(log: &TestLog, line: &str) -> Option<Position> {
    let mut following = log.follow(Start::Beginning, None).await;
    while following.lines(1).await.last().unwrap() != line {}
    following.stop().await
}

#[tokio::test]
async fn reading_goes_on_behind_the_last_complete_line() {
    let log = TestLog::with("one\ntwo\nthr");
    let position = read_until(&log, "two").await;
    log.append("ee\nfour\n");
    log.follow(Start::End, position).await.expect(&["three", "four"]).await;
}

#[tokio::test]
async fn a_start_without_lines_has_a_position_too() {
    let log = TestLog::with("old\n");
    let position = log.follow(Start::End, None).await.stop().await;
    log.append("new\n");
    log.follow(Start::End, position).await.expect(&["new"]).await;
}

#[tokio::test]
async fn every_generation_since_is_read_in_its_order() {
    let log = TestLog::with("one\n");
    let position = read_until(&log, "one").await;
    log.append("two\n");
    for line in ["three\n", "four\n", "five\n"] {
        log.rotate();
        log.append(line);
    }
    log.follow(Start::End, position).await.expect(&["two", "three", "four", "five"]).await;
}

#[tokio::test]
async fn generations_named_by_their_date_are_read_in_its_order() {
    let log = TestLog::with("one\n");
    let position = read_until(&log, "one").await;
    fs::write(log.beside("auth.log-20261120"), "older\n").unwrap();
    for (day, line) in [("21", "two\n"), ("22", "three\n")] {
        fs::rename(&log.path, log.beside(&format!("auth.log-202611{day}"))).unwrap();
        log.append(line);
    }
    log.follow(Start::End, position).await.expect(&["two", "three"]).await;
}

#[tokio::test]
async fn a_log_whose_read_generation_is_gone_is_read_from_its_beginning() {
    let log = TestLog::with("one\n");
    let position = read_until(&log, "one").await;
    log.rotate();
    log.append("two\n");
    fs::remove_file(log.beside("auth.log.1")).unwrap();
    let mut following = Following::of(&log.path, Start::End, position);
    following.expect(&["two"]).await;
}

#[tokio::test]
async fn another_file_with_the_same_inode_is_read_from_its_beginning() {
    let log = TestLog::with("one\n");
    let position = read_until(&log, "one").await;
    fs::write(&log.path, "another\nfile\n").unwrap();
    log.follow(Start::End, position).await.expect(&["another", "file"]).await;
}

#[tokio::test]
async fn a_file_that_got_shorter_is_read_from_its_beginning() {
    let log = TestLog::with("one\ntwo\n");
    let position = read_until(&log, "two").await;
    fs::write(&log.path, "one\n").unwrap();
    log.follow(Start::End, position).await.expect(&["one"]).await;
}

#[tokio::test]
async fn a_position_of_the_journal_is_none_in_a_file() {
    let log = TestLog::with("old\n");
    let journal = Position::Journal { cursor: "s=1".to_owned() };
    let mut following = log.follow(Start::End, Some(journal)).await;
    log.append("new\n");
    following.expect(&["new"]).await;
}
