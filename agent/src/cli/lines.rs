//! Log lines from files and pipes, as the daemon would read them.

use std::io::{self, BufRead, BufReader, Read};

use crate::sources::MAX_LINE;

/// Gives every line, without its newline, to `take`; overlong ones are skipped. Memory is bounded whatever comes. Gives
/// back how many lines there were.
pub(super) fn each<R: Read, E: From<io::Error>>(
    input: &mut BufReader<R>,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    let limit = MAX_LINE as u64 + 1;
    let mut raw = Vec::new();
    for count in 0.. {
        raw.clear();
        if input.by_ref().take(limit).read_until(b'\n', &mut raw)? == 0 {
            return Ok(count);
        }
        match raw.strip_suffix(b"\n") {
            None if raw.len() > MAX_LINE => {
                input.skip_until(b'\n')?;
            }
            line => take(line.unwrap_or(&raw))?,
        }
    }
    Ok(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overlong_line_is_counted_and_not_given() {
        let text = [b"a\n", "x".repeat(MAX_LINE + 9).as_bytes(), b"\nb\n\nc"].concat();
        let mut lines = Vec::new();
        let count = each::<_, io::Error>(&mut BufReader::new(text.as_slice()), |line| {
            lines.push(line.to_vec());
            Ok(())
        });
        assert_eq!((count.unwrap(), lines), (5, vec![b"a".to_vec(), b"b".to_vec(), vec![], b"c".to_vec()]));
    }
}
