//! What is counted and timed while it happens.

use std::{fmt, sync::Arc, time::Duration};

use prometheus_client::{
    encoding::text::{encode_eof, encode_registry},
    metrics::{
        counter::Counter,
        family::Family,
        histogram::{Histogram, exponential_buckets},
    },
    registry::Registry,
};

use super::{PREFIX, Sample};

/// One label, and its value among a few words.
type Words = [(&'static str, &'static str); 1];
/// One label, and its value among a few numbers.
type Codes = [(&'static str, u16); 1];
/// Histograms by label.
type Timed<L> = Family<L, Histogram, fn() -> Histogram>;

/// What became of another peer's post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostVerdict {
    /// Its reporter was believed.
    Applied,
    /// It was verified and counts as a newcomer's word.
    Heard,
    /// It was not fetched, since its reporter has no karma and others were first.
    Watched,
    /// It may do nothing here.
    Rejected,
    /// It could not be fetched or verified.
    Failed,
}

impl PostVerdict {
    const ALL: [Self; 5] = [Self::Applied, Self::Heard, Self::Watched, Self::Rejected, Self::Failed];

    fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Heard => "heard",
            Self::Watched => "watched",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
        }
    }
}

/// Counters and histograms of one agent; clones share them.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    events: Family<Words, Counter>,
    detections: Family<Words, Counter>,
    posts: Family<Words, Counter>,
    block_seconds: Histogram,
    post_seconds: Histogram,
    download_seconds: Timed<Words>,
    request_seconds: Timed<Codes>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    /// Nothing has happened yet.
    fn default() -> Self {
        let metrics = Self {
            registry: Arc::default(),
            events: Family::default(),
            detections: Family::default(),
            posts: Family::default(),
            block_seconds: local(),
            post_seconds: remote(),
            download_seconds: Timed::new_with_constructor(remote),
            request_seconds: Timed::new_with_constructor(local),
        };
        metrics.begin();
        Self { registry: Arc::new(metrics.registry()), ..metrics }
    }
}

impl Metrics {
    /// The names under which they are told.
    fn registry(&self) -> Registry {
        let mut names = Registry::with_prefix(PREFIX);
        names.register("events", "Hostile events in log lines", self.events.clone());
        names.register("detections", "Attackers that were detected", self.detections.clone());
        names.register("posts", "Posts of other peers by what became of them", self.posts.clone());
        let help = "From taking up the log line that makes an attacker to the kernel dropping it";
        names.register("block_seconds", help, self.block_seconds.clone());
        let help = "From seeing a post to the kernel dropping whom it proves";
        names.register("post_seconds", help, self.post_seconds.clone());
        names.register("download_seconds", "Downloads of peers' logs", self.download_seconds.clone());
        let help = "From a request to the head of its answer, by the answer's status";
        names.register("request_seconds", help, self.request_seconds.clone());
        names
    }

    /// Makes the series whose labels are known, so that the first event of each is an increase.
    fn begin(&self) {
        for verdict in PostVerdict::ALL {
            drop(self.posts.get_or_create(&[("verdict", verdict.as_str())]));
        }
        for outcome in [OK, FAILED] {
            drop(self.download_seconds.get_or_create(&[("outcome", outcome)]));
        }
    }

    /// Log lines of a service proved so many hostile events.
    pub fn events(&self, service: &'static str, number: u64) {
        self.events.get_or_create(&[("service", service)]).inc_by(number);
    }

    /// An attacker of a service was detected.
    pub fn detected(&self, service: &'static str) {
        self.detections.get_or_create(&[("service", service)]).inc();
    }

    /// The kernel drops whom this agent detected, so long after the log line was taken up.
    pub fn blocked(&self, took: Duration) {
        self.block_seconds.observe(took.as_secs_f64());
    }

    /// Something became of a post.
    pub fn post(&self, verdict: PostVerdict) {
        self.posts.get_or_create(&[("verdict", verdict.as_str())]).inc();
    }

    /// The kernel drops whom a post proves, so long after the post was seen.
    pub fn applied(&self, took: Duration) {
        self.post_seconds.observe(took.as_secs_f64());
    }

    /// A download ended.
    pub fn downloaded(&self, is_ok: bool, took: Duration) {
        let outcome = if is_ok { OK } else { FAILED };
        self.download_seconds.get_or_create(&[("outcome", outcome)]).observe(took.as_secs_f64());
    }

    /// The server answered with this status.
    pub fn answered(&self, status: u16, took: Duration) {
        self.request_seconds.get_or_create(&[("code", status)]).observe(took.as_secs_f64());
    }

    /// All of it with `sample`, as text.
    #[must_use]
    pub fn render(&self, sample: Sample) -> String {
        let mut text = String::new();
        let mut moment = Registry::with_prefix(PREFIX);
        moment.register_collector(Box::new(sample));
        let written = encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &moment))
            .and_then(|()| encode_eof(&mut text));
        // A String takes whatever is written to it.
        debug_assert!(written.is_ok(), "{written:?}");
        text
    }
}

const OK: &str = "ok";
const FAILED: &str = "failed";

/// What happens on this host: a quarter of a millisecond to eight seconds.
fn local() -> Histogram {
    Histogram::new(exponential_buckets(0.000_25, 2.0, 16))
}

/// What others have a part in: five milliseconds to eighty seconds.
fn remote() -> Histogram {
    Histogram::new(exponential_buckets(0.005, 2.0, 15))
}
