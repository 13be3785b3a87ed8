//! Lists as they are read: recognised, taken to pieces, understood piece by piece.

use std::io::{self, BufRead, Cursor, Read};

use super::{
    Item, csv, ipset, json, nft,
    pieces::{Lines, MAX_PIECE, Objects, Piece, Pieces},
    plain,
};

/// How much of a file is looked at to recognise it.
const HEAD: u64 = 4096;

/// The form of a list to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(in crate::cli::blocks) enum ReadAs {
    /// Addresses and networks, one or more a line, with comments behind `#`, `;` or `//`
    Plain,
    /// As `blocks list --json` and `blocks export --format json` print it
    Json,
    /// With a header; the networks stand in the column network, cidr, ip or address
    Csv,
    /// As `ipset save` prints it
    Ipset,
    /// As `blocks export --format nft` prints it, or `nft -j list set` of a small set
    Nft,
}

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
    if text.starts_with(['{', '[']) {
        let is_nft = text.contains("\"nftables\"");
        return Sniffed::List(if is_nft { ReadAs::Nft } else { ReadAs::Json });
    }
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', ';']));
    let first = first.unwrap_or_default();
    Sniffed::List(match first.split_whitespace().next() {
        Some("add" | "create" | "-A") => ReadAs::Ipset,
        _ if first.contains(',') && csv::Columns::of_header(first).is_ok() => ReadAs::Csv,
        _ => ReadAs::Plain,
    })
}

/// Hands every network of the list to `take`, or why there is none, with the line.
pub(in crate::cli::blocks) fn each_entry(
    input: impl BufRead,
    form: ReadAs,
    mut take: impl FnMut(u64, Result<Item, String>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    match form {
        ReadAs::Json => each(Objects::of(input), |object| vec![json::item(object)], take),
        ReadAs::Nft => each(Objects::of(input), nft::items, take),
        ReadAs::Plain => each(Lines::of(input), |line| several(plain::items(line)), take),
        ReadAs::Ipset => each(Lines::of(input), |line| several(ipset::item(line).map(Vec::from_iter)), take),
        ReadAs::Csv => {
            let mut columns = None;
            let mut record = |line: &str| match columns {
                _ if line.is_empty() => Ok(Vec::new()),
                None => csv::Columns::of_header(line).map(|found| {
                    columns = Some(found);
                    Vec::new()
                }),
                Some(columns) => columns.item(line).map(|item| vec![item]),
            };
            each(Lines::of(input), |line| several(record(line)), &mut take)
        }
    }
}

/// All of a line, or why nothing of it.
fn several(items: Result<Vec<Item>, String>) -> Vec<Result<Item, String>> {
    match items {
        Ok(items) => items.into_iter().map(Ok).collect(),
        Err(why) => vec![Err(why)],
    }
}

fn each(
    mut pieces: impl Pieces,
    mut items: impl FnMut(&str) -> Vec<Result<Item, String>>,
    mut take: impl FnMut(u64, Result<Item, String>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    while let Some((line, piece)) = pieces.next()? {
        let found = match piece {
            Piece::Whole(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => items(text),
                Err(_) => vec![Err("it is no text in UTF-8".to_owned())],
            },
            Piece::TooLong => vec![Err(format!("it is longer than {MAX_PIECE} bytes"))],
            Piece::Cut => vec![Err("the file ends in the middle of its list".to_owned())],
        };
        for item in found {
            take(line, item)?;
        }
    }
    Ok(())
}
