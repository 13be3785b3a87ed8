//! Detections -> malicious logs as they are stored and posted: the same for who reports and for who only looks.

use sentinel_parsers::Service;

use crate::{
    detect::{Detection, Method},
    domain::{MaliciousLog, TooLarge},
    evidence::{self, Redactor, Verified, VerifyError},
    guard::is_private,
};

/// Detections that share a log: by one detector, and all of the internet or all of this house.
#[derive(Debug)]
pub(super) struct Alike {
    pub(super) service: Service,
    method: Method,
    pub(super) detections: Vec<Detection>,
}

/// Why detections make no log.
#[derive(Debug, thiserror::Error)]
pub(super) enum DraftError {
    /// It is too long.
    #[error("writing the malicious log: {0}")]
    Write(#[from] TooLarge),
    /// It accuses nobody.
    #[error("without what is private, or without rules of this agent's own, no line proves an attack")]
    Nobody,
    /// It cannot be read back.
    #[error("writing the malicious log: {0}")]
    Unreadable(VerifyError),
}

/// Those that were detected alike, together; in the order of the first of each.
pub(super) fn alike(mut detections: Vec<Detection>) -> Vec<Alike> {
    let mut all = Vec::new();
    while let Some(first) = detections.first() {
        let (service, method) = (first.service, first.method);
        let kind = |one: &Detection| (one.service, one.method, is_private(one.network.ip()));
        let of_first = kind(first);
        let (together, others) = detections.into_iter().partition(|one| kind(one) == of_first);
        detections = others;
        all.push(Alike { service, method, detections: together });
    }
    all
}

impl Alike {
    /// Whether it concerns others: nobody but this house meets its own hosts.
    pub(super) fn leaves(&self) -> bool {
        self.detections.iter().all(|detection| !is_private(detection.network.ip()))
    }

    /// The log as it is stored, and posted byte by byte.
    ///
    /// # Errors
    /// When it would prove nothing.
    pub(super) fn draft(&self, redactor: &Redactor) -> Result<Verified<MaliciousLog>, DraftError> {
        let log = evidence::write(redactor, self.service, self.method, &self.detections)?;
        let hash = log.hash();
        evidence::verify(log, hash).map_err(|error| match error {
            VerifyError::Nobody => DraftError::Nobody,
            error => DraftError::Unreadable(error),
        })
    }

    /// The lines that were seen, each with what the draft holds of it.
    pub(super) fn lines(&self, redactor: &Redactor) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let lines = evidence::lines(redactor, self.service, &self.detections);
        lines.map(|(seen, written)| (seen.raw.to_vec(), written)).collect()
    }
}
