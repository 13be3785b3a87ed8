//! What became of posts.

use super::{Desk, failed};
use crate::{
    control::{Answer, Failure, FailureKind, PostDetails, PostView, Standing},
    daemon::engine::Engine,
    domain::PostId,
    record::PostRecord,
};

/// Most posts in one answer: some megabytes.
const MAX_POSTS: u32 = 5_000;
/// Rulings about the attackers of one post that are shown.
const MAX_RULINGS: usize = 100;

impl Desk {
    pub(super) async fn posts(&self, limit: u32) -> Result<Answer, Failure> {
        let posts = self.core.database().posts(limit.min(MAX_POSTS)).await.map_err(failed)?;
        let engine = self.core.engine().await;
        Ok(Answer::Posts(posts.into_iter().map(|record| view(&engine, record)).collect()))
    }

    pub(super) async fn post(&self, id: PostId) -> Result<Answer, Failure> {
        let post = self.core.database().post(id).await.map_err(failed)?;
        let Some(record) = post else {
            let message = format!("this agent has not seen a post {id}");
            return Err(Failure::new(FailureKind::NotFound, message));
        };
        let log = record.post.file_hash.log_id();
        let receipt = self.core.database().receipt(log).await.map_err(failed)?;
        let engine = self.core.engine().await;
        let docket = engine.docket();
        let statement = docket.statement(id);
        let networks = statement.into_iter().flat_map(|statement| statement.networks());
        let details = PostDetails {
            rulings: networks.take(MAX_RULINGS).map(|network| docket.ruling(network)).collect(),
            attacker_count: statement.map_or(0, |statement| statement.accused().len()),
            no_like: docket.praise(id).err().map(|reason| reason.to_string()),
            record,
            receipt,
        };
        Ok(Answer::Post(Box::new(details)))
    }
}

fn view(engine: &Engine, record: PostRecord) -> PostView {
    let now = engine.docket().statement(record.post.id).map(|_| {
        let (blocked, waiting) = engine.came_of(record.post.id);
        Standing { blocked: blocked.len(), waiting: waiting.len() }
    });
    PostView { record, now }
}
