//! What can go wrong at the kernel, with the act, its object and what to do next.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use ipnetwork::IpNetwork;

/// Why the firewall is not as it was asked to be.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum KernelError {
    /// The netlink socket itself failed.
    #[error("{act}: {source}")]
    Io {
        /// What was attempted.
        act: Act,
        /// Why the socket refused.
        source: Arc<io::Error>,
    },
    /// The kernel refused a part of the table's structure, so that nothing of the batch was applied.
    #[error("{0}")]
    Structure(Refusal),
    /// These elements were refused; all the others were applied.
    #[error("{}", listed(.0))]
    Elements(Vec<Refusal>),
    /// Another process owns the table.
    #[error(
        "table inet sentinel belongs to another process (netlink port {port}): is another agent running?"
    )]
    AnotherOwner {
        /// The owner's netlink port, which is usually its process id.
        port: u32,
    },
    /// This process may not change the firewall.
    #[error("{act}: permission denied (EPERM); it takes the capability CAP_NET_ADMIN")]
    NotPermitted {
        /// What was attempted.
        act: Act,
    },
    /// Somebody removed the table or a part of it: rebuild it with `Firewall::replace`.
    #[error("{act}: table inet sentinel, or a part of it, is gone")]
    Gone {
        /// What was attempted.
        act: Act,
    },
    /// More networks shall always pass than [`super::MAX_ALLOWED`]; nothing was changed.
    #[error("{given} networks shall always pass, more than the {} that can", super::MAX_ALLOWED)]
    TooManyAllowed {
        /// So many, those left out that lie within another.
        given: usize,
    },
    /// The kernel's answer is missing or makes no sense.
    #[error("{act}: {what}")]
    Answer {
        /// What was attempted.
        act: Act,
        /// What is wrong with the answer.
        what: &'static str,
    },
    /// The thread that owns the firewall could not be started.
    #[error("starting a thread for table inet sentinel: {0}")]
    Thread(#[source] Arc<io::Error>),
    /// The thread that owns the firewall has ended.
    #[error("{attempt}: the thread that writes table inet sentinel has ended")]
    Ended {
        /// What was attempted.
        attempt: &'static str,
    },
    /// Addresses and routes could not be read.
    #[error("{act}: {source}")]
    Links {
        /// What was attempted.
        act: &'static str,
        /// Why it failed.
        source: Arc<dyn Error + Send + Sync>,
    },
}

/// One thing that the kernel would not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What was attempted, on what.
    pub act: Act,
    /// Why it was refused.
    pub cause: Cause,
    /// The kernel's own words, when it gave any.
    pub words: Option<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.act, self.cause)?;
        self.words.iter().try_for_each(|words| write!(f, ": {words}"))
    }
}

/// An attempt, in the words of an error message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Opening the netlink socket.
    OpenSocket,
    /// Reading the named thing.
    Read(String),
    /// Creating the named thing.
    Create(String),
    /// Deleting the named thing.
    Delete(String),
    /// Adding an element to a set.
    Add {
        /// The element.
        network: IpNetwork,
        /// The set's name.
        set: String,
    },
    /// Removing an element from a set.
    Remove {
        /// The element.
        network: IpNetwork,
        /// The set's name.
        set: String,
    },
    /// Sending a batch as a whole.
    Commit,
}

impl Act {
    /// The element that it is about.
    pub(super) fn network(&self) -> Option<IpNetwork> {
        match self {
            Self::Add { network, .. } | Self::Remove { network, .. } => Some(*network),
            _ => None,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenSocket => write!(f, "opening a netlink socket to netfilter"),
            Self::Read(what) => write!(f, "reading {what}"),
            Self::Create(what) => write!(f, "creating {what}"),
            Self::Delete(what) => write!(f, "deleting {what}"),
            Self::Add { network, set } => write!(f, "adding {network} to set {set}"),
            Self::Remove { network, set } => write!(f, "removing {network} from set {set}"),
            Self::Commit => write!(f, "committing a batch to table inet sentinel"),
        }
    }
}

