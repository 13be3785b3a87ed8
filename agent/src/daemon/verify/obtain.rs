//! A post's log: fetched, and verified.

use std::time::Instant;

use jiff::Timestamp;
use tokio::task::{JoinError, spawn_blocking};

use super::{
    Verifier,
    failure::{Failure, Fault, blamed, unfetched},
};
use crate::{
    domain::{MaliciousLog, Peer, Post},
    evidence::{self, Verified, VerifyError},
    fetch::Wanted,
    record::{PeerFailure, Record},
    trust::Dispute,
};

impl Verifier {
    /// The post's log, fetched and verified.
    pub(super) async fn verified(
        &self,
        post: &Post,
        reporter: &Peer,
    ) -> Result<Verified<MaliciousLog>, Failure> {
        let (log, posted) = (self.fetch(post, Some(reporter)).await?, post.file_hash);
        // Up to 10 MB are hashed and parsed: not on a thread that others wait for.
        let work = spawn_blocking(move || evidence::verify(log, posted));
        let stopped = |error: JoinError| Failure::new(Fault::Own, error);
        let refused = |error: VerifyError| {
            let url = post.log_url.clone();
            self.blame(PeerFailure { peer: post.owner, url, error: error.to_string(), at: Timestamp::now() });
            let dispute = error.is_false_evidence().then(|| Dispute::NoEvidence { error: error.to_string() });
            Failure { dispute, ..Failure::new(Fault::Log, error) }
        };
        work.await.map_err(stopped)?.map_err(refused)
    }

    async fn fetch(&self, post: &Post, reporter: Option<&Peer>) -> Result<MaliciousLog, Failure> {
        let wanted = Wanted::of_post(post, reporter);
        let begun = Instant::now();
        let fetched = self.fetcher.fetch_with(&wanted, &self.likers.of(post), Timestamp::now()).await;
        self.core.metrics().downloaded(fetched.is_ok(), begun.elapsed());
        match fetched {
            Ok(fetched) => {
                fetched.failures.iter().filter_map(blamed).for_each(|failure| self.blame(failure));
                Ok(fetched.log)
            }
            Err(error) => {
                error.attempts.iter().filter_map(blamed).for_each(|failure| self.blame(failure));
                Err(Failure::new(unfetched(&error), error))
            }
        }
    }

    /// Remembers that a peer did not give what it should have. Nothing waits for that, or depends on it.
    fn blame(&self, failure: PeerFailure) {
        drop(self.core.database().record(vec![Record::PeerFailed(failure)]));
    }
}
