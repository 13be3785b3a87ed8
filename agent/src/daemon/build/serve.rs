//! The HTTPS server, bound.

use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;

use super::{
    super::directory::{LedgerDirectory, NoPeers},
    base::Base,
};
use crate::{
    config::{Endpoint, ServeSettings, Settings},
    identity::Identity,
    serve::{CertificateError, Certificates, LimitSettings, PeerDirectory, Server, ServerSettings},
    sockets::Sockets,
};

/// The server and its listening sockets; none when it listens nowhere.
pub(super) async fn server(
    settings: &Settings,
    base: &Base,
    sockets: &Sockets,
    public_url: Option<&Endpoint>,
) -> anyhow::Result<Option<(Server, Vec<TcpListener>)>> {
    let section = &settings.serve;
    if section.listen.is_empty() {
        return Ok(None);
    }
    let peers: Arc<dyn PeerDirectory> = match &base.ledger {
        Some(ledger) => Arc::new(LedgerDirectory::new(Arc::clone(ledger))),
        None => Arc::new(NoPeers),
    };
    let mut listeners = Vec::new();
    for address in &section.listen {
        listeners.push(sockets.tcp(*address).with_context(|| format!("listening on {address}"))?);
    }
    let certificates = Arc::new(certificates(section, public_url, &base.identity)?);
    let logs = Arc::clone(base.archive.logs());
    let server = Server::new(server_settings(section, public_url), logs, peers, certificates)?;
    let server = server.measured_in(base.core.metrics().clone());
    let database = base.core.database().clone();
    Ok(Some((server.remembering_in(database).await?, listeners)))
}

/// Whether the operator's certificate can be used, if there is one.
pub(super) fn foresee(section: &ServeSettings) -> Result<(), CertificateError> {
    match (&section.certificate, &section.private_key) {
        (Some(chain), Some(key)) => Certificates::from_files(chain, key).map(drop),
        _ => Ok(()),
    }
}

fn server_settings(section: &ServeSettings, public_url: Option<&Endpoint>) -> ServerSettings {
    let url = public_url.map(|url| url.base().to_owned());
    let limits = LimitSettings {
        requests_per_minute: section.requests_per_minute,
        bytes_per_day: section.bytes_per_day.0,
        refusals_per_minute: section.refusals_per_minute,
        ..LimitSettings::default()
    };
    let (connections, connections_per_source) = (section.connections, section.connections_per_source);
    ServerSettings {
        limits,
        connections,
        connections_per_source,
        tls: section.tls,
        trusted_proxies: section.trusted_proxies.clone(),
        ..ServerSettings::new(url.into_iter().collect())
    }
}

fn certificates(
    section: &ServeSettings,
    public_url: Option<&Endpoint>,
    identity: &Identity,
) -> anyhow::Result<Certificates> {
    Ok(match (&section.certificate, &section.private_key) {
        (Some(chain), Some(key)) => Certificates::from_files(chain, key)?,
        _ => {
            let host = public_url.map_or("localhost", Endpoint::host);
            Certificates::self_signed(identity, host)?
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_serves_by_the_same_limits_as_a_program_that_sets_none() {
        assert_eq!(server_settings(&ServeSettings::default(), None), ServerSettings::new(vec![]));
    }
}
