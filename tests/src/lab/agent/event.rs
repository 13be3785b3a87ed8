//! What the daemon says it did.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Something that the agent says it did.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, by the agent's own clock.
    pub at: Timestamp,
    /// Which step of the path from log line to kernel.
    pub step: String,
    /// What happened, in words.
    pub message: String,
    /// To whom and by what.
    pub fields: Map<String, Value>,
}

impl Event {
    /// Reads a log line of the agent (`--log-format json`), when it is a step.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Written {
            timestamp: Timestamp,
            fields: Fields,
        }
        #[derive(Deserialize)]
        struct Fields {
            step: String,
            message: String,
            #[serde(flatten)]
            others: Map<String, Value>,
        }
        let Written { timestamp, fields } = serde_json::from_str(line).ok()?;
        Some(Self { at: timestamp, step: fields.step, message: fields.message, fields: fields.others })
    }

    /// Whether it is about this network (its address will do), or about none in particular.
    #[must_use]
    pub fn concerns(&self, network: &str) -> bool {
        self.fields.get("network").is_none_or(|named| {
            named.as_str().is_some_and(|named| named.split('/').next() == network.split('/').next())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCKED: &str = r#"{"timestamp":"2026-11-23T02:00:30.123456Z","level":"INFO","fields":
        {"message":"drops 203.0.113.7/32","step":"blocked","network":"203.0.113.7/32"}}"#;

    #[test]
    fn a_step_keeps_its_time_and_what_it_was_about() {
        let event = Event::parse(BLOCKED).unwrap();
        assert_eq!(event.at, "2026-11-23T02:00:30.123456Z".parse().unwrap());
        assert_eq!((event.step.as_str(), event.message.as_str()), ("blocked", "drops 203.0.113.7/32"));
        assert!(event.concerns("203.0.113.7") && !event.concerns("203.0.113.70"));
    }

    #[test]
    fn other_lines_are_no_steps() {
        assert!(Event::parse("thread 'main' panicked").is_none());
        assert!(Event::parse(&BLOCKED.replace("\"step\":\"blocked\",", "")).is_none());
    }
}
