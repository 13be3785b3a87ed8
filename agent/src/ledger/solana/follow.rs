//! Posts as they are made, from all endpoints at once: what one misses or hides another tells.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

use super::{
    SolanaLedger,
    news::News,
    subscription::{End, Subscription},
};
use crate::{backoff::Backoff, domain::Post};

/// Longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl SolanaLedger {
    pub(super) async fn follow_posts(&self, max_age: Option<SignedDuration>, posts: mpsc::Sender<Post>) {
        let (news, posts) = (&News::default(), &posts);
        let subscriptions = self.endpoints.all().map(|endpoint| async move {
            keep_up(&Subscription { ledger: self, endpoint, max_age, posts, news }).await;
        });
        join_all(subscriptions).await;
    }
}

/// Subscribes again and again, until nobody receives any more.
async fn keep_up(subscription: &Subscription<'_>) {
    let mut backoff = Backoff::up_to(LONGEST_PAUSE);
    loop {
        let begun = Instant::now();
        match subscription.run().await {
            Ok(End::Receiver) => return,
            Ok(End::Backlog) => {}
            Err(error) => {
                subscription.endpoint.health().fell_silent(error.to_string(), Timestamp::now());
                tracing::warn!(%error, "the ledger is not heard; trying again");
            }
        }
        if begun.elapsed() > LONGEST_PAUSE {
            backoff.reset();
        }
        tokio::select! {
            () = subscription.posts.closed() => return,
            () = sleep(backoff.pause()) => {}
        }
    }
}
