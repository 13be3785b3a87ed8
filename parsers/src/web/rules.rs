//! The rules by which a request is an attack: data, matched all at once.
//!
//! One rule a line, in columns separated by spaces; `#` begins a comment:
//!
//! ```text
//! # ID            KIND        PLACE     CONDITION  PATTERNS
//! dotenv          web-probe   path      *          /.env
//! wp-login        failed-login path     POST,200   /wp-login.php$
//! ```
//!
//! - `ID`: the rule's name, unique.
//! - `KIND`: the name of a [`Kind`], such as `web-probe`, `injection`, `scanner`, `failed-login`.
//! - `PLACE`: `path`, `query`, `uri` (path or query), `agent`, `any` of these, or `referrer`, which another page
//!   chooses for whom it sends. Paths, queries and referrers are decoded first: percent encoding, twice, and the log's
//!   own escapes. `path=` and so on: the case counts.
//! - `CONDITION`: `*`, or methods and statuses separated by commas, of which one each must be the request's:
//!   `POST,200,403`, `4xx`.
//! - `PATTERNS`: texts of which one is to be found in the place. `^` in front binds one to the beginning, `$` behind to
//!   the end. `\xHH` is any byte, such as `\x20` for a space.
//!
//! Where several rules match, the first in the file decides.

mod error;
mod patterns;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use memchr::memchr_iter;

use super::Request;
use super::decode::{decoded, hexadecimal};
use crate::Kind;
pub use error::{RuleError, RuleErrorKind};
use patterns::Patterns;

/// Most patterns of a file.
const MAX_RULES: usize = 10_000;
/// The shortest pattern that is not bound to an end: single bytes are in every request.
const MIN_PATTERN: usize = 2;

/// Rules, ready to be matched.
#[derive(Debug, Default)]
pub struct WebRules {
    rules: Vec<Rule>,
    /// What is looked for in each place, in the order of their bits.
    places: [Patterns; 4],
}

/// A rule for one of its patterns.
#[derive(Debug, Clone)]
struct Rule {
    id: String,
    kind: Kind,
    places: u8,
    methods: Vec<String>,
    statuses: Vec<(u16, u16)>,
    pattern: Vec<u8>,
    at_start: bool,
    at_end: bool,
    has_case: bool,
}

/// A rule that a request meets.
#[derive(Debug, Clone, Copy)]
pub(super) struct Match<'a> {
    pub(super) kind: Kind,
    /// What proves it, as the log has it: one parameter of a query, or another place as a whole.
    pub(super) text: &'a [u8],
}

/// Where a pattern may be found, a bit each.
const PATH: u8 = 1;
const QUERY: u8 = 2;
const AGENT: u8 = 4;
const REFERRER: u8 = 8;
const PLACES: [(&str, u8); 6] = [
    ("path", PATH),
    ("query", QUERY),
    ("uri", PATH | QUERY),
    ("agent", AGENT),
    ("referrer", REFERRER),
    ("any", PATH | QUERY | AGENT),
];

impl WebRules {
    /// The rules that come with this version.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(include_str!("../../rules/web.rules")).unwrap_or_default()
    }

    /// Reads a file of rules.
    ///
    /// # Errors
    /// When a line is not a rule: which one, and why.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        let mut rules: Vec<Rule> = Vec::new();
        let mut last = 0;
        for (line, text) in (1..).zip(text.lines()) {
            last = line;
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let new = Rule::parse(text).map_err(|kind| RuleError { line, kind })?;
            if let Some(rule) = new.iter().find(|rule| rules.iter().any(|other| other.id == rule.id)) {
                return Err(RuleError { line, kind: RuleErrorKind::Id(rule.id.clone()) });
            }
            if rules.len() + new.len() > MAX_RULES {
                return Err(RuleError { line, kind: RuleErrorKind::TooMany });
            }
            rules.extend(new);
        }
        let too_many = |_| RuleError { line: last, kind: RuleErrorKind::TooMany };
        let about = |place| {
            let meant = (0..).zip(&rules).filter(|(_, rule)| rule.places & place != 0);
            Patterns::of(meant.map(|(number, rule)| (number, &*rule.pattern))).map_err(too_many)
        };
        let places = [about(PATH)?, about(QUERY)?, about(AGENT)?, about(REFERRER)?];
        Ok(Self { rules, places })
    }

    /// How many patterns there are in all rules.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The first rule that `request` meets.
    pub(super) fn strongest<'a>(&self, request: &Request<'a>) -> Option<Match<'a>> {
        let places = [
            (PATH, request.path),
            (QUERY, request.query),
            (AGENT, request.agent.unwrap_or_default()),
            (REFERRER, request.referrer.unwrap_or_default()),
        ];
        let mut best: Option<(usize, u8, &'a [u8])> = None;
        for (place, text) in places {
            let before = best.map_or(usize::MAX, |(number, ..)| number);
            if let Some(number) = self.first_in(place, text, request).filter(|&number| number < before) {
                best = Some((number, place, text));
            }
        }
        let (number, place, text) = best?;
        let text = if place == QUERY { self.parameter(number, text, request) } else { text };
        Some(Match { kind: self.rules.get(number)?.kind, text })
    }

    /// The number of the first rule that matches in `text`.
    fn first_in(&self, place: u8, text: &[u8], request: &Request<'_>) -> Option<usize> {
        let patterns = self.places.get(usize::try_from(place.trailing_zeros()).ok()?)?;
        let is_met = |text: &[u8], (number, range): (usize, Range<usize>)| {
            self.rules.get(number)?.holds(place, text, range, request).then_some(number)
        };
        let first = |text: &[u8]| patterns.found_in(text).filter_map(|found| is_met(text, found)).min();
        if place == AGENT { first(text) } else { decoded(text, place == QUERY, first) }
    }

    /// The parameter of `query` in which the rule matches alone; all of it if none does.
    fn parameter<'a>(&self, number: usize, query: &'a [u8], request: &Request<'_>) -> &'a [u8] {
        let ends = memchr_iter(b'&', query).chain([query.len()]);
        let mut start = 0;
        for end in ends {
            let parameter = query.get(start..end).unwrap_or_default();
            if self.first_in(QUERY, parameter, request) == Some(number) {
                return parameter;
            }
            start = end + 1;
        }
        query
    }
}

