use jiff::Timestamp;
use proptest::prelude::*;
use sentinel_parsers::parse_line;

use super::*;
use crate::{
    detect::{Detection, Detector, Hit, Method, Settings, testing::sshd},
    domain::{FileHash, MaliciousLog},
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_399_200 + second).unwrap()
}

fn line(second: i64, user: &str) -> String {
    format!(
        "Nov 23 02:00:{second:02} gate sshd[812]: Failed password for {user} from 203.0.113.7 port 4711 ssh2"
    )
}

fn detect(lines: &[String]) -> Detection {
    let mut detector = Detector::new(Settings::default());
    let seen = lines.iter().zip(0..).find_map(|(raw, second)| {
        let (_, event) = parse_line(Some(sshd()), raw.as_bytes()).unwrap();
        let hit = Hit { port: None, ..Hit::new(&event, at(second)) };
        detector.observe(&hit, || Some(raw.clone().into_bytes()))
    });
    seen.unwrap()
}

fn sample() -> MaliciousLog {
    let lines: Vec<String> = (0..5).map(|second| line(second, "alice")).collect();
    write(&Redactor::default(), sshd(), Method::BruteForce, &[detect(&lines)]).unwrap()
}

#[test]
fn a_log_has_the_published_header_and_nothing_private() {
    let text = String::from_utf8(sample().bytes().to_vec()).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("#sentinel-log 1"));
    assert_eq!(lines.next(), Some("#detector sshd-bruteforce"));
    assert_eq!(lines.next(), Some("#service sshd"));
    assert_eq!(lines.next(), Some("#window 2026-11-23T02:00:00Z/2026-11-23T02:00:04Z"));
    assert_eq!(lines.next(), Some("#timezone +00:00"));
    assert_eq!(lines.next(), Some(concat!("#parser ", env!("CARGO_PKG_VERSION"))));
    assert_eq!(
        lines.next(),
        Some("2026-11-23T02:00:00Z host sshd[812]: Failed password for user from 203.0.113.7 port 4711 ssh2")
    );
    assert!(!text.contains("alice") && !text.contains("gate"));
}

#[test]
fn a_banner_leaves_nothing_behind() {
    let raw = "<38>1 2026-11-23T02:00:01Z vault.corp.example sshd 812 msg-alice \
               [origin ip=\"10.20.30.40\"] Failed password for alice from 203.0.113.7 port 4711 ssh2";
    let (parsed, event) = parse_line(Some(sshd()), raw.as_bytes()).unwrap();
    let text = String::from_utf8(Redactor::default().line(&parsed, &event, at(1)).unwrap()).unwrap();
    assert_eq!(
        text,
        "2026-11-23T02:00:01Z host sshd[812]: Failed password for user from 203.0.113.7 port 4711 ssh2"
    );
}

#[test]
fn whoever_holds_the_file_derives_the_same_attackers() {
    let log = sample();
    let verified = verify(log.clone(), log.hash()).unwrap();
    let [attacker] = verified.attackers() else { panic!("one attacker") };
    assert_eq!(attacker.address.to_string(), "203.0.113.7");
    assert_eq!((attacker.service, attacker.events, attacker.points), ("sshd", 5, 50));
    assert_eq!((attacker.first, attacker.last), (Some(at(0)), Some(at(4))));
}

#[test]
fn the_published_protocols_log_hashes_to_what_it_says_and_proves_its_attacker() {
    let document = include_str!("../../../docs/PROTOCOL.md");
    let blocks: Vec<&str> = document.split("```\n").collect();
    let at = blocks.iter().position(|block| block.starts_with("#sentinel-log 1\n")).unwrap();
    let log = MaliciousLog::new(blocks[at].as_bytes().to_vec()).unwrap();
    let posted = blocks[at + 2].trim().parse().unwrap();
    let verified = verify(log, posted).unwrap();
    assert_eq!(verified.attackers()[0].address.to_string(), "203.0.113.7");
    assert_eq!(verified.attackers()[0].events, 2);
    assert!(document.contains(&format!("https://peer-a.example:9000/logs/{}\n", posted.log_id())));
}

