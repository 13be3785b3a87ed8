//! The fields of a structured message: the members of a JSON object, or logfmt's `key=value key="two words"`.
//!
//! What is inside quotes cannot look like a field.

use crate::{json, split};

/// Name and value of each field, in their order; of an object only its own members. A value keeps its escapes. What is
/// not well formed ends early.
pub(crate) fn fields(message: &[u8]) -> Fields<'_> {
    if message.starts_with(b"{") { Fields::Json(json::members(message)) } else { Fields::Logfmt(message) }
}

/// See [`fields`].
#[derive(Debug)]
pub(crate) enum Fields<'a> {
    Json(json::Members<'a>),
    Logfmt(&'a [u8]),
}

impl<'a> Iterator for Fields<'a> {
    type Item = (&'a [u8], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Json(members) => {
                members.find(json::Member::is_outer).map(|member| (member.key, member.value))
            }
            Self::Logfmt(rest) => {
                let (key, value, after) = pair(rest)?;
                *rest = after;
                Some((key, value))
            }
        }
    }
}

/// `key=value ` or `key="value" `.
fn pair(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (key, value) = split::first(text, b"=")?;
    if key.contains(&b' ') || key.contains(&b'"') {
        return None;
    }
    let Some(quoted) = value.strip_prefix(b"\"") else {
        let (value, rest) = split::first(value, b" ").unwrap_or((value, &[]));
        return Some((key, value, rest));
    };
    let (value, rest) = split::quoted(quoted)?;
    Some((key, value, rest.strip_prefix(b" ").unwrap_or(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let shown =
            |(key, value)| format!("{}:{}", String::from_utf8_lossy(key), String::from_utf8_lossy(value));
        fields(text.as_bytes()).map(shown).collect()
    }

    #[test]
    fn both_formats_give_their_fields() {
        assert_eq!(shown(r#"a= b=c d="e \" f=g" h=i"#), ["a:", "b:c", r#"d:e \" f=g"#, "h:i"]);
        assert_eq!(shown(r#"{"a":"b","c":{"d":1},"e":2}"#), ["a:b", "e:2"]);
    }

    #[test]
    fn what_is_not_well_formed_ends_early() {
        assert_eq!(shown("a=b word c=d"), ["a:b"]);
        for text in ["", "=", "a", "a=\"", "a=\"\\", "{"] {
            assert!(shown(text).len() <= 1, "{text}");
        }
    }
}
