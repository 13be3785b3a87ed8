//! A request for a log, from its headers to its answer.

use std::{
    fmt::Display,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use serde_json::json;
use tokio::{
    task::spawn_blocking,
    time::{Duration, timeout},
};
use tracing::{error, field::display, info, warn};
use warp::{
    http::{HeaderMap, StatusCode},
    reply::Response,
};

use super::{
    LimitSettings, PeerDirectory, authorize::Claim, limits::Limits, refusal::Refusal, reply, source::Source,
};
use crate::{
    domain::{LogId, PeerKey},
    store::{LogStore, OpenLog},
};

/// How long the ledger may take to say whether a peer is active.
const DIRECTORY_TIMEOUT: Duration = Duration::from_secs(5);
/// Where the access log goes.
const ACCESS: &str = "sentinel_agent::access";

/// What answers requests: the logs, and everything that decides who gets them.
pub(super) struct LogService {
    store: Arc<LogStore>,
    directory: Arc<dyn PeerDirectory>,
    limits: Mutex<Limits>,
    public_urls: Vec<String>,
}

impl LogService {
    pub(super) fn new(
        store: Arc<LogStore>,
        directory: Arc<dyn PeerDirectory>,
        limits: LimitSettings,
        public_urls: Vec<String>,
    ) -> Self {
        let public_urls = public_urls.iter().map(|url| url.trim_end_matches('/').to_owned()).collect();
        Self { store, directory, limits: Mutex::new(Limits::new(limits)), public_urls }
    }

    /// How the server is, for anybody.
    pub(super) fn health(&self) -> Response {
        reply::json(StatusCode::OK, &json!({ "status": "ok", "logs": self.store.count() }))
    }

    /// The log that `target` (path and query as received) names, or why it is refused.
    pub(super) async fn log(&self, target: &str, headers: &HeaderMap, source: Source) -> Response {
        let now = Timestamp::now().as_second();
        let id = log_id(target);
        let log = id.map(display);
        let peer = match self.authorize(target, headers, source, now).await {
            Ok(peer) => peer,
            // Not worth a line each: whoever gets these is flooding.
            Err(refusal @ Refusal::Source { .. }) => return reply::refusal(&refusal),
            Err(refusal) => {
                info!(target: ACCESS, %source, log, verdict = %refusal, "refused");
                return reply::refusal(&refusal);
            }
        };
        match self.open(&peer, id, now).await {
            Ok(found) => {
                info!(target: ACCESS, %source, %peer, log, bytes = found.len, "served");
                reply::download(found)
            }
            Err(refusal) => {
                info!(target: ACCESS, %source, %peer, log, verdict = %refusal, "refused");
                reply::refusal(&refusal)
            }
        }
    }

    /// Who sent this request, after every check that does not depend on the log.
    async fn authorize(
        &self,
        target: &str,
        headers: &HeaderMap,
        source: Source,
        now: i64,
    ) -> Result<PeerKey, Refusal> {
        self.limits().check_source(source, now)?;
        let admitted = self.prove(target, headers, now).await;
        if admitted.as_ref().is_err_and(Refusal::is_unauthorised) {
            self.limits().blame(source, now);
        }
        admitted
    }

    async fn prove(&self, target: &str, headers: &HeaderMap, now: i64) -> Result<PeerKey, Refusal> {
        let claim = Claim::read(headers, now)?;
        let is_active = self.is_active(claim.key()).await?;
        let request = claim.prove(is_active, &self.public_urls, target)?;
        self.limits().admit(&request, now)?;
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

    /// The log that an authorised peer asks for, paid for from its quota.
    async fn open(&self, peer: &PeerKey, id: Option<LogId>, now: i64) -> Result<OpenLog, Refusal> {
        let id = id.ok_or(Refusal::UnknownLog)?;
        let store = Arc::clone(&self.store);
        let unreadable = |error: &dyn Display| {
            error!(%id, %error, "serving a log");
            Refusal::Storage
        };
        let log = spawn_blocking(move || store.open_log(id))
            .await
            .map_err(|error| unreadable(&error))?
            .map_err(|error| unreadable(&error))?
            .ok_or(Refusal::UnknownLog)?;
        self.limits().charge(peer, log.len, now)?;
        Ok(log)
    }

    fn limits(&self) -> MutexGuard<'_, Limits> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The log that a path names; every other path names none.
fn log_id(target: &str) -> Option<LogId> {
    target.strip_prefix("/logs/").or_else(|| target.strip_prefix("/mirrors/"))?.parse().ok()
}
