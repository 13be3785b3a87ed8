//! The allowlist: what the config file allows. It is changed there.

use ipnetwork::IpNetwork;

use super::Desk;
use crate::control::{AllowSource, AllowView, Answer, Failure, FailureKind};

impl Desk {
    pub(super) async fn allowed(&self) -> Answer {
        let engine = self.core.engine().await;
        Answer::Allowed(engine.guard().protected().allowed.iter().copied().map(from_config).collect())
    }

    pub(super) async fn allow(&self, target: &str, _comment: String) -> Result<Answer, Failure> {
        Err(only_in_config(target))
    }

    pub(super) async fn disallow(&self, target: &str) -> Result<Answer, Failure> {
        Err(only_in_config(target))
    }
}

fn from_config(network: IpNetwork) -> AllowView {
    AllowView {
        target: network.to_string(),
        source: AllowSource::Config,
        comment: String::new(),
        since: None,
        networks: vec![network],
        trouble: None,
    }
}

fn only_in_config(target: &str) -> Failure {
    let message =
        format!("changing what is allowed of {target}: the allowlist is guard.allow of the config file");
    Failure::new(FailureKind::Failed, message)
}
