//! Lines in the wrapping of a container's runtime.
use super::*;

#[test]
fn a_line_that_a_container_wrote_is_read_without_its_wrapping() {
    let time = "2026-11-23 02:00:01.123456789+0";
    for banner in
        ["2026-11-23T02:00:01.123456789Z stdout F ", "2026-11-23T02:00:01.123456789+00:00 stderr F "]
    {
        reads(banner, time, "", "", 0);
        reads(&format!("{banner}sshd[812]: "), time, "", "sshd", 812);
    }
    let docker = |line: &str| {
        format!(r#"{{"log":"{line}","stream":"stderr","time":"2026-11-23T02:00:01.123456789Z"}}"#)
    };
    for end in [r"\n", r"\r\n"] {
        let raw = docker(&format!("sshd[812]: {MESSAGE}{end}"));
        let line = Line::parse(raw.as_bytes());
        assert_eq!((line.program, line.message), (Some(&b"sshd"[..]), MESSAGE.as_bytes()), "{raw}");
        assert_eq!(line.timestamp.map(shown).as_deref(), Some(time));
    }
    let access = r#"203.0.113.7 - - [23/Nov/2026:02:00:01 +0000] "GET /.env HTTP/1.1" 404 12 "-" "x""#;
    for banner in ["2026-11-23T02:00:01.123456789Z ", "2026-11-23T02:00:01.123456789Z stdout F "] {
        let raw = format!("{banner}{access}");
        let line = Line::parse(raw.as_bytes());
        assert_eq!((line.is_record, line.message), (true, access.as_bytes()), "{raw}");
    }
}

#[test]
fn a_wrapping_that_is_not_whole_hides_no_line() {
    let whole = r#"{"log":"sshd[812]: Invalid user bob from 203.0.113.7\n","stream":"stdout","time":"2026-11-23T02:00:01Z"}"#;
    assert!(crate::parse_line(None, whole.as_bytes()).is_some());
    for raw in [
        // A part of a line, and one that would have to be written anew.
        whole.replace(r"\n", ""),
        whole.replace("bob", r#"b\"b"#),
        whole.replace("stdout", "stdin"),
        whole.replace("Z\"}", "Z\",\"attrs\":{}}"),
        "2026-11-23T02:00:01Z stdout P sshd[812]: Invalid user bob from 203.0.113.7".to_owned(),
        // One wrapping is taken off, not several.
        format!("2026-11-23T02:00:01Z stdout F {whole}"),
    ] {
        assert_eq!(crate::parse_line(None, raw.as_bytes()), None, "{raw}");
    }
}
