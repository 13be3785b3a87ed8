//! Lists as they are read: taken to pieces, understood piece by piece.

use std::io::BufRead;

use jiff::tz::TimeZone;

use super::{
    Item, NoItem, crowdsec, csv,
    entries::Entries,
    fail2ban, ipset, json, nft,
    pieces::{Lines, List, MAX_PIECE, Piece, Pieces},
    plain, sshguard,
};

/// What JSON's strings stand between.
const QUOTE: u8 = b'"';

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
    /// As `nft -j list set` and `blocks export --format nft` print it
    Nft,
    /// As `fail2ban-client banned` prints it: all jails
    Fail2ban,
    /// As `fail2ban-client get JAIL banip --with-time` prints it, on a machine of the same time zone
    Fail2banTimes,
    /// As `cscli decisions list -o json` prints it
    Crowdsec,
    /// SSHGuard's blacklist file
    Sshguard,
}

/// Hands every network of the list to `take`, or why there is none, with the line.
pub(in crate::cli::blocks) fn each_entry(
    input: impl BufRead,
    form: ReadAs,
    mut take: impl FnMut(u64, Result<Item, NoItem>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let take = &mut take;
    match form {
        ReadAs::Json => {
            each(Entries::of(input, QUOTE, json::lists), |block, _| vec![said(json::item(block))], take)
        }
        ReadAs::Nft => each(Entries::of(input, QUOTE, nft::lists), nft::items, take),
        ReadAs::Crowdsec => each(
            Entries::of(input, QUOTE, crowdsec::lists),
            |decision, _| vec![crowdsec::item(decision)],
            take,
        ),
        ReadAs::Fail2ban => {
            let entries = Entries::of(input, fail2ban::QUOTE, fail2ban::lists);
            each(entries, |entry, jail| vec![said(fail2ban::banned(entry, jail))], take)
        }
        ReadAs::Plain => each_line(input, plain::items, take),
        ReadAs::Ipset => each_line(input, ipset::item, take),
        ReadAs::Sshguard => each_line(input, sshguard::item, take),
        ReadAs::Fail2banTimes => {
            let zone = TimeZone::system();
            each_line(input, |line| fail2ban::timed(line, &zone), take)
        }
        ReadAs::Csv => {
            let mut records = csv::Records::default();
            each_line(input, |line| records.item(line), take)
        }
    }
}

/// All of a line, or why nothing of it.
fn each_line<I: IntoIterator<Item = Item>>(
    input: impl BufRead,
    mut items: impl FnMut(&str) -> Result<I, String>,
    take: &mut impl FnMut(u64, Result<Item, NoItem>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let several = |line: &str, _: List<'_>| match items(line) {
        Ok(items) => items.into_iter().map(Ok).collect(),
        Err(why) => vec![Err(why.into())],
    };
    each(Lines::of(input), several, take)
}

/// Whoever reads one entry passes none over.
fn said(item: Result<Item, String>) -> Result<Item, NoItem> {
    Ok(item?)
}

fn each(
    mut pieces: impl Pieces,
    mut items: impl FnMut(&str, List<'_>) -> Vec<Result<Item, NoItem>>,
    take: &mut impl FnMut(u64, Result<Item, NoItem>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    while let Some((line, piece)) = pieces.next()? {
        let found = match piece {
            Piece::Whole(bytes, list) => match std::str::from_utf8(bytes) {
                Ok(text) => items(text, list),
                Err(_) => vec![Err("it is no text in UTF-8".into())],
            },
            Piece::TooLong => vec![Err(format!("it is longer than {MAX_PIECE} bytes").into())],
            Piece::Cut => vec![Err("the file ends in the middle of its list".into())],
        };
        for item in found {
            take(line, item)?;
        }
    }
    Ok(())
}
