//! What the daemon tells.

use jiff::Timestamp;

use super::Check;
use crate::{
    cli::{
        Exit,
        exit::exit_of,
        output::{Format, Style, amount},
        status::{budget_text, dynamic_dns_text},
    },
    config::TrustSettings,
    control::{DynamicDnsView, LedgerView, StatusView},
    domain::{EndpointReport, SourceReport},
    dynamic_dns::Verdict,
};

pub(super) fn not_running(error: &anyhow::Error) -> Check {
    let advice =
        "start it: systemctl start sentinel-agent; then journalctl -u sentinel-agent tells what it says";
    Check::failed("daemon", error.to_string(), advice, exit_of(error))
}

pub(super) fn running(status: &StatusView) -> Check {
    const NAME: &str = "daemon";
    if status.observe {
        let advice = "set block.observe = false, or run it without --observe, when you have seen enough";
        return Check::warning(NAME, "it only observes: nothing is dropped", advice);
    }
    if status.version != env!("CARGO_PKG_VERSION") {
        let found = format!("version {} runs, {} is installed", status.version, env!("CARGO_PKG_VERSION"));
        return Check::warning(NAME, found, "systemctl restart sentinel-agent");
    }
    Check::ok(NAME, format!("version {} runs since {:.0}", status.version, status.started))
}

pub(super) fn logs(sources: &[SourceReport]) -> Check {
    const NAME: &str = "logs";
    if sources.is_empty() {
        let advice = "name your logs in [sources]; `sentinel-agent config init` shows how";
        return Check::failed(NAME, "no log is read, so no attack is seen", advice, Exit::Failed);
    }
    let troubles: Vec<String> = sources.iter().filter_map(trouble).collect();
    if !troubles.is_empty() {
        let advice = "see `sentinel-agent logs sources`; correct [sources] or the log's permissions";
        return Check::warning(NAME, troubles.join("; "), advice);
    }
    let lines: u64 = sources.iter().map(|source| source.lines).sum();
    Check::ok(NAME, format!("sources: {}, lines read: {lines}", sources.len()))
}

fn trouble(source: &SourceReport) -> Option<String> {
    let silence = source.silence.map(|silence| format!("silent for {}", amount(silence.seconds)));
    let what = source.trouble.clone().or(silence)?;
    Some(format!("{}: {what}", source.name))
}

pub(super) fn ledger(status: &StatusView) -> Check {
    const NAME: &str = "ledger";
    let Some(LedgerView { endpoints, joined, karma, serves, budget }) = &status.ledger else {
        let advice = "to share with others, set ledger.rpc and ledger.program, then join";
        return Check::unknown(NAME, "none: this agent is standalone and shares nothing", advice);
    };
    match joined {
        None => {
            let advice =
                "is ledger.rpc right, and does this host reach it? Blocks go on meanwhile, posts wait";
            let found = format!("none of its endpoints answers: {}", troubles(endpoints).join("; "));
            return Check::failed(NAME, found, advice, Exit::Unreachable);
        }
        Some(false) => {
            let found = format!("peer {} has not joined the network, or has left it", status.peer);
            let advice = "fund its address with some SOL, then: sentinel-agent network join";
            return Check::failed(NAME, found, advice, Exit::Failed);
        }
        Some(true) => {}
    }
    let serves = serves.as_deref().unwrap_or_default();
    if let Some(url) = status.reach.public_url.as_deref().filter(|url| *url != serves) {
        let found = format!("the ledger sends peers to '{serves}', and not to {url}");
        let advice =
            "the agent tells it by itself within minutes; if not, its log tells why (is there SOL left?)";
        return Check::warning(NAME, found, advice);
    }
    let karma = karma.unwrap_or_default();
    let enough = TrustSettings::default().min_karma;
    if karma < enough {
        let found = format!("active peer with karma {karma}; most agents believe from {enough} on");
        let advice = "publish what you see: likes of peers raise it (share.publish = true)";
        return Check::warning(NAME, found, advice);
    }
    if budget.is_used_up {
        let advice = "wait until midnight UTC, or give it more: ledger.daily_budget";
        return Check::warning(NAME, budget_text(*budget), advice);
    }
    let used = endpoints.iter().find(|report| report.is_used);
    let used = used.map(|report| report.endpoint.as_str()).unwrap_or_default();
    Check::ok(NAME, format!("active peer with karma {karma} at {used}"))
}

