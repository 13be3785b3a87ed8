//! What stands at a moment.

use std::{collections::HashMap, fmt};

use jiff::Timestamp;
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeMetric},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};

use crate::domain::{Dropped, EndpointReport, Karma, Scope, SourceClass, SourceReport};

/// Sources that have series of their own, by name: a pattern may fit many files.
const MAX_SOURCES: usize = 100;

/// The agent at a moment.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Its version.
    pub version: &'static str,
    /// When it started.
    pub started: Timestamp,
    /// Whether it only observes.
    pub observes: bool,
    /// Networks that are blocked, by whose word.
    pub blocks: Vec<(SourceClass, usize)>,
    /// Addresses that are being counted.
    pub tracked: usize,
    /// Malicious logs in the store.
    pub logs: usize,
    /// What the kernel dropped; none when it could not be asked.
    pub dropped: Vec<Dropped>,
    /// The log sources.
    pub sources: Vec<SourceReport>,
    /// What waits.
    pub queues: Vec<Queue>,
    /// The ledger, unless the agent is standalone.
    pub ledger: Option<LedgerSample>,
}

/// What waits for its turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// For what: `lines`, `reports` or `ledger`.
    pub name: &'static str,
    /// How many.
    pub length: usize,
}

/// The ledger at a moment.
#[derive(Clone, Debug, Default)]
pub struct LedgerSample {
    /// Its endpoints.
    pub endpoints: Vec<EndpointReport>,
    /// Whether this agent is an active peer; none when no endpoint says.
    pub joined: Option<bool>,
    /// Its karma.
    pub karma: Option<Karma>,
    /// Lamports that it has to pay with.
    pub balance: Option<u64>,
    /// Lamports that it may spend a day (UTC).
    pub budget: u64,
    /// Of those, what it has spent today.
    pub spent: u64,
    /// Lamports that lie on the ledger as rent of its posts, likes and disputes, and come back.
    pub rent: Option<u64>,
}

impl Collector for Sample {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut out = Families(encoder);
        self.agent(&mut out)?;
        self.kernel(&mut out)?;
        self.sources(&mut out)?;
        self.ledger.as_ref().map_or(Ok(()), |ledger| ledger.write(&mut out))
    }
}

impl Sample {
    fn agent(&self, out: &mut Families<'_>) -> fmt::Result {
        let started = self.started.as_second();
        let version = vec![("version", self.version.to_owned())];
        out.gauges("build_info", "The version that runs; always 1", [(version, 1)])?;
        out.gauge("start_time_seconds", "When the agent started, in Unix time", started)?;
        out.gauge("observing", "1 when the agent only observes and drops nothing", self.observes.into())?;
        let blocks =
            self.blocks.iter().map(|(class, number)| (vec![("origin", name(class))], whole(*number)));
        out.gauges("blocks", "Networks that are blocked, by whose word", blocks)?;
        out.gauge("tracked_addresses", "Addresses whose events are being counted", whole(self.tracked))?;
        out.gauge("stored_logs", "Malicious logs in the store", whole(self.logs))?;
        let queues = self.queues.iter().map(|queue| (one("queue", queue.name), whole(queue.length)));
        out.gauges("queue_length", "What waits: log lines in batches, reports, acts on the ledger", queues)
    }

    fn kernel(&self, out: &mut Families<'_>) -> fmt::Result {
        let series = |of: fn(&Dropped) -> u64| {
            self.dropped.iter().map(move |dropped| (of_drops(dropped), of(dropped)))
        };
        let since = "since the table was written";
        out.counters(
            "dropped_packets",
            &format!("Packets that the kernel dropped {since}"),
            series(|all| all.packets),
        )?;
        out.counters(
            "dropped_bytes",
            &format!("Bytes that the kernel dropped {since}"),
            series(|all| all.bytes),
        )
    }

