use super::*;

fn kind_of(rules: &WebRules, method: &str, target: &str, status: u16) -> Option<Kind> {
    let words = format!("{method} {target} HTTP/1.1");
    rules.strongest(&Request { status, ..Request::of_words(words.as_bytes()) }).map(|found| found.kind)
}

#[test]
fn the_shipped_rules_are_all_read() {
    assert!(WebRules::parse(include_str!("../../../rules/web.rules")).unwrap().len() > 100);
    assert!(!WebRules::shipped().is_empty());
}

#[test]
fn a_rule_holds_only_in_its_place_and_under_its_conditions() {
    let rules = WebRules::parse(
        "login failed-login path POST,403,2xx /login$\nsql injection query * union\\x20select",
    )
    .unwrap();
    assert_eq!(kind_of(&rules, "POST", "/login", 200), Some(Kind::FailedLogin));
    assert_eq!(kind_of(&rules, "POST", "/LOGIN?x=1", 403), Some(Kind::FailedLogin));
    for (method, target, status) in
        [("GET", "/login", 200), ("POST", "/login", 302), ("POST", "/login/x", 200)]
    {
        assert_eq!(kind_of(&rules, method, target, status), None);
    }
    assert_eq!(kind_of(&rules, "GET", "/?q=UNION%2bsElect", 200), Some(Kind::Injection));
    assert_eq!(kind_of(&rules, "GET", "/union%20select", 200), None);
}

#[test]
fn the_first_rule_of_the_file_decides() {
    let rules =
        WebRules::parse("a injection path * bcd\nb scanner path * ab\nc web-probe path=  * X-y").unwrap();
    assert_eq!(kind_of(&rules, "GET", "/abcd", 200), Some(Kind::Injection));
    assert_eq!(kind_of(&rules, "GET", "/X-y", 200), Some(Kind::WebProbe));
    assert_eq!(kind_of(&rules, "GET", "/x-Y", 200), None);
}

#[test]
fn a_line_that_is_no_rule_is_named() {
    for (text, said) in [
        ("\n# x\na web-probe path *", "line 3: expected five columns"),
        ("a probe path * xx", "line 1: 'probe' is no kind"),
        ("a web-probe body * xx", "line 1: 'body' is no place"),
        ("a web-probe path 600 xx", "line 1: '600' is neither"),
        ("a web-probe path get xx", "line 1: 'get' is neither"),
        ("a web-probe path * x", "line 1: the pattern 'x'"),
        ("a web-probe path * \\d+", "line 1: the pattern '\\d+'"),
        ("a web-probe path * xx\na scanner path * yy", "line 2: 'a' is the name"),
    ] {
        let error = WebRules::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(said), "{error}");
    }
}
