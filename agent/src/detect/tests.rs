use sentinel_parsers::{Kind, Provenance};

use super::{testing::failed_login, *};

mod web;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn settings() -> Settings {
    Settings { max_tracked: 1000, ..Settings::default() }
}

fn failed(address: &str, second: i64) -> Hit {
    failed_login(address, at(second))
}

impl Detector {
    /// Counts an event with a line of its own.
    fn see(&mut self, hit: &Hit) -> Option<Detection> {
        let second = hit.at.duration_since(at(0)).as_secs();
        self.observe(hit, || Some(format!("line at {second}").into_bytes()))
    }
}

fn first_detection(hits: impl IntoIterator<Item = Hit>) -> Option<Detection> {
    let mut detector = Detector::new(settings());
    hits.into_iter().find_map(|hit| detector.see(&hit))
}

#[test]
fn five_failed_logins_within_the_window_make_an_attacker_with_their_lines() {
    let detection = first_detection((0..5).map(|second| failed("203.0.113.7", second))).unwrap();
    assert_eq!(detection.network.to_string(), "203.0.113.7/32");
    assert_eq!((detection.events, detection.first, detection.last), (5, at(0), at(4)));
    assert_eq!(detection.lines.len(), 5);
    assert_eq!(detection.detector(), "sshd-bruteforce");
}

#[test]
fn four_are_not_enough_and_a_fifth_outside_the_window_is_not_either() {
    assert_eq!(first_detection((0..4).map(|second| failed("203.0.113.7", second))), None);
    assert_eq!(first_detection([0, 1, 2, 3, 600].map(|second| failed("203.0.113.7", second))), None);
    assert!(first_detection([0, 1, 2, 3, 599].map(|second| failed("203.0.113.7", second))).is_some());
}

#[test]
fn addresses_are_counted_apart_and_ipv6_by_its_network() {
    let apart = (0..8).map(|i| failed(&format!("203.0.113.{}", i % 2), i));
    assert_eq!(first_detection(apart), None);
    let together = (0..5).map(|i| failed(&format!("2001:db8:7:7::{i}"), i));
    assert_eq!(first_detection(together).unwrap().network.to_string(), "2001:db8:7:7::/64");
}

#[test]
fn an_attacker_that_was_just_found_out_is_left_alone_for_a_while() {
    let quiet = SignedDuration::from_mins(1);
    let mut detector = Detector::new(Settings { quiet, ..settings() });
    let found = (0..80).filter_map(|second| detector.see(&failed("203.0.113.7", second)));
    assert_eq!(found.map(|detection| detection.last).collect::<Vec<_>>(), [at(4), at(68)]);
}

#[test]
fn who_is_forgiven_is_counted_from_zero_at_once() {
    let mut detector = Detector::new(settings());
    assert!((0..5).any(|second| detector.see(&failed("203.0.113.7", second)).is_some()));
    detector.forgive("203.0.113.7/32".parse().unwrap());
    assert!((5..10).any(|second| detector.see(&failed("203.0.113.7", second)).is_some()));
}

#[test]
fn a_repeated_line_counts_as_often_as_it_says() {
    let hit = Hit { count: 5, ..failed("203.0.113.7", 0) };
    assert!(first_detection([hit]).is_some());
}

#[test]
fn a_wrong_password_with_pam_counts_as_one_attempt() {
    let pam = |second| Hit { kind: Kind::PamFailure, ..failed("203.0.113.7", second) };
    let attempts = |n: i64| (0..n).flat_map(move |i| [pam(i), failed("203.0.113.7", i)]);
    assert_eq!(first_detection(attempts(4)), None);
    assert!(first_detection(attempts(5)).is_some());
}

/// What OpenSSH logs about one attempt with a wrong password for an account that does not exist.
fn attempt_for_unknown_user(port: u16) -> [Hit; 3] {
    [Kind::InvalidUser, Kind::FailedLogin, Kind::LoginAborted].map(|kind| Hit {
        kind,
        port: Some(port),
        ..failed("203.0.113.7", port.into())
    })
}

#[test]
fn an_attempt_counts_once_whatever_lines_its_connection_leaves() {
    let attempts = |n| (1..=n).flat_map(attempt_for_unknown_user);
    assert_eq!(first_detection(attempts(4)), None);
    assert_eq!(first_detection(attempts(5)).unwrap().last, at(5));
}

#[test]
fn several_passwords_in_one_connection_are_several_attempts() {
    let hit = |second| Hit { port: Some(4711), ..failed("203.0.113.7", second) };
    assert!(first_detection((0..5).map(hit)).is_some());
}

