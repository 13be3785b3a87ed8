//! What would leave: the same drafts that are stored and posted, shown and nothing else.

use std::{net::IpAddr, sync::Arc};

use jiff::Timestamp;
use tokio::sync::watch;

use super::{
    connect,
    draft::grouped,
    privacy::Privacy,
    publisher,
    reach::{PublicUrl, found_url},
    rehearsal::Rehearsal,
    report::TOGETHER,
};
use crate::{
    config::Settings,
    control::{Content, DraftState, DraftView, LineDraft, PostDraft},
    detect::Detection,
    domain::{FileHash, InvalidUrl, MaliciousLog},
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
            drafts.push(DraftView { lines, ..self.view(&log, state, group.leaves())? });
        }
        Ok(drafts)
    }

    /// A log that is written, with its post if it `leaves`.
    ///
    /// # Errors
    /// When it would be served under no valid URL.
    pub(super) fn view(
        &self,
        log: &Verified<MaliciousLog>,
        state: DraftState,
        leaves: bool,
    ) -> Result<DraftView, InvalidUrl> {
        let (bytes, file_hash) = (log.get().bytes(), log.get().hash());
        let mut attackers: Vec<IpAddr> = log.attackers().iter().map(|attacker| attacker.address).collect();
        attackers.dedup();
        Ok(DraftView {
            state,
            file_hash,
            bytes: bytes.len(),
            attackers,
            post: if leaves { self.post(file_hash)? } else { None },
            log: Content::new(bytes.to_vec()),
            lines: Vec::new(),
        })
    }

    fn post(&self, file_hash: FileHash) -> Result<Option<PostDraft>, InvalidUrl> {
        let Some((ledger, public_url)) = &self.posting else { return Ok(None) };
        let Some(public_url) = public_url.get() else { return Ok(None) };
        let log_url = publisher::log_url(&public_url, file_hash)?;
        Ok(Some(PostDraft { log_url, file_hash, accounts: ledger.post_accounts(file_hash) }))
    }
}

/// What would leave of a log that this agent reads: see [`Rehearsal`].
pub struct Preview {
    rehearsal: Rehearsal,
    viewer: Viewer,
}

impl Preview {
    /// An agent with these settings that has read nothing yet, on a host with these addresses. Without an identity nothing
    /// would be posted.
    ///
    /// # Errors
    /// When the rules about web requests or the ledger's settings make no sense.
    pub fn new(
        settings: &Settings,
        links: watch::Receiver<Links>,
        identity: Option<&Identity>,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let ledger =
            identity.map(|identity| connect::connect(&settings.ledger, identity)).transpose()?.flatten();
        let public_url = found_url(&settings.serve, &links.borrow());
        let ledger = ledger.map(|ledger| Arc::new(ledger) as Arc<dyn Ledger>);
        let posting = ledger.zip(public_url.map(PublicUrl::fixed));
        let viewer = Viewer { privacy: Privacy::new(settings, links), posting };
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
