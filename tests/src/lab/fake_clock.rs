//! A wall clock that a test sets, for one program only.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use tempfile::NamedTempFile;
use tokio::process::Command;

/// libfaketime for programs with several threads, where Debian keeps it; the dynamic linker knows what `$LIB` stands
/// for, see ld.so(8).
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1";

/// The wall clock (CLOCK_REALTIME) of the programs that go by it. Their other clocks are the machine's, as when somebody
/// sets a real one.
#[derive(Clone, Debug)]
pub struct FakeClock {
    offset: PathBuf,
}

impl FakeClock {
    /// A clock that is right, kept as a file in `folder`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn right(folder: &Path) -> anyhow::Result<Self> {
        let clock = Self { offset: folder.join("clock") };
        clock.set(SignedDuration::ZERO)?;
        Ok(clock)
    }

    /// Sets it so far ahead of the machine's, or behind it when negative; to the second.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn set(&self, ahead: SignedDuration) -> anyhow::Result<()> {
        let attempted = || format!("writing {}", self.offset.display());
        // Whoever reads finds all of it or what was there before.
        let folder = self.offset.parent().with_context(attempted)?;
        let file = NamedTempFile::new_in(folder).with_context(attempted)?;
        fs::write(file.path(), format!("{:+}\n", ahead.as_secs())).with_context(attempted)?;
        file.persist(&self.offset).with_context(attempted)?;
        Ok(())
    }

    /// What it says.
    ///
    /// # Errors
    /// When its file is gone.
    pub fn now(&self) -> anyhow::Result<Timestamp> {
        let read = || format!("reading {}", self.offset.display());
        let ahead = fs::read_to_string(&self.offset).with_context(read)?;
        let ahead: i64 = ahead.trim().parse().with_context(read)?;
        Ok(Timestamp::now().checked_add(SignedDuration::from_secs(ahead))?)
    }

    /// Makes `command` go by it.
    pub(super) fn rule(&self, command: &mut Command) {
        command.env("LD_PRELOAD", LIBRARY).env("FAKETIME_TIMESTAMP_FILE", &self.offset);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.env("NO_FAKE_STAT", "1");
    }
}
