use crate::testing::{tells, tells_nothing};

const BANNERS: [&str; 6] = [
    "[2026-11-23 02:00:01] NOTICE[7] chan_sip.c:",
    "[Nov 23 02:00:01] NOTICE[7][C-00000007]: chan_sip.c:28468 handle_request_register:",
    "Nov 23 02:00:01 pbx asterisk[7]: NOTICE[8]: chan_sip.c:23417 in handle_request_register:",
    "[2026-11-23 02:00:01] NOTICE [7] manager.c:",
    "NOTICE[7]: res_pjsip/pjsip_distributor.c:",
    "[2026-11-23 02:00:01] WARNING[7][C-00000007] chan_iax2.c:",
];

const CHANNELS: [(&str, &str); 15] = [
    (
        "Registration from '<sip:7@a.example>' failed for '203.0.113.7:5060' - Wrong password",
        "failed-login 203.0.113.7 port 5060 by <sip:7@a.example>",
    ),
    (
        "Registration from '7' failed for '203.0.113.7' - No matching peer found",
        "invalid-user 203.0.113.7 by 7 claimed",
    ),
    (
        "Registration from '7' failed for '[2001:db8::7]:5060' - ACL error (permit/deny)",
        "user-not-allowed 2001:db8::7 by 7 claimed",
    ),
    (
        "Request 'INVITE' from '<sip:7@a>' failed for '203.0.113.7:5060' (callid: x) - No matching endpoint found after 5 tries in 2.5 ms",
        "invalid-user 203.0.113.7 by <sip:7@a> claimed",
    ),
    (
        "Request from '7' failed for '203.0.113.7:5060' (callid: x) - Failed to authenticate",
        "failed-login 203.0.113.7 by 7 claimed",
    ),
    (
        "Call from '' (203.0.113.7:5060) to extension '+44' rejected because extension not found in context 'default'.",
        "relay-denied 203.0.113.7 claimed",
    ),
    (
        "Call from 'anonymous' (TLS:[203.0.113.7]:5061) to extension '44' rejected because extension not found in context 'in'.",
        "relay-denied 203.0.113.7 port 5061",
    ),
    (
        "anonymous: Call (UDP:203.0.113.7:5060) to extension '44' rejected because extension not found in context 'in'.",
        "relay-denied 203.0.113.7 claimed",
    ),
    ("Host 203.0.113.7 failed MD5 authentication for 'bob' (aa != bb)", "failed-login 203.0.113.7 by bob"),
    ("Host 203.0.113.7 failed to authenticate as 'bob'", "failed-login 203.0.113.7 by bob claimed"),
    ("No registration for peer 'x' (from 203.0.113.7)", "invalid-user 203.0.113.7 by x claimed"),
    (
        "Rejected connect attempt from 203.0.113.7, who was trying to reach '44@in'",
        "relay-denied 203.0.113.7 claimed",
    ),
    ("203.0.113.7 failed to authenticate as 'admin'", "failed-login 203.0.113.7 by admin"),
    ("203.0.113.7 tried to authenticate with nonexistent user 'x'", "invalid-user 203.0.113.7 by x"),
    ("hacking attempt detected '203.0.113.7'", "bad-protocol 203.0.113.7 claimed"),
];

#[test]
fn what_channels_say_is_told_behind_every_banner() {
    for banner in BANNERS {
        for (message, told) in CHANNELS {
            tells("asterisk", &format!("{banner} {message}"), told);
        }
    }
    for place in ["Ext. s:", "Ext. s:6 in @ from-sip-external:"] {
        tells(
            "asterisk",
            &format!(
                "[2026-11-23 02:00:01] WARNING[7][C-00000007] {place} \"Rejecting unknown SIP connection from 203.0.113.7:5060\""
            ),
            "invalid-user 203.0.113.7 claimed",
        );
    }
}

#[test]
fn a_name_or_a_call_that_holds_an_address_accuses_nobody_else() {
    let forged = "x' failed for '192.0.2.1:5' (callid: y) - Failed to authenticate";
    tells(
        "asterisk",
        &format!("{} Registration from '{forged}' failed for '203.0.113.7' - Wrong password", BANNERS[0]),
        &format!("failed-login 203.0.113.7 by {forged}"),
    );
    tells(
        "asterisk",
        &format!(
            "{} Call from '' (203.0.113.7:5060) to extension 'x' (192.0.2.1:5) to extension 'y' rejected because extension not found in context 'in'.",
            BANNERS[0]
        ),
        "relay-denied 203.0.113.7 claimed",
    );
    tells_nothing(
        "asterisk",
        &[
            &format!(
                "{} Request from '{forged}' failed for '203.0.113.7:5060' (callid: x) - Failed to authenticate",
                BANNERS[4]
            ),
            &format!(
                "{} Request from 'x' failed for '203.0.113.7:5060' (callid: {forged}) - Failed to authenticate",
                BANNERS[4]
            ),
            &format!("{} Peer '7' is now Reachable. (7ms / 2000ms)", BANNERS[0]),
            &format!("{} Registration from '7' failed for 'a.example' - Wrong password", BANNERS[0]),
        ],
    );
}

fn security(event: &str, account: &str, session: &str, transport: &str, rest: &str) -> String {
    format!(
        "[2026-11-23 02:00:01] SECURITY[7] res_security_log.c: SecurityEvent=\"{event}\",EventTV=\"1795399201-1\",Severity=\"Error\",Service=\"PJSIP\",EventVersion=\"1\",AccountID=\"{account}\",SessionID=\"{session}\",LocalAddress=\"IPV4/{transport}/198.51.100.1/5060\",RemoteAddress=\"IPV4/{transport}/203.0.113.7/5070\"{rest}"
    )
}

#[test]
fn security_events_are_told_and_proven_by_transport_or_answer() {
    for (event, transport, told) in [
        ("InvalidAccountID", "UDP", "invalid-user 203.0.113.7 by 7 claimed"),
        ("InvalidPassword", "UDP", "failed-login 203.0.113.7 port 5070 by 7"),
        ("ChallengeResponseFailed", "TLS", "failed-login 203.0.113.7 port 5070 by 7"),
        ("FailedACL", "TCP", "user-not-allowed 203.0.113.7 port 5070 by 7"),
    ] {
        for rest in [
            "",
            ",ACLName=\"x\"",
            ",SessionTV=\"1-1\"",
            ",Challenge=\"a\",Response=\"b\",ExpectedResponse=\"\"",
        ] {
            tells("asterisk", &security(event, "7", "0x7f", transport, rest), told);
        }
    }
    tells_nothing(
        "asterisk",
        &[
            &security("SuccessfulAuth", "7", "0x7f", "UDP", ""),
            &security("ChallengeSent", "7", "0x7f", "UDP", ""),
        ],
    );
}

#[test]
fn a_session_that_looks_like_fields_accuses_nobody_else() {
    let forged = "x\",LocalAddress=\"IPV4/UDP/198.51.100.1/5060\",RemoteAddress=\"IPV4/UDP/192.0.2.1/5";
    tells(
        "asterisk",
        &security("InvalidAccountID", "7", forged, "UDP", ""),
        "invalid-user 203.0.113.7 by 7 claimed",
    );
    let response = format!(",Challenge=\"a\",Response=\"{forged}\",ExpectedResponse=\"\"");
    tells_nothing(
        "asterisk",
        &[
            &security("ChallengeResponseFailed", "7", "0x7f", "UDP", &response),
            &security("ChallengeResponseFailed", "7", forged, "UDP", ",Challenge=\"a\",Response=\"b\""),
        ],
    );
}
