//! What a daemon finds around it that the rest of the machine does not.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use crate::lab::FakeClock;

/// Runs a program that sees the file `$1` as /etc/hosts.
const WITH_HOSTS: &str = "mount --bind \"$1\" /etc/hosts && shift && exec \"$@\"";

/// A clock and host names of its own.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    pub(super) clock: Option<FakeClock>,
    pub(super) hosts: Option<PathBuf>,
}

impl Surroundings {
    /// `program` in them.
    pub(super) fn around(&self, program: &Path) -> Command {
        let mut command = match &self.hosts {
            None => Command::new(program),
            Some(hosts) => {
                let mut unshare = Command::new("unshare");
                unshare.args(["--mount", "--", "sh", "-c", WITH_HOSTS, "sh"]).arg(hosts).arg(program);
                unshare
            }
        };
        if let Some(clock) = &self.clock {
            clock.rule(&mut command);
        }
        command
    }
}
