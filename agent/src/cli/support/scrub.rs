//! A text without what says whose host it is: a word stands for each thing, the same word for the same thing.
//!
//! What has a form is found by it: URLs, addresses, keys, hashes, host names, mail addresses, paths. What has none, such as
//! a host's short name, has to be known. Of amounts that the ledger knows too, only the size stays.

use std::{
    collections::{BTreeSet, HashMap},
    net::IpAddr,
    sync::LazyLock,
};

use super::{
    amounts::without_amounts,
    urls::{replace_urls, split_port},
};
use crate::{cli::DOCS, config::SAMPLE, evidence::addresses_in, guard::plain};

/// Shortest known word that is taken out of the middle of others too.
const WITHIN: usize = 4;
/// Shortest text that may be a key in base58: with capitals, small letters and digits; of any; no word is as long.
const KEY: usize = 20;
const LONG_KEY: usize = 32;
/// Lengths of log ids, and of SHA-256 in hexadecimal digits.
const HASHES: [usize; 3] = [16, 40, 64];

/// What stands between words besides white space.
const BETWEEN: [char; 17] =
    ['"', '\'', '`', ',', ';', '(', ')', '{', '}', '[', ']', '<', '>', '|', '=', '\\', '*'];

/// Ends of file names that are no ends of host names.
const FILES: [&str; 11] =
    ["toml", "db", "sock", "log", "service", "socket", "json", "pem", "conf", "rules", "gz"];
/// Parts of paths that every such host has.
const PARTS: &str = "etc var run usr lib bin sbin proc dev tmp log home root status sentinel-agent conf.d sentinel.toml \
                     detected.toml state state.db control.sock identity.json reach.json logs mirrors tls fullchain.pem \
                     privkey.pem nginx apache2 httpd mail journal auth.log secure syslog messages kern.log ufw.log mail.log \
                     maillog daemon.log access.log error.log access_log error_log other_vhosts_access.log metrics health …";

/// The kinds of things that are hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Address,
    Name,
    Key,
    Hash,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Name => "name",
            Self::Key => "key",
            Self::Hash => "hash",
        }
    }
}

/// Takes private things out of texts, and remembers which word stands for which.
#[derive(Debug, Default)]
pub(super) struct Scrubber {
    /// Known words, the longest first.
    known: Vec<String>,
    numbers: HashMap<(Kind, String), usize>,
    counts: HashMap<Kind, usize>,
}

impl Scrubber {
    /// One that takes these words out wherever they stand.
    pub(super) fn knowing(words: &[String]) -> Self {
        let is_word =
            |word: &String| word.chars().any(char::is_alphanumeric) && !word.starts_with("localhost");
        let known: BTreeSet<String> =
            words.iter().map(|word| word.trim().to_lowercase()).filter(is_word).collect();
        let mut known: Vec<String> = known.into_iter().collect();
        known.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self { known, ..Self::default() }
    }

    /// The text without them.
    pub(super) fn scrub(&mut self, text: &str) -> String {
        let text = replace_urls(&without_amounts(text), |scheme, authority, _| {
            let (host, port) = split_port(authority.rsplit('@').next().unwrap_or_default());
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            format!("{scheme}://{}{port}/…", self.host(host))
        });
        let text = self.known_words(&text);
        let mut scrubbed = String::with_capacity(text.len());
        let mut word = String::new();
        let mut characters = text.chars();
        while let Some(c) = characters.next() {
            if !c.is_whitespace() && !BETWEEN.contains(&c) {
                word.push(c);
                continue;
            }
            scrubbed.push_str(&self.word(&std::mem::take(&mut word)));
            scrubbed.push(c);
            // What is escaped is no part of the word that follows it.
            if c == '\\' {
                scrubbed.extend(characters.next());
            }
        }
        scrubbed.push_str(&self.word(&word));
        scrubbed
    }

    fn hide(&mut self, kind: Kind, what: &str) -> String {
        let count = self.counts.entry(kind).or_default();
        let number = *self.numbers.entry((kind, what.to_lowercase())).or_insert_with(|| {
            *count += 1;
            *count
        });
        format!("<{} {number}>", kind.word())
    }