    fn sources(&self, out: &mut Families<'_>) -> fmt::Result {
        let sources = || self.sources.iter().take(MAX_SOURCES);
        let counted =
            |of: fn(&SourceReport) -> u64| sources().map(move |source| (labels(source), of(source)));
        let known = |of: fn(&SourceReport) -> Option<i64>| {
            sources().filter_map(move |source| Some((labels(source), of(source)?)))
        };
        out.counters("source_lines", "Log lines that were read", counted(|source| source.lines))?;
        out.counters(
            "source_skipped_lines",
            "Log lines that were skipped",
            counted(|source| source.skipped),
        )?;
        out.counters("source_events", "Hostile events in a source's lines", counted(|source| source.events))?;
        out.gauges(
            "source_up",
            "1 when nothing keeps a source from being read",
            known(|source| Some(source.trouble.is_none().into())),
        )?;
        out.gauges(
            "source_silent",
            "1 when a source that used to speak has fallen silent",
            known(|source| Some(source.silence.is_some().into())),
        )?;
        out.gauges(
            "source_last_line_timestamp_seconds",
            "When the last line came, in Unix time",
            known(|source| source.last_line.map(Timestamp::as_second)),
        )?;
        out.gauges(
            "source_lag_seconds",
            "From the logged time of the last line to its being taken up",
            known(|source| i64::try_from(source.lag?).ok()),
        )
    }
}

impl LedgerSample {
    fn write(&self, out: &mut Families<'_>) -> fmt::Result {
        let names = told_apart(&self.endpoints);
        let endpoints = |of: fn(&EndpointReport) -> bool| {
            let named = names.iter().zip(&self.endpoints);
            named.map(move |(name, report)| (one("endpoint", name), i64::from(of(report))))
        };
        let lamports = |amount: u64| i64::try_from(amount).unwrap_or(i64::MAX);
        let up = endpoints(|report| report.trouble.is_none());
        out.gauges("ledger_endpoint_up", "1 when an endpoint answered when it was asked last", up)?;
        let followed = endpoints(|report| report.is_followed);
        out.gauges("ledger_endpoint_followed", "1 when new posts are heard from an endpoint", followed)?;
        out.gauge_if("ledger_joined", "1 when the agent is an active peer", self.joined.map(i64::from))?;
        out.gauge_if("ledger_karma", "The agent's karma", self.karma.map(|karma| lamports(karma.0)))?;
        out.gauge_if(
            "ledger_balance_lamports",
            "What the agent has to pay with",
            self.balance.map(lamports),
        )?;
        out.gauge("ledger_budget_lamports", "What the agent may spend a day (UTC)", lamports(self.budget))?;
        out.gauge("ledger_spent_lamports", "What the agent has spent today (UTC)", lamports(self.spent))?;
        let rent = self.rent.map(lamports);
        out.gauge_if("ledger_rent_lamports", "Rent of posts, likes and disputes, which comes back", rent)
    }
}

/// The endpoints' names. Those that differ in a key alone, which is not shown, are numbered from the second on.
fn told_apart(endpoints: &[EndpointReport]) -> Vec<String> {
    let mut seen = HashMap::new();
    let name = |EndpointReport { endpoint, .. }: &EndpointReport| {
        let number = seen.entry(endpoint.clone()).and_modify(|number| *number += 1).or_insert(1);
        if *number == 1 { endpoint.clone() } else { format!("{endpoint} ({number})") }
    };
    endpoints.iter().map(name).collect()
}

fn of_drops(dropped: &Dropped) -> Labels {
    let scope = match dropped.scope {
        Scope::All => "all",
        Scope::Inbound => "inbound",
    };
    let family = if dropped.ipv4 { "ipv4" } else { "ipv6" };
    vec![("scope", scope.to_owned()), ("family", family.to_owned())]
}

/// Names with their values.
type Labels = Vec<(&'static str, String)>;

fn one(name: &'static str, value: &str) -> Labels {
    vec![(name, value.to_owned())]
}

/// A file's name may hold anything: what is printed must not command a terminal.
fn labels(source: &SourceReport) -> Labels {
    vec![("source", source.name.escape_debug().to_string()), ("kind", source.kind.to_string())]
}

fn name(class: &SourceClass) -> String {
    class.as_str().to_owned()
}

fn whole(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Writes families of series.
struct Families<'a>(DescriptorEncoder<'a>);

impl Families<'_> {
    fn gauge(&mut self, name: &str, help: &str, value: i64) -> fmt::Result {
        let metric = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        ConstGauge::new(value).encode(metric)
    }

    fn gauge_if(&mut self, name: &str, help: &str, value: Option<i64>) -> fmt::Result {
        value.map_or(Ok(()), |value| self.gauge(name, help, value))
    }

    fn gauges(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, i64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in series {
            ConstGauge::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }

    fn counters(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (Labels, u64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in series {
            ConstCounter::new(value).encode(family.encode_family(&labels)?)?;
        }
        Ok(())
    }
}
