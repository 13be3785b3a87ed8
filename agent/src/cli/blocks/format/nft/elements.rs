//! Elements of nftables' sets (libnftables-json(5)), read one by one.

use std::net::IpAddr;

use ipnetwork::IpNetwork;
use nftables::expr::{Expression, NamedExpression, Range};

use crate::{
    cli::blocks::format::{Item, NoItem, network, pieces::List, range},
    control::Expiry,
    kernel::{Holds, held_in},
};

/// Whether a list under these keys holds elements that are there or are added.
pub(in crate::cli::blocks::format) fn lists(path: &[&str]) -> bool {
    let Some(path) = path.strip_prefix(&["nftables"]) else { return false };
    matches!(path.strip_prefix(&["add"]).unwrap_or(path), ["set" | "element", "elem"])
}

/// The networks of one element.
pub(in crate::cli::blocks::format) fn items(element: &str, list: List<'_>) -> Vec<Result<Item, NoItem>> {
    match read(element, list) {
        Ok(items) => items.into_iter().map(Ok).collect(),
        Err(why) => vec![Err(why)],
    }
}

fn read(element: &str, list: List<'_>) -> Result<Vec<Item>, NoItem> {
    let set = list.name.ok_or("its set has no name before its elements, where nft writes it")?;
    let element: Expression<'_> =
        serde_json::from_str(element).map_err(|error| format!("no element of set {set}: {error}"))?;
    let (value, timeout, comment) = match &element {
        Expression::Named(NamedExpression::Elem(elem)) => {
            (&*elem.val, elem.expires.or(elem.timeout), elem.comment.as_deref())
        }
        other => (other, None, None),
    };
    let expiry = timeout.map(|seconds| Expiry::In(seconds.into()));
    let item = |network| Item { network, expiry, comment: comment.map(str::to_owned) };
    Ok(networks(set, value)?.into_iter().map(item).collect())
}

fn networks(set: &str, value: &Expression<'_>) -> Result<Vec<IpNetwork>, NoItem> {
    let none = || format!("an element of set {set} is no network");
    match value {
        Expression::String(text) => Ok(vec![cut(set, network(text)?)?]),
        Expression::Named(NamedExpression::Prefix(prefix)) => match &*prefix.addr {
            Expression::String(address) => Ok(vec![network(&format!("{address}/{}", prefix.len))?]),
            _ => Err(none().into()),
        },
        Expression::Range(between) => Ok(split(between).ok_or_else(none)?),
        _ => Err(none().into()),
    }
}

fn split(between: &Range<'_>) -> Option<Vec<IpNetwork>> {
    let [Expression::String(first), Expression::String(last)] = &between.range else { return None };
    range::networks(first.parse().ok()?, last.parse().ok()?)
}

