//! `doctor`: is everything as it should be, and if not, what is to be done?

mod check;
mod daemon;
mod local;
mod password;
mod reach;

use clap::Args;
use serde::Serialize;

use self::check::{Check, Grade};
use super::{
    Exit, Options,
    options::unexpected,
    output::{Format, Style, Table},
    runtime::block_on,
};
use crate::{
    config::Settings,
    control::{Answer, Request, StatusView},
};

/// Check this agent from its config to the way from the internet, and tell what to do about each finding
///
/// Fields in a pipe: check, verdict (ok, warning, failed or unknown), what was found, what to do. This host cannot see
/// itself from outside: it connects to its own public URL, and looks whether a peer has come lately. Exit code 0 when
/// nothing failed, else that of the first thing that did: 3 when the daemon is not running, 5 when this user may not
/// ask it, 8 when the ledger or the public URL does not answer, else 1.
#[derive(Debug, Args)]
pub(super) struct Doctor {}

#[derive(Debug, Serialize)]
struct Report {
    verdict: Grade,
    checks: Vec<Check>,
}

impl Doctor {
    pub(super) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        let checks = examine(options)?;
        let exit = checks.iter().find_map(Check::exit).unwrap_or(Exit::Ok);
        let worst = checks.iter().map(|check| check.verdict).max().unwrap_or(Grade::Ok);
        let report = Report { verdict: worst, checks };
        options.output().show(&report, |style| table(&report.checks, style))?;
        Ok(exit)
    }
}

/// Every check that can be made; those that need what failed are left out.
fn examine(options: &Options) -> anyhow::Result<Vec<Check>> {
    let settings = match options.settings() {
        Ok(settings) => settings,
        Err(error) => return Ok(vec![local::bad_config(&error)]),
    };
    let mut checks = vec![local::config(&options.config_files())];
    checks.push(local::identity(&settings.identity.key_file));
    checks.extend(password::check(&settings));
    checks.push(local::kernel(&settings));
    match status(options) {
        Ok(status) => checks.extend(of_running(&settings, &status)?),
        Err(error) => checks.push(daemon::not_running(&error)),
    }
    Ok(checks)
}

fn status(options: &Options) -> anyhow::Result<StatusView> {
    match options.ask(&Request::Status)? {
        Answer::Status(status) => Ok(*status),
        _ => Err(unexpected()),
    }
}

/// What only a running daemon can tell, and what only makes sense beside one.
fn of_running(settings: &Settings, status: &StatusView) -> anyhow::Result<Vec<Check>> {
    let mut checks = vec![daemon::running(status), daemon::logs(&status.sources), daemon::ledger(status)];
    checks.extend(block_on(reach::checks(settings, status))?);
    checks.extend(status.reach.dynamic_dns.as_ref().map(daemon::dynamic_dns));
    checks.extend(status.ledger.is_some().then(|| daemon::visitors(status)));
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
