//! Files that come and go, and are meant by a pattern.

use std::os::unix::fs::symlink;

use super::*;

/// Follows `pattern` in the log's directory; every file that is there is at its end already.
async fn follow(log: &TestLog, pattern: &str) -> Following {
    let mut following = Following::of(&log.beside(pattern), Start::End, None);
    // Each file says first where it begins.
    let files = fs::read_dir(log.directory.path()).unwrap().filter(|file| {
        let name = file.as_ref().unwrap().file_name();
        name.to_str().unwrap().ends_with(".log")
    });
    for _ in 0..files.count() {
        following.batch().await;
    }
    following
}

fn append(path: PathBuf, text: &str) {
    writer(&path).write_all(text.as_bytes()).unwrap();
}

#[tokio::test]
async fn a_file_that_comes_later_is_read_whole() {
    let log = TestLog::with("old\n");
    let mut following = follow(&log, "*.log").await;
    log.append("one\n");
    following.expect(&["one"]).await;
    append(log.beside("new.log"), "two\nthree\n");
    following.expect(&["two", "three"]).await;
    append(log.beside("new.log"), "four\n");
    following.expect(&["four"]).await;
}

#[tokio::test]
async fn a_folder_that_comes_later_is_looked_into() {
    let log = TestLog::with("");
    let mut following = Following::of(&log.beside("*/logs/*.log"), Start::End, None);
    following
        .trouble(|trouble| trouble.is_some_and(|error| error.to_string().contains("no file fits")))
        .await;
    fs::create_dir_all(log.beside("site/logs")).unwrap();
    append(log.beside("site/logs/access.log"), "one\n");
    following.expect(&["one"]).await;
    following.trouble(|trouble| trouble.is_none()).await;
}

#[tokio::test]
async fn each_file_is_a_source_of_its_own_with_its_own_position() {
    let log = TestLog::with("");
    let mut following = follow(&log, "*.log").await;
    append(log.beside("other.log"), "one\n");
    let mut named = Vec::new();
    while named.is_empty() {
        let batch = following.batch().await;
        named.extend(batch.lines().map(|_| batch.source.to_string()));
    }
    assert_eq!(named, [log.beside("other.log").to_str().unwrap()]);
    let names: Vec<_> =
        following.intake.reports(jiff::Timestamp::now()).into_iter().map(|source| source.name).collect();
    let expected = ["*.log", "auth.log", "other.log"].map(|name| log.beside(name).display().to_string());
    assert_eq!(names, expected);
}

#[tokio::test]
async fn rotated_copies_and_links_are_not_read_a_second_time() {
    let log = TestLog::with("old\n");
    symlink(&log.path, log.beside("link.log")).unwrap();
    let mut following = Following::of(&log.beside("*log*"), Start::End, None);
    following.batch().await;
    log.append("one\n");
    following.expect(&["one"]).await;
    log.rotate();
    log.append("two\n");
    fs::write(log.beside("auth.log.2.gz"), "compressed\n").unwrap();
    fs::write(log.beside("auth.log-20261122"), "copied\n").unwrap();
    following.expect(&["two"]).await;
    fs::rename(&log.path, log.beside("auth.log.old")).unwrap();
    log.append("three\n");
    following.expect(&["three"]).await;
    append(log.beside("end.log"), "last\n");
    following.expect(&["last"]).await;
}

#[tokio::test]
async fn a_hundred_files_are_followed_at_once_and_each_line_comes_once() {
    let log = TestLog::with("");
    let mut following = follow(&log, "*.log").await;
    let mut expected = Vec::new();
    for number in 0..100 {
        append(log.beside(&format!("{number}.log")), &format!("{number} first\n"));
        expected.push(format!("{number} first"));
    }
    for number in 0..100 {
        append(log.beside(&format!("{number}.log")), &format!("{number} second\n"));
        expected.push(format!("{number} second"));
    }
    let mut lines = following.lines(expected.len()).await;
    lines.sort();
    expected.sort();
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn a_pattern_that_makes_no_sense_is_listed_with_what_is_wrong() {
    let log = TestLog::with("");
    let mut following = Following::of(&log.beside("**/x.log"), Start::End, None);
    following.trouble(|trouble| trouble.is_some_and(|error| error.to_string().contains("`**`"))).await;
}
