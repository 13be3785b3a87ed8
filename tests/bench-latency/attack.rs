//! One attack, and when each step was taken.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use anyhow::Context;
use jiff::Timestamp;
use sentinel_tests::lab::{BruteForce, Event, Line};

use crate::{
    stage::Stage,
    timing::{Mark, Timing},
};

/// The first of the attacker's addresses; each attack comes from the next one.
const FIRST: u8 = 10;

/// How long the kernel may take to have the attacker: that and much more is a failure.
const KERNEL: Duration = Duration::from_secs(60);

impl Stage {
    /// Guesses passwords from an address of its own until B drops it, and waits for what follows, so that attacks do not
    /// meet.
    pub(crate) async fn attack(&self, number: u8) -> anyhow::Result<Timing> {
        let attacker = Ipv4Addr::new(203, 0, 113, FIRST + number);
        self.attacker.namespace.ip(&format!("address add {attacker}/24 dev eth0"))?;
        let guessing = BruteForce::against(self.a.site.v4).from(attacker);
        // On a machine that has much else to do, a guess may take so long that it counts as shut out.
        let guesses = async {
            loop {
                if let Err(error) = guessing.run(&self.attacker).await {
                    break error;
                }
            }
        };
        tokio::select! {
            error = guesses => Err(error),
            timing = self.follow(attacker.into()) => timing,
        }
        .with_context(|| format!("attack from {attacker}"))
    }

    async fn follow(&self, attacker: IpAddr) -> anyhow::Result<Timing> {
        let (a, b, name) = (&self.agent_a, &self.agent_b, attacker.to_string());
        let detected = a.did("detected", &name).await?;
        let dropped_at_a = self.kernel_a.added("blocked4", attacker, KERNEL).await?;
        let stored = a.did("stored", &name).await?;
        let posted = a.did_to("posted", ("log", text(&stored, "log")?)).await?;
        let post = ("post", text(&posted, "post")?);
        let seen = b.did_to("seen", post).await?;
        let verified = b.did_to("verified", post).await?;
        let blocked = b.did("blocked", &name).await?;
        let dropped_at_b = self.kernel_b.added("peers4", attacker, KERNEL).await?;
        b.did_to("liked", post).await?;
        let last_failed_login = last_failed_login(&self.sshd.log().lines(), attacker, dropped_at_a)?;
        let marks = [
            (Mark::Detected, detected.at),
            (Mark::DroppedAtA, dropped_at_a),
            (Mark::Stored, stored.at),
            (Mark::Seen, seen.at),
            (Mark::Posted, posted.at),
            (Mark::Verified, verified.at),
            (Mark::Blocked, blocked.at),
            (Mark::DroppedAtB, dropped_at_b),
        ];
        Ok(Timing::new(attacker, last_failed_login, marks))
    }
}

/// The moment of the failed login on which the decision rests: none comes after it that the drop would have let through.
fn last_failed_login(log: &[Line], attacker: IpAddr, dropped: Timestamp) -> anyhow::Result<Timestamp> {
    let from = format!(" from {attacker} port ");
    let is_failed_login =
        |line: &&Line| line.text.starts_with("Failed password for ") && line.text.contains(&from);
    let last = log.iter().filter(is_failed_login).rfind(|line| line.at <= dropped);
    Ok(last.context("no failed login came before the drop at A")?.at)
}

fn text<'a>(event: &'a Event, field: &str) -> anyhow::Result<&'a str> {
    event
        .fields
        .get(field)
        .and_then(|value| value.as_str())
        .with_context(|| format!("{event:?} has no {field}"))
}