impl Rule {
    /// A line, pattern by pattern.
    fn parse(line: &str) -> Result<Vec<Self>, RuleErrorKind> {
        let mut rest = line;
        let mut column = || {
            let (word, after) = rest.split_once(char::is_whitespace)?;
            rest = after.trim_start();
            Some(word)
        };
        let columns = (column(), column(), column(), column());
        let (Some(id), Some(kind), Some(place), Some(condition)) = columns else {
            return Err(RuleErrorKind::Columns);
        };
        let (place, has_case) = place.strip_suffix('=').map_or((place, false), |place| (place, true));
        let known = PLACES.iter().find(|(name, _)| *name == place);
        let (methods, statuses) = conditions(condition)?;
        let rule = Self {
            id: id.to_string(),
            kind: kind.parse().map_err(|_| RuleErrorKind::Kind(kind.to_string()))?,
            places: known.ok_or_else(|| RuleErrorKind::Place(place.to_string()))?.1,
            methods,
            statuses,
            pattern: Vec::new(),
            at_start: false,
            at_end: false,
            has_case,
        };
        rest.split_whitespace().map(|text| rule.with(text)).collect()
    }

    /// The same with this pattern.
    fn with(&self, text: &str) -> Result<Self, RuleErrorKind> {
        let (unbound, at_start) = text.strip_prefix('^').map_or((text, false), |text| (text, true));
        let (unbound, at_end) = unbound.strip_suffix('$').map_or((unbound, false), |text| (text, true));
        let pattern = pattern(unbound, at_start || at_end);
        let pattern = pattern.ok_or_else(|| RuleErrorKind::Pattern(text.to_string()))?;
        Ok(Self { pattern, at_start, at_end, ..self.clone() })
    }

    /// Whether a match of the pattern at `range` of `text` is one of the rule.
    fn holds(&self, place: u8, text: &[u8], range: Range<usize>, request: &Request<'_>) -> bool {
        self.places & place != 0
            && (!self.at_start || range.start == 0)
            && (!self.at_end || range.end == text.len())
            && (!self.has_case || text.get(range) == Some(&self.pattern))
            && (self.methods.is_empty()
                || self.methods.iter().any(|method| method.as_bytes() == request.method))
            && (self.statuses.is_empty()
                || self.statuses.iter().any(|(least, most)| (*least..=*most).contains(&request.status)))
    }
}

/// Methods, and statuses with their last.
type Conditions = (Vec<String>, Vec<(u16, u16)>);

fn conditions(text: &str) -> Result<Conditions, RuleErrorKind> {
    let (mut methods, mut statuses) = (Vec::new(), Vec::new());
    for word in text.split(',').filter(|_| text != "*") {
        let hundred = word.strip_suffix("xx").and_then(|digit| digit.parse::<u16>().ok());
        match (hundred, word.parse::<u16>()) {
            (Some(hundred @ 1..=5), _) => statuses.push((hundred * 100, hundred * 100 + 99)),
            (_, Ok(status @ 100..=599)) => statuses.push((status, status)),
            _ if !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase()) => {
                methods.push(word.to_string());
            }
            _ => return Err(RuleErrorKind::Condition(word.to_string())),
        }
    }
    Ok((methods, statuses))
}

/// The bytes of a pattern with its escapes read.
fn pattern(text: &str, is_bound: bool) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        (bytes, rest) = match (byte, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                bytes.push(hexadecimal(*high, *low)?);
                (bytes, after)
            }
            (b'\\', [b'\\', after @ ..]) => {
                bytes.push(b'\\');
                (bytes, after)
            }
            (b'\\', _) => return None,
            _ => {
                bytes.push(byte);
                (bytes, after)
            }
        };
    }
    let shortest = if is_bound { 1 } else { MIN_PATTERN };
    Some(bytes).filter(|bytes| bytes.len() >= shortest)
}

#[cfg(test)]
mod tests;
