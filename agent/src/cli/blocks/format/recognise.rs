//! Which list a file is, told by its beginning.

use std::io::{self, BufRead, Cursor, Read};

use super::{csv, fail2ban, read::ReadAs, sshguard};

/// How much of a file is looked at to recognise it.
const HEAD: u64 = 4096;

/// What a file begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli::blocks) enum Sniffed {
    /// A list in this form.
    List(ReadAs),
    /// Something to be made readable first: what it is, and how.
    Unreadable(&'static str),
}

/// Recognises a file by its beginning, and gives it back whole.
pub(in crate::cli::blocks) fn sniff(mut input: impl BufRead) -> io::Result<(Sniffed, impl BufRead)> {
    let mut head = Vec::new();
    input.by_ref().take(HEAD).read_to_end(&mut head)?;
    let sniffed = recognise(&head);
    // A byte order mark is no part of the text.
    let start = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let mut head = Cursor::new(head);
    head.set_position(start);
    Ok((sniffed, head.chain(input)))
}

fn recognise(head: &[u8]) -> Sniffed {
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            return Sniffed::Unreadable("UTF-16; convert it with `iconv -f UTF-16 -t UTF-8`");
        }
        [0x1f, 0x8b, ..] => return Sniffed::Unreadable("compressed; unpack it with `gunzip -c`"),
        _ => {}
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    Sniffed::List(if text.starts_with(['{', '[']) { of_json(text) } else { of_lines(text) })
}

fn of_json(text: &str) -> ReadAs {
    if text.starts_with(fail2ban::BANNED) {
        ReadAs::Fail2ban
    } else if text.contains("\"nftables\"") {
        ReadAs::Nft
    } else if text.starts_with('[') && text.contains("\"decisions\"") {
        ReadAs::Crowdsec
    } else {
        ReadAs::Json
    }
}

fn of_lines(text: &str) -> ReadAs {
    let mut lines = text.lines().map(str::trim);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(['#', ';'])).unwrap_or_default();
    match first.split_whitespace().next() {
        Some("add" | "create" | "-A") => ReadAs::Ipset,
        _ if sshguard::is_entry(first) => ReadAs::Sshguard,
        _ if fail2ban::is_timed(first) => ReadAs::Fail2banTimes,
        _ if first.contains(',') && csv::Columns::of_header(first).is_ok() => ReadAs::Csv,
        _ => ReadAs::Plain,
    }
}
