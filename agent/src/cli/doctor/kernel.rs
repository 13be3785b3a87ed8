//! The kernel: what it can do, what it holds, and whether the daemon may tell it.

use std::{io, net::SocketAddr};

use super::{Check, process::Process};
use crate::{
    cli::Exit,
    config::{Settings, SyslogSettings},
    control::{BlockCounts, StatusView},
    kernel::{Inventory, KernelError, Trial, TrialError},
};

const TABLE: &str = "table";

/// The bits of CAP_NET_ADMIN and CAP_NET_BIND_SERVICE in a set of capabilities (linux/capability.h).
const NET_ADMIN: u64 = 1 << 12;
const NET_BIND_SERVICE: u64 = 1 << 10;

/// Whether the kernel can do what the firewall needs.
pub(super) fn features(trial: &Result<Trial, TrialError>, is_root: bool) -> Check {
    const NAME: &str = "kernel";
    match trial {
        Ok(Trial { is_owner }) => {
            let owner = if *is_owner { "" } else { "; others can change the table, until Linux 6.9" };
            Check::ok(NAME, format!("sets with timeouts, intervals and rules work{owner}"))
        }
        Err(error @ (TrialError::Namespace(_) | TrialError::Thread(_)))
        | Err(error @ TrialError::Kernel(KernelError::NotPermitted { .. })) => {
            Check::unknown(NAME, error.to_string(), with_more_rights("CAP_SYS_ADMIN", is_root))
        }
        Err(error @ (TrialError::Kernel(_) | TrialError::Damaged(_))) => {
            let advice = "load the modules: modprobe -a nf_tables nf_conntrack; a kernel without them (CONFIG_NF_TABLES_INET) \
                          does not do";
            Check::failed(NAME, error.to_string(), advice, Exit::Failed)
        }
    }
}

/// What to do where this user may not do what takes a capability.
fn with_more_rights(capability: &str, is_root: bool) -> String {
    if is_root {
        format!("root lacks {capability} in this container: run the doctor on its host, or give it that")
    } else {
        "run the doctor with sudo".to_owned()
    }
}

/// Whether the table holds what the daemon says.
pub(super) fn table(
    inventory: &Result<Option<Inventory>, KernelError>,
    (status, observes): (Option<&StatusView>, bool),
    is_root: bool,
) -> Check {
    match inventory {
        Ok(Some(inventory)) => held(inventory.elements(), status),
        Ok(None) if observes => Check::ok(TABLE, "there is none, since the agent only observes"),
        Ok(None) => {
            let found = "there is no table inet sentinel: nothing is dropped";
            let advice = "start the agent; if it runs, its log tells why it cannot write the table";
            Check::failed(TABLE, found, advice, Exit::Failed)
        }
        Err(KernelError::NotPermitted { .. }) => {
            let advice = with_more_rights("CAP_NET_ADMIN", is_root);
            Check::unknown(TABLE, "this user may not ask nftables", advice)
        }
        Err(error) => {
            let advice = "load the module: modprobe nf_tables; in a container, give it CAP_NET_ADMIN";
            Check::failed(TABLE, error.to_string(), advice, Exit::Failed)
        }
    }
}

/// A table with as many networks, where the kernel counts them.
fn held(held: Option<u64>, status: Option<&StatusView>) -> Check {
    let Some(status) = status else {
        let number = held.map_or_else(|| "some".to_owned(), |held| held.to_string());
        return Check::ok(TABLE, format!("{number} networks are dropped, also while the agent is down"));
    };
    let BlockCounts { local, manual, peer } = status.blocks;
    let decided = local + manual + peer;
    match held {
        None => Check::ok(
            TABLE,
            format!("it is there, for {decided} networks; this kernel does not count them (Linux 6.16)"),
        ),
        Some(held) if held < u64::try_from(decided).unwrap_or(u64::MAX) => {
            let found = format!("the daemon blocks {decided} networks, and the kernel drops {held}");
            let advice =
                "the daemon puts it right within a second or says why not: journalctl -u sentinel-agent";
            Check::failed(TABLE, found, advice, Exit::Failed)
        }
        Some(held) => {
            Check::ok(TABLE, format!("the kernel drops {held} networks; the daemon blocks {decided}"))
        }
    }
}

