mod containers;

use super::*;

const MESSAGE: &str = "Failed password for bob from 203.0.113.7 port 5 ssh2";

/// The line `banner` + a message, as (time, host, program, pid); the message must come out whole.
#[track_caller]
fn parts(banner: &str) -> (String, String, String, u32) {
    let raw = format!("{banner}{MESSAGE}");
    let line = Line::parse(raw.as_bytes());
    assert_eq!(line.message, MESSAGE.as_bytes(), "{banner}");
    let text = |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
    (
        line.timestamp.map(shown).unwrap_or_default(),
        text(line.host),
        text(line.program),
        line.pid.unwrap_or_default(),
    )
}

fn shown(time: Timestamp) -> String {
    let year = time.year.map_or_else(|| "?".to_owned(), |year| year.to_string());
    let fraction = if time.nanosecond == 0 { String::new() } else { format!(".{:09}", time.nanosecond) };
    let offset = time.offset.map(|offset| format!("{offset:+}")).unwrap_or_default();
    let Timestamp { month, day, hour, minute, second, .. } = time;
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}{fraction}{offset}")
}

#[track_caller]
fn reads(banner: &str, time: &str, host: &str, program: &str, pid: u32) {
    assert_eq!(parts(banner), (time.to_owned(), host.to_owned(), program.to_owned(), pid), "{banner}");
}

#[test]
fn bsd_syslog_is_read_with_and_without_a_host() {
    reads("Nov 23 02:00:01 gate sshd[812]: ", "?-11-23 02:00:01", "gate", "sshd", 812);
    reads("Nov  3 02:00:01 gate sshd[812]: ", "?-11-03 02:00:01", "gate", "sshd", 812);
    reads("Nov 3 02:00:01 sshd[812]: ", "?-11-03 02:00:01", "", "sshd", 812);
    reads("Nov 23 02:00:01 gate sshd: ", "?-11-23 02:00:01", "gate", "sshd", 0);
    reads(
        "<38>Nov 23 02:00:01 2001:db8::1 sshd-session[812]: ",
        "?-11-23 02:00:01",
        "2001:db8::1",
        "sshd-session",
        812,
    );
    reads("Nov 23 02:00:01 gate sshd(pam_unix)[812]: ", "?-11-23 02:00:01", "gate", "sshd(pam_unix)", 812);
}

#[test]
fn bsd_syslog_may_have_a_year_a_weekday_and_a_fraction() {
    reads("Nov 23 2026 02:00:01 gate sshd[812]: ", "2026-11-23 02:00:01", "gate", "sshd", 812);
    reads(
        "Mon Nov 23 02:00:01 2026 authpriv.info dropbear[812]: ",
        "2026-11-23 02:00:01",
        "",
        "dropbear",
        812,
    );
    reads("Nov 23 02:00:01.25 gate sshd[812]: ", "?-11-23 02:00:01.250000000", "gate", "sshd", 812);
}

#[test]
fn iso_times_are_read_in_all_their_spellings() {
    let offset = "2026-11-23 02:00:01.123456000+3600";
    reads("2026-11-23T02:00:01.123456+01:00 gate sshd[812]: ", offset, "gate", "sshd", 812);
    reads("2026-11-23 02:00:01,123456+0100 gate sshd[812]: ", offset, "gate", "sshd", 812);
    reads("2026-11-23T02:00:01Z gate sshd[812]: ", "2026-11-23 02:00:01+0", "gate", "sshd", 812);
    reads("2026/11/23 02:00:01 gate sshd[812]: ", "2026-11-23 02:00:01", "gate", "sshd", 812);
    reads("2026-11-23T02:00:01-09:30 gate sshd[812]: ", "2026-11-23 02:00:01-34200", "gate", "sshd", 812);
}

#[test]
fn rfc_5424_is_read_with_its_structured_data() {
    let time = "2026-11-23 02:00:01+0";
    reads("<34>1 2026-11-23T02:00:01Z gate sshd 812 - - ", time, "gate", "sshd", 812);
    reads(
        "1 2026-11-23T02:00:01Z gate sshd 812 ID7 [a@1 k=\"x]\\\"] y\"][b] \u{feff}",
        time,
        "gate",
        "sshd",
        812,
    );
    reads("<34>1 - - sshd - - - ", "", "", "sshd", 0);
}

#[test]
fn structured_data_that_does_not_end_hides_no_message_in_it() {
    let raw = format!("<34>1 2026-11-23T02:00:01Z gate sshd 812 - [a k=\"{MESSAGE}");
    assert_eq!(crate::parse_line(None, raw.as_bytes()), None);
}

#[test]
fn journalctl_is_read_in_its_short_formats() {
    let time = "2026-11-23 02:00:01+0";
    reads("2026-11-23T02:00:01+0000 gate sshd[812]: ", time, "gate", "sshd", 812);
    reads("Mon 2026-11-23 02:00:01 UTC gate sshd[812]: ", time, "gate", "sshd", 812);
    reads("Mon 2026-11-23 02:00:01 UTC gate ssh.service[812]: ", time, "gate", "ssh.service", 812);
    reads("1795399201.000000 gate sshd[812]: ", time, "gate", "sshd", 812);
    reads("[  123.456789] gate sshd[812]: ", "", "gate", "sshd", 812);
}

