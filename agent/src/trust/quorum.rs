//! How many words it takes.

use std::{fmt, num::NonZeroUsize, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Other believed peers of a network in which each of them is enough by itself: a few friends.
const FEW: usize = 4;
/// Words needed in a larger network: one that turns blocks nobody.
const OF_MANY: usize = 2;

/// How many words about an attacker block it here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quorum {
    /// One while the ledger knows at most four other believed peers, two in a larger network.
    #[default]
    Auto,
    /// As many as the operator says.
    Of(NonZeroUsize),
}

impl Quorum {
    /// How many words it takes where so many other peers are believed.
    #[must_use]
    pub fn needed(self, others: usize) -> usize {
        match self {
            Self::Auto if others <= FEW => 1,
            Self::Auto => OF_MANY,
            Self::Of(number) => number.get(),
        }
    }
}

/// Not a quorum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no quorum: expected \"auto\" or a number from 1 on")]
pub struct NoQuorum(String);

impl FromStr for Quorum {
    type Err = NoQuorum;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            number => number.parse().map(Self::Of).map_err(|_| NoQuorum(number.to_owned())),
        }
    }
}

impl fmt::Display for Quorum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Of(number) => number.fmt(f),
        }
    }
}

impl Serialize for Quorum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Quorum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Quorum;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"auto\" or a number from 1 on")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Quorum, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Quorum, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Quorum, E> {
        self.visit_str(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn among_a_few_friends_one_is_enough_and_among_strangers_two() {
        assert_eq!([0, 4, 5, 1000].map(|others| Quorum::Auto.needed(others)), [1, 1, 2, 2]);
        let three: Quorum = "3".parse().unwrap();
        assert_eq!([0, 1000].map(|others| three.needed(others)), [3, 3]);
    }

    #[test]
    fn nobody_at_all_is_no_quorum() {
        for nonsense in ["0", "-1", "all", ""] {
            assert!(nonsense.parse::<Quorum>().is_err(), "{nonsense}");
        }
        assert_eq!(serde_json::from_str::<Quorum>("2").unwrap(), "2".parse().unwrap());
        assert_eq!(serde_json::from_str::<Quorum>("\"auto\"").unwrap(), Quorum::Auto);
    }
}
