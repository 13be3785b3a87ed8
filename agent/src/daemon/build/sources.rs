//! Settings -> the log sources at work.

use std::{pin::Pin, sync::Arc};

use futures_util::{
    StreamExt,
    stream::{self, BoxStream},
};
use sentinel_parsers::{Provenance, Service};

use crate::{
    config::{JournaldSettings, SourceSettings, StartAt, SyslogSettings},
    domain::SourceKind,
    kernel::{NflogError, Packet, PacketLog},
    sockets::Listen,
    sources::{
        self, FileSource, Intake, JournalFilter, JournalSource, Message, OpenSockets, Position, Resume,
        Senders, Start, SyslogSource,
    },
    store::database::Database,
};

/// A source at work, until nothing more is to be read.
pub(in crate::daemon) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Every configured source, as a future to be run; what they read comes out of the receiver of `intake`.
pub(super) async fn follow(
    section: &SourceSettings,
    database: &Database,
    sockets: &Arc<OpenSockets>,
    intake: &Intake,
) -> Vec<Work> {
    let start = match section.start {
        StartAt::End => Start::End,
        StartAt::Beginning => Start::Beginning,
    };
    let mut work: Vec<Work> = Vec::new();
    let files = FileSource { paths: section.files.clone(), start };
    work.push(until_stopped(intake, sources::follow_files(files, resume(database), intake.clone())));
    if section.journald.enabled {
        let name = "journald";
        let position = position(database, name).await;
        let filter = journal_filter(section);
        let source = JournalSource { filter, start, directory: section.journald.directory.clone() };
        let outlet = intake.outlet(name, SourceKind::Journal);
        work.push(until_stopped(intake, sources::follow_journal(source, position, outlet)));
    }
    for source in syslog(&section.syslog) {
        let outlet = intake.outlet(format!("syslog {}", source.listen), SourceKind::Syslog);
        // It is used some time later only.
        sockets.claim(&source.listen);
        work.push(Box::pin(sources::follow_syslog(source, Arc::clone(sockets), outlet)));
    }
    for group in section.nflog.groups.iter().copied() {
        let outlet = intake.outlet(format!("nflog {group}"), SourceKind::Nflog);
        // Whoever sends a packet can write any source address into it.
        work.push(Box::pin(sources::follow_feed(move || packets(group), Provenance::Claimed, outlet)));
    }
    work
}

/// A source that goes on where it was left, and so can be dropped wherever it is.
fn until_stopped(intake: &Intake, source: impl Future<Output = ()> + Send + 'static) -> Work {
    let intake = intake.clone();
    Box::pin(async move {
        tokio::select! {
            () = source => {}
            () = intake.stopped() => {}
        }
    })
}

/// The journal's entries of the units that are named, or else of every service that is known.
fn journal_filter(section: &SourceSettings) -> JournalFilter {
    let JournaldSettings { units, kernel, .. } = section.journald.clone();
    if !units.is_empty() {
        return JournalFilter { programs: Vec::new(), units, kernel };
    }
    let programs = Service::ALL.into_iter().flat_map(Service::programs).map(str::to_owned).collect();
    let units = Service::ALL.into_iter().flat_map(Service::units).map(|unit| (*unit).to_owned()).collect();
    JournalFilter { programs, units, kernel }
}

fn syslog(section: &SyslogSettings) -> Vec<SyslogSource> {
    let senders = Senders {
        allow: section.allow.clone().unwrap_or_else(Senders::private_networks),
        trust_udp: section.trust_udp.clone(),
        rate: section.rate,
    };
    let listen = section.udp.iter().copied().map(Listen::Udp);
    let listen = listen.chain(section.tcp.iter().copied().map(Listen::Tcp));
    let listen = listen.chain(section.unix.iter().cloned().map(Listen::Datagram));
    let listen = listen.chain(section.unix_stream.iter().cloned().map(Listen::Stream));
    listen.map(|listen| SyslogSource { listen, senders: senders.clone() }).collect()
}

/// The packets of a group, in the words of the kernel's own log: one grammar reads both.
fn packets(group: u16) -> Result<BoxStream<'static, Result<Vec<Message>, NflogError>>, NflogError> {
    let messages = stream::unfold(PacketLog::open(group)?, |mut log| async {
        let packets = log.next().await;
        Some((packets.map(|packets| packets.iter().map(message).collect()), log))
    });
    Ok(messages.boxed())
}

fn message(packet: &Packet) -> Message {
    Message { at: packet.at, program: Some("kernel".into()), bytes: packet.to_string().into_bytes() }
}

/// Where a file goes on, by the database.
fn resume(database: &Database) -> Resume {
    let database = database.clone();
    Arc::new(move |source| {
        let database = database.clone();
        Box::pin(async move { position(&database, &source).await })
    })
}

/// Where a source goes on; a position that cannot be read is as good as none.
async fn position(database: &Database, source: &str) -> Option<Position> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::warn!("the position of {source} cannot be read, beginning anew: {error}");
    };
    let text = database.position(source.to_owned()).await.inspect_err(|error| failed(error)).ok()??;
    serde_json::from_str(&text).inspect_err(|error| failed(error)).ok()
}
