//! Keys that environment variables and credentials set.

use serde::Deserialize;
use toml::{Table, Value};

use super::{ConfigError, Settings, nonsense::nonsense, words};
use crate::credentials::{self, Place};

/// Each name with the key that it sets, and whether that takes several values, with white space between them.
const NAMES: [(&str, &str, bool); 5] = [
    ("MY_PEER_URL", "serve.public_url", false),
    ("SENTINEL_LEDGER_RPC", "ledger.rpc", true),
    ("SENTINEL_LEDGER_WEBSOCKET", "ledger.websocket", true),
    ("SENTINEL_DYNAMIC_DNS_URL", "serve.dynamic_dns.url", false),
    ("SENTINEL_DYNAMIC_DNS_PASSWORD", "serve.dynamic_dns.password", false),
];

/// A key that is set outside all files.
#[derive(Clone, Debug)]
pub(super) struct GivenKey {
    /// With its section.
    pub(super) name: &'static str,
    pub(super) place: Place,
    /// What a file would say.
    pub(super) table: Table,
}

/// All that are set.
pub(super) fn all() -> impl Iterator<Item = Result<GivenKey, ConfigError>> {
    NAMES.into_iter().filter_map(|(variable, key, takes_several)| {
        let found = credentials::find(variable).transpose()?;
        Some(
            found
                .map_err(ConfigError::from)
                .and_then(|given| GivenKey::new(key, takes_several, &given.text, given.place)),
        )
    })
}

impl GivenKey {
    pub(super) fn new(
        name: &'static str,
        takes_several: bool,
        text: &str,
        place: Place,
    ) -> Result<Self, ConfigError> {
        let value = match takes_several {
            true => text.split_whitespace().map(Value::from).collect::<Vec<_>>().into(),
            false => text.into(),
        };
        let table = nested(name, value);
        let refused = |problem| ConfigError::Given { place: place.clone(), problem };
        let settings = Settings::deserialize(table.clone())
            .map_err(|error| refused(words::of_value(error.message(), Some(name))))?;
        match nonsense(&settings) {
            Some(wrong) => Err(refused(wrong.problem.to_owned())),
            None => Ok(Self { name, place, table }),
        }
    }
}

/// A table that sets one key.
pub(super) fn nested(name: &str, value: Value) -> Table {
    match name.split_once('.') {
        Some((first, rest)) => Table::from_iter([(first.to_owned(), nested(rest, value).into())]),
        None => Table::from_iter([(name.to_owned(), value)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &'static str, takes_several: bool, text: &str) -> Result<Settings, String> {
        GivenKey::new(name, takes_several, text, Place::Variable("NAME"))
            .map(|given| Settings::deserialize(given.table).unwrap())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_sample_names_every_variable_with_its_key() {
        for (variable, key, _) in NAMES {
            let is_named = |line: &str| line.split_whitespace().skip(1).eq([variable, key]);
            assert!(crate::config::SAMPLE.lines().any(is_named), "{variable}");
        }
    }

    #[test]
    fn the_environment_names_urls_and_passwords() {
        let url = |text| given("serve.public_url", false, text);
        assert_eq!(
            url("https://a.example:9000").unwrap().serve.public_url.unwrap().base(),
            "https://a.example:9000"
        );
        for text in ["nonsense", "wss://a.example:9000", "https://a.example/?logs=here"] {
            assert!(url(text).unwrap_err().starts_with("environment variable NAME: "), "{text}");
        }
        let rpc = given("ledger.rpc", true, "https://a.example \n https://b.example").unwrap().ledger.rpc;
        assert_eq!(rpc.0.len(), 2);
        let error = given("ledger.rpc", true, "rpc.example/v2/s3cret?key=s3cret").unwrap_err();
        assert!(error.contains("rpc.example") && !error.contains("s3cret"), "{error}");
        let dns = given("serve.dynamic_dns.password", false, "s3cret").unwrap().serve.dynamic_dns;
        assert_eq!(dns.read_password().unwrap().as_deref(), Some("s3cret"));
        assert!(!format!("{dns:?}").contains("s3cret"));
    }
}
