//! Endpoints of the ledger as operators write them: one URL, or a list of them.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};

use super::Endpoint;

/// One URL, or several in the order in which they are asked: `"https://a.example"`, `["https://a.example", ...]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endpoints(pub Vec<Endpoint>);

impl<'de> Deserialize<'de> for Endpoints {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrMany)
    }
}

struct OneOrMany;

impl<'de> Visitor<'de> for OneOrMany {
    type Value = Endpoints;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a URL or a list of URLs")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Endpoints, E> {
        text.parse().map(|one| Endpoints(vec![one])).map_err(E::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Endpoints, A::Error> {
        let mut endpoints = Vec::new();
        while let Some(endpoint) = list.next_element()? {
            endpoints.push(endpoint);
        }
        Ok(Endpoints(endpoints))
    }
}

#[cfg(test)]
mod tests {
    use crate::config::LedgerSettings;

    fn rpc(text: &str) -> Result<Vec<String>, String> {
        let settings: LedgerSettings = toml::from_str(text).map_err(|error| error.to_string())?;
        Ok(settings.rpc.0.iter().map(|endpoint| endpoint.base().to_owned()).collect())
    }

    #[test]
    fn one_url_is_a_list_of_one() {
        assert_eq!(rpc("").unwrap(), [""; 0]);
        assert_eq!(rpc("rpc = \"https://a.example\"").unwrap(), ["https://a.example"]);
        let two = "rpc = [\"https://a.example\", \"http://127.0.0.1:8899\"]";
        assert_eq!(rpc(two).unwrap(), ["https://a.example", "http://127.0.0.1:8899"]);
    }

    #[test]
    fn what_is_no_url_is_refused_with_an_example_alone_and_in_a_list() {
        for text in ["rpc = \"a.example\"", "rpc = [\"https://a.example\", \"a.example\"]"] {
            assert!(rpc(text).unwrap_err().contains("'a.example' is no endpoint, expected"), "{text}");
        }
        assert!(rpc("rpc = 1").unwrap_err().contains("a URL or a list of URLs"));
    }
}
