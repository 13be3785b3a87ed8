//! The agent's server, on one thread.

use std::{collections::HashSet, fs, net::Ipv4Addr, path::Path, sync::Arc};

use sentinel_agent::{
    domain::PeerKey,
    serve::{Certificates, Server, ServerSettings},
    store::{
        LogStore,
        database::{self, Database},
    },
};
use sentinel_tests::bench::peers::KnownPeers;
use tokio::{net::TcpListener, runtime::Builder};

use crate::bed;

/// Serves the bed in `directory` until it is killed, with limits that a benchmark does not reach.
pub(crate) fn serve(directory: &Path, port: u16) -> anyhow::Result<()> {
    let peers = fs::read_to_string(directory.join("peers"))?;
    let peers: HashSet<PeerKey> = peers.lines().map(str::parse).collect::<Result<_, _>>()?;
    let mut settings = ServerSettings::new(vec![bed::url(port)]);
    settings.limits.requests_per_minute = usize::MAX;
    settings.limits.bytes_per_day = u64::MAX;
    settings.limits.signatures = 1 << 20;
    settings.connections_per_source = 128;
    let (chain, key) = bed::certificate_in(directory);
    let certificates = Arc::new(Certificates::from_files(&chain, &key)?);
    let store = Arc::new(LogStore::open(&bed::logs_in(directory), 1 << 30)?);
    let server = Server::new(settings, store, Arc::new(KnownPeers(peers)), certificates)?;
    Builder::new_current_thread().enable_all().build()?.block_on(async {
        let state = tempfile::tempdir()?;
        let server = server.remembering_in(Database::open(&database::path_in(state.path()))?).await?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        server.run(vec![listener], std::future::pending()).await;
        Ok(())
    })
}
