//! Which entries of the journal are wanted, and whose word they may be. Pure.
//!
//! Any local user can log under any name. What journald adds itself, in fields that begin with `_`, nobody can forge:
//! the user, the unit, the way the entry came (systemd.journal-fields(7)).

/// Units in which users who logged in may have processes, so that only root's are the daemon's own.
const LOGIN_UNITS: [&str; 5] = ["ssh", "sshd", "dropbear", "telnetd", "xrdp"];

/// Which entries are wanted: those of any of these kinds, or all when there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalFilter {
    /// Programs (`SYSLOG_IDENTIFIER`), as far as root's processes logged.
    pub programs: Vec<String>,
    /// Systemd units with all their instances, whatever their processes call themselves: `postfix.service`, or just
    /// `postfix`. Of units in which users log in, root's processes alone.
    pub units: Vec<String>,
    /// The kernel's own messages.
    pub kernel: bool,
}

impl JournalFilter {
    /// The same as `journalctl` takes it: values of one field are alternatives, fields go together, `+` separates what
    /// goes together.
    pub(super) fn matches(&self) -> Vec<String> {
        let programs = self.programs.iter().map(|program| format!("SYSLOG_IDENTIFIER={program}")).collect();
        let (login, other): (Vec<_>, Vec<_>) =
            self.units.iter().map(String::as_str).partition(|unit| LOGIN_UNITS.contains(&stem(unit)));
        let kernel = self.kernel.then(|| "_TRANSPORT=kernel".to_owned());
        let mut terms: Vec<Vec<String>> = vec![by_root(programs)];
        terms.extend([by_root(units(&login)), by_root(slices(&login)), units(&other), slices(&other)]);
        terms.push(kernel.into_iter().collect());
        terms.retain(|term| !term.is_empty());
        terms.join(&"+".to_owned())
    }
}

fn by_root(mut term: Vec<String>) -> Vec<String> {
    if !term.is_empty() {
        term.push("_UID=0".to_owned());
    }
    term
}

fn units(names: &[&str]) -> Vec<String> {
    let full = |name: &&str| if name.contains('.') { (*name).to_owned() } else { format!("{name}.service") };
    names.iter().map(full).map(|unit| format!("_SYSTEMD_UNIT={unit}")).collect()
}

/// Where systemd keeps the instances of a unit's template; one instance alone has none.
fn slices(names: &[&str]) -> Vec<String> {
    let is_instance = |name: &&str| name.split_once('@').is_some_and(|(_, rest)| !rest.starts_with('.'));
    let slice = |name: &str| format!("_SYSTEMD_SLICE=system-{}.slice", stem(name).replace('-', "\\x2d"));
    names.iter().filter(|name| !is_instance(name)).map(|name| slice(name)).collect()
}

/// A unit's name without its instance and its type.
fn stem(unit: &str) -> &str {
    unit.split(['@', '.']).next().unwrap_or(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(filter: &JournalFilter) -> String {
        filter.matches().join(" ")
    }

    fn of_units(units: &[&str]) -> String {
        let units = units.iter().map(|unit| (*unit).to_owned()).collect();
        matches(&JournalFilter { units, ..JournalFilter::default() })
    }

    #[test]
    fn without_wishes_everything_is_wanted() {
        assert_eq!(matches(&JournalFilter::default()), "");
    }

    #[test]
    fn each_kind_is_an_alternative_and_programs_are_believed_of_root_alone() {
        let filter = JournalFilter {
            programs: vec!["sshd".to_owned(), "dovecot".to_owned()],
            units: vec!["gitea.service".to_owned()],
            kernel: true,
        };
        assert_eq!(
            matches(&filter),
            "SYSLOG_IDENTIFIER=sshd SYSLOG_IDENTIFIER=dovecot _UID=0 + _SYSTEMD_UNIT=gitea.service \
             + _SYSTEMD_SLICE=system-gitea.slice + _TRANSPORT=kernel"
        );
    }

    #[test]
    fn a_unit_comes_with_its_instances_and_an_instance_alone() {
        assert_eq!(
            of_units(&["wg-quick"]),
            "_SYSTEMD_UNIT=wg-quick.service + _SYSTEMD_SLICE=system-wg\\x2dquick.slice"
        );
        assert_eq!(of_units(&["postfix@-.service"]), "_SYSTEMD_UNIT=postfix@-.service");
    }

    #[test]
    fn where_users_log_in_only_root_is_believed() {
        assert_eq!(
            of_units(&["ssh.service"]),
            "_SYSTEMD_UNIT=ssh.service _UID=0 + _SYSTEMD_SLICE=system-ssh.slice _UID=0"
        );
    }
}
