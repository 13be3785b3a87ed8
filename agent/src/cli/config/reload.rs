//! `config reload`: the daemon takes the configuration of now, and whoever asked hears what became of it.

use std::{
    thread::sleep,
    time::{Duration, Instant},
};

use anyhow::bail;

use crate::{
    cli::{
        Exit, Options,
        exit::say,
        options::{Daemon, unexpected},
    },
    control::{Answer, ReloadView, Request},
};

/// How long the daemon may take, as the service may for its start.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) fn reload(options: &Options) -> anyhow::Result<Exit> {
    let reloaded = ask(&options.daemon())?;
    let what = match &reloaded.refused {
        None => "the configuration is in force".to_owned(),
        Some(reason) => format!("error: refused, the settings before it are in force: {reason}"),
    };
    if options.json {
        options.output().show(&reloaded, |_| what)?;
    } else {
        say(&what);
    }
    Ok(if reloaded.refused.is_none() { Exit::Ok } else { Exit::Failed })
}

/// Asks for a reload and waits for its end.
fn ask(daemon: &Daemon) -> anyhow::Result<ReloadView> {
    let Answer::Reloading { since } = daemon.ask(&Request::Reload)? else { return Err(unexpected()) };
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        sleep(PAUSE);
        // Whoever asks in the very moment of the change may get no answer.
        if let Ok(Answer::Status(status)) = daemon.ask(&Request::Status)
            && let Some(reloaded) = status.reload.filter(|reloaded| reloaded.at >= since)
        {
            return Ok(reloaded);
        }
    }
    bail!(
        "the daemon does not say what became of it within {} s; `status` may tell later",
        PATIENCE.as_secs()
    )
}
