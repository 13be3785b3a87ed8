//! What the channels say. Most of SIP and all of IAX2 is datagrams, so an address is proven only by an answer to a
//! challenge, or by the transport.

use super::peer;
use crate::event::{Finding, Private};
use crate::{Kind, address, split};

pub(super) fn event(text: &[u8]) -> Option<Finding<'_>> {
    registration(text)
        .or_else(|| request(text))
        .or_else(|| call(text))
        .or_else(|| unknown_connection(text))
        .or_else(|| iax(text))
        .or_else(|| manager(text))
}

/// `Registration from 'NAME' failed for 'IP:PORT' - REASON` (chan_sip): the name stands in front of the address.
fn registration(text: &[u8]) -> Option<Finding<'_>> {
    let (name, rest) = split::last(text.strip_prefix(b"Registration from '")?, b"' failed for '")?;
    let (client, reason) = split::first(rest, b"' - ")?;
    let peer = peer(client)?;
    const REASONS: [(&[u8], Kind); 9] = [
        (b"Wrong password", Kind::FailedLogin),
        (b"Username/auth name mismatch", Kind::FailedLogin),
        (b"No matching peer found", Kind::InvalidUser),
        (b"Not a local domain", Kind::InvalidUser),
        (b"Device does not match ACL", Kind::UserNotAllowed),
        (b"Peer is not supposed to register", Kind::UserNotAllowed),
        (b"ACL error (permit/deny)", Kind::UserNotAllowed),
        (b"Device not configured to use this transport type", Kind::UserNotAllowed),
        (b"Bad request", Kind::BadProtocol),
    ];
    let kind = REASONS.iter().find_map(|(known, kind)| (reason == *known).then_some(*kind))?;
    let finding = Finding::at(kind, peer).by(name);
    // A password is wrong only for the nonce that was sent to the address.
    Some(if reason == b"Wrong password" { finding } else { finding.claimed() })
}

/// `Request['METHOD'] from 'NAME' failed for 'IP:PORT' (callid: ID) - REASON` (res_pjsip): the identifier is the
/// client's too.
fn request(text: &[u8]) -> Option<Finding<'_>> {
    let text = text.strip_prefix(b"Request ")?;
    let (_method, text) = split::first(text, b"from '")?;
    let (name, rest) = split::only(text, b"' failed for '")?;
    let (client, rest) = split::first(rest, b"' (callid: ")?;
    let (id, reason) = split::last(rest, b") - ")?;
    const REASONS: [(&[u8], Kind); 5] = [
        (b"No matching endpoint found", Kind::InvalidUser),
        (b"Not match Endpoint ", Kind::UserNotAllowed),
        (b"Failed to authenticate", Kind::FailedLogin),
        (b"Error to authenticate", Kind::FailedLogin),
        (b"Endpoint not found", Kind::InvalidUser),
    ];
    let (kind, _) = split::opening(reason, &REASONS)?;
    Some(Finding::at(kind, peer(client)?).claimed().by(name).hiding(Some(Private::Detail(id))))
}

/// `Call from 'PEER' (IP:PORT) to extension 'NUMBER' rejected because extension not found in context 'NAME'.`: the
/// peer is one that is configured, the number is the client's.
fn call(text: &[u8]) -> Option<Finding<'_>> {
    let (peer_name, rest) = match text.strip_prefix(b"Call from '") {
        Some(rest) => split::first(rest, b"' (")?,
        None => split::first(text, b": Call (")?,
    };
    let (client, rest) = split::first(rest, b") to extension '")?;
    let (extension, context) = split::last(rest, b"' rejected because extension not found in context '")?;
    let context = context.strip_suffix(b".").unwrap_or(context).strip_suffix(b"'")?;
    let transports: [(&[u8], bool); 5] =
        [(b"UDP:", false), (b"TCP:", true), (b"TLS:", true), (b"WS:", true), (b"WSS:", true)];
    let (is_proven, client) = split::opening(client, &transports).unwrap_or((false, client));
    let finding = Finding::at(Kind::RelayDenied, peer(client)?);
    let finding = if is_proven { finding } else { finding.claimed() };
    Some(
        finding
            .hiding(Some(Private::User(peer_name)))
            .hiding(Some(Private::Detail(extension)))
            .hiding(Some(Private::Detail(context))),
    )
}

/// What the dialplan of FreePBX says, and what chan_sip says of requests that are none.
fn unknown_connection(text: &[u8]) -> Option<Finding<'_>> {
    let openings: [(&[u8], Kind); 2] = [
        (b"Rejecting unknown SIP connection from ", Kind::InvalidUser),
        (b"hacking attempt detected '", Kind::BadProtocol),
    ];
    let (kind, client) = split::opening(text, &openings)?;
    let client = client.strip_suffix(b"\"").or_else(|| client.strip_suffix(b"'")).unwrap_or(client);
    Some(Finding::at(kind, peer(client)?).claimed())
}

/// chan_iax2: the address stands in front of the client's words, or alone behind them.
fn iax(text: &[u8]) -> Option<Finding<'_>> {
    if let Some(rest) = text.strip_prefix(b"Host ") {
        let (address, rest) = split::word(rest)?;
        let openings: [(&[u8], bool); 4] = [
            (b"failed MD5 authentication for '", true),
            (b"failed RSA authentication for '", true),
            (b"did not provide proper plaintext password for '", false),
            (b"failed to authenticate as '", false),
        ];
        let (is_proven, words) = split::opening(rest, &openings)?;
        let (user, _) = split::last(words, b"'")?;
        let finding = Finding::new(Kind::FailedLogin, address::read(address)?).by(user);
        return Some(if is_proven { finding } else { finding.claimed() });
    }
    if let Some(rest) = text.strip_prefix(b"No registration for peer '") {
        let (user, address) = split::last(rest, b"' (from ")?;
        let address = address::read(address.strip_suffix(b")")?)?;
        return Some(Finding::new(Kind::InvalidUser, address).claimed().by(user));
    }
    let (address, words) = split::between(text, b"Rejected connect attempt from ", b", ")?;
    let (opening, about) = split::first(words, b" '")?;
    let is_known = matches!(opening, b"who was trying to reach" | b"request");
    let address = address::read(address).filter(|_| is_known)?;
    let extension = split::last(about, b"'").map(|(extension, _)| Private::Detail(extension));
    Some(Finding::new(Kind::RelayDenied, address).claimed().hiding(extension))
}

/// The manager's port is TCP: `IP failed to authenticate as 'NAME'`.
fn manager(text: &[u8]) -> Option<Finding<'_>> {
    let (address, words) = split::word(text)?;
    let openings: [(&[u8], Kind); 4] = [
        (b"failed to authenticate as '", Kind::FailedLogin),
        (b"tried to authenticate with nonexistent user '", Kind::InvalidUser),
        (b"failed to pass IP ACL as '", Kind::UserNotAllowed),
        (b"failed MD5 authentication for '", Kind::FailedLogin),
    ];
    let (kind, user) = split::opening(words, &openings)?;
    Some(Finding::new(kind, address::read(address)?).by(split::last(user, b"'")?.0))
}
