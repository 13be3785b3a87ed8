//! Certificates whose time has passed.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

use super::*;

/// An expired certificate for 127.0.0.1 over `key`, and the authority that signed it.
fn expired(key: &KeyPair, folder: &Path) -> (Certificates, Arc<RootCertStore>) {
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority.self_signed(&authority_key).unwrap().der().clone()).unwrap();
    let mut params = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(2021, 1, 1);
    let certificate = params.signed_by(key, &Issuer::new(authority, authority_key)).unwrap();
    let (chain_file, key_file) = (folder.join("chain.pem"), folder.join("key.pem"));
    std::fs::write(&chain_file, certificate.pem()).unwrap();
    std::fs::write(&key_file, key.serialize_pem()).unwrap();
    (Certificates::from_files(&chain_file, &key_file).unwrap(), Arc::new(roots))
}

#[tokio::test]
async fn an_authoritys_word_that_has_expired_counts_no_longer() {
    let folder = tempfile::tempdir().unwrap();
    let (certificates, roots) = expired(&KeyPair::generate().unwrap(), folder.path());
    let bed = Bed::with(PeerKey([1; 32]), certificates).await;
    let error = bed.failure(FetchPolicy { roots, ..loopback_allowed() }, &bed.url).await;
    assert!(matches!(error, AttemptError::Untrusted { .. }), "{error}");
    assert!(error.to_string().contains("expired"), "{error}");
}

#[tokio::test]
async fn a_peers_own_key_does_not_expire() {
    let folder = tempfile::tempdir().unwrap();
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let owner = PeerKey(key.public_key_raw().try_into().unwrap());
    let (certificates, _) = expired(&key, folder.path());
    let bed = Bed::with(owner, certificates).await;
    assert_eq!(bed.fetch(loopback_allowed(), &[&bed.url]).await.unwrap(), bed.log);
}