/// In a set of a prefix length, which the agent's own name tells, an address stands for the network around it.
fn cut(set: &str, address: IpNetwork) -> Result<IpNetwork, NoItem> {
    match held_in(set) {
        None => Ok(address),
        Some(Holds::NothingBlocked) => {
            Err(NoItem::PassedOver(format!("{address} stands in set {set}, which blocks nobody")))
        }
        Some(Holds::Blocked { is_ipv4, prefix }) => {
            let fits = matches!(address.ip(), IpAddr::V4(_)) == is_ipv4;
            let around = IpNetwork::new(address.ip(), prefix).ok().filter(|_| fits);
            Ok(around
                .ok_or_else(|| format!("{address} stands in set {set}, whose name fits no such address"))?)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use crate::{
        cli::blocks::format::tests::{networks, read, troubles},
        control::Expiry,
    };

    /// What nft lists of a set.
    fn listing(set: &str, elements: &str) -> String {
        format!(
            "{{\"nftables\": [{{\"metainfo\": {{\"version\": \"1.0.6\", \"release_name\": \"x\"}}}}, {{\"set\": {{\"family\": \
             \"inet\", \"name\": \"{set}\", \"table\": \"t\", \"type\": \"ipv4_addr\", \"handle\": 1, \"flags\": [\"interval\", \
             \"timeout\"], \"elem\": [{elements}]}}}}]}}"
        )
    }

    #[test]
    fn elements_of_all_kinds_are_read() {
        let elements = r#"{"elem": {"val": "203.0.113.7", "timeout": 60, "expires": 40, "comment": "x"}},
            {"prefix": {"addr": "192.0.2.0", "len": 24}}, "203.0.113.8", {"range": ["198.51.100.2", "198.51.100.5"]},
            {"elem": {"val": {"range": ["198.51.100.8", "198.51.100.9"]}, "timeout": 3600, "expires": 3599}}"#;
        let text = listing("bad", elements);
        assert_eq!(
            networks(&text),
            [
                "203.0.113.7/32",
                "192.0.2.0/24",
                "203.0.113.8/32",
                "198.51.100.2/31",
                "198.51.100.4/31",
                "198.51.100.8/31"
            ]
        );
        let items: Vec<_> = read(text.as_bytes()).into_iter().map(|(_, item)| item.unwrap()).collect();
        assert_eq!((items[0].expiry, items[0].comment.as_deref()), (Some(Expiry::In(40)), Some("x")));
        assert_eq!((items[1].expiry, items[5].expiry), (None, Some(Expiry::In(3599))));
    }

    #[test]
    fn a_set_of_sixty_thousand_elements_with_timeouts_is_read() {
        let mut elements = String::new();
        for n in 0..60_000 {
            let comma = if n == 0 { "" } else { ", " };
            let value = format!("11.{}.{}.{}", n / 62_500, n / 250 % 250, n % 250);
            write!(
                elements,
                "{comma}{{\"elem\": {{\"val\": \"{value}\", \"timeout\": 86400, \"expires\": 8640}}}}"
            )
            .unwrap();
        }
        let text = listing("crowdsec-blacklists", &elements);
        assert!(text.len() > 4_000_000);
        assert_eq!(networks(&text).len(), 60_000);
    }

    #[test]
    fn a_foreign_set_whose_name_ends_with_a_number_widens_nothing() {
        for set in ["blacklist_4", "blocked_4", "crowdsec_8", "blocked5_4"] {
            assert_eq!(networks(&listing(set, "\"203.0.113.7\"")), ["203.0.113.7/32"], "{set}");
        }
        for set in ["blocked4_24", "peers4_24", "blocked4_24_b"] {
            assert_eq!(networks(&listing(set, "\"203.0.113.0\"")), ["203.0.113.0/24"], "{set}");
        }
        let (_, why) = troubles(listing("blocked4_8", "\"2001:db8::1\"").as_bytes()).remove(0);
        assert!(why.contains("blocked4_8, whose name fits no such address"), "{why}");
    }

    #[test]
    fn what_always_passes_and_what_leads_to_other_sets_is_passed_over() {
        for set in ["allowed4", "blocked4_gate25"] {
            let (_, why) = troubles(listing(set, "\"203.0.113.0\"").as_bytes()).remove(0);
            assert!(why.contains(&format!("set {set}, which blocks nobody")), "{why}");
        }
    }

    #[test]
    fn what_is_deleted_is_not_blocked_and_what_is_no_network_is_named() {
        let text = r#"{"nftables":[{"delete":{"element":{"family":"inet","table":"t","name":"s","elem":["203.0.113.7"]}}},
            {"add":{"element":{"family":"inet","table":"t","name":"s","elem":["203.0.113.8"]}}}]}"#;
        assert_eq!(networks(text), ["203.0.113.8/32"]);
        let (_, why) = troubles(listing("ports", "22").as_bytes()).remove(0);
        assert_eq!(why, "an element of set ports is no network");
        let (_, why) = troubles(br#"{"nftables":[{"set":{"elem":["203.0.113.8"],"name":"s"}}]}"#).remove(0);
        assert!(why.contains("no name before its elements"), "{why}");
    }
}