/// Whether it is to listen on a port that takes a capability.
pub(super) fn binds_low(settings: &Settings) -> bool {
    let SyslogSettings { udp, tcp, .. } = &settings.sources.syslog;
    let addresses = udp.iter().chain(tcp).chain(&settings.serve.listen).chain(&settings.metrics.listen);
    addresses.map(SocketAddr::port).any(|port| (1..1024).contains(&port))
}

/// What the daemon's process may do, and whether that is what it needs.
pub(super) fn capabilities(process: &io::Result<Process>, observes: bool, binds_low: bool) -> Check {
    const NAME: &str = "capabilities";
    let Process { user, capabilities, .. } = match process {
        Ok(process) => process,
        Err(error) => {
            let found = format!("reading what the daemon's process may do: {error}");
            let advice = "run the doctor with sudo, in the daemon's own container if it has one";
            return Check::unknown(NAME, found, advice);
        }
    };
    if capabilities & NET_ADMIN == 0 {
        let found = format!("user {user} has no CAP_NET_ADMIN");
        if observes {
            return Check::ok(NAME, format!("{found}, and needs none to observe"));
        }
        let advice = "the shipped unit gives it: `systemctl cat sentinel-agent` shows what takes it away; correct that, then \
                      systemctl restart sentinel-agent";
        return Check::failed(NAME, found, advice, Exit::Failed);
    }
    let bind = if binds_low { capabilities & NET_BIND_SERVICE } else { 0 };
    let also = if bind == 0 { "" } else { ", CAP_NET_BIND_SERVICE for a port below 1024" };
    let others = match (capabilities & !(NET_ADMIN | bind)).count_ones() {
        0 => " and no other".to_owned(),
        others => format!(", and {others} that it does not need"),
    };
    Check::ok(NAME, format!("user {user} has CAP_NET_ADMIN{also}{others}"))
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
        let verdict = |elements| table(&holding(elements), (Some(&status), false), true).verdict;
        assert_eq!([verdict(Some(3)), verdict(Some(4)), verdict(None)], [Grade::Ok; 3]);
        assert_eq!(verdict(Some(2)), Grade::Failed);
        assert_eq!(table(&Ok(None), (Some(&status), false), true).verdict, Grade::Failed);
        assert_eq!(table(&Ok(None), (Some(&status), true), true).verdict, Grade::Ok);
    }

    #[test]
    fn a_table_that_outlives_the_daemon_is_as_it_should_be() {
        let check = table(&holding(Some(5)), (None, false), true);
        assert_eq!((check.verdict, check.found.starts_with("5 networks are dropped")), (Grade::Ok, true));
    }

    #[test]
    fn a_daemon_needs_one_capability_unless_it_only_observes() {
        let process = |capabilities| Ok(Process { user: 998, groups: vec![998], capabilities });
        assert_eq!(capabilities(&process(NET_ADMIN), false, false).verdict, Grade::Ok);
        let without = capabilities(&process(0), false, false);
        assert_eq!(without.exit(), Some(Exit::Failed));
        assert!(!without.advice.unwrap().contains("revert"), "it would take the operator's credentials too");
        assert_eq!(capabilities(&process(0), true, false).verdict, Grade::Ok);
        let gone = Err(io::ErrorKind::NotFound.into());
        assert_eq!(capabilities(&gone, false, false).verdict, Grade::Unknown);
    }

    #[test]
    fn a_port_below_1024_needs_a_second_one() {
        let process = Ok(Process { user: 998, groups: vec![], capabilities: NET_ADMIN | NET_BIND_SERVICE });
        let found = |binds_low| capabilities(&process, false, binds_low).found;
        assert!(found(true).ends_with("CAP_NET_BIND_SERVICE for a port below 1024 and no other"));
        assert!(found(false).ends_with("CAP_NET_ADMIN, and 1 that it does not need"));
        let mut settings = Settings::default();
        assert!(!binds_low(&settings));
        settings.sources.syslog.udp = vec!["192.168.1.1:514".parse().unwrap()];
        assert!(binds_low(&settings));
    }

    #[test]
    fn a_user_who_may_not_try_the_kernel_out_is_told_so_and_not_that_it_is_bad() {
        let denied = Err(TrialError::Namespace(nix::errno::Errno::EPERM));
        let advice = |is_root| {
            let check = features(&denied, is_root);
            assert_eq!(check.verdict, Grade::Unknown);
            check.advice.unwrap()
        };
        assert!(advice(false).contains("sudo") && !advice(true).contains("sudo"));
        assert_eq!(features(&Ok(Trial { is_owner: false }), false).verdict, Grade::Ok);
    }
}