#[test]
fn a_claimed_address_is_counted_apart_and_never_provable() {
    let claimed = |second| Hit { provenance: Provenance::Claimed, ..failed("203.0.113.7", second) };
    let mixed =
        (0..8).map(|second| if second % 2 == 0 { claimed(second) } else { failed("203.0.113.7", second) });
    assert_eq!(first_detection(mixed), None);
    let detection = first_detection((0..5).map(claimed)).unwrap();
    assert_eq!((detection.provenance, detection.lines.len()), (Provenance::Claimed, 0));
    assert!(!detection.is_provable());
}

#[test]
fn a_log_that_jumps_back_in_time_does_not_stretch_the_window() {
    let seconds = [1000, 0, 1, 2, 3, 1001, 1002, 1003];
    assert_eq!(first_detection(seconds.map(|second| failed("203.0.113.7", second))), None);
}

#[test]
fn a_flood_of_addresses_keeps_to_the_bound_and_forgets_the_longest_silent() {
    let mut detector = Detector::new(settings());
    for i in 0..100_000_u32 {
        detector.see(&failed(&std::net::Ipv4Addr::from(0x0800_0000 + i).to_string(), 0));
    }
    assert_eq!(detector.tracked(), 1000);
}

#[test]
fn weak_events_that_leave_the_window_are_forgotten_however_many_there_were() {
    let refused = |nth: i64| Hit { kind: Kind::ConnectionRefused, ..failed("203.0.113.7", nth * 20) };
    assert_eq!(first_detection((0..1000).map(refused)), None);
}

#[test]
fn of_many_weak_events_the_first_and_last_lines_are_kept_and_all_are_counted() {
    let weak = |second| Hit { kind: Kind::LoginAborted, ..failed("203.0.113.7", second) };
    let limits = Limits { threshold: 30, ..Limits::default() };
    let settings = Settings { limits, ..settings() };
    let mut detector = Detector::new(settings);
    let detection = (0..100).find_map(|second| detector.see(&weak(second))).unwrap();
    assert_eq!((detection.events, detection.lines.len()), (100, MAX_LINES));
    assert_eq!(&*detection.lines.first().unwrap().raw, b"line at 0");
    assert_eq!(&*detection.lines.last().unwrap().raw, b"line at 99");
}

#[test]
fn long_lines_of_many_addresses_keep_to_the_bound_too() {
    let mut detector = Detector::new(Settings { max_tracked: usize::MAX, ..settings() });
    for i in 0..50_000_u32 {
        let address = std::net::Ipv4Addr::from(0x0800_0000 + i).to_string();
        let _ = detector.observe(&failed(&address, 0), || Some(vec![b'x'; MAX_LINE_BYTES]));
    }
    assert_eq!(detector.tracked(), MAX_BYTES / MAX_LINE_BYTES);
}

#[test]
fn an_address_that_fell_silent_is_forgotten() {
    let mut detector = Detector::new(settings());
    detector.see(&failed("203.0.113.7", 0));
    detector.forget_silent(at(3599));
    assert_eq!(detector.tracked(), 1);
    detector.forget_silent(at(3600));
    assert_eq!(detector.tracked(), 0);
}

#[test]
fn a_monitor_that_only_looks_whether_the_port_is_open_is_no_attacker() {
    let look = |nth: i64| Hit { kind: Kind::NoLogin, ..failed("203.0.113.7", nth * 30) };
    assert_eq!(first_detection((0..1000).map(look)), None);
}

#[test]
fn a_clock_that_is_set_neither_empties_the_window_nor_blinds_the_detector() {
    for step in [3600, -3600] {
        let mut detector = Detector::new(settings());
        assert!((0..3).all(|second| detector.see(&failed("203.0.113.7", second)).is_none()));
        detector.clock_set(SignedDuration::from_secs(step));
        assert!(detector.see(&failed("203.0.113.7", step + 3)).is_none());
        assert!(detector.see(&failed("203.0.113.7", step + 4)).is_some(), "set by {step} s");
    }
}

#[test]
fn a_flood_of_addresses_does_not_push_out_who_is_near_the_threshold() {
    let mut detector = Detector::new(settings());
    assert!((0..4).all(|second| detector.see(&failed("203.0.113.7", second)).is_none()));
    for i in 0..100_000_u32 {
        detector.see(&failed(&std::net::Ipv4Addr::from(0x0800_0000 + i).to_string(), 5));
    }
    assert_eq!(detector.tracked(), 1000);
    assert!(detector.see(&failed("203.0.113.7", 6)).is_some());
}

fn of(service: &str, kind: Kind, second: i64) -> Hit {
    Hit { service: service.parse().unwrap(), kind, ..failed("203.0.113.7", second) }
}

fn at_target(hit: Hit, target: i64) -> Hit {
    Hit { target: Some(Mark::of(&target.to_le_bytes())), ..hit }
}

