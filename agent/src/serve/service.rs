//! A request for a log, from its headers to its answer.

use std::{fmt::Display, sync::Arc, time::Instant};

use jiff::Timestamp;
use serde_json::json;
use tokio::{
    sync::Semaphore,
    task::spawn_blocking,
    time::{Duration, timeout},
};
use tracing::{error, warn};
use warp::{
    http::{HeaderMap, StatusCode},
    reply::Response,
};

use super::{
    INSTANCE_HEADER, LimitSettings, PeerDirectory, PublicUrls,
    access::{AccessLog, Sending},
    authorize::{Claim, UnpackedKeys},
    download::{self, Plan, Transfer},
    memory::SharedLimits,
    refusal::{Blame, Refusal},
    reply,
    slots::Slot,
    source::Source,
    visits::Visits,
};
use crate::{
    domain::{LogId, PeerKey, UnpackedKey},
    store::{LogStore, OpenLog},
};

/// How long the ledger may take to say whether a peer is active.
const DIRECTORY_TIMEOUT: Duration = Duration::from_secs(5);
/// Logs that are compressed at a time, each with about 1 MB; the others go out as they are.
const COMPRESSING: usize = 8;

/// What answers requests: the logs, and everything that decides who gets them.
pub(super) struct LogService {
    store: Arc<LogStore>,
    directory: Arc<dyn PeerDirectory>,
    limits: Arc<SharedLimits>,
    keys: UnpackedKeys,
    public_urls: Arc<PublicUrls>,
    visits: Arc<Visits>,
    compressing: Arc<Semaphore>,
    access: AccessLog,
}

/// A request as it came.
pub(super) struct Asked {
    /// Path and query as received.
    pub(super) target: String,
    pub(super) headers: HeaderMap,
    /// Whether only the headers of the answer are wanted.
    pub(super) is_head: bool,
    pub(super) slot: Arc<Slot>,
    /// Whom its refusals are counted against.
    pub(super) source: Source,
}

impl LogService {
    pub(super) fn new(
        store: Arc<LogStore>,
        directory: Arc<dyn PeerDirectory>,
        limits: LimitSettings,
        public_urls: &[String],
    ) -> Self {
        Self {
            store,
            directory,
            limits: Arc::new(SharedLimits::new(limits)),
            keys: UnpackedKeys::default(),
            public_urls: Arc::new(PublicUrls::new(public_urls)),
            visits: Arc::default(),
            compressing: Arc::new(Semaphore::new(COMPRESSING)),
            access: AccessLog::default(),
        }
    }

    /// The URLs that requests may be signed for.
    pub(super) fn public_urls(&self) -> Arc<PublicUrls> {
        Arc::clone(&self.public_urls)
    }

    /// Who came.
    pub(super) fn visits(&self) -> Arc<Visits> {
        Arc::clone(&self.visits)
    }

    /// What peers took so far.
    pub(super) fn limits(&self) -> &SharedLimits {
        &self.limits
    }

    /// Whether a source is not even worth a handshake.
    pub(super) fn is_shut_out(&self, source: Source) -> bool {
        self.limits.lock().is_shut_out(source, now())
    }

    /// Counts a connection that led to nothing.
    pub(super) fn blame(&self, source: Source) {
        self.limits.lock().blame(source, now());
    }

    /// An answer for anybody, if `source` did not have too many of them.
    pub(super) fn courtesy(&self, answer: Response, source: Source) -> Response {
        let counted = self.limits.lock().courtesy(source, now());
        counted.map_or_else(|refusal| reply::refusal(&refusal), |()| answer)
    }

    /// How the server is.
    pub(super) fn health(&self) -> Response {
        let mut health = reply::json(StatusCode::OK, &json!({ "status": "ok", "logs": self.store.count() }));
        health.headers_mut().insert(INSTANCE_HEADER, self.visits.instance());
        health
    }

    /// The log that `id` names, or why it is refused.
    pub(super) async fn log(&self, id: Option<LogId>, asked: Asked) -> Response {
        let now = now();
        let answer = async |peer: PeerKey| self.send(peer, id, &asked, now).await;
        self.answer(id, &asked, now, answer).await
    }

    /// What there is to know about that log, or why it is refused.
    pub(super) async fn metadata(&self, id: Option<LogId>, asked: Asked) -> Response {
        let now = now();
        let answer = async |peer: PeerKey| {
            let log = self.open(id).await?;
            let facts = json!({ "id": log.hash.log_id(), "file_hash": log.hash, "bytes": log.len });
            self.limits.lock().charge(
                &peer,
                u64::try_from(facts.to_string().len()).unwrap_or_default(),
                now,
            )?;
            let mut sending = self.sending(&asked, peer, log.hash.log_id(), "metadata");
            sending.is_whole = true;
            sending.done();
            Ok(reply::json(StatusCode::OK, &facts))
        };
        self.answer(id, &asked, now, answer).await
    }

