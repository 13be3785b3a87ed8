//! What is in the file, and how it gets there.

use std::os::unix::fs::symlink;

use super::*;

#[tokio::test]
async fn lines_written_before_the_first_start_are_not_news() {
    let log = TestLog::with("old\nunfin");
    let mut following = log.follow(Start::End, None).await;
    log.append("ished\nnew\n");
    following.expect(&["unfinished", "new"]).await;
}

#[tokio::test]
async fn a_log_can_be_read_from_its_beginning() {
    let log = TestLog::with("one\r\ntwo\n\nfour\n");
    log.follow(Start::Beginning, None).await.expect(&["one", "two", "", "four"]).await;
}

#[tokio::test]
async fn a_line_is_delivered_when_its_end_is_written() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    for piece in ["Failed pass", "word for ", "root", "\nnext\nha"] {
        log.append(piece);
        tokio::task::yield_now().await;
    }
    following.expect(&["Failed password for root", "next"]).await;
    log.append("lf\n");
    following.expect(&["half"]).await;
}

#[tokio::test]
async fn a_line_of_a_megabyte_is_skipped_and_counted_and_the_next_is_unharmed() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    log.append("before\n");
    log.append(vec![b'x'; 1024 * 1024]);
    log.append("\nafter\n");
    following.expect(&["before", "after"]).await;
    assert_eq!(following.status().await.borrow().skipped.overlong, 1);
    assert_eq!(following.status().await.borrow().lines, 2);
}

#[tokio::test]
async fn any_bytes_are_delivered_as_they_are() {
    let log = TestLog::with("");
    let mut following = log.follow(Start::End, None).await;
    log.append(b"\0\xff\xfe\0\x80\r\r\n");
    let batch = following.batch().await;
    assert_eq!(batch.lines().map(|line| line.bytes.to_vec()).collect::<Vec<_>>(), [b"\0\xff\xfe\0\x80\r"]);
}

#[tokio::test]
async fn a_log_that_is_missing_is_reported_and_read_whole_once_it_is_there() {
    let log = TestLog::missing();
    let mut following = Following::of(&log.path, Start::End, None);
    following.trouble(|trouble| trouble.is_some_and(|error| error.to_string().contains("auth.log"))).await;
    log.append("first\n");
    following.expect(&["first"]).await;
    following.trouble(|trouble| trouble.is_none()).await;
}

#[tokio::test]
async fn a_log_whose_directory_is_missing_is_waited_for_too() {
    let log = TestLog::missing();
    let path = log.beside("nginx").join("access.log");
    let mut following = Following::of(&path, Start::End, None);
    following.trouble(|trouble| trouble.is_some()).await;
    fs::create_dir(log.beside("nginx")).unwrap();
    writer(&path).write_all(b"first\n").unwrap();
    following.expect(&["first"]).await;
}

#[tokio::test]
async fn what_cannot_be_opened_is_reported_and_read_once_it_can_be() {
    let log = TestLog::missing();
    symlink(&log.path, &log.path).unwrap();
    let mut following = Following::of(&log.path, Start::Beginning, None);
    following.trouble(|trouble| matches!(trouble, Some(SourceError::OpenLog { .. }))).await;
    fs::remove_file(&log.path).unwrap();
    log.append("first\n");
    following.expect(&["first"]).await;
}

#[tokio::test]
async fn a_pipe_or_a_directory_in_place_of_the_log_holds_nothing_up() {
    let log = TestLog::missing();
    fs::create_dir(&log.path).unwrap();
    let mut following = Following::of(&log.path, Start::Beginning, None);
    following.trouble(|trouble| matches!(trouble, Some(SourceError::NotAFile { .. }))).await;
    fs::remove_dir(&log.path).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&log.path).status().unwrap().success());
    fs::rename(&log.path, log.beside("pipe")).unwrap();
    let mut pipe = Following::of(&log.beside("pipe"), Start::Beginning, None);
    pipe.trouble(|trouble| matches!(trouble, Some(SourceError::NotAFile { .. }))).await;
    log.append("first\n");
    following.expect(&["first"]).await;
}

#[tokio::test]
async fn a_source_reads_no_further_ahead_than_its_channel_allows() {
    let lines: Vec<_> = (0..200_000).map(|number| format!("line {number:06} of a log")).collect();
    let log = TestLog::with(&(lines.join("\n") + "\n"));
    let mut following = log.follow(Start::Beginning, None).await;
    let mut taken = 0;
    while taken < lines.len() {
        taken += following.lines(1).await.len();
        let ahead = usize::try_from(following.status().await.borrow().lines).unwrap() - taken;
        // One batch in the channel and one in hand, each of 256 KiB at most.
        assert!(
            ahead * "line 000000 of a log\n".len() <= 2 * 256 * 1024 + 2 * 64 * 1024,
            "{ahead} lines ahead"
        );
    }
    assert_eq!(taken, lines.len());
}

#[tokio::test]
async fn a_source_ends_when_nobody_takes_its_lines() {
    let log = TestLog::with("");
    let following = log.follow(Start::End, None).await;
    drop(following.batches);
    timeout(PATIENCE, following.task).await.expect("an end in time").unwrap();
}
