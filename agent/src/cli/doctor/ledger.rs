//! What the ledger says of this agent, and what is to be said of the ledger.

use super::Check;
use crate::{
    cli::{
        Exit,
        status::{budget_text, sol},
    },
    config::TrustSettings,
    control::LedgerView,
    domain::{EndpointReport, PeerKey},
    ledger::{LedgerError, post_cost},
};

/// Posts that a balance should at least be enough for.
const FEW: u64 = 10;
/// Bytes of a log's URL behind the public URL: `/logs/` and sixteen digits.
const PATH: usize = 22;
/// Slots that an endpoint may be behind another one: about a minute.
const MAX_LAG: u64 = 150;

/// Who is asked about: this agent, and where it says that it serves.
#[derive(Clone, Copy)]
pub(super) struct Agent<'a> {
    pub(super) peer: PeerKey,
    pub(super) public_url: Option<&'a str>,
}

/// Whether the ledger answers, and knows this agent where it is.
pub(super) fn ledger(view: Option<&LedgerView>, agent: Agent<'_>) -> Check {
    const NAME: &str = "ledger";
    let Some(LedgerView { endpoints, joined, karma, serves, .. }) = view else {
        return Check::ok(NAME, "none: this agent is standalone and shares nothing");
    };
    match joined {
        None => {
            let advice =
                "is ledger.rpc right, and does this host reach it? Blocks go on meanwhile, posts wait";
            let found = format!("none of its endpoints answers: {}", troubles(endpoints).join("; "));
            return Check::failed(NAME, found, advice, Exit::Unreachable);
        }
        Some(false) => {
            let found = format!("peer {} has not joined the network, or has left it", agent.peer);
            let advice = "fund its address with some SOL, then: sentinel-agent network join";
            return Check::failed(NAME, found, advice, Exit::Failed);
        }
        Some(true) => {}
    }
    let serves = serves.as_deref().unwrap_or_default();
    if let Some(url) = agent.public_url.filter(|url| *url != serves) {
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

/// How far the endpoints are behind each other.
pub(super) fn lag(slots: &[(String, Result<u64, LedgerError>)]) -> Check {
    const NAME: &str = "ledger lag";
    let advice =
        "what others post is heard late there: put another endpoint first in ledger.rpc, or replace it";
    let Some(newest) = slots.iter().filter_map(|(_, slot)| slot.as_ref().ok()).max() else {
        let errors: Vec<String> =
            slots.iter().filter_map(|(_, slot)| Some(slot.as_ref().err()?.to_string())).collect();
        return Check::unknown(NAME, errors.join("; "), "is ledger.rpc right, and does this host reach it?");
    };
    let said = |(name, slot): &(String, Result<u64, LedgerError>)| match slot {
        Ok(slot) => (format!("{name}: {} slots behind", newest - slot), newest - slot > MAX_LAG),
        Err(error) => (error.to_string(), true),
    };
    let (bad, good): (Vec<_>, Vec<_>) = slots.iter().map(said).partition(|(_, is_bad)| *is_bad);
    let words =
        |said: Vec<(String, bool)>| said.into_iter().map(|(words, _)| words).collect::<Vec<_>>().join("; ");
    if bad.is_empty() { Check::ok(NAME, words(good)) } else { Check::warning(NAME, words(bad), advice) }
}

/// What can be paid of the balance and of the day's budget.
pub(super) fn balance(view: &LedgerView, agent: Agent<'_>) -> Check {
    const NAME: &str = "balance";
    let Some(balance) = view.balance else {
        return Check::unknown(NAME, "no endpoint tells the balance", "see what is said of the ledger");
    };
    let cost = post_cost(agent.public_url.map_or(0, str::len) + PATH);
    let (posts, a_day) = (balance / cost, view.budget.daily / cost);
    let found = format!(
        "{} SOL, enough for {posts} posts at {} each, nearly all of it rent that comes back",
        sol(balance),
        sol(cost)
    );
    let refill = format!("send some SOL to {}", agent.peer);
    if posts == 0 {
        return Check::failed(NAME, found, refill, Exit::Failed);
    }
    if posts < FEW {
        return Check::warning(NAME, found, refill);
    }
    if view.budget.is_used_up {
        let advice = "wait until midnight UTC, or give it more: ledger.daily_budget";
        return Check::warning(NAME, budget_text(view.budget), advice);
    }
    if a_day == 0 {
        let found =
            format!("ledger.daily_budget is {} SOL, and a post costs {}", sol(view.budget.daily), sol(cost));
        return Check::warning(NAME, found, "raise ledger.daily_budget: nothing is posted");
    }
    Check::ok(NAME, format!("{found}; the day's budget is enough for {a_day}"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{super::Grade, *};
    use crate::{
        control::BudgetView,
        domain::{EndpointTrouble, Karma},
        ledger::Act,
    };

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

    fn agent(public_url: Option<&str>) -> Agent<'_> {
        Agent { peer: PeerKey([1; 32]), public_url }
    }

    fn view(joined: Option<bool>, karma: u64, serves: &str) -> LedgerView {
        LedgerView {
            endpoints: vec![report(None)],
            joined,
            karma: Some(Karma(karma)),
            serves: Some(serves.to_owned()),
            balance: None,
            rent: None,
            budget: BudgetView { daily: 500_000_000, spent: 1, is_used_up: false },
        }
    }

    fn at_ledger(joined: Option<bool>, karma: u64, serves: &str) -> (Grade, Option<Exit>) {
        let check = ledger(Some(&view(joined, karma, serves)), agent(Some("https://a.example")));
        assert_eq!(check.advice.is_none(), check.verdict == Grade::Ok, "{check:?}");
        (check.verdict, check.exit())
    }

    #[test]
    fn the_ledger_has_to_answer_and_to_know_this_peer_where_it_is() {
        assert_eq!(ledger(None, agent(None)).verdict, Grade::Ok);
        assert_eq!(at_ledger(None, 0, ""), (Grade::Failed, Some(Exit::Unreachable)));
        assert_eq!(at_ledger(Some(false), 0, ""), (Grade::Failed, Some(Exit::Failed)));
        assert_eq!(at_ledger(Some(true), 100, "https://old.example"), (Grade::Warning, None));
        assert_eq!(at_ledger(Some(true), 3, "https://a.example"), (Grade::Warning, None));
        assert_eq!(at_ledger(Some(true), 100, "https://a.example"), (Grade::Ok, None));
    }

    fn with_balance(lamports: u64, daily: u64) -> Check {
        let budget = BudgetView { daily, spent: 0, is_used_up: false };
        let view = LedgerView { balance: Some(lamports), budget, ..view(Some(true), 100, "") };
        balance(&view, agent(Some("https://a.example:9000")))
    }

    #[test]
    fn a_balance_has_to_be_enough_for_posts_and_so_has_the_budget() {
        const SOL: u64 = 1_000_000_000;
        assert_eq!(balance(&view(Some(true), 0, ""), agent(None)).verdict, Grade::Unknown);
        let empty = with_balance(5_000, SOL);
        assert_eq!((empty.verdict, empty.exit()), (Grade::Failed, Some(Exit::Failed)));
        assert!(empty.advice.unwrap().contains(&PeerKey([1; 32]).to_string()), "it tells where to");
        assert_eq!(with_balance(SOL / 50, SOL).verdict, Grade::Warning);
        let poor = with_balance(SOL, 5_000);
        assert!(poor.verdict == Grade::Warning && poor.found.contains("daily_budget"), "{poor:?}");
        assert_eq!(with_balance(SOL, SOL).verdict, Grade::Ok);
    }

    #[test]
    fn an_endpoint_that_is_a_minute_behind_is_named() {
        let at = |name: &str, slot| (name.to_owned(), Ok(slot));
        assert_eq!(lag(&[at("http://a", 1000), at("http://b", 990)]).verdict, Grade::Ok);
        let check = lag(&[at("http://a", 1000), at("http://b", 500)]);
        assert_eq!((check.verdict, &*check.found), (Grade::Warning, "http://b: 500 slots behind"));
        let silent = || {
            let source = "closed".into();
            let error =
                LedgerError::Unreachable { act: Act::ReadState, endpoint: "http://c".to_owned(), source };
            ("http://c".to_owned(), Err(error))
        };
        assert_eq!(lag(&[at("http://a", 1000), silent()]).verdict, Grade::Warning);
        assert_eq!(lag(&[silent()]).verdict, Grade::Unknown);
    }
}
