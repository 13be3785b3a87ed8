use std::{cell::RefCell, io::Cursor, rc::Rc};

use super::*;

const LINE: &str = "Nov 23 02:00:01 gate sshd[812]: Failed password for root from 203.0.113.7 port 4711 ssh2";
const PROOF: &str = "{\"ip\":\"203.0.113.7\",\"service\":\"sshd\",\"kind\":\"failed-login\"}\n";

fn explained(input: &[u8], service: Option<Service>, write: WriteLine<Vec<u8>>) -> String {
    let mut output = Vec::new();
    explain(&mut BufReader::new(input), &mut output, service, write).unwrap();
    String::from_utf8(output).unwrap()
}

fn json(input: impl AsRef<[u8]>) -> String {
    explained(input.as_ref(), None, write_json)
}

#[test]
fn each_line_gives_one_value() {
    assert_eq!(json(format!("{LINE}\n\nhello\n{LINE}\r\n")), format!("{PROOF}null\nnull\n{PROOF}"));
}

#[test]
fn a_last_line_without_its_end_counts_and_a_last_end_adds_none() {
    assert_eq!(json(LINE), PROOF);
    assert_eq!(json(format!("{LINE}\n")), PROOF);
    assert_eq!(json(""), "");
    assert_eq!(json("\n"), "null\n");
}

#[test]
fn a_user_name_that_contains_an_address_accuses_nobody_but_its_owner() {
    let injected = LINE.replace("root", "x from 192.0.2.1 port 5 ssh2");
    assert_eq!(json(injected), PROOF);
}

#[test]
fn bytes_that_are_no_text_are_read_like_any_others() {
    let line =
        [&b"sshd[1]: Failed password for \xff\xfe\0 from 203.0.113.7 port 5 ssh2\n"[..], b"\x80\xff\n"];
    assert_eq!(json(line.concat()), format!("{PROOF}null\n"));
}

#[test]
fn an_overlong_line_is_one_null_and_the_next_line_is_read() {
    let long = "x".repeat(1 << 20);
    assert_eq!(json(format!("{long}\n{LINE}\n{long}")), format!("null\n{PROOF}null\n"));
    let longest = format!("{}\n", "x".repeat(MAX_LINE));
    assert_eq!(json(format!("{longest}{LINE}")), format!("null\n{PROOF}"));
}

#[test]
fn only_the_named_service_is_read() {
    let dropbear = "dropbear[1]: Bad password attempt for 'bob' from 203.0.113.7:5";
    let input = format!("{LINE}\n{dropbear}\n");
    let output = explained(input.as_bytes(), "dropbear".parse().ok(), write_json);
    assert_eq!(output, format!("null\n{}", PROOF.replace("sshd", "dropbear")));
}

#[test]
fn a_person_sees_every_field() {
    let text = explained(LINE.as_bytes(), None, write_fields);
    for field in [
        "timestamp  11-23 02:00:01\n",
        "host       gate\n",
        "program    sshd\n",
        "service    sshd\n",
        "kind       failed-login\n",
        "address    203.0.113.7\n",
        "provenance proven",
        "weight     1.0 failed log-ins\n",
        "user       root\n",
        "port       4711\n",
        "detectors  sshd-bruteforce, sshd-slow-bruteforce, sshd-user-enumeration\n",
    ] {
        assert!(text.contains(field), "{field} in {text}");
    }
    let iso = LINE.replace("Nov 23 02:00:01", "2026-11-23T02:00:01.5+01:00");
    assert!(explained(iso.as_bytes(), None, write_fields).contains("timestamp  2026-11-23 02:00:01 +01\n"));
}

#[test]
fn a_line_cannot_command_the_terminal() {
    let text = explained(b"\x1b[2J\n", None, write_fields);
    assert!(text.starts_with("line       \\u{1b}[2J\n"), "{text}");
}

/// What was written so far, and how much of it was flushed.
#[derive(Clone, Default)]
struct Watched(Rc<RefCell<(usize, usize)>>);

impl Write for Watched {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut counts = self.0.borrow_mut();
        counts.1 = counts.0;
        Ok(())
    }
}

/// Gives one line at each read, and notes how much was flushed by then.
struct Typist {
    lines: Cursor<Vec<u8>>,
    output: Watched,
    flushed: Vec<usize>,
}

impl Read for Typist {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.flushed.push(self.output.0.borrow().1);
        let mut line = Vec::new();
        self.lines.read_until(b'\n', &mut line)?;
        into[..line.len()].copy_from_slice(&line);
        Ok(line.len())
    }
}

#[test]
fn whoever_types_a_line_sees_the_answer_before_typing_the_next() {
    let output = Watched::default();
    let lines = Cursor::new(format!("{LINE}\n{LINE}\n").into_bytes());
    let mut input = BufReader::new(Typist { lines, output: output.clone(), flushed: Vec::new() });
    explain(&mut input, &mut output.clone(), None, write_json).unwrap();
    assert_eq!(input.get_ref().flushed, [0, PROOF.len(), 2 * PROOF.len()]);
}
