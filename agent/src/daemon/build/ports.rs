//! What others come in by, bound before anything is changed: another program may have it.

use super::{
    super::{lasting::Lasting, metrics_port::MetricsPort},
    serve::{self, ServePorts},
};
use crate::{config::Settings, control::Control};

/// Whether there is something else to go on by where something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::daemon) enum Occasion {
    /// There is not: what the agent can do without is tried again.
    Start,
    /// The settings before.
    Reload,
}

/// The sockets that others come in by.
pub(super) struct Ports {
    pub(super) control: Control,
    /// None when the agent serves nobody.
    pub(super) serve: Option<ServePorts>,
    /// None when it is told nowhere what is measured.
    pub(super) metrics: Option<MetricsPort>,
}

impl Ports {
    /// Binds them.
    pub(super) fn open(settings: &Settings, lasting: &Lasting, occasion: Occasion) -> anyhow::Result<Self> {
        let sockets = &lasting.sockets;
        let metrics = settings.metrics.listen.map(|address| MetricsPort::open(address, sockets, occasion));
        Ok(Self {
            serve: serve::ports(settings, sockets)?,
            metrics: metrics.transpose()?,
            control: lasting.control(&settings.control.socket)?,
        })
    }
}
