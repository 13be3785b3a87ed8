//! What karma is made of: the opinions of others.

use crate::{Address, Parameters, VerdictKind};

/// Opinions that a peer's account has room for.
const SLOTS: usize = 128;

/// The opinions that others have of a peer: each voter moves one of them, and none of them beyond the network's
/// [`opinion_limit`](Parameters::opinion_limit), however many posts it likes or disputes. So nobody is lifted or pushed down by
/// a few friends or foes: it takes many.
///
/// A voter's opinion stands in the slot that its address names. Voters that share a slot share its limit: there is never more
/// karma in it than distinct voters gave.
///
/// In their encoding: an `i8` a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opinions([u8; SLOTS]);

impl Opinions {
    /// Size of the encoded opinions in bytes.
    pub const LEN: usize = SLOTS;

    /// Nobody's.
    pub const NONE: Self = Self([0; SLOTS]);

    /// The slot of a voter.
    pub const fn slot(voter: &Address) -> usize {
        let [first, ..] = *voter;
        (first & 0x7f) as usize
    }

    /// The opinion of `voter`, and of whoever shares its slot.
    pub fn of(&self, voter: &Address) -> i8 {
        self.0.get(Self::slot(voter)).copied().unwrap_or_default().cast_signed()
    }

    /// The opinions once `voter`, who may vote, has given a verdict on a post of the peer's.
    #[must_use]
    pub fn after(mut self, kind: VerdictKind, voter: &Address, parameters: &Parameters) -> Self {
        let by = match kind {
            VerdictKind::Like => signed(parameters.karma_per_like),
            VerdictKind::Dispute => -signed(parameters.karma_per_dispute),
        };
        if let Some(opinion) = self.0.get_mut(Self::slot(voter)) {
            *opinion = moved(opinion.cast_signed(), by, parameters.opinion_limit).cast_unsigned();
        }
        self
    }

    /// All opinions together.
    pub fn sum(&self) -> i64 {
        self.0.iter().map(|opinion| i64::from(opinion.cast_signed())).sum()
    }

    /// The karma of a peer of whom others have these opinions, and for whom the authority vouched with `granted`.
    pub fn karma(&self, granted: u64) -> u64 {
        granted.saturating_add_signed(self.sum())
    }

    /// Whether a peer of whom others have these opinions gets its bond back when it leaves.
    pub fn is_good_standing(&self) -> bool {
        self.sum() >= 0
    }

