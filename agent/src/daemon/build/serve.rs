//! The HTTPS server, bound.

use std::sync::Arc;

use anyhow::Context;
use tokio::net::TcpListener;

use super::{
    super::{
        directory::{LedgerDirectory, NoPeers},
        reach::PublicUrl,
    },
    base::Base,
};
use crate::{
    config::{Endpoint, ServeSettings, Settings},
    identity::Identity,
    metrics::Metrics,
    serve::{CertificateError, Certificates, LimitSettings, PeerDirectory, Server, ServerSettings},
    sources::OpenSockets,
};

/// Where peers come in.
pub(super) struct ServePorts {
    listeners: Vec<TcpListener>,
    /// The operator's; without, the agent signs one itself.
    certificates: Option<Certificates>,
}

/// Listens for peers, with the operator's certificate if there is one; none when it listens nowhere. An agent without peers,
/// of whom nobody wants anything, does not insist on a port that nobody asked for.
pub(super) fn ports(settings: &Settings, sockets: &OpenSockets) -> anyhow::Result<Option<ServePorts>> {
    let section = &settings.serve;
    let certificates = operators(section)?;
    let insists = !settings.ledger.is_standalone() || section.listen != ServeSettings::default().listen;
    let mut listeners = Vec::new();
    for address in &section.listen {
        match sockets.tcp(*address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if insists => {
                return Err(error).with_context(|| format!("listening on {address}, as serve.listen says"));
            }
            Err(error) => tracing::warn!(
                "not listening on {address}: {error}; another port takes `serve.listen`, before this agent has peers"
            ),
        }
    }
    Ok((!listeners.is_empty()).then_some(ServePorts { listeners, certificates }))
}

/// The server, with its listening sockets if there are any.
pub(super) async fn server(
    section: &ServeSettings,
    base: &Base,
    ports: Option<ServePorts>,
    metrics: &Metrics,
    public_url: &PublicUrl,
) -> anyhow::Result<Option<(Server, Vec<TcpListener>)>> {
    let Some(ServePorts { listeners, certificates }) = ports else { return Ok(None) };
    let public_url = public_url.get();
    let peers: Arc<dyn PeerDirectory> = match &base.ledger {
        Some(ledger) => Arc::new(LedgerDirectory::new(Arc::clone(ledger))),
        None => Arc::new(NoPeers),
    };
    let certificates = match certificates {
        Some(certificates) => certificates,
        None => self_signed(public_url.as_ref(), &base.identity)?,
    };
    let (logs, certificates) = (Arc::clone(base.archive.logs()), Arc::new(certificates));
    let server = Server::new(server_settings(section, public_url.as_ref()), logs, peers, certificates)?;
    let server = server.measured_in(metrics.clone()).remembering_in(base.database.clone()).await?;
    Ok(Some((server, listeners)))
}

/// Whether the operator's certificate can be used, if there is one.
pub(super) fn foresee(section: &ServeSettings) -> Result<(), CertificateError> {
    operators(section).map(drop)
}

fn operators(section: &ServeSettings) -> Result<Option<Certificates>, CertificateError> {
    match (&section.certificate, &section.private_key) {
        (Some(chain), Some(key)) => Certificates::from_files(chain, key).map(Some),
        _ => Ok(None),
    }
}

fn self_signed(public_url: Option<&Endpoint>, identity: &Identity) -> Result<Certificates, CertificateError> {
    Certificates::self_signed(identity, public_url.map_or("localhost", Endpoint::host))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_serves_by_the_same_limits_as_a_program_that_sets_none() {
        assert_eq!(server_settings(&ServeSettings::default(), None), ServerSettings::new(vec![]));
    }
}
