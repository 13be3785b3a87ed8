//! Who sends a request: from what its headers claim to what its signature proves.

use std::{
    fmt::Display,
    str::FromStr,
    sync::{Mutex, PoisonError},
};

use hashlink::LruCache;
use warp::http::HeaderMap;

use super::{PublicUrls, refusal::Refusal};
use crate::domain::{PeerKey, REQUEST_VALIDITY_SECONDS, SignedRequest, UnpackedKey};

/// Longest value that one of the three headers can have; 64 bytes are at most 88 digits of base58.
const MAX_HEADER_BYTES: usize = 88;

/// Keys that are kept unpacked; 0.3 MB.
const MAX_UNPACKED: usize = 1024;

/// The unpacked keys of the peers that asked last. Only active peers' keys come here, so strangers fill nothing.
pub(super) struct UnpackedKeys(Mutex<LruCache<PeerKey, UnpackedKey>>);

impl Default for UnpackedKeys {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MAX_UNPACKED)))
    }
}

impl UnpackedKeys {
    /// The key of an active peer; none when it is no point of the curve.
    pub(super) fn of(&self, key: &PeerKey) -> Option<UnpackedKey> {
        let mut keys = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(unpacked) = keys.get(key) {
            return Some(*unpacked);
        }
        let unpacked = UnpackedKey::of(key)?;
        keys.insert(*key, unpacked);
        Some(unpacked)
    }
}

/// What a request says about itself. Nothing of it is proven yet, but it is well-formed and timely.
#[derive(Debug)]
#[must_use]
pub(super) struct Claim(SignedRequest);

impl Claim {
    /// Reads the three headers at `now` (Unix seconds).
    pub(super) fn read(headers: &HeaderMap, now: i64) -> Result<Self, Refusal> {
        let key = parse::<PeerKey>(headers, SignedRequest::KEY_HEADER)?;
        let timestamp = parse::<UnixSeconds>(headers, SignedRequest::TIMESTAMP_HEADER)?.0;
        let signature = parse::<SignatureText>(headers, SignedRequest::SIGNATURE_HEADER)?.0;
        let off_by = now.abs_diff(timestamp);
        if off_by > REQUEST_VALIDITY_SECONDS {
            return Err(Refusal::Stale { off_by });
        }
        Ok(Self(SignedRequest { key, timestamp, signature }))
    }

    /// The key that the request claims.
    pub(super) fn key(&self) -> &PeerKey {
        &self.0.key
    }

    /// Proves that whoever has the key sent this. Whether that is a peer is another question.
    ///
    /// The signature has to cover `target` (path and query as received) at one of this server's own `public_urls`: a
    /// request made for another server is worth nothing here.
    pub(super) fn prove(
        self,
        key: Option<UnpackedKey>,
        public_urls: &PublicUrls,
        target: &str,
    ) -> Result<SignedRequest, Refusal> {
        let key = key.ok_or(Refusal::Signature)?;
        if !public_urls.any(|url| self.0.is_signed_with(&key, &format!("{url}{target}"))) {
            return Err(Refusal::Signature);
        }
        Ok(self.0)
    }
}

struct UnixSeconds(i64);

impl FromStr for UnixSeconds {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.bytes().all(|c| c.is_ascii_digit()) {
            return Err("expected Unix seconds in decimal");
        }
        text.parse().map(Self).map_err(|_| "expected Unix seconds in decimal")
    }
}

struct SignatureText([u8; 64]);

impl FromStr for SignatureText {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 64];
        match bs58::decode(text).onto(&mut bytes) {
            Ok(64) => Ok(Self(bytes)),
            _ => Err("expected 64 bytes in base58"),
        }
    }
}

fn parse<T: FromStr<Err: Display>>(headers: &HeaderMap, name: &'static str) -> Result<T, Refusal> {
    let refuse = |problem: &dyn Display| Refusal::Header { name, problem: problem.to_string() };
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or_else(|| refuse(&"is missing"))?;
    if values.next().is_some() {
        return Err(refuse(&"was sent more than once"));
    }
    let text = value.to_str().map_err(|_| refuse(&"is not visible ASCII"))?;
    if text.len() > MAX_HEADER_BYTES {
        return Err(refuse(&format!("is longer than {MAX_HEADER_BYTES} bytes")));
    }
    text.parse().map_err(|error: T::Err| refuse(&error))
}

#[cfg(test)]
mod tests {
    use warp::http::{HeaderName, HeaderValue};

    use super::*;
    use crate::identity::Identity;

    const NOW: i64 = 1_795_000_000;
    const TARGET: &str = "/logs/00112233445566aa";

    fn own_urls() -> Vec<String> {
        vec!["https://peer-a.example:9000".to_owned(), "https://198.51.100.1:9000".to_owned()]
    }

