//! `[sources]`: which logs are read.

use std::{net::SocketAddr, path::PathBuf};

use ipnetwork::IpNetwork;
use serde::Deserialize;

/// Where to begin when a source is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartAt {
    /// With what comes from now on.
    End,
    /// With everything that is there.
    Beginning,
}

section! {
    /// Which logs are read.
    SourceSettings {
        /// Whether to look for sources at the first start, when none are named here.
        auto: bool = true,
        /// Files to follow; a name with wildcards means every file that fits.
        files: Vec<String> = vec![],
        /// Where to begin when a source is new.
        start: StartAt = StartAt::End,
        /// `[sources.journald]`
        journald: JournaldSettings = JournaldSettings::default(),
        /// `[sources.syslog]`
        syslog: SyslogSettings = SyslogSettings::default(),
        /// `[sources.nflog]`
        nflog: NflogSettings = NflogSettings::default(),
    }
}

section! {
    /// What is read of the systemd journal.
    JournaldSettings {
        /// Whether to follow it.
        enabled: bool = true,
        /// Units to read; without any, all known services.
        units: Vec<String> = vec![],
        /// Whether to read the kernel's messages there.
        kernel: bool = true,
        /// A folder of journal files instead of the system's own.
        directory: Option<PathBuf> = None,
    }
}

section! {
    /// Where syslog is received, and from whom.
    SyslogSettings {
        /// Addresses to receive datagrams on.
        udp: Vec<SocketAddr> = vec![],
        /// Addresses to receive streams on.
        tcp: Vec<SocketAddr> = vec![],
        /// Unix sockets of datagrams.
        unix: Vec<PathBuf> = vec![],
        /// Unix sockets of streams.
        unix_stream: Vec<PathBuf> = vec![],
        /// Networks that may send; without any, private ones.
        allow: Option<Vec<IpNetwork>> = None,
        /// Networks in which nobody can forge a datagram.
        trust_udp: Vec<IpNetwork> = vec![],
        /// Messages a second that one sender may send.
        rate: u32 = 5000,
    }
}

section! {
    /// Packets that the operator's firewall rules log.
    NflogSettings {
        /// Groups, as in nftables' `log group 5`.
        groups: Vec<u16> = vec![],
    }
}

impl SourceSettings {
    /// Whether the agent should look by itself what there is to read: it may, and nothing is named.
    #[must_use]
    pub fn is_left_to_the_agent(&self) -> bool {
        let Self { auto, files, journald, syslog, nflog, .. } = self;
        *auto
            && files.is_empty()
            && journald.enabled
            && journald.units.is_empty()
            && *syslog == SyslogSettings::default()
            && nflog.groups.is_empty()
    }
}
