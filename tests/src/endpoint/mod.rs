//! An endpoint with manners of its own: a real HTTP and websocket server in front of a ledger, which counts what it is asked
//! for ([`Counting`]) or lies ([`lies`]).

mod counting;
pub mod lies;

use std::{io, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::{
    SinkExt, StreamExt,
    stream::{self, BoxStream},
};
use sentinel_agent::ledger::EndpointUrls;
use serde_json::{Value, json};
use solana_client::{client_error::reqwest, nonblocking::pubsub_client::PubsubClient};
use solana_sdk::pubkey::Pubkey;
use tokio::{
    net::TcpListener,
    sync::{broadcast, watch},
};
use warp::{
    Filter,
    http::{Response, StatusCode},
    ws::{Message, WebSocket, Ws},
};

pub use counting::Counting;

use crate::dev_ledger::DevLedger;

/// What an endpoint does otherwise than the ledger.
pub trait Manners: Send + Sync + 'static {
    /// The result that it gives without asking the ledger.
    fn instead(&self, _method: &str, _params: &Value) -> Option<Value> {
        None
    }

    /// What it makes of the ledger's answer: a body of any kind.
    fn answer(&self, _method: &str, _params: &Value, answer: Value) -> Vec<u8> {
        answer.to_string().into()
    }

    /// What it tells its subscribers of an account that changed, if anything.
    fn tell(&self, account: Value) -> Option<Value> {
        Some(account)
    }
}

/// An endpoint that says what the ledger says.
pub struct Honest;

impl Manners for Honest {}

/// A running endpoint.
pub struct Proxy<M> {
    /// Where both of its servers answer.
    pub url: String,
    /// How it behaves.
    pub manners: Arc<M>,
    is_up: watch::Sender<bool>,
    told: broadcast::Sender<Value>,
}

impl<M: Manners> Proxy<M> {
    /// Starts it on loopback in front of a dev ledger.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn start(ledger: &DevLedger, manners: M) -> Self {
        Self::before(ledger.rpc_url.clone(), ledger.websocket_url.clone(), manners).await.unwrap()
    }

    /// Starts it on loopback, as the calling thread sees it, in front of the ledger with these URLs.
    ///
    /// # Errors
    /// When it cannot listen.
    pub async fn before(rpc_url: String, websocket_url: String, manners: M) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let proxy = Self {
            url: format!("http://{}", listener.local_addr()?),
            manners: Arc::new(manners),
            is_up: watch::Sender::new(true),
            told: broadcast::Sender::new(16_384),
        };
        let (calls, subscriptions) = (proxy.calls(rpc_url), proxy.subscriptions(websocket_url));
        tokio::spawn(warp::serve(subscriptions.or(calls)).incoming(listener).run());
        Ok(proxy)
    }

    /// Where its websocket answers.
    #[must_use]
    pub fn websocket_url(&self) -> String {
        self.url.replace("http://", "ws://")
    }

    /// Both, as an agent is told them.
    ///
    /// # Panics
    /// When they are no URLs.
    #[must_use]
    pub fn urls(&self) -> EndpointUrls {
        EndpointUrls::new(&self.url, Some(&self.websocket_url())).unwrap()
    }

    /// Answers nobody and cuts off every subscriber, until it is up again.
    pub fn set_up(&self, is_up: bool) {
        self.is_up.send_replace(is_up);
    }

    /// Tells every subscriber of an account of `program` with this content, whatever the ledger has.
    ///
    /// # Panics
    /// When nobody has subscribed.
    pub fn invent(&self, program: Pubkey, address: Pubkey, data: &[u8]) {
        let account = json!({
            "lamports": 1, "data": [BASE64_STANDARD.encode(data), "base64"], "owner": program.to_string(),
            "executable": false, "rentEpoch": 0, "space": data.len(),
        });
        self.told.send(json!({"pubkey": address.to_string(), "account": account})).unwrap();
    }

    fn calls(
        &self,
        ledger: String,
    ) -> impl Filter<Extract = (Response<Vec<u8>>,), Error = warp::Rejection> + Clone + use<M> {
        let (manners, is_up) = (Arc::clone(&self.manners), self.is_up.subscribe());
        let client = reqwest::Client::new();
        warp::post().and(warp::body::json()).then(move |call: Value| {
            let (manners, is_up) = (Arc::clone(&manners), is_up.clone());
            let (client, ledger) = (client.clone(), ledger.clone());
            async move {
                if !*is_up.borrow() {
                    return response(StatusCode::SERVICE_UNAVAILABLE, Vec::new());
                }
                let (method, params) = (call["method"].as_str().unwrap(), &call["params"]);
                if let Some(result) = manners.instead(method, params) {
                    let answer = json!({"jsonrpc": "2.0", "id": call["id"], "result": result});
                    return response(StatusCode::OK, answer.to_string().into());
                }
                let request = client.post(ledger).header("content-type", "application/json");
                let answer = request.body(call.to_string()).send().await.unwrap().bytes().await.unwrap();
                let answer = serde_json::from_slice(&answer).unwrap();
                response(StatusCode::OK, manners.answer(method, params, answer))
            }
        })
    }

    fn subscriptions(
        &self,
        ledger: String,
    ) -> impl Filter<Extract = (impl warp::Reply + use<M>,), Error = warp::Rejection> + Clone + use<M> {
        let (manners, is_up, told) = (Arc::clone(&self.manners), self.is_up.subscribe(), self.told.clone());
        warp::ws().map(move |upgrade: Ws| {
            let (manners, mut is_up, told) = (Arc::clone(&manners), is_up.clone(), told.subscribe());
            let ledger = ledger.clone();
            upgrade.on_upgrade(move |socket| async move {
                tokio::select! {
                    () = attend(socket, &ledger, manners.as_ref(), told) => {}
                    _ = is_up.wait_for(|is_up| !is_up) => {}
                }
            })
        })
    }
}

