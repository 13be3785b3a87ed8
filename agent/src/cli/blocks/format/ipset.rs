//! What `ipset save` prints: `add SET ENTRY [timeout SECONDS] [comment "TEXT"]`.

use super::{Item, excerpt, network};
use crate::control::Expiry;

/// Commands that name no network to block.
const OTHERS: [&str; 6] = ["create", "flush", "destroy", "swap", "rename", "COMMIT"];

/// The network of one line; none when the line adds none.
pub(super) fn item(line: &str) -> Result<Option<Item>, String> {
    let (line, comment) = take_comment(line.trim());
    let mut words = line.split_whitespace();
    match words.next() {
        None => return Ok(None),
        Some(word) if word.starts_with('#') || OTHERS.contains(&word) => return Ok(None),
        Some("add" | "-A") => {}
        Some(word) => return Err(format!("'{}' is no command of ipset", excerpt(word))),
    }
    let entry = words.nth(1).ok_or("the set or the entry is missing")?;
    let mut item = Item { network: network(entry)?, expiry: None, comment };
    while let Some(word) = words.next() {
        match word {
            "timeout" => item.expiry = seconds(words.next())?,
            "nomatch" => return Err(format!("{entry} is an exception of its set, nothing to block")),
            // Counters and marks, each with a value.
            "packets" | "bytes" | "skbmark" | "skbprio" | "skbqueue" => _ = words.next(),
            word => return Err(format!("'{}' is no option of ipset", excerpt(word))),
        }
    }
    Ok(Some(item))
}

/// A timeout of 0 is none.
fn seconds(text: Option<&str>) -> Result<Option<Expiry>, String> {
    let seconds: u64 = text
        .and_then(|text| text.parse().ok())
        .ok_or("a whole number of seconds is missing behind timeout")?;
    Ok((seconds > 0).then_some(Expiry::In(seconds)))
}

/// The line without its comment, which is quoted and may hold anything but a quotation mark.
fn take_comment(line: &str) -> (String, Option<String>) {
    let split = line.split_once(" comment \"").and_then(|(before, rest)| {
        let (comment, behind) = rest.split_once('"')?;
        Some((format!("{before} {behind}"), comment.to_owned()))
    });
    split.map_or_else(|| (line.to_owned(), None), |(line, comment)| (line, Some(comment)))
}
