//! One attempt at one place; where its connection breaks, the next goes on.

use std::time::Duration;

use tokio::{
    task::spawn_blocking,
    time::{Instant, sleep, timeout_at},
};

use super::{
    AttemptError, FetchPolicy, Progress,
    body::Received,
    clock::Clock,
    connect::open,
    errand::Errand,
    exchange::{exchange, request},
};
use crate::{
    backoff::Backoff,
    domain::{FileHash, LogUrl, MaliciousLog, PeerKey},
    identity::Identity,
};

/// How often a download is taken up again whose connection broke.
const RESUMPTIONS: u32 = 4;
/// Longest pause before that, a random part aside.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What an attempt goes by.
pub(super) struct Attempt<'a> {
    pub(super) identity: &'a Identity,
    pub(super) policy: &'a FetchPolicy,
    pub(super) watcher: &'a (dyn Fn(Progress) + Send + Sync),
    /// Whose key a server may show instead of a certificate that an authority vouches for.
    pub(super) pinned: Option<PeerKey>,
    /// What the log must hash to.
    pub(super) file_hash: FileHash,
    /// The time that requests are signed with.
    pub(super) clock: Clock,
    /// When it is over.
    pub(super) until: Instant,
    /// How long that is from when it was wanted.
    pub(super) limit: Duration,
}

impl Attempt<'_> {
    /// Downloads the log from there.
    pub(super) async fn at(&self, url: &str, mut errand: Errand<'_>) -> Result<MaliciousLog, AttemptError> {
        let downloaded = timeout_at(self.until, self.download(url, &mut errand)).await;
        let log = downloaded.map_err(|_| AttemptError::TimedOut(self.limit))??;
        errand.was_worth_it();
        Ok(log)
    }

    async fn download(&self, url: &str, errand: &mut Errand<'_>) -> Result<MaliciousLog, AttemptError> {
        let url: LogUrl = url.parse()?;
        let mut received = Received::default();
        // At least a second each, since a signature is good once and the next request needs a later time.
        let mut backoff = Backoff::up_to(LONGEST_PAUSE);
        let mut resumptions = 0;
        loop {
            let held = received.len();
            let error = match self.request(&url, &mut received, errand).await {
                Ok(()) => match self.checked(received.take()).await {
                    Ok(log) => return Ok(log),
                    // Pieces of two files, maybe: once more from the beginning.
                    Err(error @ AttemptError::HashMismatch { .. }) if held > 0 => error,
                    Err(error) => return Err(error),
                },
                Err(error @ AttemptError::Broken { .. }) if received.len() > held => error,
                Err(error) => return Err(error),
            };
            resumptions += 1;
            if resumptions > RESUMPTIONS {
                return Err(error);
            }
            tracing::debug!(%url, held = received.len(), "taking up a download again: {error}");
            sleep(backoff.pause()).await;
        }
    }

    async fn request(
        &self,
        url: &LogUrl,
        received: &mut Received,
        errand: &mut Errand<'_>,
    ) -> Result<(), AttemptError> {
        let signed = self.identity.sign_request(url.as_str(), self.clock.now().as_second());
        let request = request(url, &signed, received, self.file_hash)?;
        let stream = open(url.url(), self.policy, self.pinned, errand).await?;
        exchange(stream, request, received, self.watcher).await
    }

    /// The log, when it is the one that is wanted. Hashing takes a while, so no thread does it that others wait for.
    async fn checked(&self, bytes: Vec<u8>) -> Result<MaliciousLog, AttemptError> {
        let log = spawn_blocking(move || MaliciousLog::new(bytes)).await?.map_err(AttemptError::TooLarge)?;
        if log.hash() != self.file_hash {
            return Err(AttemptError::HashMismatch { expected: self.file_hash, found: log.hash() });
        }
        Ok(log)
    }
}
