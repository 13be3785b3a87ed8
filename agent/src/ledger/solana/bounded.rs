//! A JSON-RPC client whose answers end.

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

use crate::ledger::SettingsError;

/// What an answer may take.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Its size, unpacked.
    pub(super) bytes: usize,
    /// Until its end.
    pub(super) timeout: Duration,
}

/// A client whose answers are bounded in time and size, and that goes nowhere but where it was told.
pub(super) fn client(
    rpc_url: &str,
    commitment: CommitmentConfig,
    limits: Limits,
) -> Result<RpcClient, SettingsError> {
    let client = Client::builder()
        .timeout(limits.timeout)
        .redirect(redirect::Policy::none())
        .build()
        .map_err(|source| SettingsError::Client(source.into()))?;
    let client = ClientBuilder::new(client).with(BoundedAnswer(limits.bytes)).build();
    let sender = HttpSender::new_with_client_with_middleware(rpc_url, client);
    Ok(RpcClient::new_sender(sender, RpcClientConfig::with_commitment(commitment)))
}

/// The endpoint's answer does not end.
#[derive(Debug, thiserror::Error)]
#[error("the answer is larger than {0} bytes")]
struct TooLarge(usize);

/// Reads an answer to its end before anybody takes it apart, and gives up where it is too large.
struct BoundedAnswer(usize);

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
            if body.len() + chunk.len() > self.0 {
                return Err(Error::middleware(TooLarge(self.0)));
            }
            body.extend_from_slice(&chunk);
        }
        let mut bounded = http::Response::new(body);
        *bounded.status_mut() = answer.status();
        *bounded.headers_mut() = answer.headers().clone();
        Ok(bounded.into())
    }
}