#[test]
fn what_the_daemon_tells_one_by_one_and_in_sum_is_counted_once() {
    let session =
        |second| [of("dovecot", Kind::FailedLogin, second), of("dovecot", Kind::FailedSession, second)];
    assert_eq!(first_detection((0..4).flat_map(session)), None);
    assert!(first_detection((0..5).flat_map(session)).is_some());
    assert!(first_detection([Hit { count: 5, ..of("dovecot", Kind::FailedSession, 0) }]).is_some());
}

#[test]
fn pam_alone_counts_as_the_daemon_would() {
    assert!(first_detection((0..5).map(|second| of("pam", Kind::PamFailure, second))).is_some());
}

#[test]
fn one_known_exploit_or_severe_alert_is_enough() {
    for kind in [Kind::Exploit, Kind::SevereAlert] {
        let limits = Limits { threshold: 100, ..Limits::default() };
        let mut detector = Detector::new(Settings { limits, ..settings() });
        assert!(detector.see(&of("nginx", kind, 0)).is_some_and(|detection| detection.is_provable()));
        let limits = Limits { instant: false, ..limits };
        let mut detector = Detector::new(Settings { limits, ..settings() });
        assert!(detector.see(&of("nginx", kind, 0)).is_none());
    }
}

#[test]
fn many_missing_pages_are_a_search_and_one_of_them_again_and_again_is_none_until_it_is_a_flood() {
    let missing = |nth: i64, page: i64| at_target(of("nginx", Kind::NotFound, nth), page);
    let search = first_detection((0..100).map(|nth| missing(nth * 5, nth))).unwrap();
    assert_eq!((search.method, search.events), (Method::PathEnumeration, 100));
    assert_eq!(first_detection((0..1000).map(|nth| missing(nth * 4, nth % 50))), None);
    let crawler = (0..1000).map(|nth| missing(nth * 30, nth));
    assert_eq!(first_detection(crawler), None, "a search engine looks for what has moved");
    let flood = first_detection((0..1000).map(|nth| missing(nth / 10, 1))).unwrap();
    assert_eq!(flood.detector(), "nginx-flood");
    assert!(!flood.is_provable(), "nobody else could tell it from a visit");
}

#[test]
fn packets_to_many_ports_are_a_scan_and_to_one_port_none() {
    let packet = |nth: i64, port: i64| {
        let dropped = of("sshd", Kind::PacketDropped, nth * 60);
        at_target(Hit { provenance: Provenance::Claimed, ..dropped }, port)
    };
    let scan = first_detection((0..20).map(|nth| packet(nth, nth))).unwrap();
    assert_eq!((scan.method, scan.provenance), (Method::PortScan, Provenance::Claimed));
    assert_eq!(first_detection((0..1000).map(|nth| packet(nth, 23))), None);
}

#[test]
fn who_tries_many_user_names_is_found_out_before_the_threshold_of_passwords() {
    let tries = |nth: i64, name: i64| Hit {
        user: Some(Mark::of(&name.to_le_bytes())),
        ..failed("203.0.113.7", nth * 300)
    };
    let found = first_detection((0..10).map(|nth| tries(nth, nth))).unwrap();
    assert_eq!(found.method, Method::UserEnumeration);
    assert_eq!(first_detection((0..20).map(|nth| tries(nth, nth % 2))), None);
}

#[test]
fn slow_brute_force_is_found_out_after_hours_whatever_the_services() {
    let services = ["sshd", "dovecot", "postfix"];
    let tries = |nth: usize| of(services[nth % 3], Kind::FailedLogin, i64::try_from(nth).unwrap() * 900);
    let found = first_detection((0..96).map(tries)).unwrap();
    assert_eq!(found.method, Method::SlowBruteForce);
    assert_eq!(first_detection((0..96).map(|nth| of("sshd", Kind::NoLogin, nth * 900))), None);
}

#[test]
fn a_service_can_have_limits_of_its_own_or_none() {
    let strict = Limits { threshold: 1, ..Limits::default() };
    let services = [("sshd", Some(strict)), ("dovecot", None)];
    let services = services.map(|(name, limits)| (name.parse().unwrap(), limits)).into_iter().collect();
    let mut detector = Detector::new(Settings { services, ..settings() });
    assert!((0..100).all(|nth| detector.see(&of("dovecot", Kind::FailedLogin, nth)).is_none()));
    assert!(detector.see(&of("postfix", Kind::FailedLogin, 0)).is_none());
    assert!(detector.see(&of("sshd", Kind::FailedLogin, 0)).is_some());
}

#[test]
fn a_line_is_asked_for_only_when_it_becomes_evidence() {
    let mut detector = Detector::new(settings());
    let asked = std::cell::Cell::new(0);
    for nth in 0..30 {
        let _ = detector.observe(&failed("203.0.113.7", nth), || {
            asked.set(asked.get() + 1);
            None
        });
    }
    assert_eq!(asked.get(), 5, "what comes after the detection is not even counted");
}
