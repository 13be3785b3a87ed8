//! The services whose lines are understood, and the program names they log under.

use core::fmt;
use core::str::FromStr;

/// A service whose log lines this crate understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Service {
    /// OpenSSH's server.
    Sshd,
    /// The small ssh server of embedded systems.
    Dropbear,
}

/// No service has this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownService;

impl Service {
    /// All services, in the order in which they are tried on a line without a program name.
    pub const ALL: [Self; 2] = [Self::Sshd, Self::Dropbear];

    /// The name used in configurations and malicious logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sshd => "sshd",
            Self::Dropbear => "dropbear",
        }
    }

    /// The programs that log for this service, by the names they use.
    #[must_use]
    pub const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Sshd => &["sshd", "sshd-session", "sshd-auth"],
            Self::Dropbear => &["dropbear"],
        }
    }

    /// The service that logs under this program name (or runs in this systemd unit).
    #[must_use]
    pub fn of_program(program: &[u8]) -> Option<Self> {
        let name = program.rsplit(|&byte| byte == b'/').next()?;
        if let Some(unit) = name.strip_suffix(b".service") {
            return Self::of_unit(unit.split(|&byte| byte == b'@').next()?);
        }
        // Linux-PAM before 0.99 appended its module: `sshd(pam_unix)`.
        let name = name.split(|&byte| byte == b'(').next()?;
        let logs_as = |service: &Self| service.programs().iter().any(|program| program.as_bytes() == name);
        Self::ALL.into_iter().find(logs_as)
    }

    /// What systemd calls the instance of a unit: for sshd behind a socket, both ends of the connection, as in
    /// `sshd@0-198.51.100.1:22-203.0.113.7:4711.service`.
    pub(crate) fn instance(program: &[u8]) -> Option<&[u8]> {
        let unit = program.rsplit(|&byte| byte == b'/').next()?.strip_suffix(b".service")?;
        unit.splitn(2, |&byte| byte == b'@').nth(1)
    }

    fn of_unit(unit: &[u8]) -> Option<Self> {
        match unit {
            b"ssh" | b"sshd" => Some(Self::Sshd),
            b"dropbear" => Some(Self::Dropbear),
            _ => None,
        }
    }
}

impl FromStr for Service {
    type Err = UnknownService;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|service| service.as_str() == name).ok_or(UnknownService)
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
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = "telnetd".parse::<Service>();
        assert_eq!(error, Err(UnknownService));
        assert_eq!(UnknownService.to_string(), "unknown service, expected one of sshd dropbear");
    }

    #[test]
    fn the_parts_of_openssh_are_all_sshd() {
        for program in
            ["sshd-session", "sshd-auth", "/usr/sbin/sshd", "sshd(pam_unix)", "ssh.service", "sshd@7.service"]
        {
            assert_eq!(Service::of_program(program.as_bytes()), Some(Service::Sshd), "{program}");
        }
    }

    #[test]
    fn a_program_that_only_resembles_one_is_not_it() {
        for program in ["su", "ssh", "sshdx", "xsshd", "SSHD", "", "/", "(sshd)", "sshd.socket"] {
            assert_eq!(Service::of_program(program.as_bytes()), None, "{program}");
        }
    }
}
