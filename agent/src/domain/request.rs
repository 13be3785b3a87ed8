//! The signed request by which a peer fetches a log.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::PeerKey;

/// How far a request's timestamp may be off, in seconds.
pub const REQUEST_VALIDITY_SECONDS: u64 = 300;

/// The bytes under the signature: `log_url || timestamp || pubkey` in UTF-8.
#[must_use]
pub fn request_message(log_url: &str, timestamp: i64, key: &PeerKey) -> Vec<u8> {
    format!("{log_url}{timestamp}{key}").into_bytes()
}

/// A peer's key, unpacked: what verifying costs once a peer and not once a request.
#[derive(Clone, Copy, Debug)]
pub struct UnpackedKey(VerifyingKey);

impl UnpackedKey {
    /// Unpacks a key; none when it is no point of the curve.
    #[must_use]
    pub fn of(key: &PeerKey) -> Option<Self> {
        VerifyingKey::from_bytes(&key.0).ok().map(Self)
    }
}

/// What a peer sends along to prove who asks for which log, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// `X-Peer-Pubkey`: who asks.
    pub key: PeerKey,
    /// `X-Timestamp`: Unix seconds.
    pub timestamp: i64,
    /// `X-Signature`: Ed25519 over [`request_message`].
    pub signature: [u8; 64],
}

impl SignedRequest {
    /// Header that carries the key.
    pub const KEY_HEADER: &str = "x-peer-pubkey";
    /// Header that carries the timestamp.
    pub const TIMESTAMP_HEADER: &str = "x-timestamp";
    /// Header that carries the signature.
    pub const SIGNATURE_HEADER: &str = "x-signature";

    /// Signs a request for `log_url` at `timestamp` (Unix seconds).
    #[must_use]
    pub fn sign(log_url: &str, timestamp: i64, signer: &SigningKey) -> Self {
        let key = PeerKey(signer.verifying_key().to_bytes());
        let signature = signer.sign(&request_message(log_url, timestamp, &key)).to_bytes();
        Self { key, timestamp, signature }
    }

    /// Whether `key` is the one that asks, and the signature is its own, over this very URL.
    ///
    /// Strict verification (RFC 8032, small-order keys refused), so that one signature has one form.
    #[must_use]
    pub fn is_signed_with(&self, key: &UnpackedKey, log_url: &str) -> bool {
        let message = request_message(log_url, self.timestamp, &self.key);
        key.0.as_bytes() == &self.key.0
            && key.0.verify_strict(&message, &Signature::from_bytes(&self.signature)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_signed_for(request: &SignedRequest, log_url: &str) -> bool {
        UnpackedKey::of(&request.key).is_some_and(|key| request.is_signed_with(&key, log_url))
    }

    const URL: &str = "https://peer-a.example:9000/logs/00112233445566aa";

    #[test]
    fn a_request_is_good_for_the_url_it_was_made_for_and_no_other() {
        let request = SignedRequest::sign(URL, 1_795_000_000, &SigningKey::from_bytes(&[1; 32]));
        assert!(is_signed_for(&request, URL));
        assert!(!is_signed_for(&request, "https://peer-b.example:9000/logs/00112233445566aa"));
    }

    /// A field of the worked example in the published protocol.
    fn published(name: &str) -> &'static str {
        let document = include_str!("../../../docs/PROTOCOL.md");
        let mut fields = document.lines().filter_map(|line| line.strip_prefix(name));
        fields.find(|value| value.starts_with("  ")).unwrap().trim()
    }

    #[test]
    fn the_published_protocols_example_is_signed_as_it_says() {
        let (url, timestamp) = (published("log_url"), published("timestamp").parse().unwrap());
        let request = SignedRequest::sign(url, timestamp, &SigningKey::from_bytes(&[1; 32]));
        assert_eq!(request.key.to_string(), published("pubkey"));
        assert_eq!(bs58::encode(request.signature).into_string(), published("signature"));
        assert!(is_signed_for(&request, url));
    }

    #[test]
    fn another_time_or_another_key_breaks_the_signature() {
        let request = SignedRequest::sign(URL, 1_795_000_000, &SigningKey::from_bytes(&[1; 32]));
        let other = PeerKey(SigningKey::from_bytes(&[2; 32]).verifying_key().to_bytes());
        assert!(!is_signed_for(&SignedRequest { timestamp: 1_795_000_001, ..request.clone() }, URL));
        assert!(!is_signed_for(&SignedRequest { key: other, ..request }, URL));
    }

    #[test]
    fn an_unpacked_key_proves_its_own_requests_alone() {
        let [first, second] =
            [1, 2].map(|seed| SignedRequest::sign(URL, 0, &SigningKey::from_bytes(&[seed; 32])));
        let key = UnpackedKey::of(&first.key).unwrap();
        assert!(first.is_signed_with(&key, URL));
        assert!(!second.is_signed_with(&key, URL));
        assert!(!SignedRequest { key: first.key, ..second }.is_signed_with(&key, URL));
    }

    #[test]
    fn a_key_that_is_no_point_of_the_curve_verifies_nothing() {
        let request = SignedRequest { key: PeerKey([0xff; 32]), timestamp: 0, signature: [0; 64] };
        assert!(!is_signed_for(&request, URL));
    }
}
