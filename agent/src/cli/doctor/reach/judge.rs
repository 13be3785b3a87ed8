//! What the facts about a public URL mean. Pure.

use std::net::IpAddr;

use url::Url;

use crate::{
    cli::{DOCS, Exit, doctor::check::Check},
    guard::is_internal,
};

const URL: &str = "public URL";
const PORT: &str = "port";

/// What became of asking at the public URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Probe {
    /// This very server answered.
    Us,
    /// An agent answered that is not this one, or was not when it started.
    AnotherAgent,
    /// Something that is no agent answered, with this status.
    SomethingElse(u16),
    /// A server answered that no peer would believe to be this one.
    Untrusted(String),
    /// Nobody answered.
    Silent(String),
}

/// What was found out.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) url: Url,
    /// What its host means.
    pub(super) resolved: Result<Vec<IpAddr>, String>,
    /// This host's addresses.
    pub(super) own: Vec<IpAddr>,
    /// Whether the server takes connections on this host.
    pub(super) listens: bool,
    /// Whether it speaks TLS itself.
    pub(super) has_tls: bool,
    pub(super) probe: Probe,
}

/// Of an agent that nobody can be sent to.
pub(super) fn without_url(has_ledger: bool) -> Vec<Check> {
    if !has_ledger {
        return vec![Check::ok(URL, "none, and nobody to be reached by: the agent is standalone")];
    }
    let found = "none: serve.public_url is not set, and this host has no public address of its own";
    let advice = format!(
        "set serve.public_url; {DOCS}/REACHABILITY.md shows the ways to a host behind another router"
    );
    vec![Check::failed(URL, found, advice, Exit::Unreachable)]
}

/// Of an agent whose peers are sent to a URL.
pub(super) fn with_url(facts: &Facts) -> Vec<Check> {
    vec![address(facts), port(facts)]
}

impl Facts {
    fn addresses(&self) -> &[IpAddr] {
        self.resolved.as_deref().unwrap_or_default()
    }

    /// Whether the URL leads to this host without anything between.
    fn leads_here(&self) -> bool {
        self.addresses().iter().any(|address| self.own.contains(address))
    }
}

fn address(facts: &Facts) -> Check {
    let Facts { url, own, .. } = facts;
    let name = url.host_str().unwrap_or_default();
    let resolved = match &facts.resolved {
        Ok(resolved) if !resolved.is_empty() => resolved,
        Ok(_) => return unresolved(name, "it has no address"),
        Err(error) => return unresolved(name, error),
    };
    let meaning = format!("{url} leads to {}", list(resolved));
    if resolved.iter().all(|address| is_internal(*address)) {
        let found = format!("{meaning}, which peers refuse to connect to: it is internal");
        return Check::failed(URL, found, "use a name or an address of the internet", Exit::Unreachable);
    }
    if url.scheme() != "https" {
        let found = format!("{meaning}, in the clear: most peers fetch over https alone");
        return Check::warning(URL, found, "begin serve.public_url with https://");
    }
    if facts.leads_here() {
        return Check::ok(URL, format!("{meaning}, which is this host"));
    }
    let public: Vec<IpAddr> = own.iter().copied().filter(|address| !is_internal(*address)).collect();
    if public.is_empty() {
        return Check::ok(URL, format!("{meaning}; this host is behind another router, a proxy or a tunnel"));
    }
    let found = format!("{meaning}, and this host is at {}", list(&public));
    let advice = "fine with a proxy or tunnel; otherwise the DNS entry is old: see [serve.dynamic_dns]";
    Check::warning(URL, found, advice)
}

fn unresolved(name: &str, error: &str) -> Check {
    let advice = "make the DNS entry, correct serve.public_url, or look at [serve.dynamic_dns]";
    Check::failed(URL, format!("{name} does not resolve: {error}"), advice, Exit::Unreachable)
}

fn port(facts: &Facts) -> Check {
    let failed = |found: String, advice: &str| Check::failed(PORT, found, advice, Exit::Unreachable);
    if !facts.listens {
        let advice = "is serve.listen empty, or does a rule of this host drop its own connections?";
        return failed("the server takes no connection on this host".to_owned(), advice);
    }
    let url = &facts.url;
    match &facts.probe {
        Probe::Us if facts.leads_here() => Check::ok(
            PORT,
            format!(
                "this server answers at {url}; seen from here, that is, without any firewall before this host"
            ),
        ),
        Probe::Us => Check::ok(PORT, format!("this server answers at {url}, by way of what is before it")),
        Probe::AnotherAgent => failed(
            format!("another agent answers at {url}"),
            "does the router forward the port to this host, and does nobody else use this URL?",
        ),
        Probe::SomethingElse(status) if !facts.has_tls && matches!(status, 502..=504 | 521..=530) => failed(
            format!("what is before this server answers {status} at {url}: it does not reach it"),
            "correct where the proxy or tunnel forwards to: serve.listen of this agent, over plain http",
        ),
        Probe::SomethingElse(status) => failed(
            format!("something that is no agent answers {status} at {url}"),
            "forward the port to this host; on many routers their own pages answer there",
        ),
        Probe::Untrusted(error) => failed(
            error.clone(),
            "leave serve.certificate out, or use one of a public authority for this very name; a proxy needs such a one",
        ),
        Probe::Silent(error) => silent(facts, error),
    }
}

