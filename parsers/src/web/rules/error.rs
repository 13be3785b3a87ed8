//! Why a file of rules is refused.

use alloc::string::String;
use core::fmt;

use super::{MAX_RULES, MIN_PATTERN};

/// Why a file of rules is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleError {
    /// The line in the file, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub kind: RuleErrorKind,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleErrorKind {
    /// Fewer than five columns.
    Columns,
    /// The name stands for another rule already.
    Id(String),
    /// No such kind of event.
    Kind(String),
    /// No such place.
    Place(String),
    /// Neither a method nor a status.
    Condition(String),
    /// Too short a pattern, or an escape that is none.
    Pattern(String),
    /// More rules, or longer patterns, than can be matched at once.
    TooMany,
}

impl fmt::Display for RuleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.kind)
    }
}

impl fmt::Display for RuleErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Columns => f.write_str("expected five columns: ID KIND PLACE CONDITION PATTERN"),
            Self::Id(id) => write!(f, "'{id}' is the name of an earlier rule"),
            Self::Kind(kind) => write!(f, "'{kind}' is no kind of event: {}", crate::kind::UnknownKind),
            Self::Place(place) => {
                write!(f, "'{place}' is no place, expected path, query, uri, agent, referrer or any")
            }
            Self::Condition(word) => {
                write!(f, "'{word}' is neither a method such as POST nor a status such as 404 or 4xx")
            }
            Self::Pattern(text) => {
                write!(
                    f,
                    "the pattern '{text}' is shorter than {MIN_PATTERN} bytes or has an escape that is not \\xHH"
                )
            }
            Self::TooMany => write!(f, "more than {MAX_RULES} patterns, or too long patterns"),
        }
    }
}

impl core::error::Error for RuleError {}
