use std::{
    io::{BufRead, BufReader},
    process::Stdio,
    sync::mpsc,
    time::{Duration, UNIX_EPOCH},
};

use super::*;
use crate::store::testing::{child, child_with_small_disk, fill, folder_of_child};

fn log(text: &str) -> MaliciousLog {
    MaliciousLog::new(text.as_bytes().to_vec()).unwrap()
}

fn names_in(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_log_reads_back_by_its_id_also_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let log = log("Failed password for user from 203.0.113.7 port 4711 ssh2\n");
    let id = Shelf::open(folder.path(), 1000).unwrap().put(&log).unwrap().id;
    let reopened = Shelf::open(folder.path(), 1000).unwrap();
    assert_eq!(reopened.read(id).unwrap(), Some(log.clone()));
    assert_eq!((reopened.count(), reopened.bytes()), (1, 57));
    assert_eq!(names_in(folder.path()), [format!("{}.log", log.hash())]);
}

#[test]
fn the_directory_is_made_when_it_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(&folder.path().join("a/b"), 1000).unwrap();
    assert_eq!(store.put(&log("x")).unwrap().evicted, []);
}

#[test]
fn the_same_log_twice_is_stored_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 1000).unwrap();
    assert_eq!(store.put(&log("same")).unwrap(), store.put(&log("same")).unwrap());
    assert_eq!((store.count(), store.bytes()), (1, 4));
}

#[test]
fn the_oldest_logs_go_first_and_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 10).unwrap();
    let first = store.put(&log("1111")).unwrap().id;
    let second = store.put(&log("2222")).unwrap().id;
    assert_eq!(store.put(&log("33333")).unwrap().evicted, [first]);
    assert_eq!(store.put(&log("4444444444")).unwrap().evicted, [second, log("33333").hash().log_id()]);
    assert_eq!((store.count(), store.bytes()), (1, 10));
    assert_eq!(store.ids(), [log("4444444444").hash().log_id()]);
    assert_eq!(names_in(folder.path()).len(), 1);
}

#[test]
fn age_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 10).unwrap();
    for (text, seconds) in [("bbbbb", 2000), ("aaaaa", 1000)] {
        let _ = store.put(&log(text)).unwrap();
        let file = File::options().append(true).open(store.path(log(text).hash())).unwrap();
        file.set_modified(UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
    }
    let reopened = Shelf::open(folder.path(), 10).unwrap();
    assert_eq!(reopened.put(&log("c")).unwrap().evicted, [log("aaaaa").hash().log_id()]);
}

#[test]
fn a_store_whose_capacity_was_lowered_lets_the_oldest_logs_go_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 10).unwrap();
    let _ = (store.put(&log("11111")).unwrap(), store.put(&log("2222")).unwrap());
    let smaller = Shelf::open(folder.path(), 5).unwrap();
    assert_eq!((smaller.ids(), smaller.bytes()), (vec![log("2222").hash().log_id()], 4));
    assert_eq!(names_in(folder.path()).len(), 1);
}

#[test]
fn what_a_crash_left_half_written_is_removed_and_other_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let stored = Shelf::open(folder.path(), 1000).unwrap().put(&log("whole")).unwrap().id;
    fs::write(folder.path().join(".incoming-abc"), "half").unwrap();
    fs::write(folder.path().join("notes.txt"), "the operator's").unwrap();
    let store = Shelf::open(folder.path(), 1000).unwrap();
    assert_eq!((store.count(), store.read(stored).unwrap()), (1, Some(log("whole"))));
    assert_eq!(names_in(folder.path()), [format!("{}.log", log("whole").hash()), "notes.txt".to_owned()]);
}

#[test]
fn a_log_larger_than_the_store_is_refused_and_evicts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 5).unwrap();
    let _ = store.put(&log("12345")).unwrap();
    assert!(matches!(store.put(&log("123456")), Err(StoreError::OverCapacity { bytes: 6, .. })));
    assert_eq!(store.count(), 1);
}

#[test]
fn a_log_that_was_opened_stays_readable_when_it_is_evicted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 5).unwrap();
    let id = store.put(&log("12345")).unwrap().id;
    let mut open = store.open_log(id).unwrap().unwrap();
    let _ = store.put(&log("54321")).unwrap();
    let mut text = String::new();
    open.file.read_to_string(&mut text).unwrap();
    assert_eq!((text.as_str(), open.len), ("12345", 5));
    assert!(store.open_log(id).unwrap().is_none());
}

#[test]
fn a_log_that_vanished_from_the_disk_is_gone_and_can_be_stored_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 1000).unwrap();
    let id = store.put(&log("here")).unwrap().id;
    fs::remove_file(store.path(log("here").hash())).unwrap();
    assert!(store.read(id).unwrap().is_none());
    assert_eq!((store.count(), store.bytes()), (0, 0));
    let _ = store.put(&log("here")).unwrap();
    fs::remove_file(store.path(log("here").hash())).unwrap();
    let _ = store.put(&log("here")).unwrap();
    assert!(store.read(id).unwrap().is_some());
}

