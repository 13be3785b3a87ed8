//! Rotation while the log is followed.

use std::{os::unix::fs::symlink, thread};

use super::*;

#[tokio::test]
async fn the_rotated_file_is_finished_before_the_new_one() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    let mut daemon = writer(&log.path);
    daemon.write_all(b"before\n").unwrap();
    following.expect(&["before"]).await;
    log.rotate();
    daemon.write_all(b"after the rename\n").unwrap();
    log.append("");
    daemon.write_all(b"before the reopening\n").unwrap();
    log.append("new\n");
    following.expect(&["after the rename", "before the reopening", "new"]).await;
}

#[tokio::test]
async fn a_process_that_reopens_late_loses_no_line() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    let mut late = writer(&log.path);
    late.write_all(b"old one\nha").unwrap();
    log.rotate();
    log.append("new one\n");
    following.expect(&["old one", "new one"]).await;
    late.write_all(b"lf\nold two\n").unwrap();
    following.expect(&["half", "old two"]).await;
    log.append("new two\n");
    following.expect(&["new two"]).await;
}

#[tokio::test]
async fn a_log_that_stays_empty_after_rotation_is_followed_with_its_first_line() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    log.append("one\n");
    following.expect(&["one"]).await;
    for _ in 0..3 {
        log.rotate();
        log.append("");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    log.append("two\n");
    following.expect(&["two"]).await;
}

#[tokio::test]
async fn a_log_copied_and_truncated_is_read_from_its_beginning() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    log.append("a line before\n");
    following.expect(&["a line before"]).await;
    fs::copy(&log.path, log.beside("auth.log.1")).unwrap();
    File::options().write(true).open(&log.path).unwrap().set_len(0).unwrap();
    log.append("short\n");
    following.expect(&["short"]).await;
}

#[tokio::test]
async fn a_log_truncated_and_filled_again_unseen_is_read_from_its_beginning() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    log.append("one\n");
    following.expect(&["one"]).await;
    // One write with no look in between: this test and the follower share one thread.
    fs::write(&log.path, "two\nthree\nfour\n").unwrap();
    following.expect(&["two", "three", "four"]).await;
}

#[tokio::test]
async fn a_link_that_is_turned_to_another_file_is_followed_there() {
    let log = TestLog::missing();
    writer(&log.beside("monday")).write_all(b"m1\n").unwrap();
    symlink(log.beside("monday"), &log.path).unwrap();
    let mut following = log.follow(Start::Beginning, None).await;
    following.expect(&["m1"]).await;
    writer(&log.beside("monday")).write_all(b"m2\n").unwrap();
    writer(&log.beside("tuesday")).write_all(b"t1\n").unwrap();
    symlink(log.beside("tuesday"), log.beside("link")).unwrap();
    fs::rename(log.beside("link"), &log.path).unwrap();
    following.expect(&["m2", "t1"]).await;
}

#[tokio::test]
async fn a_log_that_is_deleted_and_created_again_is_followed() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    let mut daemon = writer(&log.path);
    fs::remove_file(&log.path).unwrap();
    daemon.write_all(b"last\n").unwrap();
    following.expect(&["last"]).await;
    log.append("first\n");
    following.expect(&["first"]).await;
}

/// Writes numbered lines from another thread and rotates every so many.
fn busy_writer(log: TestLog, lines: usize, rotate_every: usize) -> thread::JoinHandle<TestLog> {
    thread::spawn(move || {
        let mut daemon = writer(&log.path);
        for number in 0..lines {
            if number % rotate_every == rotate_every - 1 {
                log.rotate();
                daemon = writer(&log.path);
            }
            daemon.write_all(format!("{number}\n").as_bytes()).unwrap();
        }
        log
    })
}

#[tokio::test]
async fn of_ten_thousand_lines_over_many_rotations_each_comes_once_and_in_order() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    let writer = busy_writer(log, 10_000, 97);
    let lines = following.lines(10_000).await;
    writer.join().unwrap();
    assert!(lines.iter().enumerate().all(|(number, line)| *line == number.to_string()), "{lines:?}");
}

#[tokio::test]
async fn restarts_amid_rotations_neither_lose_nor_repeat_a_line() {
    let log = TestLog::with("");
    let path = log.path.clone();
    let mut following = log.follow(Start::End, None).await;
    let writer = busy_writer(log, 10_000, 97);
    let mut lines = Vec::new();
    while lines.len() < 10_000 {
        lines.extend(following.lines(1).await);
        if lines.len() < 10_000 {
            following = Following::of(&path, Start::End, following.stop().await);
        }
    }
    writer.join().unwrap();
    assert!(lines.iter().enumerate().all(|(number, line)| *line == number.to_string()), "{lines:?}");
}
