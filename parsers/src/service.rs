//! The services whose lines are understood, and the program names they log under.

use core::fmt;
use core::str::FromStr;

use crate::daemon::Daemon;
use crate::daemons::DAEMONS;
use crate::index::{self, Set};

/// A service whose log lines this crate understands: a row of the table of daemons.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Service(u8);

/// No service has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownService;

impl Service {
    /// All services, in the order of their names.
    pub const ALL: [Self; DAEMONS.len()] = numbered();

    /// The name used in configurations and malicious logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.daemon().name
    }

    /// The programs that log for this service, by the names they use.
    pub fn programs(self) -> impl Iterator<Item = &'static str> {
        let Daemon { name, programs, .. } = self.daemon();
        core::iter::once(*name).chain(programs.iter().copied())
    }

    /// The systemd units that it runs in, without `.service`.
    #[must_use]
    pub fn units(self) -> &'static [&'static str] {
        self.daemon().units
    }

    /// Whether its messages are known behind any program's name, as those of PAM's modules are.
    #[must_use]
    pub fn is_of_any_program(self) -> bool {
        self.daemon().any_program
    }

    pub(crate) fn daemon(self) -> &'static Daemon {
        DAEMONS.get(usize::from(self.0)).unwrap_or(&DAEMONS[0])
    }

    /// The services whose messages may begin like this one.
    pub(crate) fn of_bare(message: &[u8], is_record: bool) -> impl Iterator<Item = Self> {
        Self::fitting(
            if is_record { index::by_record(message) } else { index::by_first_bytes(message) },
            message,
        )
    }

    /// Those of them whose messages are known behind any program's name.
    pub(crate) fn of_any_program(message: &[u8]) -> impl Iterator<Item = Self> {
        Self::fitting(index::by_first_bytes(message) & index::OF_ANY_PROGRAM, message)
    }

    fn fitting(set: Set, message: &[u8]) -> impl Iterator<Item = Self> {
        Self::members(set).filter(move |service| service.daemon().bare.fits(message))
    }

    fn members(mut set: Set) -> impl Iterator<Item = Self> {
        core::iter::from_fn(move || {
            let number = u8::try_from(set.trailing_zeros()).ok().filter(|&number| number < 128)?;
            set &= set - 1;
            Some(Self(number))
        })
    }

    /// The service that logs under this program name (or runs in this systemd unit); if several do the one that has the
    /// name itself, or the first one.
    #[must_use]
    pub fn of_program(program: &[u8]) -> Option<Self> {
        let mut all = Self::all_of_program(program);
        let first = all.next()?;
        let is_called = |service: &Self| service.as_str().as_bytes() == program;
        if is_called(&first) { Some(first) } else { all.find(is_called).or(Some(first)) }
    }

    /// The services that log under this program name: several daemons are called `imapd`.
    ///
    /// Of a path the last part is the program's name, `/usr/sbin/sshd`; of a name with parts the first,
    /// `postfix/smtpd`, which may carry the name of an instance, `postfix-out/smtpd`.
    pub fn all_of_program(program: &[u8]) -> impl Iterator<Item = Self> + use<> {
        Self::members(Self::named(program).unwrap_or(0))
    }

    fn named(program: &[u8]) -> Option<Set> {
        let name = match program {
            [b'/', ..] => program.rsplit(|&byte| byte == b'/').next()?,
            _ => program,
        };
        if let Some(unit) = name.strip_suffix(b".service") {
            return Some(Self::of_unit(unit.split(|&byte| byte == b'@').next()?));
        }
        match index::by_program(name) {
            0 => Self::by_part(name),
            set => Some(set),
        }
    }

    fn by_part(name: &[u8]) -> Option<Set> {
        // Linux-PAM before 0.99 appended its module, `sshd(pam_unix)`; dovecot its process, `auth-worker(304)`.
        if let Some(parenthesis) = memchr::memchr(b'(', name) {
            return Some(index::by_program(name.get(..parenthesis)?));
        }
        // A name in the table that ends with a hyphen takes any instance: `ovpn-server`.
        if let Some(hyphen) = memchr::memchr(b'-', name) {
            let instances = index::by_program(name.get(..=hyphen)?);
            if instances != 0 {
                return Some(instances);
            }
        }
        let first = name.get(..memchr::memchr(b'/', name)?)?;
        match index::by_program(first) {
            0 => Some(index::by_program(first.split(|&byte| byte == b'-').next()?)),
            set => Some(set),
        }
    }

    /// What systemd calls the instance of a unit: for sshd behind a socket, both ends of the connection, as in
    /// `sshd@0-198.51.100.1:22-203.0.113.7:4711.service`.
    pub(crate) fn instance(program: &[u8]) -> Option<&[u8]> {
        let unit = program.rsplit(|&byte| byte == b'/').next()?.strip_suffix(b".service")?;
        unit.splitn(2, |&byte| byte == b'@').nth(1)
    }

    fn of_unit(unit: &[u8]) -> Set {
        let runs_in = |service: &Self| service.units().iter().any(|name| name.as_bytes() == unit);
        Self::ALL.into_iter().filter(runs_in).fold(0, |set, service| set | 1 << service.0)
    }
}

/// Each row's number. There are at most 128 (`index`).
const fn numbered() -> [Service; DAEMONS.len()] {
    let mut all = [Service(0); DAEMONS.len()];
    let mut number: u8 = 0;
    while (number as usize) < all.len() {
        all[number as usize] = Service(number);
        number += 1;
    }
    all
}

impl FromStr for Service {
    type Err = UnknownService;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|service| service.as_str() == name).ok_or(UnknownService)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({self})")
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for UnknownService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unknown service, expected one of")?;
        Service::ALL.into_iter().try_for_each(|service| write!(f, " {service}"))
    }
}

impl core::error::Error for UnknownService {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_is_found_by_its_own_name() {
        for service in Service::ALL {
            assert_eq!(service.as_str().parse(), Ok(service));
            assert_eq!(Service::of_program(service.as_str().as_bytes()), Some(service));
        }
        assert!(Service::ALL.map(Service::as_str).is_sorted(), "the table is in the order of the names");
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "telnetd".parse::<Service>();
        assert_eq!(error, Err(UnknownService));
        assert!(UnknownService.to_string().starts_with("unknown service, expected one of "));
        assert!(UnknownService.to_string().contains(" dropbear "));
    }

    #[test]
    fn the_parts_of_a_daemon_are_all_of_its_service() {
        for (program, service) in [
            ("sshd-session", "sshd"),
            ("sshd-auth", "sshd"),
            ("/usr/sbin/sshd", "sshd"),
            ("sshd(pam_unix)", "sshd"),
            ("ssh.service", "sshd"),
            ("sshd@7.service", "sshd"),
            ("postfix/smtpd", "postfix"),
            ("postfix-out/submission/smtpd", "postfix"),
            ("auth-worker(304)", "dovecot"),
        ] {
            assert_eq!(Service::of_program(program.as_bytes()), service.parse().ok(), "{program}");
        }
    }

    #[test]
    fn a_program_that_only_resembles_one_is_not_it() {
        for program in ["su", "ssh", "sshdx", "xsshd", "SSHD", "", "/", "(sshd)", "sshd.socket", "sshd-x"] {
            assert_eq!(Service::of_program(program.as_bytes()), None, "{program}");
        }
    }
}
