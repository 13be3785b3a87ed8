//! The log sources, each going on where it was.

use std::{collections::BTreeMap, path::Path, pin::Pin};

use sentinel_parsers::Service;
use tokio::sync::{mpsc, watch};

use crate::{
    config::{Settings, StartAt},
    sources::{self, Batch, FileSource, JournalFilter, JournalSource, Outlet, Position, Start, Status},
    store::database::Database,
};

/// A source at work.
pub(in crate::daemon) type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// All sources, and how each is doing.
#[derive(Default)]
pub(super) struct Sources {
    /// To be run.
    pub(super) work: Vec<Work>,
    /// By name.
    pub(super) statuses: BTreeMap<String, watch::Receiver<Status>>,
}

/// Prepares the sources of the config; their lines go into `batches`.
pub(super) async fn sources(
    settings: &Settings,
    database: &Database,
    batches: &mpsc::Sender<Batch>,
) -> anyhow::Result<Sources> {
    let section = &settings.sources;
    let start = match section.start {
        StartAt::End => Start::End,
        StartAt::Beginning => Start::Beginning,
    };
    let mut all = Sources::default();
    for path in &section.files {
        let name = path.display().to_string();
        let resume = position(database, &name).await?;
        let outlet = all.outlet(name, batches);
        let source = FileSource { path: path.clone(), start };
        all.work.push(Box::pin(sources::follow_file(source, resume, outlet)));
    }
    if section.journald {
        let name = "journald".to_owned();
        let resume = position(database, &name).await?;
        let outlet = all.outlet(name, batches);
        let source = journal(section.journal_directory.as_deref(), start);
        all.work.push(Box::pin(sources::follow_journal(source, resume, outlet)));
    }
    Ok(all)
}

impl Sources {
    fn outlet(&mut self, name: String, batches: &mpsc::Sender<Batch>) -> Outlet {
        let (outlet, status) = Outlet::new(name.as_str(), batches.clone());
        self.statuses.insert(name, status);
        outlet
    }
}

fn journal(directory: Option<&Path>, start: Start) -> JournalSource {
    let programs = Service::ALL.into_iter().flat_map(Service::programs);
    // Any local user can log under any name; only what root's daemons log is believed.
    let filter = JournalFilter {
        identifiers: programs.map(str::to_owned).collect(),
        uids: vec![0],
        ..JournalFilter::default()
    };
    JournalSource { filter, start, directory: directory.map(Path::to_owned) }
}

/// Where a source goes on; a position that cannot be read is as good as none.
async fn position(database: &Database, source: &str) -> anyhow::Result<Option<Position>> {
    let Some(text) = database.position(source.to_owned()).await? else { return Ok(None) };
    Ok(serde_json::from_str(&text)
        .inspect_err(|error| {
            tracing::warn!("the position of {source} cannot be read, beginning anew: {error}")
        })
        .ok())
}
