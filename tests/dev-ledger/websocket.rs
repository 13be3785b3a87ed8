//! Solana's websocket: subscriptions and their notifications.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use solana_sdk::transaction::TransactionError;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
    task::JoinHandle,
};
use warp::{
    Filter,
    ws::{Message, WebSocket, Ws},
};

use super::{
    event::Event,
    ledger::Ledger,
    owner::Handle,
    rpc::{self, Call, Error},
    stopped,
    subscription::{Subscription, processed},
};

/// Most connections at a time.
const MAX_CONNECTIONS: usize = 256;

/// Most subscriptions of one connection.
const MAX_SUBSCRIPTIONS: usize = 128;

/// Largest message from a client in bytes.
const MAX_MESSAGE: usize = 50 * 1024;

/// The websocket server; dropping it cuts off everybody.
pub(super) struct Websocket {
    alive: watch::Sender<()>,
    server: JoinHandle<()>,
}

impl Websocket {
    pub(super) fn serve(handle: Handle, listener: TcpListener) -> Self {
        let (alive, stop) = watch::channel(());
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let ended = stop.clone();
        let upgrade = warp::path::end().and(warp::ws()).map(move |upgrade: Ws| {
            let (handle, stop, places) = (handle.clone(), stop.clone(), places.clone());
            upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(
                move |socket| async move {
                    let Ok(_place) = places.try_acquire() else { return };
                    tokio::select! {
                        _ = attend(handle, socket) => {}
                        () = stopped(stop) => {}
                    }
                },
            )
        });
        let server = warp::serve(upgrade).incoming(listener).graceful(stopped(ended));
        Self { alive, server: tokio::spawn(server.run()) }
    }

    /// Cuts off everybody and frees the port.
    pub(super) async fn stop(self) {
        drop(self.alive);
        // Nothing in there can fail: the task only ends.
        let _ = self.server.await;
    }
}

async fn attend(handle: Handle, mut socket: WebSocket) -> anyhow::Result<()> {
    let mut events = handle.with(|ledger| ledger.subscribe()).await?;
    let mut connection = Connection { handle, subscriptions: BTreeMap::new(), next: 0 };
    loop {
        tokio::select! {
            message = socket.next() => match message.transpose()? {
                None => return Ok(()),
                Some(message) => for answer in connection.answer(&message).await? {
                    socket.send(Message::text(answer.to_string())).await?;
                },
            },
            // A client that reads too slowly is cut off here, so that it knows that it missed something.
            event = events.recv() => for notification in connection.notifications(&event?) {
                socket.send(Message::text(notification.to_string())).await?;
            },
        }
    }
}

struct Connection {
    handle: Handle,
    subscriptions: BTreeMap<u64, Subscription>,
    next: u64,
}

impl Connection {
    /// The answer to a call, and what the new subscriber is told at once.
    async fn answer(&mut self, message: &Message) -> anyhow::Result<Vec<Value>> {
        let Ok(text) = message.to_str() else { return Ok(Vec::new()) };
        let call: Call = match serde_json::from_str(text) {
            Ok(call) => call,
            Err(error) => {
                return Ok(vec![rpc::failure(&Value::Null, &Error::invalid_request(error.to_string()))]);
            }
        };
        if call.method.ends_with("Unsubscribe") {
            return Ok(vec![self.unsubscribe(&call)]);
        }
        let subscription = match Subscription::new(&call.method, &call.params) {
            Ok(Some(_)) if self.subscriptions.len() >= MAX_SUBSCRIPTIONS => {
                let problem = format!("more than {MAX_SUBSCRIPTIONS} subscriptions");
                return Ok(vec![rpc::failure(&call.id, &Error::invalid_request(problem))]);
            }
            Ok(Some(subscription)) => subscription,
            Ok(None) => return Ok(vec![rpc::failure(&call.id, &Error::method_not_found())]),
            Err(error) => return Ok(vec![rpc::failure(&call.id, &error)]),
        };
        let id = self.next;
        self.next += 1;
        let mut answers = vec![rpc::success(&call.id, &json!(id))];
        match self.outcome_of(&subscription).await? {
            Some((slot, error)) => answers.push(processed(id, slot, error)),
            None => {
                self.subscriptions.insert(id, subscription);
            }
        }
        Ok(answers)
    }

    /// What became of the transaction that is waited for, when it was processed before.
    async fn outcome_of(
        &self,
        subscription: &Subscription,
    ) -> anyhow::Result<Option<(u64, Option<TransactionError>)>> {
        let Some(signature) = subscription.signature() else { return Ok(None) };
        let outcome = move |ledger: &mut Ledger| {
            ledger.history().get(&signature).map(|record| (record.slot, record.error.clone()))
        };
        Ok(self.handle.with(outcome).await?)
    }

    fn unsubscribe(&mut self, call: &Call) -> Value {
        match call.params.required::<u64>(0) {
            Ok(id) if self.subscriptions.remove(&id).is_some() => rpc::success(&call.id, &json!(true)),
            Ok(_) => rpc::failure(&call.id, &Error::invalid_params("Invalid subscription id.")),
            Err(error) => rpc::failure(&call.id, &error),
        }
    }

    fn notifications(&mut self, event: &Event) -> Vec<Value> {
        let heard: Vec<_> = self
            .subscriptions
            .iter()
            .filter_map(|(id, subscription)| subscription.notification(*id, event))
            .collect();
        if let Event::Signature { signature, .. } = event {
            self.subscriptions.retain(|_, subscription| subscription.signature() != Some(*signature));
        }
        heard
    }
}
