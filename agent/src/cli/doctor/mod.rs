//! `doctor`: is everything as it should be, and if not, what is to be done?
//!
//! Facts are gathered here and in [`reach`]; what is thought of them is decided by functions that ask nobody.

mod access;
mod check;
mod clock;
mod config;
mod daemon;
mod disk;
mod identity;
mod kernel;
mod ledger;
mod metrics;
mod password;
mod process;
mod reach;
#[cfg(test)]
pub(super) mod testing;
mod tls;

use std::{io, thread, time::Duration};

use anyhow::Context;
use clap::Args;
use jiff::Timestamp;
use serde::Serialize;

use self::{
    access::Account,
    check::{Check, Grade},
    ledger::Agent,
    process::{Process, is_root},
};
use super::{
    Exit, Options,
    options::unexpected,
    output::{Format, Style, Table},
    runtime::block_on,
};
use crate::{
    config::{Configuration, Settings},
    control::{Answer, BudgetView, LedgerView, Request, StatusView},
    daemon::connect,
    domain::PeerKey,
    identity::Identity,
    kernel::{inventory, try_out},
    ledger::{Ledger, SolanaLedger},
};

/// Check this agent from its config to the way from the internet, and tell what to do about each finding
///
/// Fields in a pipe: check, verdict (ok, warning, failed or unknown), what was found, what to do. Without the daemon it
/// checks what it can by itself, and tells what it could not; as root it sees most. This host cannot see itself from
/// outside: it connects to its own public URL, and looks whether a peer has come lately. Exit code 0 when nothing failed,
/// else that of the first thing that did: 3 when the daemon is not running, 5 when this user may not ask it, 8 when the
/// ledger or the public URL does not answer, else 1.
#[derive(Debug, Args)]
pub(super) struct Doctor {}

/// Everything that was looked at.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    verdict: Grade,
    checks: Vec<Check>,
}

impl Doctor {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let report = Report::make(options)?;
        let exit = report.checks.iter().find_map(Check::exit).unwrap_or(Exit::Ok);
        options.output().show(&report, |style| table(&report.checks, style))?;
        Ok(exit)
    }
}

impl Report {
    /// Looks at everything.
    pub(super) fn make(options: &Options) -> anyhow::Result<Self> {
        let checks = examine(options)?;
        let verdict = checks.iter().map(|check| check.verdict).max().unwrap_or(Grade::Ok);
        Ok(Self { verdict, checks })
    }

    /// As a pipe gets it.
    pub(super) fn table(&self, style: &Style) -> Table {
        table(&self.checks, style)
    }
}

/// Every check that can be made.
fn examine(options: &Options) -> anyhow::Result<Vec<Check>> {
    let (files, asked) = (options.config_files(), status(options));
    let status = asked.as_ref().ok();
    let of_daemon = asked.as_ref().map_or_else(daemon::not_running, daemon::running);
    let all = match Configuration::gather(&files) {
        Ok(all) => all,
        Err(error) => return Ok(vec![config::unusable(&error), of_daemon]),
    };
    let settings = &all.settings;
    let process = status.map(|status| Process::find(status.pid));
    let account =
        Account::of(&settings.store.directory, process.as_ref().and_then(|process| process.as_ref().ok()));
    let mut checks = vec![config::check(&files, &all, status.is_some()), of_daemon];
    checks.push(identity::check(&settings.identity.key_file, status.map(|status| status.peer), &account));
    checks.extend(password::check(settings, &account));
    checks.push(kernel::features(&try_out(), is_root()));
    checks.push(held_table(settings, options, status));
    checks.push(tls::check(&settings.serve, Timestamp::now(), &account));
    checks.push(clock::check());
    checks.push(disk::check(&settings.store));
    match status.zip(process) {
        Some((status, process)) => checks.extend(of_running(settings, status, &process)?),
        None => checks.extend(of_stopped(settings)?),
    }
    Ok(checks)
}

fn status(options: &Options) -> anyhow::Result<StatusView> {
    match options.ask(&Request::Status)? {
        Answer::Status(status) => Ok(*status),
        _ => Err(unexpected()),
    }
}

/// The table beside what the daemon says; looked at twice, since something may have been decided between.
fn held_table(settings: &Settings, options: &Options, before: Option<&StatusView>) -> Check {
    /// As often as the daemon looks at the table itself, and a little more.
    const PAUSE: Duration = Duration::from_millis(1200);
    let observes = before.map_or(settings.block.observe, |status| status.observe);
    let check = kernel::table(&inventory(), (before, observes), is_root());
    if check.verdict != Grade::Failed || before.is_none() {
        return check;
    }
    thread::sleep(PAUSE);
    let again = status(options).ok();
    kernel::table(&inventory(), (again.as_ref().or(before), observes), is_root())
}

