//! Subscriptions over a websocket, message by message: an endpoint that says more than is taken has to wait, as nothing
//! is read ahead.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use solana_client::rpc_response::RpcKeyedAccount;
use tokio::{
    net::TcpStream,
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{self, Message, protocol::WebSocketConfig},
};

/// Largest message in bytes: a post with the most and longest URLs has a hundredth of it.
const MAX_MESSAGE: usize = 256 * 1024;

/// How often the endpoint is told that somebody is there: many hang up on who says nothing.
const PING: Duration = Duration::from_secs(10);

/// Why a websocket came to an end.
#[derive(Debug, thiserror::Error)]
pub(super) enum WebsocketError {
    #[error(transparent)]
    Connection(Box<tungstenite::Error>),
    #[error("the endpoint closed the subscription")]
    Closed,
    #[error("a message is no JSON: {0}")]
    Json(#[from] serde_json::Error),
    #[error("the endpoint refused the subscription: {0}")]
    Refused(String),
}

impl From<tungstenite::Error> for WebsocketError {
    fn from(error: tungstenite::Error) -> Self {
        Self::Connection(Box::new(error))
    }
}

/// What an endpoint says.
pub(super) enum Said {
    /// An account is no longer what it was.
    Account(RpcKeyedAccount),
    /// A slot passed.
    Slot,
    /// A subscription is made.
    Subscribed,
    /// What nobody asked for, or cannot be read.
    Nothing,
}

/// A connection to an endpoint's websocket.
pub(super) struct Websocket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pings: Interval,
}

/// A message, so far as it is looked at.
#[derive(Deserialize)]
struct Given {
    method: Option<String>,
    params: Option<Params>,
    error: Option<Value>,
    id: Option<Value>,
}

#[derive(Deserialize)]
struct Params {
    result: Value,
}

impl Websocket {
    pub(super) async fn connect(url: &str) -> Result<Self, WebsocketError> {
        let config =
            WebSocketConfig::default().max_message_size(Some(MAX_MESSAGE)).max_frame_size(Some(MAX_MESSAGE));
        let (stream, _) = connect_async_with_config(url, Some(config), true).await?;
        let mut pings = interval(PING);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self { stream, pings })
    }

    /// Makes a subscription, and waits for the endpoint to say so.
    pub(super) async fn subscribe(&mut self, method: &str, params: Value) -> Result<(), WebsocketError> {
        let call = json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params});
        self.stream.send(Message::text(call.to_string())).await?;
        // What the one before brings meanwhile, the posts that are read afterwards bring again.
        while !matches!(self.next().await?, Said::Subscribed) {}
        Ok(())
    }

    /// Waits for the next message. Nothing is lost when that is given up.
    pub(super) async fn next(&mut self) -> Result<Said, WebsocketError> {
        loop {
            tokio::select! {
                message = self.stream.next() => match message.transpose()? {
                    None | Some(Message::Close(_)) => return Err(WebsocketError::Closed),
                    Some(Message::Text(text)) => return read(&text),
                    Some(_) => {}
                },
                _ = self.pings.tick() => self.stream.send(Message::Ping(Vec::new().into())).await?,
            }
        }
    }
}

fn read(text: &str) -> Result<Said, WebsocketError> {
    let Given { method, params, error, id } = serde_json::from_str(text)?;
    if let Some(error) = error {
        return Err(WebsocketError::Refused(error.to_string()));
    }
    Ok(match (method.as_deref(), params) {
        (Some("slotNotification"), _) => Said::Slot,
        (Some("programNotification"), Some(mut params)) => {
            serde_json::from_value(params.result["value"].take()).map_or(Said::Nothing, Said::Account)
        }
        (None, None) if id.is_some() => Said::Subscribed,
        _ => Said::Nothing,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn what_an_endpoint_says_is_an_account_a_slot_an_answer_or_nothing() {
        let account = json!({"lamports": 1, "data": ["AA==", "base64"], "owner": "x", "executable": false,
            "rentEpoch": 0, "space": 1});
        let told = |value: Value| {
            json!({"method": "programNotification", "params": {"result": {"value": value}}}).to_string()
        };
        let is_account = |text: String| matches!(read(&text).unwrap(), Said::Account(_));
        assert!(is_account(told(json!({"pubkey": "y", "account": account}))));
        assert!(!is_account(told(json!([]))));
        assert!(matches!(read(r#"{"jsonrpc":"2.0","id":"s","result":7}"#), Ok(Said::Subscribed)));
        assert!(matches!(read(r#"{"method":"slotNotification","params":{"result":{}}}"#), Ok(Said::Slot)));
        assert!(matches!(read(r#"{"method":"rootNotification","params":{"result":1}}"#), Ok(Said::Nothing)));
    }

    #[test]
    fn what_is_no_message_ends_the_connection() {
        for text in ["", "[]", "{\"params\":7}", "\"x\""] {
            assert!(matches!(read(text), Err(WebsocketError::Json(_))), "{text}");
        }
        let refused = read(r#"{"id":1,"error":{"code":-32601,"message":"Method not found"}}"#);
        assert!(matches!(refused, Err(WebsocketError::Refused(why)) if why.contains("Method not found")));
    }
}