/// Whether each endpoint answers, is heard, and says what the others say.
pub(super) fn endpoints(reports: &[EndpointReport]) -> Check {
    const NAME: &str = "endpoints";
    let disagree: Vec<String> = reports.iter().filter_map(disagreement).collect();
    if !disagree.is_empty() {
        let advice = "one of them lies or lags far behind: take it out of ledger.rpc";
        return Check::warning(NAME, disagree.join("; "), advice);
    }
    let troubles = troubles(reports);
    if !troubles.is_empty() {
        let advice = "the others are used meanwhile; if it lasts, replace the endpoint in ledger.rpc";
        return Check::warning(NAME, troubles.join("; "), advice);
    }
    Check::ok(NAME, format!("all {} answer and are followed", reports.len()))
}

fn troubles(reports: &[EndpointReport]) -> Vec<String> {
    let trouble = |report: &EndpointReport| {
        let trouble = report.trouble.as_ref()?;
        Some(format!("{}: {}", report.endpoint, trouble.what))
    };
    reports.iter().filter_map(trouble).collect()
}

fn disagreement(report: &EndpointReport) -> Option<String> {
    let disagreement = report.disagreement.as_ref()?;
    Some(format!("{}, at {:.0}: {}", report.endpoint, disagreement.at, disagreement.what))
}

pub(super) fn dynamic_dns(view: &DynamicDnsView) -> Check {
    const NAME: &str = "dynamic DNS";
    let style = Style { format: Format::Plain, width: None, now: Timestamp::UNIX_EPOCH };
    let found = dynamic_dns_text(view, &style);
    if view.trouble.is_some() {
        let advice = "see what is said of the password, then systemctl restart sentinel-agent";
        return Check::failed(NAME, found, advice, Exit::Failed);
    }
    match view.last.as_ref().map(|last| last.answer.verdict) {
        Some(Verdict::Updated | Verdict::Unchanged) => Check::ok(NAME, found),
        Some(Verdict::Refused) => {
            let advice = "correct [serve.dynamic_dns], then systemctl restart sentinel-agent";
            Check::failed(NAME, found, advice, Exit::Failed)
        }
        Some(Verdict::Later) => Check::warning(NAME, found, "wait: the agent tries again by itself"),
        None => Check::unknown(NAME, found, "ask again in a minute"),
    }
}

/// Whether anybody came: the only proof that the way from outside is open.
pub(super) fn visitors(status: &StatusView) -> Check {
    const NAME: &str = "visitors";
    if let Some(visit) = &status.reach.last_visit {
        return Check::ok(
            NAME,
            format!(
                "peer {} came from {} at {:.0}: the way from outside is open",
                visit.peer, visit.source, visit.at
            ),
        );
    }
    let found =
        format!("no peer has come from outside since {:.0}; maybe none had a reason to", status.started);
    let advice = match &status.reach.public_url {
        Some(url) => format!("from another network, such as a phone's: curl --insecure {url}/health"),
        None => "give this agent a public URL first".to_owned(),
    };
    Check::unknown(NAME, found, advice)
}

#[cfg(test)]
mod tests {
    use super::{super::Grade, *};
    use crate::{
        control::{BlockCounts, BudgetView, ReachView, VisitView},
        domain::{EndpointTrouble, Karma, PeerKey, PublicAddresses},
        dynamic_dns::{Answer, Told},
    };

    fn status(ledger: Option<LedgerView>) -> StatusView {
        StatusView {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            started: Timestamp::UNIX_EPOCH,
            reload: None,
            peer: PeerKey([1; 32]),
            observe: false,
            blocks: BlockCounts { local: 0, manual: 0, peer: 0 },
            tracked: 0,
            logs: 0,
            outbox: 0,
            mirrors: 0,
            publishes: false,
            listen: vec![],
            reach: ReachView { public_url: Some("https://a.example".to_owned()), ..ReachView::default() },
            sources: vec![],
            ledger,
        }
    }

