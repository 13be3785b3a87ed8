//! What is remembered of a post from earlier: the ledger shows it again and again.

use crate::{metrics::PostVerdict, record::PostState};

/// How often a post whose log could not be fetched is taken up again.
const SECOND_CHANCES: u32 = 3;

/// What came of a post before.
#[derive(Clone, Copy)]
pub(super) struct Before {
    /// Whether it is remembered at all.
    pub(super) is_known: bool,
    /// How often it may still be tried.
    pub(super) chances: u32,
    verdict: Option<PostVerdict>,
}

impl Before {
    /// What a state remembers; none of a post that is new.
    pub(super) fn of(state: Option<&PostState>) -> Self {
        let chances = match state {
            Some(PostState::Failed { tries_left, .. }) => *tries_left,
            _ => SECOND_CHANCES + 1,
        };
        Self { is_known: state.is_some(), chances, verdict: state.and_then(verdict) }
    }

    /// What is to be counted now, once for all the times that the same comes of it.
    pub(super) fn news(self, state: &PostState) -> Option<PostVerdict> {
        verdict(state).filter(|verdict| self.verdict != Some(*verdict))
    }
}

/// What became of a post; none while it is tried again.
fn verdict(state: &PostState) -> Option<PostVerdict> {
    match state {
        PostState::Applied { .. } => Some(PostVerdict::Applied),
        PostState::Heard { .. } => Some(PostVerdict::Heard),
        PostState::Watched { .. } => Some(PostVerdict::Watched),
        PostState::Rejected { .. } => Some(PostVerdict::Rejected),
        PostState::Failed { tries_left: 0, .. } => Some(PostVerdict::Failed),
        PostState::Failed { .. } | PostState::Own { .. } | PostState::Retired { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::Doubt;

    fn failed(tries_left: u32) -> PostState {
        PostState::Failed { error: "no answer".into(), tries_left }
    }

    #[test]
    fn a_post_has_failed_once_and_only_when_it_is_not_tried_again() {
        let new = Before::of(None);
        assert_eq!((new.is_known, new.chances), (false, 4));
        assert_eq!(new.news(&failed(3)), None);
        let tried = Before::of(Some(&failed(1)));
        assert_eq!((tried.is_known, tried.chances), (true, 1));
        assert_eq!(tried.news(&failed(0)), Some(PostVerdict::Failed));
        assert_eq!(Before::of(Some(&failed(0))).news(&failed(0)), None);
    }

    #[test]
    fn a_post_that_is_shown_again_is_counted_again_only_when_something_else_comes_of_it() {
        let watched = PostState::Watched { doubt: Doubt::Unknown };
        let rejected = PostState::Rejected { doubt: Doubt::Banned };
        assert_eq!(Before::of(None).news(&watched), Some(PostVerdict::Watched));
        assert_eq!(Before::of(Some(&watched)).news(&watched), None);
        assert_eq!(Before::of(Some(&watched)).news(&rejected), Some(PostVerdict::Rejected));
    }
}
