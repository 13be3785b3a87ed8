//! One syslog message -> one line. Pure.
//!
//! Sources: RFC 3164 section 4.1.1 and RFC 5424 section 6.2.1 (`<PRI>`), RFC 6587 section 3.4.2 (trailers).

/// The highest priority there is: facility 23, severity 7.
const MAX_PRIORITY: u16 = 191;

/// Appends the message to `text` as one line, ended by a newline, without its priority and its trailer. Line ends
/// within become spaces: what an attacker wrote must not begin a line of its own. Returns whether there was anything.
pub(super) fn append(message: &[u8], text: &mut Vec<u8>) -> bool {
    let line = without_priority(without_trailer(message));
    if line.is_empty() {
        return false;
    }
    let start = text.len();
    text.extend_from_slice(line);
    for byte in &mut text[start..] {
        if *byte == b'\n' {
            *byte = b' ';
        }
    }
    text.push(b'\n');
    true
}

fn without_trailer(message: &[u8]) -> &[u8] {
    let end = message.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | b'\0'));
    end.map_or(&[], |last| &message[..=last])
}

/// The message behind its `<PRI>`; whole when it has none.
fn without_priority(message: &[u8]) -> &[u8] {
    let behind = || {
        let rest = message.strip_prefix(b"<")?;
        let digits = rest.iter().take(4).position(|byte| *byte == b'>').filter(|digits| *digits > 0)?;
        let priority = rest[..digits]
            .iter()
            .try_fold(0_u16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u16::from(byte - b'0')))?;
        (priority <= MAX_PRIORITY).then_some(&rest[digits + 1..])
    };
    behind().unwrap_or(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(message: &[u8]) -> Option<Vec<u8>> {
        let mut text = b"before\n".to_vec();
        append(message, &mut text).then(|| text.strip_prefix(b"before\n").unwrap().to_vec())
    }

    #[test]
    fn the_priority_is_taken_off_where_there_is_one() {
        let cases: [(&[u8], &[u8]); 8] = [
            (b"<38>Nov 23 02:00:01 gate sshd[1]: x", b"Nov 23 02:00:01 gate sshd[1]: x\n"),
            (b"<34>1 2026-11-23T02:00:01Z gate sshd 1 - - x", b"1 2026-11-23T02:00:01Z gate sshd 1 - - x\n"),
            (b"<0>x", b"x\n"),
            (b"<191>x", b"x\n"),
            (b"<192>x", b"<192>x\n"),
            (b"<1x>x", b"<1x>x\n"),
            (b"<>x", b"<>x\n"),
            (b"x", b"x\n"),
        ];
        for (message, expected) in cases {
            assert_eq!(line(message).unwrap(), expected, "{}", String::from_utf8_lossy(message));
        }
    }

    #[test]
    fn a_line_end_within_a_message_begins_no_line() {
        assert_eq!(line(b"<38>user a\nsshd[1]: Failed\r\n\0").unwrap(), b"user a sshd[1]: Failed\n");
    }

    #[test]
    fn a_nul_within_a_message_stays_and_nothing_at_all_is_no_line() {
        assert_eq!(line(b"<38>a\0b\0").unwrap(), b"a\0b\n");
        for message in [b"".as_slice(), b"\n", b"<38>", b"<38>\r\n\0"] {
            assert_eq!(line(message), None);
        }
    }
}