#[test]
fn a_tampered_log_is_refused_with_both_hashes() {
    let posted = sample().hash();
    let mut bytes = sample().bytes().to_vec();
    *bytes.last_mut().unwrap() = b'!';
    let error = verify(MaliciousLog::new(bytes).unwrap(), posted).unwrap_err();
    assert!(matches!(error, VerifyError::Hash { .. }));
    assert!(error.to_string().contains(&posted.to_string()));
}

fn attackers_of(text: &str) -> Result<Vec<Attacker>, VerifyError> {
    let log = MaliciousLog::new(text.as_bytes().to_vec()).unwrap();
    let hash = log.hash();
    verify(log, hash).map(|verified| verified.attackers().to_vec())
}

#[test]
fn a_raw_log_without_a_header_is_accepted_too() {
    let text = format!("{}\n{}", line(1, "root"), line(2, "root"));
    assert_eq!(attackers_of(&text).unwrap()[0].events, 2);
}

#[test]
fn a_log_that_proves_nothing_accuses_nobody() {
    assert_eq!(attackers_of(""), Err(VerifyError::Nobody));
    assert_eq!(attackers_of("#sentinel-log 1\n\n\0\n# Failed password\n"), Err(VerifyError::Nobody));
    let accepted = "Nov 23 02:00:01 gate sshd[1]: Accepted password for bob from 203.0.113.7 port 5 ssh2";
    assert_eq!(attackers_of(accepted), Err(VerifyError::Nobody));
}

#[test]
fn unknown_header_keys_are_ignored_and_a_later_version_is_refused() {
    assert!(attackers_of(&format!("#sentinel-log 1\n#colour red\n{}", line(1, "root"))).is_ok());
    let error = attackers_of("#sentinel-log 2\n").unwrap_err().to_string();
    assert!(error.contains("format version 2"), "{error}");
}

#[test]
fn a_header_of_nonsense_is_refused_by_key() {
    for (header, key) in
        [("#service gopher", "#service"), ("#window now", "#window"), ("#timezone UTC", "#timezone")]
    {
        let error = attackers_of(&format!("#sentinel-log 1\n{header}\n")).unwrap_err().to_string();
        assert!(error.contains(key), "{error}");
    }
}

#[test]
fn a_line_that_begins_with_a_hash_further_down_is_just_a_line() {
    let text = format!("#sentinel-log 1\n{}\n#service gopher\n{}", line(1, "root"), line(2, "root"));
    assert_eq!(attackers_of(&text).unwrap()[0].events, 2);
}

#[test]
fn lines_of_another_service_than_the_header_names_accuse_nobody() {
    assert_eq!(attackers_of(&format!("#service dropbear\n{}", line(1, "root"))), Err(VerifyError::Nobody));
}

#[test]
fn the_timezone_of_the_header_dates_the_lines() {
    let text = format!(
        "#sentinel-log 1\n#window 2026-11-23T01:00:00Z/2026-11-23T01:00:09Z\n#timezone +01:00\n{}",
        line(3, "root")
    );
    assert_eq!(attackers_of(&text).unwrap()[0].first, Some(at(3 - 3600)));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let _ = attackers(&bytes);
    }

    #[test]
    fn whatever_the_user_name_the_redacted_log_proves_the_same_address(user in "[ -~]{1,60}") {
        let lines: Vec<String> = (0..5).map(|second| line(second, &user)).collect();
        prop_assume!(parse_line(Some(sshd()), lines[0].as_bytes()).is_some());
        let log = write(&Redactor::default(), sshd(), Method::BruteForce, &[detect(&lines)]).unwrap();
        let verified = verify(log.clone(), FileHash::of(log.bytes())).unwrap();
        prop_assert_eq!(verified.attackers().len(), 1);
        prop_assert_eq!(verified.attackers()[0].address.to_string(), "203.0.113.7");
    }
}