/// The errno of a refusal, as far as this program tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The table is owned by another process, or the capability is missing.
    NotPermitted,
    /// The object does not exist.
    Missing,
    /// The object exists already, or overlaps one that does.
    Exists,
    /// The set is full; expired elements that are not yet collected count.
    Full,
    /// The batch is larger than the socket's buffer.
    TooLarge,
    /// The ruleset changed under the batch.
    Stale,
    /// The kernel dropped answers.
    Overrun,
    /// The kernel does not know this feature.
    Unsupported,
    /// The network holds every address of its family: refused before it reaches the kernel.
    Everything,
    /// Any other errno.
    Other(i32),
}

/// What to do about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Send the same once more.
    Retry,
    /// Send it in smaller parts, down to the one element that is at fault.
    Split,
    /// Leave out what was refused and send the rest.
    LeaveOut,
}

impl Cause {
    pub(super) fn from_errno(errno: i32) -> Self {
        match errno {
            libc::EPERM => Self::NotPermitted,
            libc::ENOENT => Self::Missing,
            libc::EEXIST => Self::Exists,
            libc::ENFILE => Self::Full,
            libc::EMSGSIZE => Self::TooLarge,
            libc::ERESTART => Self::Stale,
            libc::ENOBUFS => Self::Overrun,
            libc::EOPNOTSUPP | libc::EINVAL => Self::Unsupported,
            other => Self::Other(other),
        }
    }

    pub(super) fn remedy(self) -> Remedy {
        match self {
            // An element can expire between the two steps of its own refreshing.
            Self::Stale | Self::Overrun | Self::Missing => Remedy::Retry,
            Self::TooLarge | Self::Full => Remedy::Split,
            _ => Remedy::LeaveOut,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPermitted => write!(f, "not permitted (EPERM)"),
            Self::Missing => write!(f, "it does not exist (ENOENT)"),
            Self::Exists => write!(f, "it exists already (EEXIST)"),
            Self::Full => write!(f, "set is full (ENFILE)"),
            Self::TooLarge => write!(f, "the batch is larger than the socket's buffer (EMSGSIZE)"),
            Self::Stale => write!(f, "the ruleset changed meanwhile (ERESTART)"),
            Self::Overrun => write!(f, "the kernel dropped its answer (ENOBUFS)"),
            Self::Unsupported => write!(f, "this kernel does not support it (EOPNOTSUPP or EINVAL)"),
            Self::Everything => write!(f, "it holds every address"),
            Self::Other(errno) => write!(f, "{}", io::Error::from_raw_os_error(*errno)),
        }
    }
}

/// At most this many refusals are spelled out in one message.
const SPELLED_OUT: usize = 5;

fn listed(refusals: &[Refusal]) -> String {
    let mut text: Vec<String> = refusals.iter().take(SPELLED_OUT).map(Refusal::to_string).collect();
    if refusals.len() > SPELLED_OUT {
        text.push(format!("and {} more", refusals.len() - SPELLED_OUT));
    }
    text.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(network: IpNetwork) -> Refusal {
        Refusal { act: Act::Add { network, set: "blocked4".into() }, cause: Cause::Full, words: None }
    }

    #[test]
    fn a_refused_element_is_named_with_its_set_and_the_reason() {
        let network = IpNetwork::from(std::net::IpAddr::from([203, 0, 113, 7]));
        assert_eq!(
            KernelError::Elements(vec![full(network)]).to_string(),
            "adding 203.0.113.7/32 to set blocked4: set is full (ENFILE)"
        );
    }

    #[test]
    fn an_error_says_why_the_system_refused() {
        let source = Arc::new(io::Error::from_raw_os_error(libc::EMFILE));
        let texts = [
            KernelError::Io { act: Act::OpenSocket, source: source.clone() },
            KernelError::Thread(source.clone()),
            KernelError::Links { act: "reading this host's routes", source },
        ];
        for error in texts.map(|error| error.to_string()) {
            assert!(error.contains(": Too many open files"), "{error}");
        }
    }

    #[test]
    fn a_thousand_refusals_make_one_short_message() {
        let network = IpNetwork::from(std::net::IpAddr::from([203, 0, 113, 7]));
        let error = KernelError::Elements(vec![full(network); 1000]).to_string();
        assert!(error.ends_with("; and 995 more"));
    }
}