fn response(status: StatusCode, body: Vec<u8>) -> Response<Vec<u8>> {
    Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}

/// Numbers of the two subscriptions that an agent makes.
const ACCOUNTS: u64 = 0;
const SLOTS: u64 = 1;

/// The streams of one subscriber's subscriptions.
struct Subscriber<'a> {
    ledger: &'a PubsubClient,
    accounts: BoxStream<'a, Value>,
    slots: BoxStream<'a, Value>,
}

impl<'a> Subscriber<'a> {
    fn new(ledger: &'a PubsubClient) -> Self {
        Self { ledger, accounts: stream::pending().boxed(), slots: stream::pending().boxed() }
    }

    /// Makes the subscription that is called for; gives back the answer, unless the ledger is gone.
    async fn subscribe(&mut self, call: &Value) -> Option<Value> {
        let number = if call["method"] == "programSubscribe" {
            let program = call["params"][0].as_str().unwrap().parse().unwrap();
            let config = serde_json::from_value(call["params"][1].clone()).unwrap();
            let (changes, _) = self.ledger.program_subscribe(&program, Some(config)).await.ok()?;
            self.accounts = changes.map(|change| json!(change.value)).boxed();
            ACCOUNTS
        } else {
            let (passing, _) = self.ledger.slot_subscribe().await.ok()?;
            self.slots = passing.map(|slot| json!(slot)).boxed();
            SLOTS
        };
        Some(json!({"jsonrpc": "2.0", "id": call["id"], "result": number}))
    }
}

async fn attend(
    socket: WebSocket,
    ledger: &str,
    manners: &impl Manners,
    mut told: broadcast::Receiver<Value>,
) {
    let Ok(ledger) = PubsubClient::new(ledger).await else { return };
    let mut subscriber = Subscriber::new(&ledger);
    let (mut sink, mut calls) = socket.split();
    loop {
        let said = tokio::select! {
            call = calls.next() => {
                let Some(Ok(call)) = call else { return };
                match serde_json::from_slice(call.as_bytes()) {
                    Ok(call) => subscriber.subscribe(&call).await,
                    // A ping has no content.
                    Err(_) => continue,
                }
            }
            account = subscriber.accounts.next() => match account.map(|account| manners.tell(account)) {
                Some(None) => continue,
                Some(told) => told.map(changed),
                None => None,
            },
            Ok(account) = told.recv() => Some(changed(account)),
            slot = subscriber.slots.next() => slot.map(|slot| notification("slot", SLOTS, &slot)),
        };
        // Whoever has nothing more to say hangs up.
        let Some(said) = said else { return };
        if sink.send(Message::text(said.to_string())).await.is_err() {
            return;
        }
    }
}

fn changed(account: Value) -> Value {
    notification("program", ACCOUNTS, &json!({"context": {"slot": 1}, "value": account}))
}

fn notification(kind: &str, subscription: u64, result: &Value) -> Value {
    let params = json!({"result": result, "subscription": subscription});
    json!({"jsonrpc": "2.0", "method": format!("{kind}Notification"), "params": params})
}
