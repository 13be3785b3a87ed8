//! The URLs under which peers know this server.

use std::{
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

/// URLs besides the one that holds: of posts from before an address changed, whose requests are still on their way.
const FORMER: usize = 3;
/// How long a URL is good after another took its place: its address may be somebody else's by then, who could pass on
/// here what was signed for them.
const FORMER_FOR: Duration = Duration::from_secs(3600);

/// The URLs that requests may be signed for, without a slash at their end; the latest first.
#[derive(Debug, Default)]
pub struct PublicUrls(RwLock<Vec<Known>>);

#[derive(Debug)]
struct Known {
    url: String,
    /// When another took its place.
    replaced: Option<Instant>,
}

impl PublicUrls {
    /// These, the most important first.
    #[must_use]
    pub fn new(urls: &[String]) -> Self {
        Self(RwLock::new(urls.iter().map(|url| Known { url: base(url), replaced: None }).collect()))
    }

    /// From now on the server is known under this one, and for an hour under the few that it had before.
    pub fn add(&self, url: &str) {
        self.replace(base(url), Instant::now());
    }

    /// Whether any of them `fits`.
    pub(super) fn any(&self, fits: impl FnMut(&String) -> bool) -> bool {
        self.any_at(Instant::now(), fits)
    }

    fn replace(&self, url: String, now: Instant) {
        let mut urls = self.0.write().unwrap_or_else(PoisonError::into_inner);
        urls.retain(|known| known.url != url);
        for known in urls.iter_mut() {
            known.replaced.get_or_insert(now);
        }
        urls.insert(0, Known { url, replaced: None });
        urls.truncate(1 + FORMER);
    }

    fn any_at(&self, now: Instant, fits: impl FnMut(&String) -> bool) -> bool {
        let is_good = |known: &&Known| {
            known.replaced.is_none_or(|then| now.saturating_duration_since(then) < FORMER_FOR)
        };
        let urls = self.0.read().unwrap_or_else(PoisonError::into_inner);
        urls.iter().filter(is_good).map(|known| &known.url).any(fits)
    }
}

fn base(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(urls: &PublicUrls, now: Instant) -> Vec<String> {
        let mut known = Vec::new();
        urls.any_at(now, |url| {
            known.push(url.clone());
            false
        });
        known
    }

    #[test]
    fn a_server_whose_address_changes_is_known_under_the_last_few() {
        let urls = PublicUrls::new(&["https://a.example/".to_owned()]);
        for number in 1..=4 {
            urls.add(&format!("https://192.0.2.{number}:9000"));
            urls.add("https://192.0.2.1:9000");
        }
        let expected = [1, 4, 3, 2].map(|number| format!("https://192.0.2.{number}:9000"));
        assert_eq!(known(&urls, Instant::now()), expected);
    }

    #[test]
    fn an_hour_after_it_was_replaced_a_url_is_good_for_nothing() {
        let urls = PublicUrls::new(&["https://a.example".to_owned()]);
        let start = Instant::now();
        let minutes = |minutes: u64| start + Duration::from_secs(60 * minutes);
        assert_eq!(known(&urls, minutes(100_000)), ["https://a.example"]);
        urls.replace("https://b.example".to_owned(), start);
        urls.replace("https://c.example".to_owned(), minutes(30));
        assert_eq!(
            known(&urls, minutes(59)),
            ["https://c.example", "https://b.example", "https://a.example"]
        );
        assert_eq!(known(&urls, minutes(61)), ["https://c.example", "https://b.example"]);
        urls.replace("https://a.example".to_owned(), minutes(70));
        assert_eq!(known(&urls, minutes(100)), ["https://a.example", "https://c.example"]);
        assert_eq!(known(&urls, minutes(1000)), ["https://a.example"]);
    }
}
