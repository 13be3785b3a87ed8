//! What was looked at, and what came of it.

use std::fmt;

use serde::Serialize;

use crate::cli::Exit;

/// What is thought of a finding; the later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Grade {
    /// As it should be.
    Ok,
    /// It cannot be told from here.
    Unknown,
    /// It works, and could be better.
    Warning,
    /// It does not work.
    Failed,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Unknown => "unknown",
            Self::Warning => "warning",
            Self::Failed => "failed",
        })
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    /// What was looked at.
    pub(super) check: &'static str,
    /// What is thought of it.
    pub(super) verdict: Grade,
    /// What was found.
    pub(super) found: String,
    /// What to do about it.
    pub(super) advice: Option<String>,
    #[serde(skip)]
    exit: Option<Exit>,
}

impl Check {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self { check, verdict: Grade::Ok, found: found.into(), advice: None, exit: None }
    }

    pub(super) fn unknown(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Grade::Unknown, advice: Some(advice.into()), ..Self::ok(check, found) }
    }

    pub(super) fn warning(check: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { verdict: Grade::Warning, advice: Some(advice.into()), ..Self::ok(check, found) }
    }

    pub(super) fn failed(
        check: &'static str,
        found: impl Into<String>,
        advice: impl Into<String>,
        exit: Exit,
    ) -> Self {
        Self { exit: Some(exit), verdict: Grade::Failed, ..Self::warning(check, found, advice) }
    }

    /// What the process is to end with because of it.
    pub(super) fn exit(&self) -> Option<Exit> {
        self.exit
    }
}