    fn host(&mut self, host: &str) -> String {
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(address) => self.address(host, address),
            Err(_) if host == "localhost" => host.to_owned(),
            Err(_) => self.hide(Kind::Name, host),
        }
    }

    /// Loopback and unspecified addresses are everybody's.
    fn address(&mut self, written: &str, address: IpAddr) -> String {
        let address = plain(address);
        if address.is_loopback() || address.is_unspecified() {
            return written.to_owned();
        }
        self.hide(Kind::Address, &address.to_string())
    }

    fn known_words(&mut self, text: &str) -> String {
        let mut text = text.to_owned();
        for word in std::mem::take(&mut self.known) {
            let hidden = self.hide(Kind::Name, &word);
            text = replace_word(&text, &word, &hidden);
            self.known.push(word);
        }
        text
    }

    fn word(&mut self, word: &str) -> String {
        let core = word.trim_end_matches(['.', ':', '!', '?']);
        let (core, end) = word.split_at(core.len());
        format!("{}{end}", self.core(core))
    }

    fn core(&mut self, word: &str) -> String {
        if word.len() < 2 || word.starts_with(DOCS) {
            return word.to_owned();
        }
        if let Some(path) = word.strip_prefix('/') {
            let parts: Vec<String> = path.split('/').map(|part| self.part(part)).collect();
            return format!("/{}", parts.join("/"));
        }
        let (host, port) = split_port(word);
        if is_mail_address(host) || is_host_name(host) {
            let port = port.map(|port| format!(":{port}")).unwrap_or_default();
            return format!("{}{port}", self.hide(Kind::Name, host));
        }
        if is_hardware_address(word) {
            return self.hide(Kind::Address, word);
        }
        self.without_addresses(word)
    }

    /// A part of a path: those that are no host's own stay.
    fn part(&mut self, part: &str) -> String {
        let (name, line) = split_port(part);
        if is_everybodys(name) || name.chars().all(|c| c.is_ascii_digit()) {
            return part.to_owned();
        }
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        format!("{}{line}", self.hide(Kind::Name, name))
    }

    fn without_addresses(&mut self, word: &str) -> String {
        let (mut scrubbed, mut done) = (String::new(), 0);
        for (range, address) in addresses_in(word.as_bytes()) {
            let (Some(before), Some(written)) = (word.get(done..range.start), word.get(range.clone())) else {
                continue;
            };
            scrubbed.push_str(&self.without_keys(before));
            scrubbed.push_str(&self.address(written, address));
            done = range.end;
        }
        scrubbed.push_str(&self.without_keys(word.get(done..).unwrap_or_default()));
        scrubbed
    }

    fn without_keys(&mut self, word: &str) -> String {
        let mut scrubbed = String::new();
        for run in word.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
            let core = run.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            let (core, end) = run.split_at(core.len());
            let kind = if is_hash(core) { Some(Kind::Hash) } else { is_key(core).then_some(Kind::Key) };
            match kind {
                Some(kind) => scrubbed.push_str(&self.hide(kind, core)),
                None => scrubbed.push_str(core),
            }
            scrubbed.push_str(end);
        }
        scrubbed
    }
}

/// Whether every such host has a part of a path that is called so.
fn is_everybodys(part: &str) -> bool {
    static KNOWN: LazyLock<BTreeSet<&str>> = LazyLock::new(|| PARTS.split_whitespace().collect());
    KNOWN.contains(part)
}

/// Whether a part of a path falls into several words that would not all be taken for parts of a path.
pub(super) fn falls_apart(part: &str) -> bool {
    let ends_word = |c: char| c.is_whitespace() || BETWEEN.contains(&c);
    let says_nothing =
        |word: &str| word.is_empty() || is_everybodys(word) || FILES.contains(&word.trim_start_matches('.'));
    part.contains(ends_word) && !part.split(ends_word).all(says_nothing)
}

/// The text with `word` replaced in upper and lower case: anywhere, or where it stands alone when it is short.
fn replace_word(text: &str, word: &str, with: &str) -> String {
    // To ASCII lower case no byte changes its place.
    let lower = text.to_ascii_lowercase();
    let word = word.to_ascii_lowercase();
    let of_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (mut replaced, mut done) = (String::with_capacity(text.len()), 0);
    for (at, _) in lower.match_indices(&word) {
        let end = at + word.len();
        let (before, behind) = (lower.get(..at), lower.get(end..));
        let is_within = of_word(before.and_then(|text| text.chars().next_back()))
            || of_word(behind.and_then(|text| text.chars().next()));
        if at < done || is_within && word.len() < WITHIN {
            continue;
        }
        replaced.push_str(text.get(done..at).unwrap_or_default());
        replaced.push_str(with);
        done = end;
    }
    replaced.push_str(text.get(done..).unwrap_or_default());
    replaced
}

fn is_mail_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty())
}

/// Whether it is a host name with a domain, and neither a key of the config nor a file.
fn is_host_name(word: &str) -> bool {
    static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(config_keys);
    let is_label =
        |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
    let Some((_, last)) = word.rsplit_once('.') else { return false };
    word.split('.').all(is_label)
        && last.chars().count() > 1
        && last.chars().all(char::is_alphabetic)
        && !FILES.contains(&last)
        && !KEYS.contains(word)
}

/// The keys of the config with their sections, as messages name them.
fn config_keys() -> BTreeSet<String> {
    let (mut keys, mut section) = (BTreeSet::new(), "");
    for line in SAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
            keys.insert(section.to_owned());
        } else if let Some((key, _)) = line.trim_start_matches("# ").split_once(" = ") {
            keys.insert(format!("{section}.{key}"));
        }
    }
    keys
}

fn is_hardware_address(word: &str) -> bool {
    let is_byte = |part: &str| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    word.split(':').count() == 6 && word.split(':').all(is_byte)
}

fn is_hash(word: &str) -> bool {
    HASHES.contains(&word.len())
        && word.bytes().all(|byte| byte.is_ascii_hexdigit())
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn is_key(word: &str) -> bool {
    let has = |of: fn(&u8) -> bool| word.bytes().any(|byte| of(&byte));
    let is_mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    (word.len() >= LONG_KEY || word.len() >= KEY && is_mixed)
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() && !b"0OIl".contains(&byte))
}
