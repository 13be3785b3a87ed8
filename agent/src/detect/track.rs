//! What is remembered of one source.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

use super::{
    Account, Detection, Hit, Limits, Mark, Method, Points, SeenLine,
    gauge::{Gauge, Measure},
    targets::Targets,
    weight::{FAILED_LOGIN, Family, family, is_attempt, is_instant, weight},
};

/// Lines kept of one network: the first and the last half of this.
pub const MAX_LINES: usize = 20;

/// Longest line that is kept as evidence, in bytes; longer ones count all the same.
pub const MAX_LINE_BYTES: usize = 512;

/// Times are in Unix milliseconds.
#[derive(Debug, Default)]
pub(super) struct Track {
    hits: VecDeque<Counted>,
    points: u32,
    newest: i64,
    ordinary: Gauge,
    users: Targets,
    targets: Targets,
    found_out: Option<i64>,
}

#[derive(Debug)]
struct Counted {
    points: Points,
    events: u32,
    is_attempt: bool,
    port: Option<u16>,
    embeddable: Option<Mark>,
    at: i64,
    line: Option<Box<[u8]>>,
}

impl Counted {
    fn peek(&self) -> Option<SeenLine> {
        let raw = self.line.clone()?;
        Some(SeenLine { at: Timestamp::from_millisecond(self.at).ok()?, raw })
    }

    fn seen(self) -> Option<SeenLine> {
        Some(SeenLine { at: Timestamp::from_millisecond(self.at).ok()?, raw: self.line? })
    }
}

/// Which detector a source was too much for, and how much there was.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooMuch {
    pub(super) method: Method,
    pub(super) events: u32,
}

impl TooMuch {
    fn targets(method: Method, different: usize) -> Self {
        Self { method, events: u32::try_from(different).unwrap_or(u32::MAX) }
    }
}

impl Track {
    /// Whether it was found out just before, less than `quiet` ago.
    pub(super) fn is_quiet(&self, at: i64, quiet: SignedDuration) -> bool {
        let quiet = i64::try_from(quiet.as_millis()).unwrap_or(i64::MAX);
        self.found_out.is_some_and(|since| (since..since.saturating_add(quiet)).contains(&at))
    }

    /// Adds a hit; tells what it weighed, and which detector it was too much for, if any. Only what will be evidence
    /// asks for its line.
    pub(super) fn push(
        &mut self,
        hit: &Hit,
        limits: &Limits,
        line: impl FnOnce() -> Option<Vec<u8>>,
    ) -> (u32, Option<TooMuch>) {
        self.newest = self.newest.max(hit.at.as_millisecond());
        let gained = self.weigh(hit, limits, line);
        (gained, self.verdict(hit, limits))
    }

    fn verdict(&mut self, hit: &Hit, limits: &Limits) -> Option<TooMuch> {
        let second = u32::try_from(hit.at.as_second()).unwrap_or_default();
        let is_over = self.points >= limits.threshold.saturating_mul(FAILED_LOGIN);
        if is_over || limits.instant && is_instant(hit.kind) {
            let events = self.hits.iter().fold(0, |sum: u32, hit| sum.saturating_add(hit.events));
            return Some(TooMuch { method: Method::of(family(hit.kind)), events });
        }
        if hit.kind.is_ordinary() && self.is_flood(hit, limits, second) {
            return Some(TooMuch { method: Method::Flood, events: limits.flood });
        }
        self.is_search(hit, limits, second)
    }

    /// Forgets what has left the window, which ends with the newest event: a log that jumps back in time neither
    /// forgets nor revives anything. Gives back what the hit adds to what is left.
    fn weigh(&mut self, hit: &Hit, limits: &Limits, line: impl FnOnce() -> Option<Vec<u8>>) -> u32 {
        let count = if hit.embeddable().is_some() { 1 } else { hit.count };
        let full = weight(hit.kind).saturating_mul(count);
        if full == 0 {
            return 0;
        }
        let at = hit.at.as_millisecond();
        let window = i64::try_from(limits.window.as_millis()).unwrap_or(i64::MAX);
        let newest = self.newest;
        let is_within = |at: i64| newest.saturating_sub(at) < window;
        self.hits.retain(|hit| is_within(hit.at));
        let before = self.sum();
        let points = self.points_of(hit, full);
        if points == 0 || !is_within(at) {
            return 0;
        }
        self.hits.push_back(Counted {
            points: Points::of(hit.kind, points),
            events: hit.count,
            is_attempt: is_attempt(hit.kind),
            port: hit.port,
            embeddable: hit.embeddable(),
            at,
            line: line().filter(|line| line.len() <= MAX_LINE_BYTES).map(Vec::into_boxed_slice),
        });
        if self.hits.len() > MAX_LINES {
            self.merge_middle();
        }
        self.points = before.and(Points::of(hit.kind, points)).total();
        self.points.saturating_sub(before.total())
    }

