use std::time::Duration;

use rustls::server::ParsedCertificate;

use super::*;
use crate::serve::testing::Authority;

fn shown(certificates: &Certificates) -> CertificateDer<'static> {
    certificates.current.read().unwrap().0.cert[0].clone()
}

fn make_older(path: &Path) {
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(100)).unwrap();
}

#[test]
fn new_pem_files_are_taken_up_without_a_restart() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (chain, key) = authority.issue("peer-a.example", folder.path());
    make_older(&chain);
    let certificates = Certificates::from_files(&chain, &key).unwrap();
    let old = shown(&certificates);
    assert!(!certificates.reload_if_changed().unwrap());
    authority.issue("peer-a.example", folder.path());
    assert!(certificates.reload_if_changed().unwrap());
    assert_ne!(shown(&certificates), old);
}

#[test]
fn a_broken_renewal_keeps_the_old_certificate_and_is_tried_again() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (chain, key) = authority.issue("peer-a.example", folder.path());
    let old_key = fs::read(&key).unwrap();
    make_older(&chain);
    let certificates = Certificates::from_files(&chain, &key).unwrap();
    let old = shown(&certificates);

    authority.issue("peer-a.example", folder.path());
    let new_key = fs::read(&key).unwrap();
    fs::write(&key, old_key).unwrap();
    assert!(matches!(certificates.reload_if_changed(), Err(CertificateError::Pair { .. })));
    assert_eq!(shown(&certificates), old);

    fs::write(&key, new_key).unwrap();
    assert!(certificates.reload_if_changed().unwrap());
    assert_ne!(shown(&certificates), old);
}

#[test]
fn an_error_names_the_file_and_what_it_lacks() {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new());
    let (chain, key) = authority.issue("peer-a.example", folder.path());
    let error = Certificates::from_files(&key, &key).unwrap_err().to_string();
    assert!(error.contains("a certificate chain from") && error.contains("key.pem"), "{error}");
    let error = Certificates::from_files(&chain, &folder.path().join("none")).unwrap_err().to_string();
    assert!(error.contains("none"), "{error}");
}

#[test]
fn a_self_signed_certificate_carries_the_peer_identity() {
    let identity = Identity::generate().unwrap();
    for host in ["peer-a.example", "203.0.113.7", "2001:db8::1"] {
        let certificate = shown(&Certificates::self_signed(&identity, host).unwrap());
        let key = ParsedCertificate::try_from(&certificate).unwrap().subject_public_key_info();
        assert!(key.ends_with(&identity.peer_key().0), "{host}");
    }
}
