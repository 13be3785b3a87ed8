//! A process, as far as it matters what it may do.

use std::{fs, io};

/// What the kernel says of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Process {
    /// Its effective user.
    pub(super) user: u32,
    /// Its effective group, and the others that it is in.
    pub(super) groups: Vec<u32>,
    /// Its effective capabilities, a bit each (linux/capability.h).
    pub(super) capabilities: u64,
}

impl Process {
    /// The one with this number.
    pub(super) fn find(pid: u32) -> io::Result<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
        Self::read(&text).ok_or_else(|| io::Error::other("/proc tells neither user nor capabilities"))
    }

    /// proc_pid_status(5).
    fn read(text: &str) -> Option<Self> {
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let second = |name: &str| field(name)?.split_whitespace().nth(1)?.parse().ok();
        let others = field("Groups:")?.split_whitespace().filter_map(|group| group.parse().ok());
        Some(Self {
            user: second("Uid:")?,
            groups: second("Gid:").into_iter().chain(others).collect(),
            capabilities: u64::from_str_radix(field("CapEff:")?.trim(), 16).ok()?,
        })
    }
}

/// Whether whoever runs this is root.
pub(super) fn is_root() -> bool {
    Process::find(std::process::id()).is_ok_and(|process| process.user == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_very_process_is_found_in_proc() {
        let text =
            "Name:\tx\nUid:\t0\t998\t0\t0\nGid:\t0\t997\t0\t0\nGroups:\t4 101 \nCapEff:\t0000000000001000\n";
        let process = Process { user: 998, groups: vec![997, 4, 101], capabilities: 1 << 12 };
        assert_eq!(Process::read(text), Some(process));
        assert!(Process::find(std::process::id()).is_ok());
    }
}
