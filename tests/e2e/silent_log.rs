//! A log that stops speaking is noticed.

use std::{fs::OpenOptions, io::Write};

use anyhow::ensure;
use jiff::SignedDuration;
use sentinel_tests::lab::{Agent, FakeClock, Settings, Site, unless_interrupted};

use crate::scene::Scene;

/// Lines one after the other: more than it takes to know a log.
const LINES: u64 = 12;

#[tokio::test]
async fn a_log_that_has_fallen_silent_is_warned_of_until_it_speaks_again() -> anyhow::Result<()> {
    unless_interrupted(async {
        let scene = Scene::standalone()?;
        let host = scene.lab.connect(&Site::A)?;
        let clock = FakeClock::right(host.directory())?;
        let log = host.directory().join("auth.log");
        let mut writer = OpenOptions::new().create(true).append(true).open(&log)?;
        let settings = Settings { log_file: Some(&log), clock: Some(&clock), ..Settings::default() };
        let agent = Agent::launch(&host, settings).await?;
        let name = log.display().to_string();
        agent.source_until("the log", |source| source.name == name && source.trouble.is_none()).await?;
        for line in 1..=LINES {
            writeln!(writer, "Nov 23 02:00:01 gate cron[1]: job {line}")?;
            agent.source_until("the line", |source| source.name == name && source.lines == line).await?;
        }
        ensure!(!agent.command(&["logs", "sources"]).await?.contains("silent for"), "it speaks");

        clock.set(SignedDuration::from_hours(2))?;
        agent.source_until("the silence", |source| source.name == name && source.silence.is_some()).await?;
        let told = agent.command(&["logs", "sources"]).await?;
        ensure!(told.contains("silent for 2 h"), "{told}");

        writeln!(writer, "Nov 23 02:00:01 gate cron[1]: job again")?;
        agent.source_until("its words", |source| source.name == name && source.silence.is_none()).await?;
        Ok(())
    })
    .await
}
