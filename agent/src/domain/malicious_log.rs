//! The evidence file.

use super::FileHash;

/// Largest malicious log, in bytes (10 MiB).
pub const MAX_LOG_BYTES: usize = 10 * 1024 * 1024;

/// A log over [`MAX_LOG_BYTES`].
#[derive(Debug, thiserror::Error)]
#[error("a log of {0} bytes, at most {MAX_LOG_BYTES} are allowed")]
pub struct TooLarge(pub usize);

/// The bytes of one malicious log together with their hash; never more than [`MAX_LOG_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaliciousLog {
    bytes: Vec<u8>,
    hash: FileHash,
}

impl MaliciousLog {
    /// Takes the bytes and hashes them.
    ///
    /// # Errors
    /// [`TooLarge`] when there are too many.
    pub fn new(bytes: Vec<u8>) -> Result<Self, TooLarge> {
        if bytes.len() > MAX_LOG_BYTES {
            return Err(TooLarge(bytes.len()));
        }
        let hash = FileHash::of(&bytes);
        Ok(Self { bytes, hash })
    }

    /// The file as stored and served.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the file.
    #[must_use]
    pub fn hash(&self) -> FileHash {
        self.hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_mebibytes_are_a_log_and_one_byte_more_is_not() {
        assert!(MaliciousLog::new(vec![0; MAX_LOG_BYTES]).is_ok());
        let error = MaliciousLog::new(vec![0; MAX_LOG_BYTES + 1]).unwrap_err();
        assert_eq!(error.to_string(), "a log of 10485761 bytes, at most 10485760 are allowed");
    }
}
