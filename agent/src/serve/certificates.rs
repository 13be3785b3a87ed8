//! The certificate that the server shows: the operator's, or one made from the peer identity.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::SystemTime,
};

use rcgen::{CertificateParams, DnType, KeyPair, PKCS_ED25519};
use rustls::{
    ServerConfig,
    crypto::{CryptoProvider, ring},
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer,
    pem::{self, PemObject},
};

use crate::identity::Identity;

#[cfg(test)]
mod tests;

/// What precedes the 32-byte seed of an Ed25519 key in PKCS#8 (RFC 8410, section 7).
const ED25519_PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// Why there is no certificate to show.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A PEM file could not be inspected.
    #[error("reading {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A PEM file could not be read, or holds nothing of what it should.
    #[error("reading {expected} from {}: {source}", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong.
        source: pem::Error,
    },
    /// Key and certificate do not belong together, or are of a kind that TLS cannot use.
    #[error("using the certificate {} with the key {}: {source}", chain.display(), key.display())]
    Pair {
        /// The certificate chain's file.
        chain: PathBuf,
        /// The private key's file.
        key: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
    /// No certificate could be made from the identity.
    #[error("making a certificate for '{host}' from the peer identity: {source}")]
    SelfSign {
        /// The public host name.
        host: String,
        /// What is wrong.
        source: rcgen::Error,
    },
    /// The TLS library refuses to serve.
    #[error("setting up TLS: {0}")]
    Tls(#[from] rustls::Error),
}

#[derive(Debug)]
struct PemFiles {
    chain: PathBuf,
    key: PathBuf,
}

/// When the chain's file and the key's file were last written.
type Written = [SystemTime; 2];

/// The certificate that new connections get. It can be replaced while the server runs.
#[derive(Debug)]
pub struct Certificates {
    files: Option<PemFiles>,
    current: RwLock<(Arc<CertifiedKey>, Option<Written>)>,
}

impl Certificates {
    /// Reads the operator's certificate chain (end entity first) and private key from PEM files.
    ///
    /// # Errors
    /// When a file cannot be read or the two do not belong together.
    pub fn from_files(chain: &Path, key: &Path) -> Result<Self, CertificateError> {
        let files = PemFiles { chain: chain.to_owned(), key: key.to_owned() };
        let written = files.written()?;
        let current = RwLock::new((Arc::new(files.load()?), Some(written)));
        Ok(Self { files: Some(files), current })
    }

    /// Makes a certificate for `host` (a name or an address) whose key is the peer identity, so that peers know it.
    ///
    /// # Errors
    /// When no certificate can name such a host.
    pub fn self_signed(identity: &Identity, host: &str) -> Result<Self, CertificateError> {
        let failed = |source| CertificateError::SelfSign { host: host.to_owned(), source };
        let key = pkcs8(identity);
        let signer = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ED25519).map_err(failed)?;
        let mut params = CertificateParams::new([host.to_owned()]).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, identity.peer_key().to_string());
        let certificate = params.self_signed(&signer).map_err(failed)?;
        let certified =
            CertifiedKey::from_der(vec![certificate.der().clone()], key.into(), &ring::default_provider())?;
        Ok(Self { files: None, current: RwLock::new((Arc::new(certified), None)) })
    }

    /// Reads the operator's files again; on an error the certificate in use stays.
    ///
    /// # Errors
    /// As [`Certificates::from_files`].
    pub fn reload(&self) -> Result<(), CertificateError> {
        let Some(files) = &self.files else { return Ok(()) };
        let written = files.written()?;
        let certified = Arc::new(files.load()?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = (certified, Some(written));
        Ok(())
    }

    /// Reads the operator's files again if they were written since; says whether they were.
    ///
    /// # Errors
    /// As [`Certificates::from_files`]; the next call tries again.
    pub fn reload_if_changed(&self) -> Result<bool, CertificateError> {
        let Some(files) = &self.files else { return Ok(false) };
        let written = Some(files.written()?);
        if self.current.read().unwrap_or_else(PoisonError::into_inner).1 == written {
            return Ok(false);
        }
        self.reload().map(|()| true)
    }

    /// TLS 1.3 and 1.2 with whatever certificate is current, HTTP/2 before HTTP/1.1.
    pub(super) fn server_config(self: Arc<Self>) -> Result<ServerConfig, CertificateError> {
        let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(self);
        // Each costs a peer that comes back as much as it saves; one is enough.
        config.send_tls13_tickets = 1;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner).0))
    }
}

impl PemFiles {
    fn written(&self) -> Result<Written, CertificateError> {
        let of = |path: &Path| {
            fs::metadata(path)
                .and_then(|metadata| metadata.modified())
                .map_err(|source| CertificateError::Read { path: path.to_owned(), source })
        };
        Ok([of(&self.chain)?, of(&self.key)?])
    }

    fn load(&self) -> Result<CertifiedKey, CertificateError> {
        let unreadable = |path: &Path, expected| {
            let path = path.to_owned();
            move |source| CertificateError::Pem { path, expected, source }
        };
        let chain = CertificateDer::pem_file_iter(&self.chain)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .and_then(|chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) })
            .map_err(unreadable(&self.chain, "a certificate chain"))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(unreadable(&self.key, "a private key"))?;
        CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|source| {
            CertificateError::Pair { chain: self.chain.clone(), key: self.key.clone(), source }
        })
    }
}

fn pkcs8(identity: &Identity) -> PrivatePkcs8KeyDer<'static> {
    let seed = identity.signing_key().to_bytes();
    PrivatePkcs8KeyDer::from([ED25519_PKCS8_PREFIX.as_slice(), seed.as_slice()].concat())
}