    /// What a hit adds. What a page can have embedded counts once. The lines of one connection are about the same
    /// attempts: what led up to a failed log-in is part of it, and that the client hung up afterwards is nothing new.
    fn points_of(&self, hit: &Hit, full: u32) -> u32 {
        let is_again = |target| self.hits.iter().any(|earlier| earlier.embeddable == Some(target));
        if hit.embeddable().is_some_and(is_again) {
            return 0;
        }
        if hit.port.is_none() || family(hit.kind) != Family::Login {
            return full;
        }
        let mut same = self.hits.iter().rev().filter(|earlier| earlier.port == hit.port);
        if !is_attempt(hit.kind) {
            return if same.any(|earlier| earlier.is_attempt) { 0 } else { full };
        }
        let led_up = same
            .take_while(|earlier| !earlier.is_attempt)
            .fold(Points::default(), |sum, earlier| sum.and(earlier.points));
        full.saturating_sub(led_up.total())
    }

    fn is_flood(&mut self, hit: &Hit, limits: &Limits, second: u32) -> bool {
        let window = u32::try_from(limits.window.as_secs()).unwrap_or(u32::MAX).max(1);
        let measure = Measure { limit: limits.flood, window };
        limits.flood > 0 && self.ordinary.add(hit.count, second, measure)
    }

    /// Whether it looks for too many different things.
    fn is_search(&mut self, hit: &Hit, limits: &Limits, second: u32) -> Option<TooMuch> {
        let seconds = |window: SignedDuration| u32::try_from(window.as_secs()).unwrap_or(u32::MAX);
        let window = seconds(limits.target_window);
        if let Some(user) = hit.tried_user()
            && limits.users > 0
            && self.users.add(user, second, window, limits.users)
        {
            return Some(TooMuch::targets(Method::UserEnumeration, limits.users));
        }
        let (method, target) = hit.searched()?;
        let (limit, window) = match method {
            Method::PortScan => (limits.ports, window),
            // Search engines come back for hours to a site that has moved.
            _ => (limits.paths, seconds(limits.window)),
        };
        let is_over = limit > 0 && self.targets.add(target, second, window, limit);
        is_over.then(|| TooMuch::targets(method, limit))
    }

    /// Folds the two hits in the middle into one, as of the older: the first and last lines stay whole, and no hit
    /// outlives the window.
    fn merge_middle(&mut self) {
        if let Some(dropped) = self.hits.remove(MAX_LINES / 2)
            && let Some(keeper) = self.hits.get_mut(MAX_LINES / 2 - 1)
        {
            keeper.points = keeper.points.and(dropped.points);
            keeper.events = keeper.events.saturating_add(dropped.events);
        }
    }

    /// Moves what was seen by so many milliseconds.
    pub(super) fn clock_set(&mut self, by: i64) {
        let times = self.hits.iter_mut().map(|hit| &mut hit.at);
        for at in times.chain([&mut self.newest]).chain(&mut self.found_out) {
            *at = at.saturating_add(by);
        }
        let seconds = by / 1000;
        self.ordinary.clock_set(seconds);
        self.users.clock_set(seconds);
        self.targets.clock_set(seconds);
    }

    /// Bytes that are kept besides the track itself: of lines and of targets.
    pub(super) fn bytes(&self) -> usize {
        let lines: usize = self.hits.iter().filter_map(|hit| hit.line.as_ref()).map(|line| line.len()).sum();
        lines + self.users.bytes() + self.targets.bytes()
    }

    /// When the newest event was.
    pub(super) fn newest(&self) -> i64 {
        self.newest
    }

    /// What it has come to with its last hit that weighed anything.
    pub(super) fn points(&self) -> u32 {
        self.points
    }

    /// What a detection would hold now; nothing where no line is kept.
    pub(super) fn collected(&self, Account { network, service, provenance }: Account) -> Option<Detection> {
        let lines: Vec<SeenLine> = self.hits.iter().filter_map(Counted::peek).collect();
        let (first, last) =
            (lines.iter().map(|line| line.at).min()?, lines.iter().map(|line| line.at).max()?);
        let (_, event) = sentinel_parsers::parse_line(Some(service), &lines.last()?.raw)?;
        let events = self.hits.iter().fold(0, |sum: u32, hit| sum.saturating_add(hit.events));
        let method = Method::of(family(event.kind));
        Some(Detection { network, service, method, provenance, events, first, last, lines })
    }

    fn sum(&self) -> Points {
        self.hits.iter().fold(Points::default(), |sum, hit| sum.and(hit.points))
    }

    /// Forgets all but that it was found out now, and gives back when the events were that it counted, and their lines.
    pub(super) fn find_out(&mut self, hit: &Hit) -> (i64, i64, Vec<SeenLine>) {
        let found_out = hit.at.as_millisecond();
        let after = Self { found_out: Some(found_out), newest: found_out, ..Self::default() };
        let Self { hits, .. } = std::mem::replace(self, after);
        let first = hits.iter().map(|hit| hit.at).fold(found_out, i64::min);
        let last = hits.iter().map(|hit| hit.at).fold(found_out, i64::max);
        (first, last, hits.into_iter().filter_map(Counted::seen).collect())
    }
}
