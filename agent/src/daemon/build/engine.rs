//! The engine and the grammars, as the config has them.

use anyhow::Context;
use sentinel_parsers::{Grammars, WebRules};

use super::super::engine::{Engine, Rules};
use crate::{
    blocks::{BlockSet, Escalation},
    config::{BlockSettings, Settings},
    detect::Detector,
    domain::PeerKey,
    guard::Guard,
    trust::Docket,
};

/// An engine of `me` that blocks nothing yet.
pub(in crate::daemon) fn engine(settings: &Settings, guard: Guard, me: PeerKey) -> Engine {
    let rules = Rules {
        escalation: escalation(&settings.block),
        claimed_for: settings.block.claimed_duration.0,
        capacity: settings.block.capacity,
        ipv6_prefix: settings.block.ipv6_prefix,
    };
    let detector = Detector::new(settings.detect.detector(&settings.block));
    let docket = Docket::new(settings.trust.policy(settings.block.duration.0), me);
    Engine::new(rules, guard, detector, BlockSet::new(settings.block.peers), docket)
}

fn escalation(section: &BlockSettings) -> Escalation {
    Escalation {
        first: section.duration.0,
        growth: section.growth,
        longest: section.max_duration.0,
        forget_after: section.forget_after.0,
    }
}

/// Grammars with the operator's own rules about web requests; without such rules, [`Grammars::shipped`] do.
///
/// # Errors
/// When the rules cannot be read.
pub(in crate::daemon) fn own_grammars(settings: &Settings) -> anyhow::Result<Option<Grammars>> {
    let Some(path) = &settings.detect.web_rules else { return Ok(None) };
    let attempt = || format!("reading the rules about web requests in {}", path.display());
    let text = std::fs::read_to_string(path).with_context(attempt)?;
    Ok(Some(Grammars::new(WebRules::parse(&text).with_context(attempt)?)))
}
