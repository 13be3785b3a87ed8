//! Malicious logs as text: what is posted, then the file, or its lines beside those that were read.

use crate::{
    cli::output::{Format, Render, Style, Table, printable},
    control::{Content, DraftState, DraftView, LineDraft},
};

/// Columns of a terminal that does not say how many it has.
const COLUMNS: usize = 160;
/// Narrowest column in which a line is shown beside another.
const NARROWEST: usize = 20;
/// What stands between the two.
const BETWEEN: &str = " | ";
/// In the place of a line that does not leave.
const STAYS: &str = "(stays here: it would prove nothing without what is private)";

/// Logs, each with its post.
pub(super) struct Drafted<'a> {
    pub(super) drafts: &'a [DraftView],
    /// Whether the lines that were read are shown too.
    pub(super) diff: bool,
}

impl Render for Drafted<'_> {
    fn render(&self, style: &Style) -> String {
        let draft = |draft: &DraftView| {
            let text = if self.diff { difference(draft, style) } else { content(&draft.log) };
            format!("{}\n{text}\n", fields(draft).render(style))
        };
        self.drafts.iter().map(draft).collect()
    }
}

fn fields(draft: &DraftView) -> Table {
    let mut table = Table::pairs();
    table.pair("state", state(draft.state));
    table.pair("file hash", draft.file_hash);
    table.pair("bytes", draft.bytes);
    for attacker in &draft.attackers {
        table.pair("attacker", attacker);
    }
    match &draft.post {
        Some(post) => {
            table.pair("log url", &post.log_url);
            for account in &post.accounts {
                table.pair(&format!("account {}", account.name), account.address);
            }
        }
        None => table.pair("post", "none"),
    }
    table
}

fn state(state: DraftState) -> &'static str {
    match state {
        DraftState::Rehearsed => "would be detected",
        DraftState::Collecting => "collecting, not detected yet",
        DraftState::Kept => "kept here, not published",
        DraftState::Queued => "queued for the ledger",
        DraftState::Posted => "posted",
    }
}

/// The bytes with everything escaped that could command a terminal.
fn shown(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(&printable(chunk.valid()));
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
    text
}

fn content(log: &Content) -> String {
    let bytes = log.bytes();
    bytes.split_inclusive(|byte| *byte == b'\n').map(line).collect()
}

fn line(raw: &[u8]) -> String {
    format!("{}\n", shown(raw.strip_suffix(b"\n").unwrap_or(raw)))
}

fn difference(draft: &DraftView, style: &Style) -> String {
    if draft.lines.is_empty() {
        let told =
            "the lines as they were read are not kept with a stored log; `--file` shows those of a log file";
        return format!("{}\n{told}\n", content(&draft.log));
    }
    let header = draft.log.bytes();
    let header = header.split_inclusive(|byte| *byte == b'\n').take_while(|raw| raw.starts_with(b"#"));
    let header: String = header.map(line).collect();
    let lines = draft.lines.iter().map(|line| match style.format {
        Format::Terminal => beside(line, style.width.map_or(COLUMNS, usize::from)),
        Format::Plain | Format::Json => below(line),
    });
    header + &lines.collect::<String>()
}

fn of(line: &LineDraft) -> (String, String) {
    let text = |content: &Content| {
        let bytes = content.bytes();
        shown(bytes.strip_suffix(b"\n").unwrap_or(&bytes))
    };
    (text(&line.seen), line.leaves.as_ref().map_or_else(|| STAYS.to_owned(), text))
}

/// `- ` as it was read, `+ ` as it leaves.
fn below(line: &LineDraft) -> String {
    let (seen, leaves) = of(line);
    if line.leaves.is_some() { format!("- {seen}\n+ {leaves}\n") } else { format!("- {seen}\n") }
}

/// As it was read on the left, as it leaves on the right.
fn beside(line: &LineDraft, width: usize) -> String {
    let column = (width.saturating_sub(BETWEEN.len()) / 2).max(NARROWEST);
    let (seen, leaves) = of(line);
    let (left, right) = (wrapped(&seen, column), wrapped(&leaves, column));
    let at = |lines: &[String], row: usize| lines.get(row).cloned().unwrap_or_default();
    let rows = 0..left.len().max(right.len());
    rows.map(|row| format!("{:column$}{BETWEEN}{}\n", at(&left, row), at(&right, row))).collect()
}

fn wrapped(text: &str, column: usize) -> Vec<String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(column).map(|chunk| chunk.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::output::tests::style, domain::FileHash};

    fn draft() -> DraftView {
        let text = "#sentinel-log 1\nuser from 203.0.113.7\n";
        let line = |seen: &[u8], leaves: Option<&str>| LineDraft {
            seen: Content::new(seen.to_vec()),
            leaves: leaves.map(|leaves| Content::new(leaves.as_bytes().to_vec())),
        };
        DraftView {
            state: DraftState::Kept,
            file_hash: FileHash::of(text.as_bytes()),
            bytes: text.len(),
            attackers: vec!["203.0.113.7".parse().unwrap()],
            post: None,
            log: Content::new(text.as_bytes().to_vec()),
            lines: vec![
                line(b"alice\x1b[2J from 203.0.113.7", Some("user from 203.0.113.7\n")),
                line(b"gate\xff", None),
            ],
        }
    }

    fn text(diff: bool, format: Format) -> String {
        Drafted { drafts: &[draft()], diff }.render(&style(format))
    }

    #[test]
    fn in_a_pipe_the_fields_come_first_then_the_log_as_it_is() {
        let text = text(false, Format::Plain);
        assert!(text.starts_with("state\tkept here, not published\nfile hash\t"), "{text}");
        assert!(text.ends_with("post\tnone\n\n#sentinel-log 1\nuser from 203.0.113.7\n\n"), "{text}");
    }

    #[test]
    fn what_was_read_stands_beside_what_leaves_and_cannot_command_the_terminal() {
        let shown = text(true, Format::Terminal);
        assert!(shown.contains("alice\\u{1b}[2J from 203.0.113.7"), "{shown}");
        assert!(shown.contains(" | user from 203.0.113.7\n") && shown.contains("gate\\xff "), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 80), "{shown}");
        let plain = text(true, Format::Plain);
        assert!(
            plain.contains(
                "#sentinel-log 1\n- alice\\u{1b}[2J from 203.0.113.7\n+ user from 203.0.113.7\n- gate\\xff\n"
            ),
            "{plain}"
        );
    }
}
