//! Tests that need a process of their own: one that may be killed, or that has a small or unwritable disk.

use std::{
    env,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

const FOLDER: &str = "SENTINEL_TEST_FOLDER";

/// The folder to work in, when this process was started by one of the functions below.
pub(crate) fn folder_of_child() -> Option<PathBuf> {
    env::var_os(FOLDER).map(PathBuf::from)
}

/// This program again, to run only the test of this name (without the crate's), in `folder`.
pub(crate) fn child(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(FOLDER, folder);
    command
}

/// Likewise, with a file system of one mebibyte at `folder` that only the child sees, and which it may mount anew.
pub(crate) fn child_with_small_disk(test: &str, folder: &Path) -> Command {
    let inner = child(test, folder);
    let mut command = Command::new("unshare");
    let script = format!(r#"mount -t tmpfs -o size=1m tmpfs "${FOLDER}" && exec "$@""#);
    command.args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"]);
    command.arg(inner.get_program()).args(inner.get_args()).env(FOLDER, folder);
    command
}

/// Leaves no room on the disk of `folder`; gives back what to remove to have it back.
pub(crate) fn fill(folder: &Path, name: &str) -> PathBuf {
    let filler = folder.join(name);
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
    filler
}
