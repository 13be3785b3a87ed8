//! What the daemon tells.

use jiff::Timestamp;

use super::Check;
use crate::{
    cli::{
        Exit,
        exit::exit_of,
        output::{Format, Style, amount},
        status::dynamic_dns_text,
    },
    control::{DynamicDnsView, StatusView},
    domain::SourceReport,
    dynamic_dns::Verdict,
};

pub(super) fn not_running(error: &anyhow::Error) -> Check {
    let advice =
        "start it: systemctl start sentinel-agent; then journalctl -u sentinel-agent tells what it says";
    Check::failed("daemon", error.to_string(), advice, exit_of(error))
}

/// What has to wait for the daemon.
pub(super) fn not_checked() -> Check {
    let found =
        "without the daemon it cannot be told: capabilities, logs, the port, peers that came from outside";
    Check::unknown("not checked", found, "start it, then run the doctor again")
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

/// How each log source is doing: those in trouble by themselves, all others together.
pub(super) fn logs(sources: &[SourceReport], now: Timestamp) -> Vec<Check> {
    const NAME: &str = "logs";
    if sources.is_empty() {
        let advice = "name your logs in [sources]; `sentinel-agent config init` shows how";
        return vec![Check::failed(NAME, "no log is read, so no attack is seen", advice, Exit::Failed)];
    }
    let mut checks: Vec<Check> = sources.iter().filter_map(trouble).take(SHOWN).collect();
    let fine: Vec<&SourceReport> = sources.iter().filter(|source| trouble(source).is_none()).collect();
    if !fine.is_empty() {
        let mut found: Vec<String> = fine.iter().take(SHOWN).map(|source| spoke(source, now)).collect();
        if let Some(more) = fine.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            found.push(format!("and {more} more"));
        }
        checks.push(Check::ok(NAME, found.join("; ")));
    }
    checks
}

/// Sources that are named; a pattern may fit many files.
const SHOWN: usize = 20;

fn spoke(source: &SourceReport, now: Timestamp) -> String {
    let SourceReport { name, lines, last_line, .. } = source;
    let Some(last) = last_line else { return format!("{name}: no line yet") };
    let ago = amount(now.duration_since(*last).as_secs().unsigned_abs());
    format!("{name}: {lines} lines, the last {ago} ago")
}

fn trouble(source: &SourceReport) -> Option<Check> {
    const NAME: &str = "logs";
    if let Some(trouble) = &source.trouble {
        let advice =
            "correct [sources] or the log's permissions (is the agent's user in its group, such as adm?)";
        return Some(Check::warning(NAME, format!("{}: {trouble}", source.name), advice));
    }
    let silence = source.silence?;
    let found = format!(
        "{}: silent for {}, where the longest pause was {}",
        source.name,
        amount(silence.seconds),
        amount(silence.usual_seconds)
    );
    let advice = "does the service still log there? `sentinel-agent logs sources` shows all";
    Some(Check::warning(NAME, found, advice))
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
    use super::{
        super::{Grade, testing::status},
        *,
    };
    use crate::{
        control::VisitView,
        domain::{PeerKey, PublicAddresses, SourceKind},
        dynamic_dns::{Answer, Told},
    };

    fn source(name: &str) -> SourceReport {
        SourceReport {
            name: name.to_owned(),
            kind: SourceKind::File,
            lines: 3,
            skipped: 0,
            lines_per_minute: 0,
            last_line: Some(Timestamp::UNIX_EPOCH),
            events: 0,
            last_event: None,
            lag: None,
            silence: None,
            trouble: None,
        }
    }

    #[test]
    fn a_log_in_trouble_is_named_by_itself_and_the_others_tell_when_they_spoke() {
        let now = Timestamp::from_second(300).unwrap();
        let closed = SourceReport { trouble: Some("Permission denied".to_owned()), ..source("/closed") };
        let [bad, good] = logs(&[source("/open"), closed], now).try_into().unwrap();
        assert_eq!((bad.verdict, &*bad.found), (Grade::Warning, "/closed: Permission denied"));
        assert_eq!((good.verdict, &*good.found), (Grade::Ok, "/open: 3 lines, the last 5 min ago"));
        assert_eq!(logs(&[], now)[0].exit(), Some(Exit::Failed));
    }

    #[test]
    fn nobody_having_come_is_no_proof_that_nobody_can() {
        let mut status = status();
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
