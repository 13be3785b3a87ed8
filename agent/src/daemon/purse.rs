//! What this agent may spend a day, and has spent: remembered across restarts.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::{
    control::BudgetView,
    ledger::{Act, Overdrawn, Purse},
    record::{Record, Spending},
    store::database::{Database, DatabaseError},
};

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A purse that is filled anew each day (UTC).
pub(super) struct DailyPurse {
    database: Database,
    budget: u64,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    spending: Spending,
    /// Whether it was too little for something that day.
    is_used_up: bool,
}

impl DailyPurse {
    /// With what was spent before this start.
    ///
    /// # Errors
    /// When that cannot be read.
    pub(super) async fn open(database: Database, budget: u64) -> Result<Self, DatabaseError> {
        let spending = database.spending().await?.unwrap_or_default();
        Ok(Self { database, budget, state: Mutex::new(State { spending, is_used_up: false }) })
    }

    /// How it stands today.
    pub(super) fn view(&self) -> BudgetView {
        let State { spending, is_used_up } = *self.today();
        BudgetView { daily: self.budget, spent: spending.lamports, is_used_up }
    }

    /// The state, of today: a clock that is set back fills no purse.
    fn today(&self) -> MutexGuard<'_, State> {
        let day = Timestamp::now().as_second().div_euclid(DAY);
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if day > state.spending.day {
            *state = State { spending: Spending { day, lamports: 0 }, is_used_up: false };
        }
        state
    }

    /// Nothing waits until that is on disk: that the act is done is written behind it, so that no act that counts as done
    /// is forgotten here.
    fn remember(&self, spending: Spending) {
        drop(self.database.record(vec![Record::Spent(spending)]));
    }
}

impl Purse for DailyPurse {
    fn take(&self, act: Act, lamports: u64) -> Result<(), Overdrawn> {
        let mut state = self.today();
        let left = self.budget.saturating_sub(state.spending.lamports);
        if lamports > left && !goes_always(act) {
            if is_upkeep(act) {
                return Err(Overdrawn { needed: lamports, left });
            }
            if !state.is_used_up {
                tracing::warn!(
                    budget = self.budget,
                    left,
                    "ledger.daily_budget is used up: posts wait until midnight UTC, likes and mirrors are left out"
                );
            }
            state.is_used_up = true;
            return Err(Overdrawn { needed: lamports, left });
        }
        state.spending.lamports = state.spending.lamports.saturating_add(lamports);
        self.remember(state.spending);
        Ok(())
    }

    fn put_back(&self, lamports: u64) {
        let mut state = self.today();
        state.spending.lamports = state.spending.lamports.saturating_sub(lamports);
        self.remember(state.spending);
    }
}

/// Whether an act is counted and never refused: it costs little more than a fee, and others are misled without it.
fn goes_always(act: Act) -> bool {
    matches!(act, Act::SetEndpoint | Act::RemoveMirror | Act::Retract)
}

/// Whether nobody has to know that there is too little for an act: it can wait for days.
fn is_upkeep(act: Act) -> bool {
    matches!(act, Act::Retire | Act::CloseVerdict | Act::AdvanceCycle)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::store::database::path_in;

    async fn purse(folder: &std::path::Path) -> DailyPurse {
        DailyPurse::open(Database::open(&path_in(folder)).unwrap(), 1000).await.unwrap()
    }

    #[tokio::test]
    async fn a_budget_that_is_used_up_refuses_posts_and_likes_but_not_what_others_are_misled_without() {
        let folder = tempfile::tempdir().unwrap();
        let purse = purse(folder.path()).await;
        purse.take(Act::Publish, 900).unwrap();
        assert_eq!(purse.take(Act::Like, 101), Err(Overdrawn { needed: 101, left: 100 }));
        purse.take(Act::SetEndpoint, 150).unwrap();
        assert_eq!(purse.view(), BudgetView { daily: 1000, spent: 1050, is_used_up: true });
        assert_eq!(purse.take(Act::Publish, 1), Err(Overdrawn { needed: 1, left: 0 }));
    }

    #[tokio::test]
    async fn what_was_not_spent_after_all_can_be_spent_again() {
        let folder = tempfile::tempdir().unwrap();
        let purse = purse(folder.path()).await;
        purse.take(Act::Publish, 900).unwrap();
        purse.put_back(900);
        purse.take(Act::Publish, 1000).unwrap();
    }

    #[tokio::test]
    async fn a_restart_fills_no_purse_and_the_next_day_does() {
        let folder = tempfile::tempdir().unwrap();
        {
            let purse = purse(folder.path()).await;
            purse.take(Act::Publish, 300).unwrap();
            purse.take(Act::Publish, 600).unwrap();
            purse.database.record(vec![]).durable().await.unwrap();
        }
        // The last handle to a database closes it in its own time.
        let purse = loop {
            match Database::open(&path_in(folder.path())) {
                Ok(database) => break DailyPurse::open(database, 1000).await.unwrap(),
                Err(_) => tokio::task::yield_now().await,
            }
        };
        assert_eq!(purse.view().spent, 900);
        purse.state.lock().unwrap().spending.day -= 1;
        assert_eq!(purse.view().spent, 0);
    }
}
