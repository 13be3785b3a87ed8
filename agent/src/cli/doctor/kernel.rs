//! The kernel: what it can do, what it holds, and whether the daemon may tell it.

use std::{fs, io};

use super::Check;
use crate::{
    cli::Exit,
    control::{BlockCounts, StatusView},
    kernel::{Inventory, KernelError, Trial, TrialError},
};

/// The bit of CAP_NET_ADMIN in a set of capabilities (linux/capability.h).
const NET_ADMIN: u64 = 1 << 12;

/// Whether the kernel can do what the firewall needs.
pub(super) fn features(trial: &Result<Trial, TrialError>) -> Check {
    const NAME: &str = "kernel";
    match trial {
        Ok(Trial { is_owner }) => {
            let owner = if *is_owner { "" } else { "; others can change the table, until Linux 6.9" };
            Check::ok(NAME, format!("sets with timeouts, intervals and rules work{owner}"))
        }
        Err(error @ (TrialError::Namespace(_) | TrialError::Thread(_)))
        | Err(error @ TrialError::Kernel(KernelError::NotPermitted { .. })) => {
            Check::unknown(NAME, error.to_string(), "run the doctor with sudo")
        }
        Err(error @ (TrialError::Kernel(_) | TrialError::Damaged(_))) => {
            let advice = "load the modules: modprobe nf_tables nf_conntrack; a kernel without them (CONFIG_NF_TABLES_INET) \
                          does not do";
            Check::failed(NAME, error.to_string(), advice, Exit::Failed)
        }
    }
}

/// Whether the table holds what the daemon says.
pub(super) fn table(
    inventory: &Result<Option<Inventory>, KernelError>,
    (status, observes): (Option<&StatusView>, bool),
) -> Check {
    const NAME: &str = "table";
    let inventory = match inventory {
        Ok(Some(inventory)) => inventory,
        Ok(None) if observes => return Check::ok(NAME, "there is none, since the agent only observes"),
        Ok(None) => {
            let found = "there is no table inet sentinel: nothing is dropped";
            let advice = "start the agent; if it runs, its log tells why it cannot write the table";
            return Check::failed(NAME, found, advice, Exit::Failed);
        }
        Err(KernelError::NotPermitted { .. }) => {
            return Check::unknown(NAME, "this user may not ask nftables", "run the doctor with sudo");
        }
        Err(error) => {
            let advice = "load the module: modprobe nf_tables; in a container, give it CAP_NET_ADMIN";
            return Check::failed(NAME, error.to_string(), advice, Exit::Failed);
        }
    };
    let held = inventory.elements();
    let Some(status) = status else {
        let number = held.map_or_else(|| "some".to_owned(), |held| held.to_string());
        return Check::ok(NAME, format!("{number} networks are dropped, also while the agent is down"));
    };
    let BlockCounts { local, manual, peer } = status.blocks;
    let decided = local + manual + peer;
    match held {
        None => Check::ok(
            NAME,
            format!("it is there, for {decided} networks; this kernel does not count them (Linux 6.16)"),
        ),
        Some(held) if held < u64::try_from(decided).unwrap_or(u64::MAX) => {
            let found = format!("the daemon blocks {decided} networks, and the kernel drops {held}");
            let advice =
                "the daemon puts it right within a second or says why not: journalctl -u sentinel-agent";
            Check::failed(NAME, found, advice, Exit::Failed)
        }
        Some(held) => {
            Check::ok(NAME, format!("the kernel drops {held} networks; the daemon blocks {decided}"))
        }
    }
}

/// What the daemon's process may do.
pub(super) fn capabilities(process: &io::Result<Process>, observes: bool) -> Check {
    const NAME: &str = "capabilities";
    let Process { user, effective } = match process {
        Ok(process) => process,
        Err(error) => {
            let found = format!("reading what the daemon's process may do: {error}");
            return Check::unknown(
                NAME,
                found,
                "run the doctor with sudo, in the daemon's own container if it has one",
            );
        }
    };
    if effective & NET_ADMIN == 0 && !observes {
        let advice = "give it AmbientCapabilities=CAP_NET_ADMIN, as the shipped unit does: systemctl revert sentinel-agent";
        return Check::failed(NAME, format!("user {user} has no CAP_NET_ADMIN"), advice, Exit::Failed);
    }
    let others = (effective & !NET_ADMIN).count_ones();
    Check::ok(
        NAME,
        match others {
            0 => format!("user {user} has CAP_NET_ADMIN and no other"),
            others => format!("user {user} has CAP_NET_ADMIN, and {others} that it does not need"),
        },
    )
}

/// A process, as far as it matters what it may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    /// Its effective user.
    user: u32,
    /// Its effective capabilities.
    effective: u64,
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
        Some(Self {
            user: field("Uid:")?.split_whitespace().nth(1)?.parse().ok()?,
            effective: u64::from_str_radix(field("CapEff:")?.trim(), 16).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Grade, testing::status},
        *,
    };
    use crate::kernel::SetInventory;

    fn holding(elements: Option<u32>) -> Result<Option<Inventory>, KernelError> {
        let set = |name: &str, drops, elements| SetInventory { name: name.to_owned(), drops, elements };
        let sets = vec![set("blocked4", true, elements), set("blocked4_gate8", false, Some(9))];
        Ok(Some(Inventory { sets, rules: 12 }))
    }

    #[test]
    fn a_table_that_lacks_what_the_daemon_blocks_is_a_failure() {
        let status = StatusView { blocks: BlockCounts { local: 2, manual: 1, peer: 0 }, ..status() };
        let verdict = |elements| table(&holding(elements), (Some(&status), false)).verdict;
        assert_eq!([verdict(Some(3)), verdict(Some(4)), verdict(None)], [Grade::Ok; 3]);
        assert_eq!(verdict(Some(2)), Grade::Failed);
        assert_eq!(table(&Ok(None), (Some(&status), false)).verdict, Grade::Failed);
        assert_eq!(table(&Ok(None), (Some(&status), true)).verdict, Grade::Ok);
    }

    #[test]
    fn a_table_that_outlives_the_daemon_is_as_it_should_be() {
        let check = table(&holding(Some(5)), (None, false));
        assert_eq!((check.verdict, check.found.starts_with("5 networks are dropped")), (Grade::Ok, true));
    }

    #[test]
    fn a_daemon_needs_one_capability_unless_it_only_observes() {
        let process = |effective| Ok(Process { user: 998, effective });
        assert_eq!(capabilities(&process(NET_ADMIN), false).verdict, Grade::Ok);
        assert_eq!(capabilities(&process(0), false).exit(), Some(Exit::Failed));
        assert_eq!(capabilities(&process(0), true).verdict, Grade::Ok);
        let gone = Err(io::ErrorKind::NotFound.into());
        assert_eq!(capabilities(&gone, false).verdict, Grade::Unknown);
    }

    #[test]
    fn this_very_process_is_found_in_proc() {
        let text = "Name:\tx\nUid:\t0\t998\t0\t0\nCapEff:\t0000000000001000\n";
        assert_eq!(Process::read(text), Some(Process { user: 998, effective: NET_ADMIN }));
        assert!(Process::find(std::process::id()).is_ok());
    }

    #[test]
    fn a_user_who_may_not_try_the_kernel_out_is_told_so_and_not_that_it_is_bad() {
        let denied = Err(TrialError::Namespace(nix::errno::Errno::EPERM));
        assert_eq!(features(&denied).verdict, Grade::Unknown);
        assert_eq!(features(&Ok(Trial { is_owner: false })).verdict, Grade::Ok);
    }
}