#[test]
fn other_syslogs_are_read_too() {
    reads("Nov 23 02:00:01 [sshd] ", "?-11-23 02:00:01", "", "sshd", 0);
    reads("Nov 23 02:00:01 gate auth.info sshd[812]: ", "?-11-23 02:00:01", "gate", "sshd", 812);
    reads("Nov 23 02:00:01 <auth.info> gate sshd[812]: ", "?-11-23 02:00:01", "gate", "sshd", 812);
    reads("Nov 23 02:00:01 shop.info sshd[812]: ", "?-11-23 02:00:01", "shop.info", "sshd", 812);
    reads("Nov 23 02:00:01 gate sshd[812]: [ID 800047 auth.info] ", "?-11-23 02:00:01", "gate", "sshd", 812);
    reads(
        "Nov 23 02:00:01 gate dropbear[812]: [812] Nov 23 02:00:01 ",
        "?-11-23 02:00:01",
        "gate",
        "dropbear",
        812,
    );
}

#[test]
fn daemons_that_write_their_own_times_are_read() {
    let time = "2026-11-23 02:00:01";
    let noon = "2026-11-03 12:00:01";
    for banner in [
        "23-11-2026 02:00:01 ",
        "11/23/2026 02:00:01 ",
        "11/23/26 02:00:01 ",
        "23-Nov-2026 02:00:01 ",
        "Nov-23-26 02:00:01 ",
        "261123 02:00:01 ",
        "261123  2:00:01 ",
        "2026-11-23  2:00:01 ",
        "2026-11-23 02:00:01|",
        "t=2026-11-23T02:00:01 ",
        "[23/nov./2026:02:00:01] ",
    ] {
        reads(banner, time, "", "", 0);
    }
    reads("03-11-2026 12:00:01 ", noon, "", "", 0);
    reads("11/03/2026 12:00:01 ", noon, "", "", 0);
    reads("2026-11-23 02:00:01 CET ", "2026-11-23 02:00:01+3600", "", "", 0);
    reads("[PDT Nov 23 02:00:01] ", "?-11-23 02:00:01-25200", "", "", 0);
    reads("time=\"2026-11-23T02:00:01Z\" ", "2026-11-23 02:00:01+0", "", "", 0);
    reads("02:00:01.123 ", "", "", "", 0);
    reads("Nov 23 02:00:01 gate mysqld: 261123  2:00:01 ", "?-11-23 02:00:01", "gate", "mysqld", 0);
    reads(
        "Nov 23 02:00:01 gate sshd[812]: [2026-11-23 02:00:01.123]",
        "?-11-23 02:00:01",
        "gate",
        "sshd",
        812,
    );
}

#[test]
fn a_time_inside_a_message_dates_the_line() {
    for raw in [
        "logger=context userId=0 t=2026-11-23T02:00:01Z level=info",
        "type=USER_AUTH msg=audit(1795399201.000:9): pid=7",
        r#"{"t":{"$date":"2026-11-23T02:00:01.000+00:00"},"s":"I"}"#,
    ] {
        let line = Line::parse(raw.as_bytes());
        assert_eq!(line.timestamp.map(shown).as_deref(), Some("2026-11-23 02:00:01+0"), "{raw}");
        assert_eq!(line.message, raw.as_bytes());
    }
}

#[test]
fn a_line_needs_no_banner() {
    reads("", "", "", "", 0);
    reads("sshd[812]: ", "", "", "sshd", 812);
    reads("sshd-session: ", "", "", "sshd-session", 0);
    reads("[812] Nov 23 02:00:01 ", "?-11-23 02:00:01", "", "", 812);
    reads("Nov 23 02:00:01 ", "?-11-23 02:00:01", "", "", 0);
}

#[test]
fn the_first_word_of_a_message_is_no_host() {
    let forged = "sshd[1]: Received disconnect from 192.0.2.1 port 5:14: x";
    for time in ["", "Nov 23 02:00:01 ", "2026-11-23T02:00:01Z "] {
        for message in [
            format!("User {forged} from 203.0.113.9 not allowed because not listed in AllowUsers"),
            format!("User {forged} from a.example not allowed because not listed in AllowUsers"),
        ] {
            let raw = format!("{time}{message}");
            let line = Line::parse(raw.as_bytes());
            assert_eq!((line.host, line.program, line.message), (None, None, message.as_bytes()), "{raw}");
            let accused = crate::parse_line(None, raw.as_bytes()).map(|(_, event)| event.address.to_string());
            assert!(accused.is_none_or(|address| address == "203.0.113.9"), "{raw}");
        }
    }
}

