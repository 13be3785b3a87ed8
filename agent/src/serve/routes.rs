//! What is served under which path.

use std::sync::Arc;

use warp::{Filter, Rejection, Reply, http::HeaderMap, path::FullPath, reply::Response};

use super::{
    reply,
    service::{Asked, LogService},
    slots::Slot,
    source::Source,
};
use crate::domain::LogId;

/// The routes of the protocol; requests need their connection's [`Slot`] and their [`Source`] as extensions.
pub(super) fn routes(
    service: Arc<LogService>,
) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone + Send + Sync + 'static {
    let health = warp::path!("health");
    let log = warp::path("logs").or(warp::path("mirrors")).unify();
    let logs = log.and(asked()).then({
        let service = Arc::clone(&service);
        move |asked: Asked| {
            let service = Arc::clone(&service);
            async move {
                match asked.target.strip_suffix("/metadata").map(log_id) {
                    Some(id) => service.metadata(id, asked).await,
                    None => service.log(log_id(&asked.target), asked).await,
                }
            }
        }
    });
    let well = {
        let service = Arc::clone(&service);
        health.and(warp::get().or(warp::head()).unify()).map(move || service.health())
    };
    let not_allowed = health.or(log).unify().map(reply::method_not_allowed);
    let nothing = warp::any().map(reply::nothing_here);
    let for_anybody = well.or(not_allowed).unify().or(nothing).unify();
    let counted = for_anybody
        .and(warp::ext::get::<Source>())
        .map(move |answer: Response, source: Source| service.courtesy(answer, source));
    logs.or(counted).unify()
}

/// A GET or HEAD request. Path and query exactly as received are what the signature has to cover.
fn asked() -> impl Filter<Extract = (Asked,), Error = Rejection> + Clone {
    let query = warp::query::raw().map(|query| format!("?{query}")).or(warp::any().map(String::new)).unify();
    warp::get()
        .map(|| false)
        .or(warp::head().map(|| true))
        .unify()
        .and(warp::path::full())
        .and(query)
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Arc<Slot>>())
        .and(warp::ext::get::<Source>())
        .map(|is_head, path: FullPath, query: String, headers: HeaderMap, slot, source| Asked {
            target: format!("{}{query}", path.as_str()),
            headers,
            is_head,
            slot,
            source,
        })
}

/// The log that a path names; every other path names none.
fn log_id(path: &str) -> Option<LogId> {
    path.strip_prefix("/logs/").or_else(|| path.strip_prefix("/mirrors/"))?.parse().ok()
}
