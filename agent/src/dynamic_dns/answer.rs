//! What a service says to an update.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What became of an update.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The name has the new address.
    Updated,
    /// It had it already.
    Unchanged,
    /// It may work later.
    Later,
    /// It will not work before the operator changes something.
    Refused,
}

/// What a service said, in words of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// What became of the update.
    pub verdict: Verdict,
    /// What it means, and what to do about it where something is.
    pub meaning: String,
    /// How long the service asks to be left alone at least.
    pub rest: SignedDuration,
}

/// Providers ask for as much after an error of their own.
const THEIR_FAULT: SignedDuration = SignedDuration::from_mins(30);

/// The words of dyndns2 (<https://help.dyn.com/return-codes.html>, <https://developer.noip.com/reference/nic_update>)
/// and of DuckDNS (<https://www.duckdns.org/spec.jsp>).
const WORDS: [(&str, Verdict, &str); 16] = [
    ("good", Verdict::Updated, "good: the name has the new address"),
    ("OK", Verdict::Updated, "OK: the name has the address"),
    ("UPDATED", Verdict::Updated, "UPDATED: the name has the new address"),
    ("nochg", Verdict::Unchanged, "nochg: the name had this address already"),
    ("NOCHANGE", Verdict::Unchanged, "NOCHANGE: the name had this address already"),
    ("KO", Verdict::Refused, "KO: refused; are the domain and the token right?"),
    ("badauth", Verdict::Refused, "badauth: the user name or the password is wrong"),
    ("nohost", Verdict::Refused, "nohost: this account has no such host name"),
    ("notfqdn", Verdict::Refused, "notfqdn: the host name in the URL is not a full one"),
    ("numhost", Verdict::Refused, "numhost: too many host names, or too few, in the URL"),
    ("!yours", Verdict::Refused, "!yours: the host name belongs to another account"),
    ("!donator", Verdict::Refused, "!donator: the URL asks for what this account has not paid for"),
    ("badagent", Verdict::Refused, "badagent: the service does not let this program in"),
    ("abuse", Verdict::Refused, "abuse: the host name is blocked for too many updates; ask the service"),
    ("911", Verdict::Later, "911: the service has trouble of its own"),
    ("dnserr", Verdict::Later, "dnserr: the service has trouble of its own"),
];

impl Answer {
    /// Understands an answer: the least hopeful of the words it consists of, or else its status code.
    #[must_use]
    pub fn read(status: u16, body: &[u8]) -> Self {
        let text = String::from_utf8_lossy(body);
        let words = text.lines().filter_map(|line| line.split_whitespace().next());
        let known = words.filter_map(|said| WORDS.iter().find(|(word, ..)| *word == said));
        match known.max_by_key(|(_, verdict, _)| *verdict) {
            // Who says "later" in a word of the protocol has trouble, and counts who asks meanwhile.
            Some((_, Verdict::Later, meaning)) => Self::new(Verdict::Later, *meaning, THEIR_FAULT),
            Some((_, verdict, meaning)) => Self::new(*verdict, *meaning, SignedDuration::ZERO),
            None => Self::of_status(status, &text),
        }
    }

    /// The service could not be asked.
    #[must_use]
    pub fn unreachable(error: &impl std::fmt::Display) -> Self {
        Self::new(Verdict::Later, error.to_string(), SignedDuration::ZERO)
    }

    /// The service was not asked, as the update URL is none with what is to be filled in.
    #[must_use]
    pub fn no_url() -> Self {
        let meaning = "with the addresses and the password filled in, the update URL is none: correct it";
        Self::new(Verdict::Refused, meaning, SignedDuration::ZERO)
    }

    fn new(verdict: Verdict, meaning: impl Into<String>, rest: SignedDuration) -> Self {
        Self { verdict, meaning: meaning.into(), rest }
    }

    fn of_status(status: u16, text: &str) -> Self {
        let says_error =
            text.trim_start().get(..5).is_some_and(|beginning| beginning.eq_ignore_ascii_case("error"));
        let (verdict, meaning) = match status {
            200..=299 if says_error => (Verdict::Refused, "it begins its answer with \"error\""),
            200..=299 => (Verdict::Updated, "taken for a yes, in words unknown to this agent"),
            300..=399 => (Verdict::Refused, "it redirects, which is not followed: correct the URL"),
            401 | 403 => (Verdict::Refused, "the credentials are wrong"),
            408 | 425 | 429 | 500.. => (Verdict::Later, "the service has trouble of its own"),
            _ => (Verdict::Refused, "the URL is wrong"),
        };
        Self::new(verdict, format!("status {status}: {meaning}"), SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(status: u16, body: &str) -> Verdict {
        Answer::read(status, body.as_bytes()).verdict
    }

    #[test]
    fn duckdns_is_understood_short_and_verbose() {
        assert_eq!(verdict(200, "OK"), Verdict::Updated);
        assert_eq!(verdict(200, "KO"), Verdict::Refused);
        assert_eq!(verdict(200, "OK\n203.0.113.5\n\nUPDATED"), Verdict::Updated);
        assert_eq!(verdict(200, "OK\n203.0.113.5\n2001:db8::5\nNOCHANGE"), Verdict::Unchanged);
    }

    #[test]
    fn dyndns2_is_understood_whatever_its_status_code() {
        for (status, body, expected) in [
            (200, "good 203.0.113.5", Verdict::Updated),
            (200, "nochg 203.0.113.5\r\n", Verdict::Unchanged),
            (401, "badauth", Verdict::Refused),
            (200, "nohost", Verdict::Refused),
            (200, "abuse", Verdict::Refused),
            (200, "!donator", Verdict::Refused),
            (200, "911", Verdict::Later),
            (500, "911", Verdict::Later),
            (200, "good 203.0.113.5\nnohost\n", Verdict::Refused),
        ] {
            assert_eq!(verdict(status, body), expected, "{status} {body}");
        }
        let rest = |status, body| Answer::read(status, body).rest.as_mins();
        assert_eq!((rest(200, b"911".as_slice()), rest(200, b"good"), rest(503, b"")), (30, 0, 0));
    }

    #[test]
    fn of_an_unknown_service_the_status_code_counts_and_its_words_are_not_repeated() {
        for (status, body, expected) in [
            (200, "Updated 1 host with token s3cret", Verdict::Updated),
            (200, "ERROR: Invalid update URL s3cret", Verdict::Refused),
            (302, "s3cret", Verdict::Refused),
            (403, "s3cret", Verdict::Refused),
            (404, "", Verdict::Refused),
            (429, "", Verdict::Later),
            (503, "s3cret", Verdict::Later),
        ] {
            let answer = Answer::read(status, body.as_bytes());
            assert_eq!(answer.verdict, expected, "{status} {body}");
            assert!(!answer.meaning.contains("s3cret"), "{}", answer.meaning);
        }
        assert_eq!(verdict(200, ""), Verdict::Updated);
        assert_eq!(verdict(200, "\u{e4}\u{f6}\u{fc}"), Verdict::Updated);
    }
}
