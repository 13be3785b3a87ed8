//! One entry as `journalctl --output=json` writes it.
//!
//! Source: <https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format>.

use std::borrow::Cow;

use serde::Deserialize;

use crate::sources::Message;

/// A decoded entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// Where it is.
    pub(super) cursor: String,
    /// What it says; `None` when it has no message.
    pub(super) message: Option<Message>,
}

impl Decoded {
    /// Decodes one line of JSON.
    pub(super) fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        let fields: Fields = serde_json::from_slice(json)?;
        let at = fields
            .realtime
            .and_then(|microseconds| microseconds.parse::<i64>().ok())
            .map(|time| time / 1_000_000);
        let program =
            fields.identifier.and_then(Field::into_bytes).and_then(|bytes| String::from_utf8(bytes).ok());
        let program = program.map(Cow::Owned);
        let message = fields.message.and_then(Field::into_bytes).map(|bytes| Message { at, program, bytes });
        Ok(Self { cursor: fields.cursor, message })
    }
}

#[derive(Deserialize)]
struct Fields {
    #[serde(rename = "__CURSOR")]
    cursor: String,
    #[serde(rename = "__REALTIME_TIMESTAMP")]
    realtime: Option<String>,
    #[serde(rename = "MESSAGE")]
    message: Option<Field>,
    #[serde(rename = "SYSLOG_IDENTIFIER")]
    identifier: Option<Field>,
}

/// A field's value: text, or bytes where it is not UTF-8, or a list of both where it was given more than once.
#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    Text(String),
    Bytes(Vec<u8>),
    Several(Vec<Option<Field>>),
}

impl Field {
    /// The value, the first one of several.
    fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.into_bytes()),
            Self::Bytes(bytes) => Some(bytes),
            Self::Several(values) => values.into_iter().flatten().next().and_then(Self::into_bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(json: &str) -> Option<Vec<u8>> {
        let json = format!(r#"{{"__CURSOR":"s=1","MESSAGE":{json}}}"#);
        Decoded::from_json(json.as_bytes()).unwrap().message.map(|message| message.bytes)
    }

    #[test]
    fn an_entry_gives_its_message_its_program_and_its_time_in_seconds() {
        let json = br#"{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1700000001999999","_BOOT_ID":"b",
            "SYSLOG_IDENTIFIER":"sshd-session","MESSAGE":"Invalid user a from 203.0.113.7 port 22"}"#;
        let expected = Message {
            at: Some(1_700_000_001),
            program: Some("sshd-session".into()),
            bytes: b"Invalid user a from 203.0.113.7 port 22".to_vec(),
        };
        assert_eq!(
            Decoded::from_json(json).unwrap(),
            Decoded { cursor: "s=1;i=2".to_owned(), message: Some(expected) }
        );
    }

    #[test]
    fn a_message_may_be_text_bytes_or_several_values() {
        assert_eq!(message(r#""a\u0000b\n""#).unwrap(), b"a\0b\n");
        assert_eq!(message("[255,0,98]").unwrap(), b"\xff\0b");
        assert_eq!(message(r#"["first","second"]"#).unwrap(), b"first");
        assert_eq!(message(r#"[null,[255,98],"second"]"#).unwrap(), b"\xffb");
    }

    #[test]
    fn an_entry_without_a_message_still_has_its_place() {
        assert_eq!(message("null"), None);
        assert_eq!(Decoded::from_json(br#"{"__CURSOR":"s=1"}"#).unwrap().cursor, "s=1");
    }

    #[test]
    fn what_is_not_an_entry_is_refused() {
        for json in
            ["", "{", "-- No entries --", r#"{"MESSAGE":"no cursor"}"#, r#"{"__CURSOR":"s","MESSAGE":{}}"#]
        {
            assert!(Decoded::from_json(json.as_bytes()).is_err(), "{json}");
        }
    }
}
