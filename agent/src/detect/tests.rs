use super::{testing::failed_login, *};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn settings() -> Settings {
    Settings { threshold: 5, window: SignedDuration::from_mins(10), max_tracked: 1000, ipv6_prefix: 64 }
}

fn failed(address: &str, second: i64) -> Hit {
    Hit { line: Some(format!("line at {second}").into_bytes()), ..failed_login(address, at(second)) }
}

fn first_detection(hits: impl IntoIterator<Item = Hit>) -> Option<Detection> {
    let mut detector = Detector::new(settings());
    hits.into_iter().find_map(|hit| detector.observe(hit))
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
fn an_attacker_is_counted_from_zero_again() {
    let mut detector = Detector::new(settings());
    let detections = (0..12).filter_map(|second| detector.observe(failed("203.0.113.7", second))).count();
    assert_eq!(detections, 2);
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
fn a_claimed_address_is_not_counted() {
    let claimed = |second| Hit { provenance: Provenance::Claimed, ..failed("203.0.113.7", second) };
    assert_eq!(first_detection((0..50).map(claimed)), None);
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
        detector.observe(failed(&std::net::Ipv4Addr::from(0x0800_0000 + i).to_string(), 0));
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
    let settings = Settings { threshold: 30, ..settings() };
    let mut detector = Detector::new(settings);
    let detection = (0..100).find_map(|second| detector.observe(weak(second))).unwrap();
    assert_eq!((detection.events, detection.lines.len()), (100, MAX_LINES));
    assert_eq!(detection.lines.first().unwrap(), b"line at 0");
    assert_eq!(detection.lines.last().unwrap(), b"line at 99");
}

#[test]
fn long_lines_of_many_addresses_keep_to_the_bound_too() {
    let mut detector = Detector::new(Settings { max_tracked: usize::MAX, ..settings() });
    for i in 0..50_000_u32 {
        let address = std::net::Ipv4Addr::from(0x0800_0000 + i).to_string();
        detector.observe(Hit { line: Some(vec![b'x'; MAX_LINE_BYTES]), ..failed(&address, 0) });
    }
    assert_eq!(detector.tracked(), MAX_EVIDENCE_BYTES / MAX_LINE_BYTES);
}

#[test]
fn an_address_that_fell_silent_is_forgotten() {
    let mut detector = Detector::new(settings());
    detector.observe(failed("203.0.113.7", 0));
    detector.forget_silent(at(599));
    assert_eq!(detector.tracked(), 1);
    detector.forget_silent(at(600));
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
        assert!((0..3).all(|second| detector.observe(failed("203.0.113.7", second)).is_none()));
        detector.clock_set(SignedDuration::from_secs(step));
        assert!(detector.observe(failed("203.0.113.7", step + 3)).is_none());
        assert!(detector.observe(failed("203.0.113.7", step + 4)).is_some(), "set by {step} s");
    }
}
