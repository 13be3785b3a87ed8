//! Undoes what hides a payload: the log's escapes and percent encoding, twice, as attackers encode twice.

/// The most that is looked at of one part of a request, decoded. Servers refuse longer lines than twice this.
const LONGEST: usize = 4096;
/// Enough for nearly all, and quickly cleared.
const SHORT: usize = 256;

/// Calls `look` with `raw` decoded: its first [`LONGEST`] bytes. In a query a plus is a space.
pub(super) fn decoded<T>(raw: &[u8], in_query: bool, look: impl FnOnce(&[u8]) -> T) -> T {
    let raw = raw.get(..LONGEST).unwrap_or(raw);
    if memchr::memchr2(b'%', b'\\', raw).is_none() && !(in_query && memchr::memchr(b'+', raw).is_some()) {
        look(raw)
    } else if raw.len() <= SHORT {
        look(decode(raw, in_query, &mut [0; SHORT]))
    } else {
        look(decode(raw, in_query, &mut [0; LONGEST]))
    }
}

/// Two rounds over `buffer`, which holds all of `raw`.
fn decode<'b>(raw: &[u8], in_query: bool, buffer: &'b mut [u8]) -> &'b [u8] {
    let mut length = raw.len().min(buffer.len());
    for (to, from) in buffer.iter_mut().zip(raw) {
        *to = *from;
    }
    for _ in 0..2 {
        length = round(buffer, length, in_query);
    }
    buffer.get(..length).unwrap_or_default()
}

/// One round in place; what is decoded is never longer.
fn round(buffer: &mut [u8], length: usize, in_query: bool) -> usize {
    let (mut read, mut write) = (0, 0);
    while let Some(&byte) = buffer.get(read).filter(|_| read < length) {
        let rest = buffer.get(read + 1..length).unwrap_or_default();
        let (byte, used) = match (byte, rest) {
            (b'%', [high, low, ..]) => hexadecimal(*high, *low).map_or((byte, 1), |byte| (byte, 3)),
            (b'\\', [b'u', b'0', b'0', high, low, ..]) => {
                hexadecimal(*high, *low).map_or((byte, 1), |byte| (byte, 6))
            }
            (b'\\', [b'x', high, low, ..]) => hexadecimal(*high, *low).map_or((byte, 1), |byte| (byte, 4)),
            (b'\\', [escaped @ (b'"' | b'\\'), ..]) => (*escaped, 2),
            (b'+', _) if in_query => (b' ', 1),
            _ => (byte, 1),
        };
        if let Some(slot) = buffer.get_mut(write) {
            *slot = byte;
        }
        read += used;
        write += 1;
    }
    write
}

/// The byte that two hexadecimal digits stand for.
pub(super) fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str, in_query: bool) -> String {
        decoded(raw.as_bytes(), in_query, |text| String::from_utf8_lossy(text).into_owned())
    }

    #[test]
    fn what_is_encoded_once_or_twice_is_read() {
        assert_eq!(text("/%2e%2E/x", false), "/../x");
        assert_eq!(text("/%252e./%%32%65", false), "/../.");
        assert_eq!(text("\\x22\\\\a\\\"", false), "\"\\a\"");
        assert_eq!(text("a\\u0026b", false), "a&b");
        assert_eq!(text("a+b%2Bc", true), "a b c");
        assert_eq!(text("a+b", false), "a+b");
    }

    #[test]
    fn what_is_no_encoding_stays() {
        for raw in ["%", "%2", "%zz", "\\x", "\\x2", "100%", "%%%"] {
            assert_eq!(text(raw, true), raw);
        }
    }

    #[test]
    fn a_long_text_is_read_as_far_as_there_is_room() {
        assert_eq!(text(&"%41".repeat(10_000), false).len(), LONGEST / 3 + 1);
    }
}
