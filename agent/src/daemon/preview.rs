//! What would leave: the same drafts that are stored and posted, shown and nothing else.

use std::{net::IpAddr, sync::Arc};

use anyhow::Context;
use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    connect,
    draft::grouped,
    privacy::Privacy,
    publisher,
    reach::{Memory, PublicUrl, found_url},
    rehearsal::Rehearsal,
    report::TOGETHER,
};
use crate::{
    config::Settings,
    control::{Content, DraftState, DraftView, LineDraft, PostDraft},
    detect::Detection,
    domain::{FileHash, InvalidUrl, LogUrl, MaliciousLog},
    evidence::Verified,
    identity::Identity,
    kernel::Links,
    ledger::Ledger,
};

/// Shows drafts and their posts.
pub(super) struct Viewer {
    /// What stays in this house.
    pub(super) privacy: Privacy,
    /// The ledger, and the URL under which peers reach this agent; none when it takes part in no network.
    pub(super) posting: Option<(Arc<dyn Ledger>, PublicUrl)>,
}

impl Viewer {
    /// The drafts of what was detected, in the state given. What would prove nothing to others is left out.
    ///
    /// # Errors
    /// When a log would be served under no valid URL.
    pub(super) fn drafts(
        &self,
        detected: Vec<Detection>,
        state: DraftState,
    ) -> Result<Vec<DraftView>, InvalidUrl> {
        let redactor = self.privacy.redactor();
        let mut drafts = Vec::new();
        for group in grouped(detected) {
            let log = match group.draft(&redactor) {
                Ok(log) => log,
                Err(error) => {
                    tracing::warn!("attackers of {} would stay unreported: {error}", group.service);
                    continue;
                }
            };
            let lines = group.lines(&redactor).into_iter().map(|(seen, leaves)| LineDraft {
                seen: Content::new(seen),
                leaves: leaves.map(Content::new),
            });
            let lines = lines.collect();
            let log_url = if group.leaves() { self.log_url(log.get().hash())? } else { None };
            drafts.push(DraftView { lines, ..self.view(&log, state, log_url) });
        }
        Ok(drafts)
    }

    /// A log that is written, with the post that says it is served at `log_url`; without one where that is none.
    pub(super) fn view(
        &self,
        log: &Verified<MaliciousLog>,
        state: DraftState,
        log_url: Option<LogUrl>,
    ) -> DraftView {
        let (bytes, file_hash) = (log.get().bytes(), log.get().hash());
        let mut attackers: Vec<IpAddr> = log.attackers().iter().map(|attacker| attacker.address).collect();
        attackers.dedup();
        let post = self.posting.as_ref().zip(log_url).map(|((ledger, _), log_url)| PostDraft {
            log_url,
            file_hash,
            accounts: ledger.post_accounts(file_hash),
        });
        DraftView {
            state,
            file_hash,
            bytes: bytes.len(),
            attackers,
            post,
            log: Content::new(bytes.to_vec()),
            lines: Vec::new(),
        }
    }

    /// Where a log would be served if it were posted now; none where peers could not be sent anywhere.
    ///
    /// # Errors
    /// When that is too long for the ledger.
    pub(super) fn log_url(&self, file_hash: FileHash) -> Result<Option<LogUrl>, InvalidUrl> {
        let public_url = self.posting.as_ref().and_then(|(_, public_url)| public_url.get());
        public_url.map(|public_url| publisher::log_url(&public_url, file_hash)).transpose()
    }
}

/// What would leave of a log that this agent reads: see [`Rehearsal`].
pub struct Preview {
    rehearsal: Rehearsal,
    viewer: Viewer,
}

impl Preview {
    /// An agent with these settings that has read nothing yet, on a host with these addresses. Without an identity
    /// nothing would be posted.
    ///
    /// # Errors
    /// When the rules about web requests or the ledger's settings make no sense, or the state directory cannot be read.
    pub fn new(
        settings: &Settings,
        links: watch::Receiver<Links>,
        identity: Option<&Identity>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let ledger =
            identity.map(|identity| connect::ledger(&settings.ledger, identity)).transpose()?.flatten();
        let public_url = found_url(&settings.serve, &links.borrow());
        let posting = ledger.zip(public_url.map(PublicUrl::fixed));
        let memory = Memory::read(&settings.store.directory).with_context(|| {
            let directory = settings.store.directory.display();
            format!("reading in {directory} which addresses were this host's, which may take sudo")
        })?;
        let viewer = Viewer { privacy: Privacy::new(settings, links, memory), posting };
        Ok(Self { rehearsal: Rehearsal::new(settings, now)?, viewer })
    }

    /// Reads a line; gives back the drafts that are complete with it.
    ///
    /// # Errors
    /// When a log would be served under no valid URL.
    pub fn line(&mut self, raw: &[u8]) -> Result<Vec<DraftView>, InvalidUrl> {
        self.rehearsal.report(raw);
        if self.rehearsal.detected() < TOGETHER { Ok(Vec::new()) } else { self.end() }
    }

    /// Gives back the drafts of what was detected since.
    ///
    /// # Errors
    /// When a log would be served under no valid URL.
    pub fn end(&mut self) -> Result<Vec<DraftView>, InvalidUrl> {
        self.viewer.drafts(self.rehearsal.take_detections(), DraftState::Rehearsed)
    }
}
