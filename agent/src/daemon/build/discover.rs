//! What there is to read, where the config does not say.

use std::path::Path;

use super::base;
use crate::{
    config::{self, Settings},
    sources::discover::{Present, Proposal, propose},
    whole_file::{self, Existing},
};

/// Finds out what there is to read where the configuration leaves it to the agent, and writes it down beside its state, where
/// the operator can change it. Where nothing can be written it holds until the next start.
pub fn discover(settings: &mut Settings) {
    if !settings.sources.is_left_to_the_agent() {
        return;
    }
    let proposal = propose(&Present::look());
    if proposal.is_empty() {
        tracing::warn!("no logs of a known service are here; name what to read in the config's [sources]");
        return;
    }
    let path = config::detected(&settings.store.directory);
    let text = proposal.to_toml();
    match config::parse(&text, &path) {
        Ok(found) => {
            settings.sources.files = found.sources.files;
            settings.sources.journald.enabled = found.sources.journald.enabled;
            settings.sources.journald.units = found.sources.journald.units;
        }
        Err(error) => return tracing::error!("the sources that were found cannot be used: {error}"),
    }
    announce(&proposal, &path, write_new(&path, &text));
}

fn announce(proposal: &Proposal, path: &Path, written: anyhow::Result<()>) {
    let Proposal { files, units, .. } = proposal;
    let found = files.keys().chain(units.keys()).cloned().collect::<Vec<_>>().join(", ");
    match written {
        Ok(()) => tracing::info!("found to read: {found}; {} says why", path.display()),
        Err(error) => tracing::warn!("found to read: {found}; not written to {}: {error:#}", path.display()),
    }
}

/// Writes a file that must not be there yet: half a config would keep the agent from starting.
fn write_new(path: &Path, text: &str) -> anyhow::Result<()> {
    path.parent().map_or(Ok(()), base::make)?;
    Ok(whole_file::write(path, text.as_bytes(), Existing::Kept)?)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_found_is_written_whole_and_never_over_what_the_operator_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let path = config::detected(&state);
        write_new(&path, "found").unwrap();
        assert!(write_new(&path, "found again").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "found");
        assert_eq!(fs::read_dir(&state).unwrap().count(), 1);
    }
}