#[test]
fn without_a_time_only_a_small_word_is_a_host() {
    reads("gate-1.corp sshd[812]: ", "", "gate-1.corp", "sshd", 812);
    for host in ["User", "Gate", "gatE", "error:", "192.0.2.1", "(gate)", "-gate"] {
        let raw = format!("{host} sshd[812]: {MESSAGE}");
        assert_eq!(Line::parse(raw.as_bytes()), Line::bare(raw.as_bytes()));
        assert_eq!(crate::parse_line(None, raw.as_bytes()), None);
    }
}

#[test]
fn the_end_of_the_line_is_cut() {
    for end in ["", "\n", "\r\n", "\r"] {
        assert_eq!(Line::parse(format!("{MESSAGE}{end}").as_bytes()).message, MESSAGE.as_bytes());
    }
}

#[test]
fn an_error_level_is_no_program() {
    let raw = b"error: PAM: Authentication failure for bob from 203.0.113.7";
    assert_eq!(Line::parse(raw), Line::bare(raw));
}

#[test]
fn any_bytes_are_a_line() {
    for raw in [
        &b""[..],
        b"\xff\xfe",
        b"\0",
        b"Nov 23",
        b"Nov 99 99:99:99 x",
        b"<34>1 ",
        b"[",
        b"<>",
        b"1 - - - - - -",
        b"Nov 23 02:00:01 ",
    ] {
        assert_eq!(crate::parse_line(None, raw), None);
        assert!(raw.ends_with(Line::parse(raw).message));
    }
}

#[test]
fn a_line_of_a_megabyte_is_no_event() {
    for pattern in
        ["from 192.0.2.1 port 5 ssh2: ", "[a k=\"\\", " ", "message repeated 3 times: [ ", "9", ": "]
    {
        for opening in ["", "Failed password for ", "<34>1 - - sshd - - ", "Nov 23 02:00:01 "] {
            let raw = format!("{opening}{}", pattern.repeat(1_000_000 / pattern.len()));
            assert_eq!(crate::parse_line(None, raw.as_bytes()), None);
        }
    }
}

#[test]
fn dates_of_numbers_are_read_in_the_order_that_their_marks_tell() {
    reads("05-11-2026 02:00:01 gate x[7]: ", "2026-11-05 02:00:01", "gate", "x", 7);
    reads("11/05/2026 02:00:01 gate x[7]: ", "2026-11-05 02:00:01", "gate", "x", 7);
    reads("23/11/2026 02:00:01 gate x[7]: ", "2026-11-23 02:00:01", "gate", "x", 7);
    reads("11/23/2026 02:00:01 PM   x: ", "2026-11-23 14:00:01", "", "x", 0);
    reads("11/23/2026 12:00:01 AM   x: ", "2026-11-23 00:00:01", "", "x", 0);
    reads("23-11-2026 02:00:01 +0100 gate x: ", "2026-11-23 02:00:01+3600", "gate", "x", 0);
    reads("[0D14:0027-1334] 23-11-2026 02:00:01   x: ", "2026-11-23 02:00:01", "", "x", 0);
    reads("Nov-23-26 02:00:01 gate x: ", "2026-11-23 02:00:01", "gate", "x", 0);
    reads("[CET Nov 23 02:00:01] x: ", "?-11-23 02:00:01+3600", "", "x", 0);
    reads("[CST Nov 23 02:00:01] x: ", "?-11-23 02:00:01", "", "x", 0);
    reads("11/23-02:00:01.5  x: ", "?-11-23 02:00:01.500000000", "", "x", 0);
    reads("11-05 02:00:01 x: ", "?-11-05 02:00:01", "", "x", 0);
    reads("20261123-02:00:01 x: ", "2026-11-23 02:00:01", "", "x", 0);
}

#[test]
fn records_have_their_time_inside() {
    let audit = "type=USER_AUTH msg=audit(1795399208.500:9): pid=7";
    for (raw, time) in [
        (audit, "2026-11-23 02:00:08.500000000+0"),
        ("<co ts=\"2026-11-23T02:00:01.25\" pi=\"1\"/>", "2026-11-23 02:00:01.250000000"),
    ] {
        let line = Line::parse(raw.as_bytes());
        assert_eq!(line.timestamp.map(shown).as_deref(), Some(time));
        assert_eq!((line.message, line.is_record), (raw.as_bytes(), false));
    }
}

#[test]
fn macos_and_openwrt_write_lines_of_their_own() {
    reads(
        "2026-11-23 02:00:01.123456+0100 0x1a2b     Info        0x0                  812    0    sshd-session: ",
        "2026-11-23 02:00:01.123456000+3600",
        "",
        "sshd-session",
        812,
    );
    reads("Mon Nov 23 02:00:01 2026 kern.warn kernel: ", "2026-11-23 02:00:01", "", "kernel", 0);
    reads("Nov 23 02:00:01 gate local0.info haproxy[812]: ", "?-11-23 02:00:01", "gate", "haproxy", 812);
}

#[test]
fn spaces_before_a_message_are_no_part_of_it() {
    for spaces in ["  ", "   ", "        "] {
        reads(&format!("Nov 23 02:00:01 gate sshd[812]:{spaces}"), "?-11-23 02:00:01", "gate", "sshd", 812);
    }
}
