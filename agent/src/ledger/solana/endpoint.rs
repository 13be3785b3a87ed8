//! The JSON-RPC connection to an endpoint that nobody vouches for.

use std::time::Duration;

use async_trait::async_trait;
use hyper::http;
use reqwest_middleware::{ClientBuilder, Error, Middleware, Next};
use solana_client::{
    client_error::reqwest::{Client, Request, Response, redirect},
    nonblocking::rpc_client::RpcClient,
    rpc_client::RpcClientConfig,
};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::http_sender::HttpSender;

use crate::ledger::{SettingsError, SolanaSettings};

/// Largest answer in bytes, unpacked: some 100,000 posts.
const MAX_ANSWER: usize = 64 * 1024 * 1024;

/// A client whose answers are bounded in time and size, and that goes nowhere but where it was told.
pub(super) fn client(
    settings: &SolanaSettings,
    commitment: CommitmentConfig,
    answer_timeout: Duration,
) -> Result<RpcClient, SettingsError> {
    let client = Client::builder()
        .timeout(answer_timeout)
        .redirect(redirect::Policy::none())
        .build()
        .map_err(|source| SettingsError::Client(source.into()))?;
    let client = ClientBuilder::new(client).with(BoundedAnswer).build();
    let sender = HttpSender::new_with_client_with_middleware(settings.rpc_url(), client);
    Ok(RpcClient::new_sender(sender, RpcClientConfig::with_commitment(commitment)))
}

/// The endpoint's answer does not end.
#[derive(Debug, thiserror::Error)]
#[error("the answer is larger than {MAX_ANSWER} bytes")]
struct TooLarge;

/// Reads an answer to its end before anybody takes it apart, and gives up where it is too large.
struct BoundedAnswer;

#[async_trait]
impl Middleware for BoundedAnswer {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> Result<Response, Error> {
        let mut answer = next.run(request, extensions).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(Error::middleware(TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        let mut bounded = http::Response::new(body);
        *bounded.status_mut() = answer.status();
        *bounded.headers_mut() = answer.headers().clone();
        Ok(bounded.into())
    }
}
