//! What is served under which path.

use std::{convert::Infallible, sync::Arc};

use warp::{
    Filter, Rejection, Reply,
    http::{HeaderValue, StatusCode, header},
    path::FullPath,
    reject::MethodNotAllowed,
    reply::Response,
};

use super::{reply, service::LogService, source::Source};

/// The routes of the protocol; requests need their [`Source`] as an extension.
pub(super) fn routes(
    service: Arc<LogService>,
) -> impl Filter<Extract = (impl Reply,), Error = Infallible> + Clone + Send + Sync + 'static {
    let health = {
        let service = Arc::clone(&service);
        warp::path!("health").and(warp::get()).map(move || service.health())
    };
    let logs = warp::path("logs")
        .or(warp::path("mirrors"))
        .unify()
        .and(warp::get())
        .and(target())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<Source>())
        .then(move |target: String, headers, source| {
            let service = Arc::clone(&service);
            async move { service.log(&target, &headers, source).await }
        });
    health.or(logs).unify().recover(rejected).unify()
}

/// Path and query exactly as received: what the signature has to cover.
fn target() -> impl Filter<Extract = (String,), Error = Infallible> + Copy {
    let query = warp::query::raw().map(|query| format!("?{query}")).or(warp::any().map(String::new)).unify();
    warp::path::full().and(query).map(|path: FullPath, query: String| format!("{}{query}", path.as_str()))
}

/// What no route took.
async fn rejected(rejection: Rejection) -> Result<Response, Infallible> {
    if rejection.find::<MethodNotAllowed>().is_some() {
        let mut response = reply::error(StatusCode::METHOD_NOT_ALLOWED, "only GET is allowed here");
        response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET"));
        return Ok(response);
    }
    Ok(reply::error(StatusCode::NOT_FOUND, "there is nothing here"))
}