    pub(crate) const fn from_bytes(bytes: [u8; SLOTS]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn as_bytes(&self) -> &[u8; SLOTS] {
        &self.0
    }
}

/// An opinion that `by` has moved, but not beyond the limit.
fn moved(opinion: i8, by: i64, limit: u8) -> i8 {
    let limit = i64::from(limit.min(i8::MAX.cast_unsigned()));
    let moved = i64::from(opinion).saturating_add(by).min(limit).max(-limit);
    i8::try_from(moved).unwrap_or(opinion)
}

fn signed(karma: u64) -> i64 {
    i64::try_from(karma).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::parameters_of_tests;
    use proptest::{array::uniform32, collection::vec, prelude::*};
    use std::{collections::BTreeSet, vec::Vec};

    const ALICE: Address = [1; 32];
    const BOB: Address = [2; 32];

    #[test]
    fn ten_likes_of_one_voter_weigh_as_much_as_a_thousand() {
        let parameters = parameters_of_tests();
        let mut opinions = Opinions::NONE;
        for likes in 1..=1000 {
            opinions = opinions.after(VerdictKind::Like, &ALICE, &parameters);
            assert_eq!(opinions.sum(), likes.min(10));
        }
        assert_eq!(opinions.after(VerdictKind::Like, &BOB, &parameters).sum(), 11);
    }

    #[test]
    fn a_dispute_weighs_more_than_a_like_and_has_the_same_limit() {
        let parameters = parameters_of_tests();
        let mut opinions = Opinions::NONE.after(VerdictKind::Like, &ALICE, &parameters);
        for expected in [-4, -9, -10, -10] {
            opinions = opinions.after(VerdictKind::Dispute, &ALICE, &parameters);
            assert_eq!(opinions.of(&ALICE), expected);
        }
        assert!(!opinions.is_good_standing());
        assert_eq!(opinions.karma(50), 40);
    }

    #[test]
    fn voters_whose_addresses_name_the_same_slot_share_its_limit() {
        let parameters = parameters_of_tests();
        let twin = [0x81; 32];
        assert_eq!(Opinions::slot(&twin), Opinions::slot(&ALICE));
        let opinions = [ALICE, twin]
            .repeat(10)
            .iter()
            .fold(Opinions::NONE, |opinions, voter| opinions.after(VerdictKind::Like, voter, &parameters));
        assert_eq!(opinions.sum(), 10);
    }

    #[test]
    fn karma_stays_at_zero_and_at_its_largest_number_instead_of_wrapping_around() {
        let parameters = Parameters { karma_per_dispute: u64::MAX, ..parameters_of_tests() };
        let worst = Opinions::NONE.after(VerdictKind::Dispute, &ALICE, &parameters);
        assert_eq!((worst.sum(), worst.karma(3), worst.karma(u64::MAX)), (-10, 0, u64::MAX - 10));
        let best = Opinions([0x7f; SLOTS]);
        assert_eq!(best.karma(u64::MAX - 1), u64::MAX);
        assert_eq!(Opinions([0x80; SLOTS]).karma(0), 0);
    }

    #[test]
    fn opinions_that_no_instruction_wrote_come_back_within_the_limit() {
        let parameters = parameters_of_tests();
        for planted in [0x7f, 0x80] {
            for kind in [VerdictKind::Like, VerdictKind::Dispute] {
                let after = Opinions([planted; SLOTS]).after(kind, &ALICE, &parameters).of(&ALICE);
                assert!((-10..=10).contains(&after), "{after}");
            }
        }
    }

    fn kinds() -> impl Strategy<Value = VerdictKind> {
        prop_oneof![Just(VerdictKind::Like), Just(VerdictKind::Dispute)]
    }

    proptest! {
        #[test]
        fn opinions_never_exceed_what_distinct_voters_may_give(
            verdicts in vec((kinds(), uniform32(any::<u8>())), 0..200),
            karma_per_like: u64,
            karma_per_dispute: u64,
            opinion_limit: u8,
            granted: u64,
        ) {
            let parameters =
                Parameters { karma_per_like, karma_per_dispute, opinion_limit, ..parameters_of_tests() };
            let mut opinions = Opinions::NONE;
            for (kind, voter) in &verdicts {
                opinions = opinions.after(*kind, voter, &parameters);
            }
            let voters = verdicts.iter().map(|(_, voter)| voter).collect::<BTreeSet<_>>().len();
            let most = i64::try_from(voters).unwrap() * i64::from(opinion_limit);
            prop_assert!((-most..=most).contains(&opinions.sum()));
            prop_assert_eq!(
                i128::from(opinions.karma(granted)),
                (i128::from(granted) + i128::from(opinions.sum())).clamp(0, i128::from(u64::MAX))
            );
        }

        #[test]
        fn a_verdict_moves_nobody_elses_opinion(
            opinions in vec(-10i8..=10, SLOTS), kind in kinds(), voter in uniform32(any::<u8>()),
        ) {
            let opinions: Vec<_> = opinions.into_iter().map(i8::cast_unsigned).collect();
            let before = Opinions(opinions.try_into().unwrap());
            let after = before.after(kind, &voter, &parameters_of_tests());
            let changed: Vec<_> = (0..SLOTS).filter(|slot| before.0[*slot] != after.0[*slot]).collect();
            prop_assert!(changed.iter().all(|slot| *slot == Opinions::slot(&voter)));
            match kind {
                VerdictKind::Like => prop_assert!(after.sum() >= before.sum()),
                VerdictKind::Dispute => prop_assert!(after.sum() <= before.sum()),
            }
        }
    }
}
