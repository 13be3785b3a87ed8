//! Who is measured.

use std::{
    fmt,
    path::Path,
    process::{Command, Stdio},
};

use sentinel_tests::bench::cost::{Job, this_program};

/// What reads a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Contender {
    /// Our grammars, all of them.
    Sentinel,
    /// What reading the lines costs at least.
    Grep,
    /// The parser of SSHGuard, which knows some services.
    Sshguard,
    /// fail2ban's own filter test, with one service.
    Fail2ban,
}

/// Where distributions put SSHGuard's parser.
const SSHGUARD: [&str; 3] =
    ["/usr/libexec/sshg-parser", "/usr/libexec/sshguard/sshg-parser", "/usr/lib/sshguard/sshg-parser"];

impl fmt::Display for Contender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sentinel => "sentinel, all services",
            Self::Grep => "grep -c, one pattern",
            Self::Sshguard => "sshguard's parser",
            Self::Fail2ban => "fail2ban-regex, sshd",
        })
    }
}

impl Contender {
    /// Those that are here.
    pub(crate) fn installed() -> Vec<Self> {
        let mut all = vec![Self::Sentinel, Self::Grep];
        all.extend(sshguard().map(|_| Self::Sshguard));
        let mut regex = Command::new("fail2ban-regex");
        let has_regex = regex.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
        all.extend(has_regex.then_some(Self::Fail2ban));
        all
    }

    /// The program that reads `log`.
    pub(crate) fn job(self, log: &Path) -> anyhow::Result<Job> {
        let file = log.as_os_str().to_owned();
        Ok(match self {
            Self::Sentinel => Job::of(vec![this_program()?, "parse".into(), file]),
            Self::Grep => {
                Job::of(vec!["grep".into(), "-c".into(), "Failed password for .* from".into(), file])
            }
            Self::Sshguard => {
                Job { input: Some(log.to_owned()), program: sshguard().map(Into::into).into_iter().collect() }
            }
            Self::Fail2ban => Job::of(vec!["fail2ban-regex".into(), file, "sshd".into()]),
        })
    }
}

fn sshguard() -> Option<&'static str> {
    SSHGUARD.into_iter().find(|path| Path::new(path).exists())
}
