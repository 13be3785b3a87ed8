//! `status`: how the daemon is doing.

mod watch;

use clap::Args;

use super::{
    Exit, Options,
    options::unexpected,
    output::{Style, Table, bytes, yes_or_no},
};
use crate::{
    control::{
        Answer, BlockCounts, BudgetView, DynamicDnsView, LedgerView, ReachView, ReloadView, Request,
        StatusView,
    },
    domain::{EndpointReport, EndpointTrouble, SourceReport},
};

/// Lamports.
const SOL: u64 = 1_000_000_000;

/// Show how the daemon is doing: blocks, sources, ledger
///
/// `--watch` goes on until Ctrl-C. In a pipe it prints a line a second: time, local, manual and peer blocks, addresses
/// counted, malicious logs, items waiting to be sent, packets dropped; with --json an object a line.
#[derive(Debug, Args)]
pub(super) struct Status {
    /// Show it again every second
    #[arg(long, short)]
    watch: bool,
}

impl Status {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        if self.watch {
            return watch::watch(options);
        }
        let Answer::Status(status) = options.ask(&Request::Status)? else { return Err(unexpected()) };
        options.output().show(&status, |style| table(&status, style))?;
        Ok(Exit::Ok)
    }
}

pub(super) fn table(status: &StatusView, style: &Style) -> Table {
    let BlockCounts { local, manual, peer } = status.blocks;
    let mut table = Table::pairs();
    table.pair("version", &status.version);
    table.pair("started", style.time(status.started));
    if let Some(reload) = &status.reload {
        table.pair("last reload", reload_text(reload, style));
    }
    table.pair("peer", status.peer);
    table.pair("observe only", if status.observe { "yes: nothing is dropped" } else { "no" });
    let blocks = |source| format!("{source} blocks{}", if status.observe { " that would be" } else { "" });
    table.pair(&blocks("local"), local);
    table.pair(&blocks("manual"), manual);
    table.pair(&blocks("peer"), peer);
    if !status.dropped.is_empty() {
        let sum = status.dropped.iter().map(|dropped| dropped.bytes).fold(0, u64::saturating_add);
        table.pair("dropped", format!("{} packets, {}", dropped_packets(status), bytes(sum)));
    }
    table.pair("addresses counted", status.tracked);
    table.pair("malicious logs", status.logs);
    table.pair("mirrors announced", status.mirrors);
    table.pair("publishes", yes_or_no(status.publishes));
    table.pair("waiting to be sent", status.outbox);
    for address in &status.listen {
        table.pair("listens on", address);
    }
    reach_rows(&mut table, &status.reach, style);
    for source in &status.sources {
        table.pair("source", source_text(source));
    }
    ledger_rows(&mut table, status.ledger.as_ref(), style);
    table
}

fn reload_text(reload: &ReloadView, style: &Style) -> String {
    let at = style.time(reload.at);
    match &reload.refused {
        None => format!("{at}: the configuration is in force"),
        Some(reason) => format!("{at}: refused, the settings before it are in force: {reason}"),
    }
}

/// Packets that the kernel dropped since the table was written.
fn dropped_packets(status: &StatusView) -> u64 {
    status.dropped.iter().map(|dropped| dropped.packets).fold(0, u64::saturating_add)
}

fn reach_rows(table: &mut Table, reach: &ReachView, style: &Style) {
    let how = if reach.is_configured { "" } else { " (made from this host's address)" };
    match &reach.public_url {
        Some(url) => table.pair("public URL", format!("{url}{how}")),
        None => table.pair("public URL", "unknown; `sentinel-agent doctor` tells what to do"),
    }
    if let Some(visit) = &reach.last_visit {
        table.pair("last peer", format!("{}, from {}", style.time(visit.at), visit.source));
    }
    if let Some(service) = &reach.dynamic_dns {
        table.pair("dynamic DNS", dynamic_dns_text(service, style));
    }
}

/// What the service knows, and when it is told again.
pub(super) fn dynamic_dns_text(view: &DynamicDnsView, style: &Style) -> String {
    let DynamicDnsView { service, trouble, last, next } = view;
    if let Some(trouble) = trouble {
        return format!("{service}: not told before a restart: {trouble}");
    }
    let Some(last) = last else { return format!("{service}: not told anything yet") };
    let next = next.map(|next| format!("; next {}", style.time(next))).unwrap_or_default();
    format!("{service}: {} ({}, told {}){next}", last.answer.meaning, style.time(last.at), last.addresses)
}

fn source_text(source: &SourceReport) -> String {
    let SourceReport { name, lines, trouble, .. } = source;
    match trouble {
        None => format!("{name}: {lines} lines read"),
        Some(trouble) => format!("{name}: {lines} lines read; {trouble}"),
    }
}

