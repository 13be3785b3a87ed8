use super::*;
use crate::{
    cli::output::{Format, tests::style},
    config::Settings,
};

fn line(second: usize) -> String {
    format!(
        "2026-11-23T02:00:{second:02}Z gate sshd[1]: Failed password for bob from 203.0.113.7 port {second} ssh2\n"
    )
}

fn rehearsal() -> Rehearsal {
    Rehearsal::new(&Settings::default(), "2026-11-24T00:00:00Z".parse().unwrap()).unwrap()
}

fn replayed(input: &[u8], format: Format) -> (u64, String) {
    let mut text = Vec::new();
    let mut output = Output::new(&mut text, style(format));
    let bar = ProgressBar::hidden();
    let mut shown = Shown::new(&mut output, &bar);
    let count =
        replay(&mut BufReader::new(input), &mut rehearsal(), |decision| shown.take(decision)).unwrap();
    shown.end().unwrap();
    (count, String::from_utf8(text).unwrap())
}

#[test]
fn an_attack_is_shown_with_its_time_and_its_reason() {
    let log: String = (1..=7).map(line).collect();
    let (lines, text) = replayed(log.as_bytes(), Format::Plain);
    assert_eq!(lines, 7);
    assert_eq!(
        text,
        "2026-11-23T02:00:05Z\t203.0.113.7/32\t2026-11-23T06:00:05Z\tsshd-bruteforce: 5 events\n"
    );
    let (_, json) = replayed(log.as_bytes(), Format::Json);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["decisions"][0]["network"], "203.0.113.7/32");
}

#[test]
fn an_overlong_line_is_skipped_and_the_next_is_read() {
    let mut log = vec![b'x'; 1 << 20];
    log.push(b'\n');
    log.extend((1..=5).flat_map(|second| line(second).into_bytes()));
    let (lines, text) = replayed(&log, Format::Plain);
    assert_eq!((lines, text.lines().count()), (6, 1));
}

#[test]
fn logs_are_read_in_the_order_of_their_times_whatever_the_order_of_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["auth.log", "auth.log.1"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], line(30)).unwrap();
    std::fs::write(&files[1], format!("no time\n{}", line(1))).unwrap();
    let names: Vec<_> =
        in_order(&files, &rehearsal()).unwrap().into_iter().map(|log| log.input.name).collect();
    assert!(names[0].ends_with("auth.log.1") && names[1].ends_with("auth.log"));
}