    fn report(trouble: Option<&str>) -> EndpointReport {
        let at = Timestamp::UNIX_EPOCH;
        EndpointReport {
            endpoint: "http://l".to_owned(),
            is_used: true,
            is_followed: true,
            trouble: trouble.map(|what| EndpointTrouble { what: what.to_owned(), at }),
            disagreement: None,
        }
    }

    #[test]
    fn an_endpoint_in_trouble_is_named_and_one_that_disagrees_before_all() {
        assert_eq!(endpoints(&[report(None), report(None)]).verdict, Grade::Ok);
        let mut silent = report(Some("connection refused"));
        let check = endpoints(&[report(None), silent.clone()]);
        assert_eq!((check.verdict, &*check.found), (Grade::Warning, "http://l: connection refused"));
        silent.disagreement =
            Some(EndpointTrouble { what: "karma 60".to_owned(), at: Timestamp::UNIX_EPOCH });
        let check = endpoints(&[report(None), silent]);
        assert!(check.found.contains("karma 60") && check.advice.unwrap().contains("lies"));
    }

    fn at_ledger(joined: Option<bool>, karma: u64, serves: &str) -> (Grade, Option<Exit>) {
        let view = LedgerView {
            endpoints: vec![report(None)],
            joined,
            karma: Some(Karma(karma)),
            serves: Some(serves.to_owned()),
            budget: BudgetView { daily: 2, spent: 1, is_used_up: false },
        };
        let check = ledger(&status(Some(view)));
        assert_eq!(check.advice.is_none(), check.verdict == Grade::Ok, "{check:?}");
        (check.verdict, check.exit())
    }

    #[test]
    fn the_ledger_has_to_answer_and_to_know_this_peer_where_it_is() {
        assert_eq!(ledger(&status(None)).verdict, Grade::Unknown);
        assert_eq!(at_ledger(None, 0, ""), (Grade::Failed, Some(Exit::Unreachable)));
        assert_eq!(at_ledger(Some(false), 0, ""), (Grade::Failed, Some(Exit::Failed)));
        assert_eq!(at_ledger(Some(true), 100, "https://old.example"), (Grade::Warning, None));
        assert_eq!(at_ledger(Some(true), 3, "https://a.example"), (Grade::Warning, None));
        assert_eq!(at_ledger(Some(true), 100, "https://a.example"), (Grade::Ok, None));
    }

    #[test]
    fn nobody_having_come_is_no_proof_that_nobody_can() {
        let mut status = status(None);
        let check = visitors(&status);
        assert_eq!(check.verdict, Grade::Unknown);
        assert!(check.advice.unwrap().contains("curl --insecure https://a.example/health"));
        status.reach.last_visit = Some(VisitView {
            at: Timestamp::UNIX_EPOCH,
            peer: PeerKey([2; 32]),
            source: "203.0.113.7".to_owned(),
        });
        assert_eq!(visitors(&status).verdict, Grade::Ok);
    }

    fn of_service() -> DynamicDnsView {
        DynamicDnsView { service: "https://d".to_owned(), trouble: None, last: None, next: None }
    }

    #[test]
    fn a_service_that_is_never_called_is_a_failure_that_names_the_reason() {
        let trouble = Some("reading /etc/password: Permission denied".to_owned());
        let check = dynamic_dns(&DynamicDnsView { trouble, ..of_service() });
        assert_eq!((check.verdict, check.exit()), (Grade::Failed, Some(Exit::Failed)));
        assert!(check.found.contains("Permission denied"), "{}", check.found);
    }

    #[test]
    fn a_service_that_refuses_is_the_operators_to_put_right_and_one_in_trouble_is_not() {
        let verdict = |body: &[u8]| {
            let addresses = PublicAddresses::default();
            let last = Told::after(None, addresses, Answer::read(200, body), Timestamp::UNIX_EPOCH);
            dynamic_dns(&DynamicDnsView { last: Some(last), ..of_service() }).verdict
        };
        assert_eq!(
            [verdict(b"OK"), verdict(b"911"), verdict(b"badauth")],
            [Grade::Ok, Grade::Warning, Grade::Failed]
        );
    }
}
