//! Vaultwarden: `[vaultwarden::api::MODULE][ERROR] REASON IP: IP[. Username: USER.]`.
//!
//! The address stands before the user. It believes `X-Real-IP` of anybody, so the address is only claimed.

use crate::daemon::{Bare, Daemon, Grammar};
use crate::event::Finding;
use crate::{Kind, address, split};

pub(crate) static DAEMON: Daemon = Daemon {
    name: "vaultwarden",
    programs: &["bitwarden_rs"],
    units: &["vaultwarden", "bitwarden_rs"],
    any_program: false,
    bare: Bare::Opens(&["[vaultwarden::", "[bitwarden_rs::"]),
    grammar: Grammar::Message(event),
};

fn event(message: &[u8]) -> Option<Finding<'_>> {
    let (module, rest) = split::between(message, b"[", b"]")?;
    let module = module.strip_prefix(b"vaultwarden::").or_else(|| module.strip_prefix(b"bitwarden_rs::"))?;
    let (level, text) = split::between(rest, b"[", b"] ")?;
    if !module.starts_with(b"api::") || !matches!(level, b"ERROR" | b"WARN") {
        return None;
    }
    let (reason, rest) = split::first(text, b" IP: ")?;
    let (address, named) = split::first(rest, b". ").unwrap_or((rest, &[]));
    let address = address.strip_suffix(b".").unwrap_or(address);
    let finding = Finding::new(kind(reason)?, address::read(address)?).claimed();
    let user = named.strip_prefix(b"Username: ").or_else(|| named.strip_prefix(b"Organization: "));
    Some(user.map_or(finding, |user| finding.by(user.strip_suffix(b".").unwrap_or(user))))
}

fn kind(reason: &[u8]) -> Option<Kind> {
    let openings: [(&[u8], Kind); 10] = [
        (b"Username or password is incorrect", Kind::FailedLogin),
        (b"Username or access code is incorrect", Kind::FailedLogin),
        (b"Incorrect client_secret", Kind::FailedLogin),
        (b"Invalid admin token", Kind::FailedLogin),
        (b"Invalid TOTP code", Kind::FailedLogin),
        (b"Invalid ", Kind::FailedLogin),
        (b"Token is invalid", Kind::FailedLogin),
        (b"AuthRequest doesn't exist", Kind::FailedLogin),
        (b"This user has been disabled", Kind::UserNotAllowed),
        (b"Please verify your email before trying again", Kind::UserNotAllowed),
    ];
    split::opening(reason, &openings).map(|(kind, _)| kind)
}

#[cfg(test)]
mod tests {
    use crate::testing::{tells, tells_nothing};

    #[test]
    fn failed_logins_are_told_of_all_its_doors() {
        for banner in [
            "[2026-11-23 02:00:01.123][vaultwarden",
            "vaultwarden[7]: [2026-11-23 02:00:01.123+0800][vaultwarden",
            "[2026-11-23 02:00:01][bitwarden_rs",
        ] {
            let login = format!(
                "{banner}::api::identity][ERROR] Username or password is incorrect. Try again. IP: 203.0.113.7."
            );
            tells(
                "vaultwarden",
                &format!("{login} Username: a. IP: 192.0.2.1."),
                "failed-login 203.0.113.7 by a. IP: 192.0.2.1 claimed",
            );
            let admin = format!("{banner}::api::admin][ERROR] Invalid admin token. IP: 2001:db8::7");
            tells("vaultwarden", &admin, "failed-login 2001:db8::7 claimed");
            let code = format!(
                "{banner}::api::core::two_factor::authenticator][ERROR] Invalid TOTP code! Server time: 2026-11-23 02:00:01 UTC IP: 203.0.113.7"
            );
            tells("vaultwarden", &code, "failed-login 203.0.113.7 claimed");
            tells_nothing(
                "vaultwarden",
                &[&format!(
                    "{banner}::api::identity][INFO] User bob logged in successfully. IP: 203.0.113.7"
                )],
            );
        }
    }
}
