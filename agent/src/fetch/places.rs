//! The places where a log may be, and what became of asking there.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use url::{Origin, Url};

use super::{AttemptError, Claim, FailedAttempt, FetchError, Holder, Holders, Wanted};
use crate::domain::FileHash;

/// Most places that are tried for one log.
pub(super) const MOST: usize = 12;

/// No place is asked again earlier: a signature is good once, and the next request needs a later second.
const REST: Duration = Duration::from_secs(1);

/// Most copies that are asked before the reporter: that somebody has one is only his word.
const PREFERRED: usize = 2;

/// The places in the order in which they are tried, each server once: whoever claims that a stranger's server is his must
/// not have it asked again and again.
pub(super) struct Places(Vec<Place>);

struct Place {
    holder: Holder,
    due: Instant,
    failure: Option<FailedAttempt>,
    /// Whether others are waiting to be asked who are more likely to have it.
    in_haste: bool,
}

impl Place {
    fn of(holder: Holder) -> Self {
        Self { holder, due: Instant::now(), failure: None, in_haste: false }
    }

    fn is_open(&self) -> bool {
        self.failure.as_ref().is_none_or(|failure| failure.error.may_pass())
    }

    fn is_elsewhere(&self) -> bool {
        self.holder.claim == Claim::Elsewhere
    }

    fn is_unvouched(&self) -> bool {
        self.holder.claim == Claim::Copy
    }
}

impl Places {
    pub(super) fn of(wanted: &Wanted) -> Self {
        let mut places = Self(Vec::new());
        places.admit(wanted.holders.clone());
        places
    }

    /// How many are tried before anybody asks who has a copy.
    pub(super) fn before_copies(&self) -> usize {
        self.0.iter().take(1).filter(|place| !place.is_elsewhere()).count()
    }

    /// Puts new places behind the others, but for those that come last; of a known one it notes whose it is. Where there is
    /// no room, who vouches takes the place of who does not.
    pub(super) fn admit(&mut self, holders: Vec<Holder>) {
        for holder in holders {
            let at = server(&holder);
            let known = self.0.iter().position(|place| is_at(place, &holder, at.as_ref()));
            if let Some(known) = known.and_then(|index| self.0.get_mut(index)) {
                if known.holder.url == holder.url {
                    known.holder.peer = known.holder.peer.or(holder.peer);
                }
            } else if self.0.len() < MOST {
                let place = Place::of(holder);
                let end = self.0.len();
                let last = self.0.iter().position(Place::is_elsewhere).filter(|_| !place.is_elsewhere());
                self.0.insert(last.unwrap_or(end), place);
            } else if holder.claim == Claim::Vouched
                && let Some(place) = self.0.iter_mut().rfind(|place| place.is_unvouched())
            {
                *place = Place::of(holder);
            }
        }
    }

    /// Puts some of these who vouch before all others, to be tried in haste, and the rest behind; none has been tried yet.
    pub(super) fn prefer(&mut self, Holders { to_ask: mut copies, vouching }: Holders) {
        let rest = copies.split_off(vouching.min(copies.len()));
        // Whose server the reporter's is, the post says.
        copies.retain(|copy| !self.0.iter().any(|place| is_at(place, copy, server(copy).as_ref())));
        let spare = copies.split_off(PREFERRED.min(copies.len()));
        let others = std::mem::take(&mut self.0);
        self.admit(copies);
        self.0.iter_mut().for_each(|place| place.in_haste = true);
        self.admit(others.into_iter().map(|place| place.holder).collect());
        self.admit(spare);
        self.admit(rest);
    }

    /// The holder at this number, when it is worth a try now, and whether that has to be a short one.
    pub(super) fn due(&self, index: usize) -> Option<(Holder, bool)> {
        let place = self.0.get(index)?;
        let in_haste = place.in_haste || place.is_unvouched();
        (place.is_open() && place.due <= Instant::now()).then(|| (place.holder.clone(), in_haste))
    }

