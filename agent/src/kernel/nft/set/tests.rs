//! Names of sets.

use super::*;

#[test]
fn a_set_is_named_by_scope_family_and_prefix_length() {
    let set = |network: &str, scope, side| SetId::of(network.parse().unwrap(), scope, side);
    let name = |network, scope| set(network, scope, Side::First).to_string();
    assert_eq!(name("203.0.113.7", Scope::All), "blocked4");
    assert_eq!(name("203.0.113.0/24", Scope::All), "blocked4_24");
    assert_eq!(name("2001:db8::/64", Scope::Inbound), "peers6_64");
    assert_eq!(name("2001:db8::1", Scope::Inbound), "peers6");
    let odd = set("203.0.113.0/27", Scope::All, Side::Second);
    assert_eq!(
        (odd.to_string(), odd.gate().unwrap().to_string()),
        ("blocked4_27_b".into(), "blocked4_gate25_b".into())
    );
}

#[test]
fn every_name_is_read_back_and_no_other() {
    for side in [Side::First, Side::Second] {
        for prefix in 0..=32 {
            let set = SetId { side, role: Role::Exact, scope: Scope::All, family: Family::V4, prefix };
            assert_eq!(SetId::parse(&set.to_string()), Some(set));
            assert!(set.gate().is_none_or(|gate| SetId::parse(&gate.to_string()) == Some(gate)));
        }
    }
    let others = [
        "blocked4_32",
        "blocked4_33",
        "blocked4_024",
        "blocked4_",
        "blocked5",
        "allowed4",
        "",
        "blocked4_b_b",
        "blocked4_b_24",
        "blocked4_gate",
        "blocked4_gate_b",
        "blocked4_24_c",
    ];
    for name in others {
        assert_eq!(SetId::parse(name), None, "{name}");
    }
}
