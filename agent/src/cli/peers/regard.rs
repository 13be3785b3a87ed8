//! `peers pin`, `ban`, `unpin` and `unban`: what the operator thinks of a peer, whatever the ledger says.

use clap::Args;

use crate::{
    cli::{Exit, Options, options::unexpected, output::Tree},
    control::{Answer, RegardView, Request},
    domain::PeerKey,
    trust::Attitude,
};

/// Always believe a peer: its word alone blocks, whatever its karma
#[derive(Debug, Args)]
pub(in crate::cli) struct Pin {
    #[command(flatten)]
    whom: Whom,
}

/// Never believe a peer; what only its word blocks is let go at once
#[derive(Debug, Args)]
pub(in crate::cli) struct Ban {
    #[command(flatten)]
    whom: Whom,
}

/// Pin a peer no longer: its karma decides again
#[derive(Debug, Args)]
pub(in crate::cli) struct Unpin {
    /// The peer's key, as `peers list` shows it
    peer: PeerKey,
}

/// Ban a peer no longer: its karma decides again, also about what it said meanwhile
#[derive(Debug, Args)]
pub(in crate::cli) struct Unban {
    /// The peer's key, as `peers list` shows it
    peer: PeerKey,
}

#[derive(Debug, Args)]
struct Whom {
    /// The peer's key, as `peers list` shows it
    peer: PeerKey,
    /// Why, for whoever asks later
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    reason: String,
}

impl Pin {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        regard(self.whom.peer, Some(Attitude::Pinned), self.whom.reason, options)
    }
}

impl Ban {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        regard(self.whom.peer, Some(Attitude::Banned), self.whom.reason, options)
    }
}

impl Unpin {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        regard(self.peer, None, String::new(), options)
    }
}

impl Unban {
    pub(in crate::cli) fn run(self, options: &Options) -> anyhow::Result<Exit> {
        regard(self.peer, None, String::new(), options)
    }
}

fn regard(
    peer: PeerKey,
    attitude: Option<Attitude>,
    comment: String,
    options: &Options,
) -> anyhow::Result<Exit> {
    let request = Request::Regard { peer, attitude, comment };
    let Answer::Regarded(view) = options.ask(&request)? else { return Err(unexpected()) };
    options.output().show(&view, |_| tree(&view))?;
    Ok(Exit::Ok)
}

fn tree(view: &RegardView) -> Tree {
    let RegardView { peer, attitude, blocked, released } = view;
    let label = match attitude {
        Some(Attitude::Pinned) => format!("{peer} is always believed"),
        Some(Attitude::Banned) => format!("{peer} is never believed"),
        None => format!("{peer} is believed as its karma says"),
    };
    Tree::new(label)
        .with_all(blocked.iter().map(|network| Tree::new(format!("blocked {network}"))))
        .with_all(released.iter().map(|network| Tree::new(format!("let {network} go"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::{Format, Render, tests::style};

    #[test]
    fn what_a_ban_lets_go_is_said() {
        let peer = PeerKey([1; 32]);
        let released = vec!["203.0.113.7/32".parse().unwrap()];
        let view = RegardView { peer, attitude: Some(Attitude::Banned), blocked: vec![], released };
        assert_eq!(
            tree(&view).render(&style(Format::Plain)),
            format!("{peer} is never believed\n  let 203.0.113.7/32 go\n")
        );
    }
}
