//! What PAM's modules log about any service (pam_unix, pam_sss, pam_krb5, pam_access): `authentication failure;
//! logname= uid=0 euid=0 tty=T ruser=U rhost=IP[  user=USER]`.

use crate::text;

use crate::address;
use crate::event::{Finding, Private};
use crate::{Kind, repeat, split};

/// How the terminals of services begin that are known to give the name which the client claims as `ruser`.
const NAMES_CLIENT: [&[u8]; 5] = [b"ftp", b"/dev/ftpd", b"dovecot", b"pure-ftpd", b"vsftpd"];

/// The event that a message of a module proves, with its `pam_unix(SERVICE:TYPE): ` in front or without.
pub(crate) fn event(message: &[u8]) -> Option<Finding<'_>> {
    let text = behind_module(message);
    failed(text).or_else(|| access_denied(text))
}

/// ``access denied for user `USER' from `IP'`` (pam_access).
fn access_denied(text: &[u8]) -> Option<Finding<'_>> {
    let text = text.strip_prefix(b"access denied for user `")?.strip_suffix(b"'")?;
    let (user, address) = split::last(text, b"' from `")?;
    Some(Finding::new(Kind::UserNotAllowed, address::read(address)?).by(user))
}

fn failed(text: &[u8]) -> Option<Finding<'_>> {
    let (count, fields) = failure(text)?;
    let (logname, fields) = field(fields, b"logname=", b" uid=")?;
    let (_, fields) = fields.split_at_checked(text::find(fields, b" tty=")? + 1)?;
    let (tty, fields) = field(fields, b"tty=", b" ruser=")?;
    let fields = fields.strip_prefix(b"ruser=")?;
    // Where `ruser` may be a word of the client's, it has words on both sides of its address.
    let is_clients =
        !fields.starts_with(b" rhost=") || NAMES_CLIENT.iter().any(|terminal| tty.starts_with(terminal));
    let mut readings = readings(fields);
    let (ruser, address, user) = readings.next()?;
    if is_clients && readings.next().is_some() {
        return None;
    }
    let finding = Finding { count, user, ..Finding::new(Kind::PamFailure, address) };
    Some(finding.hiding(Some(Private::User(logname))).hiding(Some(Private::User(ruser))))
}

/// `pam_unix(vsftpd:auth): `, `(pam_unix) `, `pam_unix: ` or nothing.
fn behind_module(message: &[u8]) -> &[u8] {
    if let Some(rest) = message.strip_prefix(b"(pam_unix) ") {
        return rest;
    }
    let is_name =
        |name: &[u8]| name.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"_-():.".contains(&byte));
    match text::find(message, b": ") {
        Some(colon) if message.starts_with(b"pam_") && message.get(..colon).is_some_and(is_name) => {
            message.get(colon + 2..).unwrap_or_default()
        }
        _ => message,
    }
}

/// How many failures, and the fields.
fn failure(text: &[u8]) -> Option<(u32, &[u8])> {
    if let Some(fields) = text.strip_prefix(b"authentication failure; ") {
        return Some((1, fields));
    }
    let (rest, count) = repeat::count(text).ok()?;
    let rest = rest.strip_prefix(b" more authentication failure")?;
    Some((count, rest.strip_prefix(b"s; ").or_else(|| rest.strip_prefix(b"; "))?))
}

/// The value of a field, up to the next one.
fn field<'a>(text: &'a [u8], name: &[u8], next: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let text = text.strip_prefix(name)?;
    let end = text::find(text, next)?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Every way to read `RUSER rhost=IP[  user=USER]`.
fn readings(text: &[u8]) -> impl Iterator<Item = (&[u8], core::net::IpAddr, Option<&[u8]>)> {
    text::find_iter(text, b" rhost=").filter_map(|at| {
        let peer = text.get(at + b" rhost=".len()..)?;
        let end = memchr::memchr(b' ', peer).unwrap_or(peer.len());
        let address = address::read(peer.get(..end)?)?;
        let rest = peer.get(end..)?.trim_ascii_start();
        let user = rest.strip_prefix(b"user=");
        (rest.is_empty() || user.is_some()).then_some((text.get(..at)?, address, user))
    })
}