    /// Notes a failure. Where the server says when to come again, it is left alone until then.
    pub(super) fn failed(&mut self, index: usize, error: AttemptError, at: Timestamp) {
        let Some(place) = self.0.get_mut(index) else { return };
        place.due = Instant::now() + error.retry_after().unwrap_or_default().max(REST);
        place.in_haste = false;
        let was_asked = error.was_asked();
        if place.failure.is_some() && !was_asked {
            return;
        }
        let tries = place.failure.as_ref().map_or(0, |failure| failure.tries) + u32::from(was_asked);
        let Holder { url, peer, claim } = place.holder.clone();
        place.failure = Some(FailedAttempt { url, peer, claim, tries, at, error });
    }

    /// When the next place is worth a try; none when no place ever will be.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.iter().filter(|place| place.is_open()).map(|place| place.due).min()
    }

    /// Who had the log, and who had not.
    pub(super) fn outcome(mut self, index: usize) -> (Holder, Vec<FailedAttempt>) {
        let holder = self.0.remove(index).holder;
        (holder, self.failures())
    }

    pub(super) fn error(self, file_hash: FileHash) -> FetchError {
        FetchError { file_hash, attempts: self.failures() }
    }

    fn failures(self) -> Vec<FailedAttempt> {
        self.0.into_iter().filter_map(|place| place.failure).collect()
    }
}

/// The server that a holder is asked at; none where its URL is nonsense.
fn server(holder: &Holder) -> Option<Origin> {
    Url::parse(&holder.url).ok().map(|url| url.origin())
}

