//! The URLs under which peers know this server.

use std::sync::{PoisonError, RwLock};

/// URLs besides the one that holds: of posts from before an address changed, whose requests are still on their way.
const FORMER: usize = 3;

/// The URLs that requests may be signed for, without a slash at their end; the latest first.
#[derive(Debug, Default)]
pub struct PublicUrls(RwLock<Vec<String>>);

impl PublicUrls {
    /// These, the most important first.
    #[must_use]
    pub fn new(urls: &[String]) -> Self {
        Self(RwLock::new(urls.iter().map(|url| base(url)).collect()))
    }

    /// From now on the server is known under this one, and under the few that it had before.
    pub fn add(&self, url: &str) {
        let url = base(url);
        let mut urls = self.0.write().unwrap_or_else(PoisonError::into_inner);
        urls.retain(|known| *known != url);
        urls.insert(0, url);
        urls.truncate(1 + FORMER);
    }

    /// Whether any of them `fits`.
    pub(super) fn any(&self, fits: impl FnMut(&String) -> bool) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).iter().any(fits)
    }
}

fn base(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_whose_address_changes_is_known_under_the_last_few() {
        let urls = PublicUrls::new(&["https://a.example/".to_owned()]);
        for number in 1..=4 {
            urls.add(&format!("https://192.0.2.{number}:9000"));
            urls.add("https://192.0.2.1:9000");
        }
        let known = urls.0.read().unwrap().clone();
        assert_eq!(known, [1, 4, 3, 2].map(|number| format!("https://192.0.2.{number}:9000")));
    }
}