fn silent(facts: &Facts, error: &str) -> Check {
    let url = &facts.url;
    if facts.leads_here() {
        let advice =
            "is that the port of serve.listen, on that address, and open in this host's own firewall?";
        return Check::failed(PORT, format!("no answer at {url}: {error}"), advice, Exit::Unreachable);
    }
    let found = format!(
        "no answer at {url} from here: {error}. Behind a router this proves nothing: many do not send back what comes from \
         within"
    );
    let advice = format!(
        "forward the port to this host, and try it from another network: curl --insecure {}/health; {DOCS}/REACHABILITY.md \
         shows the ways",
        url.as_str().trim_end_matches('/')
    );
    Check::unknown(PORT, found, advice)
}

fn list(addresses: &[IpAddr]) -> String {
    addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::doctor::Grade;

    fn facts(resolved: &[&str], own: &[&str], probe: Probe) -> Facts {
        let parse = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Facts {
            url: "https://peer-a.example:9000".parse().unwrap(),
            resolved: Ok(parse(resolved)),
            own: parse(own),
            listens: true,
            has_tls: true,
            probe,
        }
    }

    fn grades(facts: &Facts) -> [Grade; 2] {
        let checks = with_url(facts);
        assert!(checks.iter().all(|check| check.advice.is_none() == (check.verdict == Grade::Ok)));
        [checks[0].verdict, checks[1].verdict]
    }

    const PUBLIC: &[&str] = &["203.0.113.5"];
    const NAT: &[&str] = &["192.168.1.2"];

    fn silent() -> Probe {
        Probe::Silent("timed out".to_owned())
    }

    #[test]
    fn a_host_with_a_public_address_is_held_to_answer_there() {
        assert_eq!(grades(&facts(PUBLIC, PUBLIC, Probe::Us)), [Grade::Ok, Grade::Ok]);
        assert_eq!(grades(&facts(PUBLIC, PUBLIC, silent())), [Grade::Ok, Grade::Failed]);
    }

    #[test]
    fn silence_behind_a_router_proves_nothing_and_an_answer_does() {
        assert_eq!(grades(&facts(PUBLIC, NAT, silent())), [Grade::Ok, Grade::Unknown]);
        assert_eq!(grades(&facts(PUBLIC, NAT, Probe::Us)), [Grade::Ok, Grade::Ok]);
    }

    #[test]
    fn a_name_that_leads_nowhere_or_inside_is_a_failure_and_one_that_leads_elsewhere_a_warning() {
        assert_eq!(grades(&facts(&[], PUBLIC, silent()))[0], Grade::Failed);
        assert_eq!(grades(&facts(NAT, NAT, Probe::Us))[0], Grade::Failed);
        assert_eq!(grades(&facts(&["203.0.113.9"], PUBLIC, silent()))[0], Grade::Warning);
        let unresolved = Facts { resolved: Err("no such name".to_owned()), ..facts(&[], NAT, silent()) };
        assert_eq!(grades(&unresolved)[0], Grade::Failed);
    }

    #[test]
    fn whoever_else_answers_is_told_from_this_server() {
        for probe in [
            Probe::AnotherAgent,
            Probe::SomethingElse(200),
            Probe::SomethingElse(502),
            Probe::Untrusted("no authority".to_owned()),
        ] {
            assert_eq!(grades(&facts(PUBLIC, NAT, probe)), [Grade::Ok, Grade::Failed]);
        }
        let behind_proxy = Facts { has_tls: false, ..facts(PUBLIC, NAT, Probe::SomethingElse(502)) };
        assert!(with_url(&behind_proxy)[1].advice.as_ref().unwrap().contains("proxy or tunnel forwards to"));
    }

    #[test]
    fn a_server_that_does_not_run_is_found_before_anything_outside_is_blamed() {
        let facts = Facts { listens: false, ..facts(PUBLIC, NAT, silent()) };
        assert!(with_url(&facts)[1].found.contains("takes no connection on this host"));
    }

    #[test]
    fn only_an_agent_that_shares_needs_a_url() {
        assert_eq!(without_url(true)[0].verdict, Grade::Failed);
        assert_eq!(without_url(false)[0].verdict, Grade::Ok);
    }
}