/// Whether it is the same server that is asked. One that is named last is another matter: a claim that may be nonsense
/// keeps nobody from being asked.
fn is_at(place: &Place, holder: &Holder, of_holder: Option<&Origin>) -> bool {
    let is_elsewhere = place.is_elsewhere() || holder.claim == Claim::Elsewhere;
    let is_one_server = of_holder.is_some() && server(&place.holder).as_ref() == of_holder;
    place.holder.url == holder.url || is_one_server && !is_elsewhere
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PeerKey;

    fn holder(url: &str, peer: u8) -> Holder {
        Holder { url: url.to_owned(), peer: Some(PeerKey([peer; 32])), claim: Claim::Vouched }
    }

    fn wanted(holders: Vec<Holder>) -> Wanted {
        Wanted { file_hash: FileHash([0; 32]), reporter: None, holders }
    }

    fn urls(places: &Places) -> Vec<(&str, bool)> {
        places.0.iter().map(|place| (place.holder.url.as_str(), place.in_haste)).collect()
    }

    #[tokio::test]
    async fn a_server_is_one_place_whatever_is_asked_for_there() {
        let mut places = Places::of(&wanted(vec![holder("https://a.example:9000/logs/1", 1)]));
        places.admit((0..5).map(|n| holder(&format!("https://v.example:9000/mirrors/1?{n}"), 2)).collect());
        places.admit(vec![holder("https://A.example:9000/mirrors/1", 3)]);
        let expected =
            [("https://a.example:9000/logs/1", false), ("https://v.example:9000/mirrors/1?0", false)];
        assert_eq!(urls(&places), expected);
        assert_eq!(places.0[0].holder.peer, Some(PeerKey([1; 32])));
    }

    #[tokio::test]
    async fn of_many_who_say_that_they_have_a_copy_two_are_asked_in_haste_before_the_reporter() {
        let reporter = holder("https://a.example/logs/1", 1);
        let mut places = Places::of(&wanted(vec![reporter]));
        let copies = [
            "https://a.example/mirrors/1",
            "https://b.example/m",
            "https://c.example/m",
            "https://d.example/m",
        ];
        places.prefer(Holders { to_ask: copies.map(|url| holder(url, 9)).to_vec(), vouching: 4 });
        let expected = [
            ("https://b.example/m", true),
            ("https://c.example/m", true),
            ("https://a.example/logs/1", false),
            ("https://d.example/m", false),
        ];
        assert_eq!(urls(&places), expected);
        assert_eq!(
            places.0[2].holder.peer,
            Some(PeerKey([1; 32])),
            "nobody else's word counts for the reporter's"
        );
        places.failed(0, AttemptError::TimedOut(Duration::ZERO), Timestamp::UNIX_EPOCH);
        assert!(!places.0[0].in_haste);
    }

    #[tokio::test]
    async fn who_does_not_vouch_is_not_asked_before_the_reporter() {
        let mut places = Places::of(&wanted(vec![holder("https://a.example/logs/1", 1)]));
        let copies = ["https://b.example/m", "https://c.example/m"].map(|url| holder(url, 9));
        places.prefer(Holders { to_ask: copies.to_vec(), vouching: 1 });
        let order: Vec<_> = urls(&places).into_iter().map(|(url, _)| url).collect();
        assert_eq!(order, ["https://b.example/m", "https://a.example/logs/1", "https://c.example/m"]);
    }

    #[tokio::test]
    async fn a_copy_that_nobody_vouches_for_is_asked_in_haste_also_after_the_reporter() {
        let reporter = Holder { claim: Claim::Own, ..holder("https://a.example/logs/1", 1) };
        let mut places = Places::of(&wanted(vec![reporter]));
        let unvouched = Holder { claim: Claim::Copy, ..holder("https://c.example/m", 3) };
        places.admit(vec![holder("https://b.example/m", 2), unvouched]);
        let hurried: Vec<bool> = (0..3).map(|index| places.due(index).unwrap().1).collect();
        assert_eq!(hurried, [false, false, true]);
    }

    #[tokio::test]
    async fn who_vouches_finds_a_place_however_many_say_that_they_have_a_copy() {
        let reporter = Holder { claim: Claim::Own, ..holder("https://a.example/logs/1", 1) };
        let mut places = Places::of(&wanted(vec![reporter]));
        let other = |n: usize| format!("https://v-{n}.example/m");
        let unvouched = |n| Holder { claim: Claim::Copy, ..holder(&other(n), 9) };
        places.admit((0..20).map(unvouched).collect());
        places.failed(MOST - 1, AttemptError::TimedOut(Duration::ZERO), Timestamp::UNIX_EPOCH);
        places.admit(vec![holder("https://b.example/m", 2), holder("https://c.example/m", 3), unvouched(77)]);
        let order: Vec<_> = urls(&places).into_iter().map(|(url, _)| url).collect();
        let kept: Vec<_> = (0..MOST - 3).map(other).collect();
        assert_eq!((order.len(), order[0]), (MOST, "https://a.example/logs/1"));
        assert_eq!(order[1..MOST - 2], kept);
        assert_eq!(order[MOST - 2..], ["https://c.example/m", "https://b.example/m"]);
        assert!(places.due(MOST - 1).is_some(), "it was not asked yet");
    }

    #[tokio::test]
    async fn what_was_posted_elsewhere_comes_last_and_keeps_nobody_from_being_asked() {
        let elsewhere = Holder { claim: Claim::Elsewhere, ..holder("https://v.example/logs/1", 1) };
        let mut places = Places::of(&wanted(vec![elsewhere]));
        assert_eq!(places.before_copies(), 0);
        places.admit(vec![holder("https://b.example/m", 2), holder("https://v.example/mirrors/1", 3)]);
        let order: Vec<_> = urls(&places).into_iter().map(|(url, _)| url).collect();
        assert_eq!(order, ["https://b.example/m", "https://v.example/mirrors/1", "https://v.example/logs/1"]);
    }

    #[tokio::test]
    async fn being_left_alone_makes_nobody_forget_why_a_place_failed() {
        let mut places = Places::of(&wanted(vec![holder("https://a.example/logs/1", 1)]));
        let left_alone = || AttemptError::LeftAlone { address: [203, 0, 113, 7].into() };
        places.failed(0, left_alone(), Timestamp::UNIX_EPOCH);
        places.failed(0, AttemptError::TimedOut(Duration::ZERO), Timestamp::UNIX_EPOCH);
        places.failed(0, left_alone(), Timestamp::UNIX_EPOCH);
        let error = places.error(FileHash([0; 32]));
        assert!(matches!(error.attempts[0].error, AttemptError::TimedOut(_)), "{error}");
        assert_eq!(error.attempts[0].tries, 1);
    }
}