fn ledger_rows(table: &mut Table, ledger: Option<&LedgerView>, style: &Style) {
    let Some(ledger) = ledger else {
        return table.pair("ledger", "none: this agent is standalone and shares nothing");
    };
    for endpoint in &ledger.endpoints {
        table.pair("ledger", endpoint_text(endpoint, style));
    }
    let joined = match ledger.joined {
        Some(true) => "yes",
        Some(false) => "no; join with `sentinel-agent network join`",
        None => "unknown: the ledger does not answer",
    };
    table.pair("joined", joined);
    if let Some(karma) = ledger.karma {
        table.pair("karma", karma);
    }
    if let Some(serves) = &ledger.serves {
        table.pair("endpoint on the ledger", serves);
    }
    if let Some(balance) = ledger.balance {
        table.pair("balance", format!("{} SOL", sol(balance)));
    }
    if let Some(rent) = ledger.rent {
        table.pair("rent that comes back", format!("{} SOL", sol(rent)));
    }
    table.pair("spent today", budget_text(ledger.budget));
}

/// Whether the endpoint is asked and followed, and what is wrong with it.
pub(super) fn endpoint_text(report: &EndpointReport, style: &Style) -> String {
    let EndpointReport { endpoint, is_used, is_followed, trouble, disagreement } = report;
    let use_ = match (is_used, is_followed) {
        (true, true) => "asked and followed",
        (true, false) => "asked, not followed",
        (false, true) => "followed",
        (false, false) => "not used",
    };
    let mut text = format!("{endpoint}: {use_}");
    for EndpointTrouble { what, at } in [trouble, disagreement].into_iter().flatten() {
        text.push_str(&format!("; {}: {}", style.time(*at), what));
    }
    text
}

/// Lamports as SOL.
pub(super) fn sol(lamports: u64) -> String {
    format!("{}.{:04}", lamports / SOL, lamports % SOL / 100_000)
}

/// What of the budget is spent, in SOL.
pub(super) fn budget_text(budget: BudgetView) -> String {
    let BudgetView { daily, spent, is_used_up } = budget;
    let waits = if is_used_up { "; used up, so posts wait until midnight UTC" } else { "" };
    format!("{} of {} SOL{waits}", sol(spent), sol(daily))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        cli::{
            doctor::testing,
            output::{Format, Render, tests::style},
        },
        domain::{Dropped, Karma, Scope, SourceKind},
    };

    fn status(ledger: Option<LedgerView>) -> StatusView {
        let source = SourceReport {
            name: "/var/log/auth.log".to_owned(),
            kind: SourceKind::File,
            lines: 12,
            skipped: 0,
            lines_per_minute: 0,
            last_line: None,
            events: 0,
            last_event: None,
            lag: None,
            silence: None,
            trouble: Some("no such file".to_owned()),
        };
        let blocks = BlockCounts { local: 3, manual: 1, peer: 2 };
        StatusView { blocks, sources: vec![source], ledger, ..testing::status() }
    }

    fn plain(status: &StatusView) -> String {
        let style = style(Format::Plain);
        table(status, &style).render(&style)
    }

    #[test]
    fn an_agent_alone_says_that_it_shares_nothing_and_a_source_what_troubles_it() {
        let text = plain(&status(None));
        assert!(text.contains("local blocks\t3\nmanual blocks\t1\npeer blocks\t2\n"), "{text}");
        assert!(text.contains("source\t/var/log/auth.log: 12 lines read; no such file\n"), "{text}");
        assert!(text.contains("ledger\tnone: "), "{text}");
    }

    #[test]
    fn a_reload_that_was_refused_says_why() {
        let refused = Some("sentinel.toml:2: detect.threshold: expected a number".to_owned());
        let reload = Some(ReloadView { at: style(Format::Plain).now, refused });
        let text = plain(&StatusView { reload, ..status(None) });
        assert!(text.contains("in force: sentinel.toml:2: detect.threshold: expected a number\n"), "{text}");
    }

    #[test]
    fn an_agent_that_only_observes_does_not_claim_to_block() {
        let text = plain(&StatusView { observe: true, ..status(None) });
        assert!(
            text.contains("observe only\tyes: nothing is dropped\nlocal blocks that would be\t3\n"),
            "{text}"
        );
    }

    #[test]
    fn what_the_kernel_dropped_is_one_number() {
        let of = |scope, packets| Dropped { scope, ipv4: true, packets, bytes: 1024 };
        let dropped = vec![of(Scope::All, 3), of(Scope::Inbound, 4)];
        let text = plain(&StatusView { dropped, ..status(None) });
        assert!(text.contains("dropped\t7 packets, 2.0 KiB\n"), "{text}");
    }

    #[test]
    fn a_ledger_that_is_silent_is_not_taken_for_one_that_says_no() {
        let view = |joined| LedgerView {
            endpoints: vec![],
            joined,
            karma: Some(Karma(50)),
            serves: None,
            balance: Some(1_234_500_000),
            rent: None,
            budget: BudgetView { daily: 0, spent: 0, is_used_up: false },
        };
        assert!(plain(&status(Some(view(None)))).contains("joined\tunknown"));
        assert!(plain(&status(Some(view(None)))).contains("balance\t1.2345 SOL\n"));
        assert!(plain(&status(Some(view(Some(false))))).contains("joined\tno; join with"));
    }
}
