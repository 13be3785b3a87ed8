//! CrowdSec's decisions, as `cscli decisions list -o json` prints them: alerts, each with its decisions.

use jiff::SignedDuration;
use serde::Deserialize;

use super::{Item, NoItem, excerpt, network};
use crate::control::Expiry;

/// What of a decision is read.
#[derive(Deserialize)]
struct Decision {
    #[serde(rename = "type")]
    kind: String,
    scope: String,
    value: String,
    duration: Option<String>,
    scenario: Option<String>,
    #[serde(default)]
    simulated: bool,
}

/// Whether a list under these keys holds decisions.
pub(super) fn lists(path: &[&str]) -> bool {
    path == ["decisions"]
}

/// The network of one decision; only a ban of an address or a network has one.
pub(super) fn item(decision: &str) -> Result<Item, NoItem> {
    let decision: Decision =
        serde_json::from_str(decision).map_err(|error| format!("no decision: {error}"))?;
    let Decision { kind, scope, value, duration, scenario, simulated } = decision;
    let is = |text: &str, wanted: &str| text.eq_ignore_ascii_case(wanted);
    if simulated || !is(&kind, "ban") || !(is(&scope, "ip") || is(&scope, "range")) {
        let only = if simulated { "only simulated" } else { "no ban of an address or a network" };
        let told = excerpt(&format!("{kind} of {scope} {value}"));
        return Err(NoItem::PassedOver(format!("passed over, as it is {only}: {told}")));
    }
    let expiry = duration.as_deref().map(left).transpose()?;
    Ok(Item { network: network(&value)?, expiry, comment: scenario.filter(|scenario| !scenario.is_empty()) })
}

/// The time left, such as `3h59m12.5s`; nothing of a decision that has ended (`-5m3s`). Rounded up.
fn left(duration: &str) -> Result<Expiry, String> {
    let left: SignedDuration =
        duration.parse().map_err(|_| format!("'{}' is no length of time", excerpt(duration)))?;
    let more = u64::from(left.subsec_nanos() > 0);
    Ok(Expiry::In(u64::try_from(left.as_secs()).map_or(0, |seconds| seconds + more)))
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::{
        cli::blocks::format::{
            NoItem,
            tests::{networks, read, troubles},
        },
        control::Expiry,
    };

    /// What CrowdSec prints, shortened.
    const DECISIONS: &str = r#"[
  {
    "capacity": 5,
    "created_at": "2026-11-23T04:00:00Z",
    "decisions": [
      {"duration": "3h59m12.3s", "id": 1, "origin": "crowdsec", "scenario": "crowdsecurity/ssh-bf", "scope": "Ip",
       "simulated": false, "type": "ban", "value": "203.0.113.7"},
      {"duration": "-5m3s", "scope": "Ip", "type": "ban", "value": "203.0.113.8"},
      {"duration": "167h0m0s", "scope": "Range", "type": "ban", "value": "198.51.100.0/24"},
      {"duration": "3h", "scope": "Ip", "type": "captcha", "value": "203.0.113.9"}
    ],
    "events": [{"meta": [{"key": "source_ip", "value": "203.0.113.250"}]}]
  },
  {
    "decisions": [
      {"duration": "3h", "scope": "AS", "type": "ban", "value": "64496"},
      {"duration": "3h", "scope": "Ip", "simulated": true, "type": "ban", "value": "203.0.113.10"},
      {"duration": "soon", "scope": "Ip", "type": "ban", "value": "203.0.113.11"}
    ]
  }
]"#;

    #[test]
    fn bans_of_addresses_and_networks_are_taken_with_the_time_that_they_have_left() {
        let found = read(DECISIONS.as_bytes()).into_iter().filter_map(|(_, item)| item.ok());
        let items: Vec<_> = found.map(|item| (item.network.to_string(), item.expiry)).collect();
        let of = |network: &str, seconds| (network.to_owned(), Some(Expiry::In(seconds)));
        assert_eq!(
            items,
            [of("203.0.113.7/32", 14_353), of("203.0.113.8/32", 0), of("198.51.100.0/24", 601_200)]
        );
        let first = read(DECISIONS.as_bytes()).remove(0);
        assert_eq!(first.1.unwrap().comment.as_deref(), Some("crowdsecurity/ssh-bf"));
    }

    #[test]
    fn other_decisions_are_passed_over_and_named() {
        let nothing = read(DECISIONS.as_bytes()).into_iter().filter_map(|(_, item)| item.err());
        let passed_over = nothing.filter(|why| matches!(why, NoItem::PassedOver(_))).count();
        assert_eq!(passed_over, 3);
        let told: Vec<String> = troubles(DECISIONS.as_bytes()).into_iter().map(|(_, why)| why).collect();
        assert_eq!(
            told,
            [
                "passed over, as it is no ban of an address or a network: captcha of Ip 203.0.113.9",
                "passed over, as it is no ban of an address or a network: ban of AS 64496",
                "passed over, as it is only simulated: ban of Ip 203.0.113.10",
                "'soon' is no length of time"
            ]
        );
    }

    #[test]
    fn an_alert_with_the_decisions_of_a_whole_list_is_read() {
        let mut decisions = String::new();
        for n in 0..50_000 {
            let comma = if n == 0 { "" } else { ",\n" };
            let value = format!("11.0.{}.{}", n / 250, n % 250);
            write!(decisions, r#"{comma}{{"duration":"24h","scope":"Ip","type":"ban","value":"{value}"}}"#)
                .unwrap();
        }
        assert_eq!(networks(&format!("[{{\"decisions\":[{decisions}]}}]")).len(), 50_000);
    }
}
