//! What a daemon finds around it that the rest of the machine does not.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::Settings;
use crate::lab::FakeClock;

/// Runs a program that sees `$1` as `$2`, and so on in pairs up to `--`.
const WITH_MOUNTS: &str =
    "while [ \"$1\" != -- ]; do mount --bind \"$1\" \"$2\" && shift 2 || exit; done; shift; exec \"$@\"";

/// A clock, host names and logs of its own.
#[derive(Clone, Debug)]
pub(super) struct Surroundings {
    clock: Option<FakeClock>,
    /// What it sees, and where.
    mounts: Vec<(PathBuf, &'static str)>,
}

impl Surroundings {
    /// What these settings ask for.
    pub(super) fn of(settings: &Settings<'_>) -> Self {
        let mounts = [(settings.hosts, "/etc/hosts"), (settings.logs, "/var/log")];
        let mounts = mounts.into_iter().filter_map(|(own, at)| Some((own?.to_owned(), at))).collect();
        Self { clock: settings.clock.cloned(), mounts }
    }

    /// `program` in them.
    pub(super) fn around(&self, program: &Path) -> Command {
        let mut command = if self.mounts.is_empty() {
            Command::new(program)
        } else {
            let mut unshare = Command::new("unshare");
            unshare.args(["--mount", "--", "sh", "-c", WITH_MOUNTS, "sh"]);
            for (own, at) in &self.mounts {
                unshare.arg(own).arg(at);
            }
            unshare.arg("--").arg(program);
            unshare
        };
        if let Some(clock) = &self.clock {
            clock.rule(&mut command);
        }
        command
    }
}