/// What only a running daemon can tell, and what only makes sense beside one.
fn of_running(
    settings: &Settings,
    status: &StatusView,
    process: &io::Result<Process>,
) -> anyhow::Result<Vec<Check>> {
    let mut checks = vec![kernel::capabilities(process, status.observe, kernel::binds_low(settings))];
    checks.extend(metrics::check(settings.metrics.listen));
    checks.extend(daemon::logs(&status.sources, Timestamp::now()));
    let agent = Agent { peer: status.peer, public_url: status.reach.public_url.as_deref() };
    checks.extend(of_ledger(settings, status.ledger.as_ref(), agent)?);
    checks.extend(block_on(reach::checks(settings, status))?);
    checks.extend(status.reach.dynamic_dns.as_ref().map(daemon::dynamic_dns));
    checks.extend(status.ledger.is_some().then(|| daemon::visitors(status)));
    Ok(checks)
}

/// What can be told of an agent whose daemon cannot be asked.
fn of_stopped(settings: &Settings) -> anyhow::Result<Vec<Check>> {
    let mut checks = Vec::new();
    if let Ok(Some((identity, _))) = Identity::find(&settings.identity.key_file)
        && let Some(ledger) = connect(&settings.ledger, &identity)?
    {
        let view = block_on(asked(&ledger, identity.peer_key(), settings.ledger.daily_budget))?;
        let public_url = settings.serve.public_url.as_ref().map(|url| url.base());
        checks.extend(of_ledger(settings, Some(&view), Agent { peer: identity.peer_key(), public_url })?);
    }
    checks.push(daemon::not_checked());
    Ok(checks)
}

/// The ledger as the daemon would tell of it.
async fn asked(ledger: &SolanaLedger, me: PeerKey, daily: u64) -> LedgerView {
    let (peer, balance) = tokio::join!(ledger.peer(&me), ledger.balance());
    let joined = peer.as_ref().ok().map(|peer| peer.as_ref().is_some_and(|peer| peer.active));
    let peer = peer.ok().flatten();
    LedgerView {
        endpoints: ledger.endpoints(),
        joined,
        karma: peer.as_ref().map(|peer| peer.karma),
        serves: peer.map(|peer| peer.base_url().to_owned()),
        balance: balance.ok(),
        rent: None,
        budget: BudgetView { daily, spent: 0, is_used_up: false },
    }
}

fn of_ledger(settings: &Settings, view: Option<&LedgerView>, agent: Agent<'_>) -> anyhow::Result<Vec<Check>> {
    let mut checks = vec![ledger::ledger(view, agent)];
    let Some(view) = view else { return Ok(checks) };
    checks.push(ledger::endpoints(&view.endpoints));
    // To ask how far they are, anybody will do.
    let somebody = Identity::generate().context("drawing a key to ask the ledger with")?;
    if let Some(ledger) = connect(&settings.ledger, &somebody)? {
        checks.push(ledger::lag(&block_on(ledger.slots())?));
    }
    checks.push(ledger::balance(view, agent));
    Ok(checks)
}

fn table(checks: &[Check], style: &Style) -> Table {
    if style.format == Format::Terminal {
        let mut table = Table::new(["check", "verdict", "found"]);
        for check in checks {
            let advice = check.advice.iter().map(|advice| format!(". To do: {advice}")).collect::<String>();
            table.row([
                check.check.to_owned(),
                check.verdict.to_string(),
                format!("{}{advice}", check.found),
            ]);
        }
        return table;
    }
    let mut table = Table::new(["check", "verdict", "found", "what to do"]);
    for check in checks {
        let advice = check.advice.clone().unwrap_or_default();
        table.row([check.check.to_owned(), check.verdict.to_string(), check.found.clone(), advice]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::{Render, tests::style};

    #[test]
    fn a_pipe_gets_four_fields_and_a_person_the_advice_behind_the_finding() {
        let checks = [
            Check::ok("config", "fine"),
            Check::failed("ledger", "silent", "look at ledger.rpc", Exit::Unreachable),
        ];
        let plain = style(Format::Plain);
        assert_eq!(
            table(&checks, &plain).render(&plain),
            "config\tok\tfine\t\nledger\tfailed\tsilent\tlook at ledger.rpc\n"
        );
        let terminal = style(Format::Terminal);
        let text = table(&checks, &terminal).render(&terminal);
        assert!(text.contains("silent. To do: look at ledger.rpc"), "{text}");
    }
}
