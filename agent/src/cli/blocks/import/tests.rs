use std::cell::RefCell;

use super::*;
use crate::control::{Blocked, Enforced, Entry, MAX_ENTRIES, MAX_REQUEST, Refusal};

const NOW: &str = "2026-11-23T04:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// A daemon that blocks everything but what begins with 127.
fn daemon(entries: &[Entry]) -> Blocked {
    let mut answer = Blocked::default();
    for (index, entry) in entries.iter().enumerate() {
        if entry.network.to_string().starts_with("127.") {
            answer.refused.push(Refusal { entry: index, why: format!("{} is never blocked", entry.network) });
        } else {
            answer.blocked.push(Enforced { network: entry.network, until: now() });
        }
    }
    answer
}

struct Imported {
    requests: Vec<Vec<Entry>>,
    complaints: Vec<String>,
    tally: Tally,
}

fn imported(list: impl BufRead, reason: Option<&str>) -> Imported {
    let (requests, complaints) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
    let defaults = intake::Defaults {
        now: now(),
        expiry: Some(Expiry::In(60)),
        reason: reason.map(str::to_owned),
        origin: "imported from stdin".to_owned(),
    };
    let ask = |entries: Vec<Entry>| {
        let answer = daemon(&entries);
        requests.borrow_mut().push(entries);
        Ok(answer)
    };
    let say = |complaint: &str| complaints.borrow_mut().push(complaint.to_owned());
    let tally = import(list, ReadAs::Plain, Intake::new(defaults, ask, say), "stdin").unwrap();
    Imported { requests: requests.into_inner(), complaints: complaints.into_inner(), tally }
}

#[test]
fn garbage_and_refusals_are_named_with_their_lines_and_the_rest_goes_in() {
    let list = "203.0.113.7\nexample.com\n127.0.0.1\n203.0.113.8 # until 2026-11-23T03:59:59Z\n203.0.113.9\n";
    let Imported { complaints, tally, .. } = imported(list.as_bytes(), None);
    assert_eq!(
        complaints,
        ["line 2: 'example.com' is no address and no network", "line 3: 127.0.0.1/32 is never blocked"]
    );
    assert_eq!(
        tally,
        Tally { blocked: 2, expired: 1, refused: 1, unreadable: 1, passed_over: 0, observe: false }
    );
}

#[test]
fn what_is_as_wide_as_no_list_should_name_is_refused_with_the_command_that_blocks_it_all_the_same() {
    let Imported { requests, complaints, tally } =
        imported("64.0.0.0/7\n64.0.0.0/8\n2000::/15\n2400::/16\n".as_bytes(), None);
    let taken: Vec<String> = requests[0].iter().map(|entry| entry.network.to_string()).collect();
    assert_eq!(taken, ["64.0.0.0/8", "2400::/16"]);
    assert_eq!((complaints.len(), tally.refused, tally.exit()), (2, 2, Exit::Guard));
    assert_eq!(
        complaints[0],
        "line 1: 64.0.0.0/7 is wider than /8, which no list may block; if it is meant: `sentinel-agent blocks add 64.0.0.0/7`"
    );
}

#[test]
fn what_is_passed_over_is_told_and_fails_nothing() {
    let say = RefCell::new(Vec::new());
    let defaults = intake::Defaults { now: now(), expiry: None, reason: None, origin: String::new() };
    let ask = |entries: Vec<Entry>| Ok(daemon(&entries));
    let intake = Intake::new(defaults, ask, |complaint: &str| say.borrow_mut().push(complaint.to_owned()));
    let list = r#"[{"decisions":[{"type":"captcha","scope":"Ip","value":"203.0.113.9"}]}]"#;
    let tally = import(list.as_bytes(), ReadAs::Crowdsec, intake, "stdin").unwrap();
    assert_eq!((tally.passed_over, tally.exit(), say.into_inner().len()), (1, Exit::Ok, 1));
}