#[test]
fn what_does_not_wait_for_the_disk_goes_on_while_somebody_does() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Shelf::open(folder.path(), 1000).unwrap());
    let [slow, at_hand] = ["slow", "at hand"].map(|text| store.put(&log(text)).unwrap().id);
    assert!(store.open_log(at_hand).unwrap().is_some());
    // Opening a pipe takes until somebody opens its other end.
    let pipe = store.path(log("slow").hash());
    fs::remove_file(&pipe).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let opening = std::thread::spawn({
        let store = Arc::clone(&store);
        move || store.open_log(slow).unwrap().is_some()
    });
    std::thread::sleep(Duration::from_millis(200));
    let (said, heard) = mpsc::channel();
    std::thread::spawn({
        let store = Arc::clone(&store);
        move || said.send((store.log_at_hand(at_hand).is_some(), store.count()))
    });
    let answer = heard.recv_timeout(Duration::from_secs(10));
    assert!(!opening.is_finished());
    let _other_end = File::options().write(true).open(&pipe).unwrap();
    assert!(opening.join().unwrap());
    assert_eq!(answer, Ok((true, 2)));
}

#[test]
fn a_damaged_log_is_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 1000).unwrap();
    let id = store.put(&log("true")).unwrap().id;
    fs::write(store.path(log("true").hash()), "fals").unwrap();
    assert!(matches!(store.read(id), Err(StoreError::Damaged { found, .. }) if found == log("fals").hash()));
}

#[test]
fn another_log_with_the_same_id_does_not_replace_the_first() {
    let mut index = Index::default();
    let stored = FileHash([1; 32]);
    let mut twin = stored;
    twin.0[31] = 2;
    index.insert(stored, 4);
    assert!(is_stored(&index, stored).unwrap());
    assert!(matches!(is_stored(&index, twin), Err(StoreError::IdTaken { .. })));
}

/// A log of which no other round has the like, larger than what one write takes.
fn numbered(number: u32) -> MaliciousLog {
    log(&format!("{number} ").repeat(40_000))
}

/// Stores logs, says which are stored, and makes room for them, until somebody kills it.
fn store_for_ever(folder: &Path) {
    let store = Shelf::open(folder, 1_000_000).unwrap();
    for number in 100_000.. {
        let id = store.put(&numbered(number)).unwrap().id;
        eprintln!("stored {id}");
    }
}

#[test]
fn killed_at_any_moment_it_has_the_last_stored_log_and_only_whole_ones() {
    if let Some(folder) = folder_of_child() {
        return store_for_ever(&folder);
    }
    let name =
        "store::logs::shelf::tests::killed_at_any_moment_it_has_the_last_stored_log_and_only_whole_ones";
    for round in 0..6 {
        let folder = tempfile::tempdir().unwrap();
        let mut writer =
            child(name, folder.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(writer.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut stored = lines.filter_map(|line| line.strip_prefix("stored ")?.parse::<LogId>().ok());
        let some = stored.nth(round).unwrap();
        std::thread::sleep(Duration::from_micros(u64::try_from(round).unwrap() * 700));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let last = stored.last().unwrap_or(some);

        let store = Shelf::open(folder.path(), 1_000_000).unwrap();
        assert!(store.ids().contains(&last), "round {round}");
        assert!(store.ids().into_iter().all(|id| store.read(id).unwrap().is_some()), "round {round}");
        assert_eq!(names_in(folder.path()).len(), store.count(), "round {round}");
    }
}

#[test]
fn a_log_that_is_evicted_is_also_closed_so_that_its_room_on_the_disk_is_free() {
    let folder = tempfile::tempdir().unwrap();
    let store = Shelf::open(folder.path(), 10).unwrap();
    let id = store.put(&log("11111")).unwrap().id;
    assert!(store.log_at_hand(id).is_none(), "nobody asked for it yet");
    let reading = store.open_log(id).unwrap().unwrap();
    assert_eq!(store.log_at_hand(id).unwrap().hash, reading.hash);
    assert_eq!(store.put(&log("2222222222")).unwrap().evicted, [id]);
    assert!(store.log_at_hand(id).is_none());
    assert_eq!(Arc::strong_count(&reading.file), 1);
}

#[test]
fn a_full_disk_takes_no_log_leaves_no_half_one_and_harms_none_that_is_there() {
    let Some(folder) = folder_of_child() else {
        let folder = tempfile::tempdir().unwrap();
        let name = "store::logs::shelf::tests::a_full_disk_takes_no_log_leaves_no_half_one_and_harms_none_that_is_there";
        assert!(child_with_small_disk(name, folder.path()).status().unwrap().success());
        return;
    };
    let logs = folder.join("logs");
    let store = Shelf::open(&logs, 1 << 30).unwrap();
    let stored = store.put(&numbered(1)).unwrap().id;
    let filler = fill(&folder, "filler");
    assert!(matches!(store.put(&numbered(2)), Err(StoreError::Write { .. })));
    assert_eq!((names_in(&logs).len(), store.ids()), (1, vec![stored]));
    let reopened = Shelf::open(&logs, 1 << 30).unwrap();
    assert_eq!(reopened.read(stored).unwrap(), Some(numbered(1)));
    fs::remove_file(filler).unwrap();
    let late = store.put(&numbered(2)).unwrap().id;
    assert_eq!(store.read(late).unwrap(), Some(numbered(2)));
}

#[test]
fn a_log_of_ten_mebibytes_has_room_and_comes_back_whole() {
    let folder = tempfile::tempdir().unwrap();
    let largest = MaliciousLog::new(vec![b'a'; MAX_LOG_BYTES]).unwrap();
    let store = Shelf::open(folder.path(), 1 << 30).unwrap();
    let id = store.put(&largest).unwrap().id;
    assert_eq!(MAX_LOG_BYTES, 10 * 1024 * 1024);
    assert_eq!(store.read(id).unwrap(), Some(largest));
}
