//! Which cycles hold the posts of a span of time, and how an endpoint is asked for those alone.

use jiff::Timestamp;
use sentinel_interface::{Post, SentinelError, State};
use solana_client::rpc_filter::Memcmp;

/// Questions that ask for the posts of a span of time, at the most.
const MAX_QUESTIONS: u64 = 4;

/// Bytes of a cycle's number in a post.
const NUMBER_LEN: usize = size_of::<u64>();

/// Cycles that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cycles {
    first: u64,
    last: u64,
}

impl Cycles {
    /// The cycles that run at some time from `from` to `to`.
    ///
    /// # Errors
    /// When the network's rules know no such cycle.
    pub(super) fn between(state: &State, from: Timestamp, to: Timestamp) -> Result<Self, SentinelError> {
        let last = state.cycle_at(to.as_second())?;
        Ok(Self { first: first(state, from.as_second())?.min(last), last })
    }

    /// What posts of these cycles, and as few others as possible, are found by: each part is a question of its own, and an
    /// account passes one of them at the most. None selects all posts.
    ///
    /// Numbers are stored with their lowest byte first, so that to leave out that byte is to ask for 256 cycles at once.
    pub(super) fn filters(self) -> Vec<Option<Memcmp>> {
        for left_out in 0..NUMBER_LEN {
            let number = |cycle: u64| cycle >> (8 * left_out);
            let (first, last) = (number(self.first), number(self.last));
            if last - first < MAX_QUESTIONS {
                let bytes = |number: u64| number.to_le_bytes()[..NUMBER_LEN - left_out].to_vec();
                let filter =
                    |number| Some(Memcmp::new_raw_bytes(Post::CYCLE_INDEX_OFFSET + left_out, bytes(number)));
                return (first..=last).map(filter).collect();
            }
        }
        vec![None]
    }
}

/// The cycle at `at`, which may lie before the recorded one.
fn first(state: &State, at: i64) -> Result<u64, SentinelError> {
    let before = u64::try_from(state.cycle_start.saturating_sub(at)).unwrap_or_default();
    let length = u64::try_from(state.parameters.cycle_length).unwrap_or_default();
    if before == 0 {
        return state.cycle_at(at);
    }
    if length == 0 {
        return Err(SentinelError::InvalidParameters);
    }
    Ok(state.cycle_index.saturating_sub(before.div_ceil(length)))
}

#[cfg(test)]
mod tests {
    use sentinel_interface::Parameters;

    use super::*;

    const DAY: i64 = 86_400;

    /// Cycle 7 began at second 700,000 and lasts a day.
    fn state() -> State {
        let parameters = Parameters {
            cycle_length: DAY,
            bond: 0,
            karma_per_like: 1,
            karma_per_dispute: 5,
            vote_min_karma: 50,
            opinion_limit: 10,
        };
        State { authority: [1; 32], cycle_index: 7, cycle_start: 700_000, parameters, bump: 255 }
    }

    fn between(from: i64, to: i64) -> Cycles {
        let at = |second| Timestamp::from_second(second).unwrap();
        Cycles::between(&state(), at(from), at(to)).unwrap()
    }

    #[test]
    fn a_span_of_time_lies_in_the_cycles_that_run_then_recorded_or_not() {
        for (from, to, first, last) in [
            (700_000, 700_001, 7, 7),
            (699_999, 700_001, 6, 7),
            (700_000 - DAY, 700_000 + DAY, 6, 8),
            (700_000 - DAY - 1, 700_000 + 10 * DAY, 5, 17),
            (0, 700_000, 0, 7),
        ] {
            assert_eq!(between(from, to), Cycles { first, last }, "{from}..{to}");
        }
    }

    #[test]
    fn rules_of_a_network_that_has_no_cycles_are_refused() {
        let parameters = Parameters { cycle_length: 0, ..state().parameters };
        let at = Timestamp::UNIX_EPOCH;
        assert!(Cycles::between(&State { parameters, ..state() }, at, at).is_err());
    }

    #[test]
    fn every_post_of_the_cycles_passes_one_question_and_of_the_others_as_few_as_possible_do() {
        let account = |cycle: u64| {
            let mut data = vec![0; Post::LOG_URL_OFFSET];
            data[Post::CYCLE_INDEX_OFFSET..][..8].copy_from_slice(&cycle.to_le_bytes());
            data
        };
        for (first, last, questions, beyond) in [
            (0, 0, 1, 0),
            (7, 9, 3, 0),
            (255, 257, 3, 0),
            (10, 300, 2, 221),
            (100, 86_500, 2, 131_072 - 86_401),
            (0, u64::MAX, 1, 0),
        ] {
            let filters = Cycles { first, last }.filters();
            let passes = |cycle| {
                let data = account(cycle);
                filters.iter().filter(|of| of.as_ref().is_none_or(|of| of.bytes_match(&data))).count()
            };
            assert_eq!(filters.len(), questions, "{first}..={last}");
            assert_eq!((passes(first), passes(last)), (1, 1), "{first}..={last}");
            let others = (0..200_000).filter(|cycle| *cycle < first || *cycle > last);
            assert_eq!(others.filter(|cycle| passes(*cycle) > 0).count(), beyond, "{first}..={last}");
        }
    }
}