#[test]
fn the_exit_code_says_whether_all_went_in() {
    let exit = |list: &str| imported(list.as_bytes(), None).tally.exit();
    assert_eq!(exit("203.0.113.7\n203.0.113.8 # until 2026-11-23T03:59:59Z\n"), Exit::Ok);
    assert_eq!(exit("203.0.113.7\n127.0.0.1\n"), Exit::Guard);
    assert_eq!(exit("203.0.113.7\n127.0.0.1\nx\n"), Exit::Failed);
}

#[test]
fn a_list_goes_in_chunks_that_fit_into_a_request() {
    let comment = "\u{1f}".repeat(100);
    let list: String = (0..12_000).map(|n| format!("11.0.{}.{} # {comment}\n", n / 250, n % 250)).collect();
    let Imported { requests, tally, .. } = imported(list.as_bytes(), None);
    assert_eq!(tally.blocked, 12_000);
    assert!(requests.len() > 3);
    for entries in requests {
        assert!(entries.len() <= MAX_ENTRIES);
        let request = Request::Block { entries, session: None, trial: false };
        assert!(serde_json::to_vec(&request).unwrap().len() < MAX_REQUEST);
    }
}

#[test]
fn a_line_names_itself_in_whatever_chunk_it_went() {
    let list: String = (0..6_000).map(|n| format!("11.0.{}.{}\n", n / 250, n % 250)).collect();
    let Imported { complaints, .. } = imported(format!("{list}127.0.0.1\n").as_bytes(), None);
    assert_eq!(complaints, ["line 6001: 127.0.0.1/32 is never blocked"]);
}

#[test]
fn complaints_are_counted_once_there_are_many() {
    let Imported { complaints, tally, .. } = imported("x\n".repeat(1000).as_bytes(), None);
    assert_eq!((complaints.len(), complaints[20].as_str()), (21, "and 980 more"));
    assert_eq!(tally.unreadable, 1000);
}

#[test]
fn who_gives_a_reason_overrules_the_list_and_an_expiry_of_its_own_goes_before_the_default() {
    let list = "203.0.113.7 # SBL1\n203.0.113.8 # until 2026-11-23T05:00:00Z\n";
    let first = |reason| imported(list.as_bytes(), reason).requests.remove(0);
    let told: Vec<String> = first(None).into_iter().map(|entry| entry.comment).collect();
    assert_eq!(told, ["SBL1", "imported from stdin"]);
    assert!(first(Some("ours")).iter().all(|entry| entry.comment == "ours"));
    let expiries: Vec<_> = first(None).into_iter().map(|entry| entry.expiry.unwrap()).collect();
    assert_eq!(expiries, [Expiry::In(60), Expiry::At("2026-11-23T05:00:00Z".parse().unwrap())]);
}

#[test]
fn an_empty_list_is_a_mistake() {
    let defaults = intake::Defaults { now: now(), expiry: None, reason: None, origin: String::new() };
    let intake = Intake::new(defaults, |_| panic!("nothing is asked"), |_| {});
    let error = import("# nothing\n".as_bytes(), ReadAs::Plain, intake, "list.txt").unwrap_err();
    assert_eq!(error.to_string(), "importing list.txt: no network is in it");
}

#[test]
fn an_import_that_is_cut_short_says_up_to_where_it_went() {
    let list: String = (0..6_000).map(|n| format!("11.0.{}.{}\n", n / 250, n % 250)).collect();
    let defaults = intake::Defaults { now: now(), expiry: None, reason: None, origin: String::new() };
    let taken = RefCell::new(0);
    let ask = |entries: Vec<Entry>| match taken.replace(entries.len()) {
        0 => Ok(daemon(&entries)),
        before => bail!("the daemon is gone; it took {before}"),
    };
    let intake = Intake::new(defaults, ask, |_| {});
    let error = import(list.as_bytes(), ReadAs::Plain, intake, "list").unwrap_err();
    let left = *taken.borrow();
    let told: Vec<String> = error.chain().map(ToString::to_string).collect();
    let from = format!("what stands from line {} on may not be blocked", 6_000 - left + 1);
    assert_eq!(told, ["importing list", &from, &format!("the daemon is gone; it took {}", 6_000 - left)]);
}
