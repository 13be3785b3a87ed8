//! Certificates whose time has passed, or has not come.

use rcgen::KeyPair;

use super::*;

#[tokio::test]
async fn an_authoritys_certificate_that_is_expired_or_not_valid_yet_is_refused() {
    for (years, why) in [([2020, 2021], "expired"), ([3000, 4096], "not valid yet")] {
        let authority = Authority::new();
        let certificates = authority.certificates_for("127.0.0.1", years);
        let bed = Bed::with(PeerKey([1; 32]), certificates).await;
        let policy = FetchPolicy { roots: authority.roots, ..loopback_allowed() };
        let error = bed.failure(policy, &bed.url).await;
        assert!(matches!(error, AttemptError::Untrusted { .. }), "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
}

#[tokio::test]
async fn a_peers_own_key_does_not_expire() {
    let key = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let owner = PeerKey(key.public_key_raw().try_into().unwrap());
    let certificates = Authority::new().certificates_over(&key, "127.0.0.1", [2020, 2021]);
    let bed = Bed::with(owner, certificates).await;
    assert_eq!(bed.fetch(loopback_allowed(), &[&bed.url]).await.unwrap(), bed.log);
}
