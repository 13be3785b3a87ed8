//! What the daemon says, step by step.

use super::{Agent, Event, STEP};
use crate::lab::Line;

impl Agent {
    /// Waits until the daemon has done `step` with `network` (an address will do), and tells how.
    ///
    /// # Errors
    /// When it has not within a minute.
    pub async fn did(&self, step: &str, network: &str) -> anyhow::Result<Event> {
        let what = format!("the step \"{step}\" for {network}");
        self.wait_for(&what, |line| {
            Event::parse(&line.text).filter(|event| event.step == step && event.concerns(network))
        })
        .await
    }

    /// Waits until the daemon has done `step` with what has this `name` in its account of it, such as `post`, and tells how.
    ///
    /// # Errors
    /// When it has not within a minute.
    pub async fn did_to(&self, step: &str, (name, value): (&str, &str)) -> anyhow::Result<Event> {
        self.wait_for(&format!("the step \"{step}\" for {name} {value}"), |line| {
            Event::parse(&line.text).filter(|event| {
                event.step == step && event.fields.get(name).is_some_and(|found| found == value)
            })
        })
        .await
    }

    /// Waits until the daemon has given a post up for this reason.
    ///
    /// # Errors
    /// When it has not within a minute.
    pub async fn failed_because(&self, reason: &str) -> anyhow::Result<Event> {
        self.wait_for(&format!("a post that fails since {reason}"), |line| {
            Event::parse(&line.text).filter(|event| event.step == "failed" && event.message.contains(reason))
        })
        .await
    }

    /// Waits until the daemon has said this.
    ///
    /// # Errors
    /// When it has not within a minute.
    pub async fn said(&self, words: &str) -> anyhow::Result<()> {
        self.wait_for(&format!("the words \"{words}\""), |line| line.text.contains(words).then_some(())).await
    }

    pub(super) async fn wait_for<T>(
        &self,
        what: &str,
        find: impl Fn(&Line) -> Option<T>,
    ) -> anyhow::Result<T> {
        let what = format!("{what} at {}", self.host.site.name);
        self.running()?.transcript().wait_for(&what, STEP, find).await
    }

    /// All steps of the running daemon so far.
    ///
    /// # Errors
    /// When it is not running.
    pub fn steps(&self) -> anyhow::Result<Vec<Event>> {
        let lines = self.running()?.transcript().lines();
        Ok(lines.iter().filter_map(|line| Event::parse(&line.text)).collect())
    }
}
