//! What became of posts.

use super::{Desk, failed};
use crate::{
    control::{Answer, Failure, FailureKind},
    domain::PostId,
};

/// Most posts in one answer: some megabytes.
const MAX_POSTS: u32 = 5_000;

impl Desk {
    pub(super) async fn posts(&self, limit: u32) -> Result<Answer, Failure> {
        self.core.database().posts(limit.min(MAX_POSTS)).await.map(Answer::Posts).map_err(failed)
    }

    pub(super) async fn post(&self, id: PostId) -> Result<Answer, Failure> {
        let post = self.core.database().post(id).await.map_err(failed)?;
        post.map(|post| Answer::Post(Box::new(post))).ok_or_else(|| {
            Failure::new(FailureKind::NotFound, format!("this agent has not seen a post {id}"))
        })
    }
}
