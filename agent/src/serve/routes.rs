//! What is served under which path.

use std::{convert::Infallible, sync::Arc};

use warp::{
    Filter, Rejection, Reply,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    path::FullPath,
    reject::MethodNotAllowed,
    reply::Response,
};

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
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let health = {
        let service = Arc::clone(&service);
        warp::path!("health").and(warp::get().or(warp::head()).unify()).map(move || service.health())
    };
    let logs = warp::path("logs").or(warp::path("mirrors")).unify().and(asked()).then(move |asked: Asked| {
        let service = Arc::clone(&service);
        async move {
            match asked.target.strip_suffix("/metadata").map(log_id) {
                Some(id) => service.metadata(id, asked).await,
                None => service.log(log_id(&asked.target), asked).await,
            }
        }
    });
    health.or(logs).unify().recover(rejected).unify()
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

/// What no route took.
async fn rejected(rejection: Rejection) -> Result<Response, Infallible> {
    if rejection.find::<MethodNotAllowed>().is_some() {
        let mut response = reply::error(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are allowed here");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
        return Ok(response);
    }
    Ok(reply::error(StatusCode::NOT_FOUND, "there is nothing here"))
}
