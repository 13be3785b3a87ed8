//! The certificate that peers are shown.

use std::{io, path::Path};

use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::{
    CertificateDer,
    pem::{self, PemObject},
};

use super::{
    Check,
    access::{Account, refusal},
};
use crate::{
    cli::Exit,
    config::{self, ServeSettings},
    serve::{CertificateError, Certificates},
};

const NAME: &str = "TLS";
const RENEW: &str = "renew it; the agent reads the new files within a minute";

/// How long before its end a certificate should have been renewed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The certificate as the config has it, for an agent that has to read it itself.
pub(super) fn check(serve: &ServeSettings, now: Timestamp, agent: &io::Result<Account>) -> Check {
    if !serve.tls {
        return Check::ok(NAME, "a reverse proxy ends it; its certificate is seen at the public URL");
    }
    let (Some(chain), Some(key)) = (&serve.certificate, &serve.private_key) else {
        return Check::ok(
            NAME,
            "the certificate is made from the identity: peers know its key, and it does not end",
        );
    };
    let of_content = match Certificates::from_files(chain, key) {
        Ok(_) => of_file(chain, now),
        Err(error) => match unread(&error) {
            Some(path) => {
                let found = format!("this user may not read {}", path.display());
                Check::unknown(NAME, found, "run the doctor with sudo")
            }
            None => {
                let advice = "correct serve.certificate and serve.private_key";
                Check::failed(NAME, error.to_string(), advice, Exit::Failed)
            }
        },
    };
    let refused = [chain, key].into_iter().filter_map(|file| refusal(NAME, file, agent));
    let worse = |worst: Check, other: Check| if other.verdict > worst.verdict { other } else { worst };
    refused.chain(exposed(key)).fold(of_content, worse)
}

/// The file that could not be read, when that is because of who asks.
fn unread(error: &CertificateError) -> Option<&Path> {
    let (path, source) = match error {
        CertificateError::Read { path, source }
        | CertificateError::Pem { path, source: pem::Error::Io(source), .. } => (path, source),
        _ => return None,
    };
    (source.kind() == io::ErrorKind::PermissionDenied).then_some(path.as_path())
}

fn exposed(key: &Path) -> Option<Check> {
    let found = format!("everybody on this host can read the private key in {}", key.display());
    Some(Check::warning(NAME, found, config::closing(key)?))
}

fn of_file(chain: &Path, now: Timestamp) -> Check {
    match Validity::of(chain) {
        Some(validity) => validity.judge(chain, now),
        None => {
            let found = format!("{} does not say how long it is valid", chain.display());
            Check::unknown(NAME, found, format!("openssl x509 -noout -dates -in {}", chain.display()))
        }
    }
}

/// From when until when a certificate counts.
struct Validity {
    from: Timestamp,
    until: Timestamp,
}

impl Validity {
    /// That of the first certificate in a PEM file.
    fn of(chain: &Path) -> Option<Self> {
        let der = CertificateDer::from_pem_file(chain).ok()?;
        let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
        let validity = certificate.validity();
        let time = |time: &x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).ok();
        Some(Self { from: time(&validity.not_before)?, until: time(&validity.not_after)? })
    }

    fn judge(&self, chain: &Path, now: Timestamp) -> Check {
        let Self { from, until } = self;
        let name = chain.display();
        if now < *from {
            let found = format!("{name} is not valid before {from:.0}");
            return Check::failed(NAME, found, "is this host's clock right?", Exit::Failed);
        }
        if now > *until {
            return Check::failed(NAME, format!("{name} has ended at {until:.0}"), RENEW, Exit::Failed);
        }
        let found = format!("{name} is valid until {until:.0}");
        if until.duration_since(now) < SOON {
            Check::warning(NAME, found, RENEW)
        } else {
            Check::ok(NAME, found)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt,
    };

    use super::{super::Grade, *};
    use crate::serve::testing::Authority;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_certificate_has_to_have_begun_and_not_to_end_soon() {
        let validity = Validity { from: at("2026-09-01T00:00:00Z"), until: at("2026-12-01T00:00:00Z") };
        let judge = |now: &str| validity.judge(Path::new("/chain.pem"), at(now));
        assert_eq!(judge("2026-11-01T00:00:00Z").verdict, Grade::Ok);
        assert_eq!(judge("2026-11-20T00:00:00Z").verdict, Grade::Warning);
        assert_eq!(judge("2026-12-02T00:00:00Z").exit(), Some(Exit::Failed));
        assert_eq!(judge("2026-08-02T00:00:00Z").exit(), Some(Exit::Failed));
        assert!(judge("2026-11-01T00:00:00Z").found.contains("2026-12-01T00:00:00Z"));
    }

    #[test]
    fn the_files_of_the_config_are_looked_at_and_without_any_the_identity_does() {
        let folder = tempfile::tempdir().unwrap();
        let (chain, key) = Authority::new().issue("a.example", folder.path());
        let mode = |mode| fs::set_permissions(&key, Permissions::from_mode(mode)).unwrap();
        mode(0o600);
        let check = |serve: &ServeSettings, now| check(serve, now, &Account::of(folder.path(), None));
        let serve = ServeSettings {
            certificate: Some(chain),
            private_key: Some(key.clone()),
            ..ServeSettings::default()
        };
        let now = at("2026-11-23T00:00:00Z");
        assert_eq!(check(&serve, now).verdict, Grade::Ok, "{:?}", check(&serve, now));
        mode(0o644);
        assert_eq!(check(&serve, now).verdict, Grade::Warning);
        assert_eq!(check(&serve, at("4200-01-01T00:00:00Z")).verdict, Grade::Failed);
        let missing = ServeSettings { private_key: Some(folder.path().join("none")), ..serve };
        assert_eq!(check(&missing, now).verdict, Grade::Failed);
        assert_eq!(check(&ServeSettings::default(), now).verdict, Grade::Ok);
    }

    #[test]
    fn a_file_that_is_closed_to_whoever_asks_is_not_called_wrong() {
        let closed = || io::Error::from(io::ErrorKind::PermissionDenied);
        let path = || "/privkey.pem".into();
        let inspected = CertificateError::Read { path: path(), source: closed() };
        let opened =
            CertificateError::Pem { path: path(), expected: "a key", source: pem::Error::Io(closed()) };
        let empty =
            CertificateError::Pem { path: path(), expected: "a key", source: pem::Error::NoItemsFound };
        let expected = Some(Path::new("/privkey.pem"));
        assert_eq!([unread(&inspected), unread(&opened), unread(&empty)], [expected, expected, None]);
    }
}
