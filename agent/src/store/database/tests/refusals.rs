//! A file that is not ours, whole and known is refused by name, and not one byte of it changes.

use std::{collections::BTreeMap, fs, path::PathBuf};

use super::*;
use crate::store::testing::{child_with_small_disk, folder_of_child};

/// Opens the file in vain; gives back why.
fn refused(folder: &Path) -> DatabaseError {
    let path = path_in(folder);
    let before = contents(folder);
    let error = Database::open(&path).unwrap_err();
    let after = contents(folder);
    for (name, bytes) in before {
        assert!(after.get(&name) == Some(&bytes), "{name:?} was changed");
    }
    assert!(error.to_string().contains(&*path.to_string_lossy()), "{error}");
    error
}

/// The files in the folder, without the index that SQLite keeps in memory shared with other programs.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_kept = |path: &PathBuf| path.is_file() && path.extension() != Some("db-shm".as_ref());
    paths.filter(is_kept).map(|path| (path.clone(), fs::read(&path).unwrap())).collect()
}

/// A database of this agent with some blocks, closed.
fn written(folder: &Path) -> PathBuf {
    let path = path_in(folder);
    let file = file::open(&path).unwrap();
    let mut writer = write::Writer::default();
    let connection = &file.connection;
    writer
        .transact(connection, |writer| {
            (0..2000_u32).try_for_each(|i| {
                let network = std::net::IpAddr::from(std::net::Ipv4Addr::from(i)).into();
                writer.write(connection, &Record::Reason(network, manual("mine", 10)))
            })
        })
        .unwrap();
    path
}

#[tokio::test]
async fn a_second_agent_is_refused_and_told_which_directory_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let first = Database::open(&path).unwrap();
    let error = Database::open(&path).unwrap_err();
    assert!(matches!(&error, DatabaseError::InUse { path } if path == folder.path()), "{error}");
    // Trying did not take the first one's locks away.
    let error = Database::open(&path).unwrap_err();
    assert!(matches!(error, DatabaseError::InUse { .. }), "{error}");
    let network = "203.0.113.7/32".parse().unwrap();
    first.record(vec![Record::Reason(network, manual("mine", 10))]).durable().await.unwrap();
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(path_in(folder.path()), b"this is somebody's diary, and not a database at all").unwrap();
    assert!(matches!(refused(folder.path()), DatabaseError::Foreign { .. }));
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(path_in(folder.path())).unwrap();
    connection.execute_batch("CREATE TABLE diary (entry TEXT); PRAGMA user_version = 2;").unwrap();
    drop(connection);
    assert!(matches!(refused(folder.path()), DatabaseError::Foreign { .. }));
    assert_eq!(contents(folder.path()).len(), 1);
}

#[test]
fn a_later_schema_is_refused_by_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let connection = Connection::open(written(folder.path())).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    // Its newest state is in the log beside the file, as a kill leaves it.
    std::mem::forget(connection);
    let error = refused(folder.path());
    assert!(matches!(error, DatabaseError::Newer { found: 99, .. }), "{error}");
}

#[test]
fn a_page_that_was_overwritten_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let mut bytes = fs::read(&path).unwrap();
    let page = bytes.len() / 4096 / 2 * 4096;
    bytes[page..page + 4096].fill(0xff);
    fs::write(&path, bytes).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, DatabaseError::Damaged { .. }), "{error}");
}

#[test]
fn a_file_that_lost_its_end_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = refused(folder.path());
    assert!(matches!(error, DatabaseError::Damaged { .. }), "{error}");
}

#[test]
fn a_directory_in_its_place_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(path_in(folder.path())).unwrap();
    assert!(matches!(refused(folder.path()), DatabaseError::Open { .. }));
}

#[test]
fn a_version_1_file_that_cannot_be_understood_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    testing::of_version(
        1,
        &path_in(folder.path()),
        "INSERT INTO reasons VALUES ('203.0.113.7/32', 'manual', 'no JSON', 1)",
    );
    let error = refused(folder.path());
    assert!(matches!(error, DatabaseError::Migrate { from: 1, .. }), "{error}");
}

#[tokio::test]
async fn whoever_loses_the_log_beside_the_file_has_an_older_state_not_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let path = path_in(folder.path());
    let database = Database::open(&path).unwrap();
    let network = "203.0.113.7/32".parse().unwrap();
    database.record(vec![Record::Reason(network, manual("mine", 10))]).durable().await.unwrap();
    fs::copy(&path, path_in(copy.path())).unwrap();
    let older = Database::open(&path_in(copy.path())).unwrap();
    assert_eq!(all_of(older.reasons(at(0))).await, []);
}

#[test]
fn a_file_system_that_cannot_be_written_to_is_refused() {
    let Some(folder) = folder_of_child() else {
        let folder = tempfile::tempdir().unwrap();
        let name = "store::database::tests::refusals::a_file_system_that_cannot_be_written_to_is_refused";
        assert!(child_with_small_disk(name, folder.path()).status().unwrap().success());
        return;
    };
    written(&folder);
    let remounted =
        std::process::Command::new("mount").args(["-o", "remount,ro"]).arg(&folder).status().unwrap();
    assert!(remounted.success());
    let error = refused(&folder);
    assert!(matches!(error, DatabaseError::ReadOnly { .. }), "{error}");
}
