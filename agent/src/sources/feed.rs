//! A source whose messages another part of the agent reads: packets that the kernel logs.

use futures_util::{Stream, StreamExt};
use sentinel_parsers::Provenance;
use tokio::time;

use super::{Content, LONGEST_PAUSE, Message, Outlet, Skipped, SourceError};
use crate::backoff::Backoff;

/// Delivers what a feed brings, opening it again when it fails, until it is told to stop or the receiver of the batches is
/// gone. What the feed had not given by then is lost, as is what nobody listens for meanwhile.
/// `provenance` is the best that what the messages prove can be.
pub async fn follow_feed<F, E>(mut open: impl FnMut() -> Result<F, E>, provenance: Provenance, outlet: Outlet)
where
    F: Stream<Item = Result<Vec<Message>, E>> + Unpin,
    E: std::error::Error + Send + Sync + 'static,
{
    let mut backoff = Backoff::up_to(LONGEST_PAUSE);
    let feed = async {
        loop {
            match open() {
                Ok(feed) => {
                    outlet.recovered();
                    match deliver(feed, provenance, &outlet, &mut backoff).await {
                        Ok(Ended::ByOrder) | Err(SourceError::Closed) => return,
                        Ok(Ended::ByItself) => (),
                        Err(error) => outlet.failed(error),
                    }
                }
                Err(error) => outlet.failed(SourceError::Feed(error.into())),
            }
            tokio::select! {
                () = time::sleep(backoff.pause()) => (),
                () = outlet.stopped() => return,
            }
        }
    };
    tokio::select! {
        () = feed => (),
        () = outlet.closed() => (),
    }
}

/// Why there is nothing more to deliver.
enum Ended {
    ByItself,
    ByOrder,
}

/// Delivers until the feed ends or it is told to stop.
async fn deliver<E: std::error::Error + Send + Sync + 'static>(
    mut feed: impl Stream<Item = Result<Vec<Message>, E>> + Unpin,
    provenance: Provenance,
    outlet: &Outlet,
    backoff: &mut Backoff,
) -> Result<Ended, SourceError> {
    loop {
        let messages = tokio::select! {
            biased;
            () = outlet.stopped() => return Ok(Ended::ByOrder),
            messages = feed.next() => messages,
        };
        let Some(messages) = messages else { return Ok(Ended::ByItself) };
        let messages = messages.map_err(|error| SourceError::Feed(error.into()))?;
        backoff.reset();
        outlet.count(messages.len() as u64, Skipped::default());
        outlet.send_live(Content::Messages(messages), provenance).await?;
    }
}