    fn signed(url: &str, timestamp: i64) -> HeaderMap {
        let request = Identity::generate().unwrap().sign_request(url, timestamp);
        let text = |text: String| HeaderValue::from_str(&text).unwrap();
        HeaderMap::from_iter([
            (HeaderName::from_static(SignedRequest::KEY_HEADER), text(request.key.to_string())),
            (HeaderName::from_static(SignedRequest::TIMESTAMP_HEADER), text(timestamp.to_string())),
            (
                HeaderName::from_static(SignedRequest::SIGNATURE_HEADER),
                text(bs58::encode(request.signature).into_string()),
            ),
        ])
    }

    fn refused_header(headers: &HeaderMap) -> (&'static str, String) {
        match Claim::read(headers, NOW) {
            Err(Refusal::Header { name, problem }) => (name, problem),
            other => panic!("{other:?}"),
        }
    }

    fn prove(claim: Claim) -> Result<SignedRequest, Refusal> {
        let key = UnpackedKeys::default().of(claim.key());
        claim.prove(key, &PublicUrls::new(&own_urls()), TARGET)
    }

    #[test]
    fn a_request_signed_for_any_of_the_own_urls_is_proven() {
        for url in own_urls() {
            let claim = Claim::read(&signed(&format!("{url}{TARGET}"), NOW), NOW).unwrap();
            let key = *claim.key();
            assert_eq!(prove(claim).unwrap().key, key);
        }
    }

    #[test]
    fn a_signature_for_another_server_or_another_log_proves_nothing() {
        for url in ["https://peer-b.example:9000/logs/00112233445566aa", "https://peer-a.example:9000/logs/0"]
        {
            assert_eq!(prove(Claim::read(&signed(url, NOW), NOW).unwrap()), Err(Refusal::Signature));
        }
    }

    #[test]
    fn a_key_that_is_no_point_of_the_curve_proves_nothing() {
        let mut headers = signed(&format!("{}{TARGET}", own_urls()[0]), NOW);
        let no_point = HeaderValue::from_str(&PeerKey([0xff; 32]).to_string()).unwrap();
        headers.insert(SignedRequest::KEY_HEADER, no_point);
        assert_eq!(prove(Claim::read(&headers, NOW).unwrap()), Err(Refusal::Signature));
    }

    #[test]
    fn a_timestamp_may_be_300_seconds_off_and_not_one_more() {
        for off_by in [-300, 300] {
            assert!(Claim::read(&signed("u", NOW + off_by), NOW).is_ok());
        }
        for off_by in [-301, 301] {
            let refusal = Claim::read(&signed("u", NOW + off_by), NOW).unwrap_err();
            assert_eq!(refusal, Refusal::Stale { off_by: 301 });
        }
        let refusal = Claim::read(&signed("u", i64::MAX), -1).unwrap_err();
        assert_eq!(refusal, Refusal::Stale { off_by: 1 << 63 });
    }

    #[test]
    fn a_header_that_is_missing_or_doubled_is_named() {
        for name in
            [SignedRequest::KEY_HEADER, SignedRequest::TIMESTAMP_HEADER, SignedRequest::SIGNATURE_HEADER]
        {
            let mut headers = signed("u", NOW);
            let value = headers[name].clone();
            headers.append(name, value);
            assert_eq!(refused_header(&headers), (name, "was sent more than once".to_owned()));
            headers.remove(name);
            assert_eq!(refused_header(&headers), (name, "is missing".to_owned()));
        }
    }

    #[test]
    fn a_malformed_header_is_named() {
        let long = "1".repeat(10_000);
        for (name, value) in [
            (SignedRequest::KEY_HEADER, "0OIl"),
            (SignedRequest::KEY_HEADER, "abc"),
            (SignedRequest::KEY_HEADER, "\u{e4}"),
            (SignedRequest::KEY_HEADER, " "),
            (SignedRequest::KEY_HEADER, "1111111111111111111111111111111"),
            (SignedRequest::KEY_HEADER, "111111111111111111111111111111111"),
            (SignedRequest::KEY_HEADER, "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"),
            (SignedRequest::KEY_HEADER, &long),
            (SignedRequest::TIMESTAMP_HEADER, ""),
            (SignedRequest::TIMESTAMP_HEADER, "+1795000000"),
            (SignedRequest::TIMESTAMP_HEADER, "-1795000000"),
            (SignedRequest::TIMESTAMP_HEADER, "0x6afd2f80"),
            (SignedRequest::TIMESTAMP_HEADER, "1795000000 "),
            (SignedRequest::TIMESTAMP_HEADER, "1795000000.5"),
            (SignedRequest::TIMESTAMP_HEADER, "99999999999999999999"),
            (SignedRequest::SIGNATURE_HEADER, "abc"),
            (SignedRequest::SIGNATURE_HEADER, "not base58!"),
            (SignedRequest::SIGNATURE_HEADER, &long[..88]),
        ] {
            let mut headers = signed("u", NOW);
            headers.insert(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            let (named, problem) = refused_header(&headers);
            assert_eq!(named, name, "{value}");
            assert!(problem.len() < 200, "{problem}");
        }
    }
}
