//! The agent's Ed25519 identity: the key that is its Solana address.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use ed25519_dalek::SigningKey;

use crate::{
    credentials::{self, CredentialError, PRIVATE_KEY},
    domain::{PeerKey, SignedRequest},
    whole_file::{self, Existing},
};

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The key file could not be read.
    #[error("reading the key file {}: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The key file could not be written.
    #[error("writing the key file {}: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The operating system gave no randomness.
    #[error("drawing a new key: {0}")]
    Random(io::Error),
    /// The key that is given beside all files could not be read.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The text is no key.
    #[error("{origin} holds no Ed25519 key: {problem}")]
    Malformed {
        /// The file or variable; never the text itself.
        origin: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The key pair by which this agent is known to its peers and to the ledger.
#[derive(Clone)]
pub struct Identity {
    key: SigningKey,
}

impl Identity {
    /// The identity from the environment or a credential, else from the key file; a new agent draws one into that file.
    ///
    /// # Errors
    /// When what is there is no key, or a new one cannot be saved.
    pub fn open(key_file: &Path) -> Result<Self, IdentityError> {
        if let Some((identity, _)) = Self::find(key_file)? {
            return Ok(identity);
        }
        let identity = Self::generate()?;
        identity.save(key_file)?;
        tracing::info!(peer = %identity.peer_key(), "drew a new identity into {}", key_file.display());
        Ok(identity)
    }

    /// The identity from the environment or a credential, else from the key file, and which of them it was; none when
    /// there is none of them.
    ///
    /// # Errors
    /// When what is there is no key or cannot be read.
    pub fn find(key_file: &Path) -> Result<Option<(Self, String)>, IdentityError> {
        if let Some(given) = credentials::find(PRIVATE_KEY)? {
            let origin = given.place.to_string();
            return Ok(Some((Self::from_text(&given.text, &origin)?, origin)));
        }
        // A file that cannot even be looked for is an error of reading it.
        if matches!(key_file.try_exists(), Ok(false)) {
            return Ok(None);
        }
        Ok(Some((Self::load(key_file)?, key_file.display().to_string())))
    }

    /// Reads a Solana CLI key file: a JSON array of 64 bytes, seed then public key.
    ///
    /// # Errors
    /// When the file cannot be read or holds no such key.
    pub fn load(path: &Path) -> Result<Self, IdentityError> {
        let text = fs::read_to_string(path)
            .map_err(|source| IdentityError::Read { path: path.to_owned(), source })?;
        Self::from_json(&text, &path.display().to_string())
    }

    fn from_json(text: &str, origin: &str) -> Result<Self, IdentityError> {
        let malformed = |problem| IdentityError::Malformed { origin: origin.to_owned(), problem };
        let bytes: Vec<u8> = serde_json::from_str(text.trim())
            .map_err(|_| malformed("expected a JSON array of 64 numbers, as `solana-keygen` writes it"))?;
        Self::from_bytes(&bytes).map_err(malformed)
    }

    /// Reads either form: what stands in a Solana CLI key file, or base58.
    fn from_text(text: &str, origin: &str) -> Result<Self, IdentityError> {
        if text.starts_with('[') { Self::from_json(text, origin) } else { Self::from_base58(text, origin) }
    }

    /// Reads the base58 form that wallets export: 64 bytes (seed and public key) or the 32-byte seed.
    ///
    /// # Errors
    /// When the text is neither. `origin` names where it came from.
    pub fn from_base58(text: &str, origin: &str) -> Result<Self, IdentityError> {
        let malformed = |problem| IdentityError::Malformed { origin: origin.to_owned(), problem };
        let bytes = bs58::decode(text.trim()).into_vec().map_err(|_| malformed("it is not base58"))?;
        Self::from_bytes(&bytes).map_err(malformed)
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        if let Ok(pair) = <&[u8; 64]>::try_from(bytes) {
            return SigningKey::from_keypair_bytes(pair)
                .map(|key| Self { key })
                .map_err(|_| "its public half does not belong to its private half");
        }
        let seed = <[u8; 32]>::try_from(bytes).map_err(|_| "expected 64 or 32 bytes")?;
        Ok(Self { key: SigningKey::from_bytes(&seed) })
    }

    /// Draws a new key.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, IdentityError> {
        let mut seed = [0; 32];
        File::open("/dev/urandom")
            .and_then(|mut random| io::Read::read_exact(&mut random, &mut seed))
            .map_err(IdentityError::Random)?;
        Ok(Self { key: SigningKey::from_bytes(&seed) })
    }

    /// Writes a Solana CLI key file that only its owner can read; never replaces one. What root writes into a folder
    /// of the daemon's user belongs to that user, who could not read it otherwise.
    ///
    /// # Errors
    /// When the file exists or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), IdentityError> {
        serde_json::to_vec(self.key.to_keypair_bytes().as_slice())
            .map_err(io::Error::from)
            .and_then(|text| whole_file::write(path, &text, Existing::Kept))
            .map_err(|source| IdentityError::Write { path: path.to_owned(), source })
    }

    /// The public half.
    #[must_use]
    pub fn peer_key(&self) -> PeerKey {
        PeerKey(self.key.verifying_key().to_bytes())
    }

    /// The private half: for the certificate and for signing.
    #[must_use]
    pub fn signing_key(&self) -> &SigningKey {
        &self.key
    }

    /// Signs a request for `log_url` at `timestamp` (Unix seconds).
    #[must_use]
    pub fn sign_request(&self, log_url: &str, timestamp: i64) -> SignedRequest {
        SignedRequest::sign(log_url, timestamp, &self.key)
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.peer_key())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use inotify::{EventMask, Inotify, WatchMask};

    use super::*;

    #[test]
    fn a_saved_identity_reads_back_and_only_its_owner_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        let identity = Identity::generate().unwrap();
        identity.save(&path).unwrap();
        assert_eq!(Identity::load(&path).unwrap().peer_key(), identity.peer_key());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn whoever_finds_a_key_file_finds_all_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut inotify = Inotify::init().unwrap();
        let watched = WatchMask::CREATE | WatchMask::MOVED_TO | WatchMask::MODIFY;
        inotify.watches().add(folder.path(), watched).unwrap();
        Identity::generate().unwrap().save(&folder.path().join("identity.json")).unwrap();
        let mut buffer = [0; 4096];
        let events = inotify.read_events(&mut buffer).unwrap();
        let own = events.filter(|event| event.name.is_some_and(|name| name == "identity.json"));
        let own: Vec<EventMask> = own.map(|event| event.mask).collect();
        assert!(!own.is_empty() && !own.contains(&EventMask::MODIFY), "{own:?}");
    }

    #[test]
    fn an_identity_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.json");
        Identity::generate().unwrap().save(&path).unwrap();
        assert!(matches!(Identity::generate().unwrap().save(&path), Err(IdentityError::Write { .. })));
    }

    #[test]
    fn all_forms_of_a_key_give_the_same_identity() {
        let identity = Identity::generate().unwrap();
        let pair = bs58::encode(identity.signing_key().to_keypair_bytes()).into_string();
        let seed = bs58::encode(identity.signing_key().to_bytes()).into_string();
        let file = serde_json::to_string(identity.signing_key().to_keypair_bytes().as_slice()).unwrap();
        for text in [pair, seed, file] {
            assert_eq!(Identity::from_text(&text, "test").unwrap().peer_key(), identity.peer_key());
        }
    }

    #[test]
    fn the_error_for_a_bad_key_names_its_origin_and_not_its_text() {
        let error = Identity::from_base58("notakey0", PRIVATE_KEY).unwrap_err().to_string();
        assert!(error.contains(PRIVATE_KEY) && !error.contains("notakey0"), "{error}");
    }
}