    async fn answer(
        &self,
        id: Option<LogId>,
        asked: &Asked,
        now: i64,
        answer: impl AsyncFnOnce(PeerKey) -> Result<Response, Refusal>,
    ) -> Response {
        let source = asked.source;
        let (peer, refusal) = match self.authorize(asked, now).await {
            Err(refusal) => (None, refusal),
            Ok(peer) => match answer(peer).await {
                Ok(response) => return response,
                Err(refusal) => (Some(peer), refusal),
            },
        };
        self.access.refused(source, peer.as_ref(), id, &refusal, now);
        reply::refusal(&refusal)
    }

    /// Who sent this request, after every check that does not depend on the log.
    async fn authorize(&self, asked: &Asked, now: i64) -> Result<PeerKey, Refusal> {
        let source = asked.source;
        self.limits.lock().check_source(source, now)?;
        let admitted = self.prove(&asked.target, &asked.headers, now).await;
        match &admitted {
            Ok(peer) => {
                asked.slot.prove(*peer, Instant::now());
                self.visits.note(source, peer, now);
            }
            Err(refusal) => match refusal.blame() {
                Blame::Full => self.limits.lock().blame(source, now),
                Blame::Light => self.limits.lock().courtesy(source, now)?,
                Blame::None => {}
            },
        }
        admitted
    }

    /// Of a key that is not remembered the signature comes first: nonsense must not make us ask the ledger.
    async fn prove(&self, target: &str, headers: &HeaderMap, now: i64) -> Result<PeerKey, Refusal> {
        let claim = Claim::read(headers, now)?;
        let key = *claim.key();
        let prove = |unpacked| claim.prove(unpacked, &self.public_urls, target);
        let request = match self.directory.remembered(&key) {
            Some(false) => return Err(Refusal::NotActive(key)),
            Some(true) => prove(self.keys.of(&key))?,
            None => {
                let request = prove(UnpackedKey::of(&key))?;
                if !self.is_active(&key).await? {
                    return Err(Refusal::NotActive(key));
                }
                request
            }
        };
        let writing = self.limits.lock().admit(&request, now)?;
        self.limits.remind(writing);
        Ok(request.key)
    }

    async fn is_active(&self, key: &PeerKey) -> Result<bool, Refusal> {
        match timeout(DIRECTORY_TIMEOUT, self.directory.is_active(key)).await {
            Ok(Ok(is_active)) => Ok(is_active),
            Ok(Err(error)) => {
                warn!(%error, "refusing a request");
                Err(Refusal::DirectoryUnavailable)
            }
            Err(_) => {
                warn!(peer = %key, after = ?DIRECTORY_TIMEOUT, "refusing a request: no answer from the ledger");
                Err(Refusal::DirectoryUnavailable)
            }
        }
    }

    /// Sends an authorised peer what it asks for, paid for from its quota.
    async fn send(
        &self,
        peer: PeerKey,
        id: Option<LogId>,
        asked: &Asked,
        now: i64,
    ) -> Result<Response, Refusal> {
        let log = self.open(id).await?;
        let mut plan = Plan::new(&log, &asked.headers, asked.is_head);
        let mut turn = None;
        if matches!(plan, Plan::Coded(_)) {
            turn = Arc::clone(&self.compressing).try_acquire_owned().ok();
            if turn.is_none() {
                plan = Plan::Whole;
            }
        }
        let bytes = plan.bytes(&log);
        self.limits.lock().charge(&peer, bytes, now)?;
        let sending = self.sending(asked, peer, log.hash.log_id(), plan.name());
        let transfer = Transfer {
            limits: Arc::clone(&self.limits),
            bytes,
            since: now,
            sending,
            _answering: asked.slot.answer(),
        };
        Ok(download::answer(&plan, log, transfer, turn))
    }

    fn sending(&self, asked: &Asked, peer: PeerKey, log: LogId, verdict: &'static str) -> Sending {
        Sending { source: asked.source, peer, log, verdict, sent: 0, is_whole: false }
    }

    async fn open(&self, id: Option<LogId>) -> Result<OpenLog, Refusal> {
        let id = id.ok_or(Refusal::UnknownLog)?;
        if let Some(log) = self.store.log_at_hand(id) {
            return Ok(log);
        }
        let store = Arc::clone(&self.store);
        let unreadable = |error: &dyn Display| {
            error!(%id, %error, "serving a log");
            Refusal::Storage
        };
        spawn_blocking(move || store.open_log(id))
            .await
            .map_err(|error| unreadable(&error))?
            .map_err(|error| unreadable(&error))?
            .ok_or(Refusal::UnknownLog)
    }
}

fn now() -> i64 {
    Timestamp::now().as_second()
}
