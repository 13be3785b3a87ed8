//! Whom the fetcher believes to be the server: a public authority's word, or the peer's own key.

use std::sync::Arc;

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature},
    server::ParsedCertificate,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::domain::PeerKey;

/// What precedes the 32 bytes of an Ed25519 public key in a certificate (RFC 8410, section 4).
const ED25519_SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];

/// The TLS library cannot be set up with these authorities.
#[derive(Debug, thiserror::Error)]
pub(super) enum SetupError {
    #[error(transparent)]
    Tls(#[from] Error),
    #[error(transparent)]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

/// A TLS client that accepts a server when its certificate chains to one of `roots` for its name, or when the
/// certificate's key is `pinned`.
pub(super) fn client_config(
    roots: Arc<RootCertStore>,
    pinned: Option<PeerKey>,
) -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?;
    let authorities = if roots.is_empty() {
        None
    } else {
        Some(WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(&provider)).build()?)
    };
    let verifier = PeerVerifier { authorities, pinned: pinned.as_ref().map(spki), provider };
    let mut config =
        config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn spki(key: &PeerKey) -> Vec<u8> {
    [ED25519_SPKI_PREFIX.as_slice(), key.0.as_slice()].concat()
}

#[derive(Debug)]
struct PeerVerifier {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    pinned: Option<Vec<u8>>,
    provider: Arc<CryptoProvider>,
}

impl PeerVerifier {
    /// The certificate is only the envelope of the key here, so name and dates do not matter. That the server
    /// holds the private half is proven by the handshake's signature, which is always verified.
    fn is_pinned(&self, certificate: &CertificateDer<'_>) -> bool {
        ParsedCertificate::try_from(certificate).is_ok_and(|certificate| {
            let key = certificate.subject_public_key_info();
            self.pinned.as_ref().is_some_and(|pinned| pinned.as_slice() == key.as_ref())
        })
    }
}

impl ServerCertVerifier for PeerVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if self.is_pinned(end_entity) {
            return Ok(ServerCertVerified::assertion());
        }
        match &self.authorities {
            Some(authorities) => {
                authorities.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            }
            None => Err(CertificateError::UnknownIssuer.into()),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
