//! The dev ledger: the real program in LiteSVM behind Solana's JSON-RPC and websocket.
//!
//! A client cannot tell it from a validator that confirms at once: transactions are verified, preflighted,
//! charged and executed by the real virtual machine, slots pass every 400 ms, blockhashes expire, and
//! subscribers hear of every account that changes. What it holds is gone when it stops.
//!
//! `ledger` owns the virtual machine on a thread of its own (`owner`); `rpc` and `websocket` ask it.

mod event;
mod history;
pub mod keys;
mod ledger;
mod old_posts;
mod owner;
mod rpc;
mod subscription;
mod websocket;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use sentinel_agent::{domain::PeerKey, identity::Identity};
use sentinel_interface::Parameters;
use solana_sdk::{
    pubkey::Pubkey,
    signature::{Keypair, Signer},
    transaction::TransactionError,
};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
};

pub use old_posts::AgeError;
use owner::Handle;
pub use owner::Stopped;
use websocket::Websocket;

use crate::program::PROGRAM;

#[allow(
    deprecated,
    reason = "the crate behind the re-export has two versions in the tree; this is the right one"
)]
type Account = solana_sdk::account::Account;
type Hash = solana_sdk::hash::Hash;

/// Port of a validator's JSON-RPC; the websocket is at the next one.
pub const RPC_PORT: u16 = 8899;

/// How a dev ledger is set up.
pub struct Options {
    /// Address that both servers listen on.
    pub bind: IpAddr,
    /// Port of the JSON-RPC; the websocket takes the next one. 0 finds two free ones.
    pub rpc_port: u16,
    /// The program's ELF.
    pub program: Vec<u8>,
    /// The program's key: its address, and what allows to found the network.
    pub program_key: Keypair,
    /// Who founds the network.
    pub authority: Keypair,
    /// The network's rules.
    pub parameters: Parameters,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: Ipv4Addr::LOCALHOST.into(),
            rpc_port: 0,
            program: PROGRAM.to_vec(),
            program_key: keys::program(),
            authority: keys::authority(),
            parameters: Parameters {
                cycle_length: 86_400,
                bond: 10_000_000,
                karma_per_like: 1,
                karma_per_dispute: 5,
                vote_min_karma: 50,
                opinion_limit: 10,
            },
        }
    }
}

/// Why there is no dev ledger.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The ledger's thread could not be started.
    #[error("starting the ledger's thread: {0}")]
    Thread(io::Error),
    /// A port is taken.
    #[error("listening on {bind}, port {port} and the next: {source}")]
    Listen {
        /// Address asked for.
        bind: IpAddr,
        /// Port asked for.
        port: u16,
        /// The system's reason.
        source: io::Error,
    },
    /// The ELF is none that the virtual machine takes.
    #[error("loading the program: {0}")]
    Program(String),
    /// The authority could not be paid.
    #[error("funding the authority: {0}")]
    Fund(TransactionError),
    /// The program refused to found the network.
    #[error("founding the network with `initialize`: {0}")]
    Initialize(TransactionError),
    /// The authority's key is none.
    #[error("the authority's key is not an Ed25519 key")]
    Authority,
    /// The ledger's thread ended.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// A running dev ledger; dropping it stops it.
pub struct DevLedger {
    /// Where the JSON-RPC answers.
    pub rpc_url: String,
    /// Where the websocket answers.
    pub websocket_url: String,
    /// The program's address.
    pub program: Pubkey,
    /// Who founded the network, with plenty of lamports.
    pub authority: Identity,
    handle: Handle,
    websocket_address: SocketAddr,
    websocket: Option<Websocket>,
    /// The JSON-RPC server and the clock end when this is dropped.
    _alive: watch::Sender<()>,
}

impl DevLedger {
    /// Starts the ledger, founds the network and listens; runs on the caller's tokio runtime.
    ///
    /// # Errors
    /// When a port is taken or the program does not run.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let Options { bind, rpc_port, program, program_key, authority, parameters } = options;
        let (rpc, websocket) =
            listen(bind, rpc_port).map_err(|source| StartError::Listen { bind, port: rpc_port, source })?;
        let authority_identity = Identity::from_base58(&authority.to_base58_string(), "the authority")
            .map_err(|_| StartError::Authority)?;
        let address = program_key.pubkey();
        let handle = Handle::spawn().map_err(StartError::Thread)?;
        handle.with(move |ledger| ledger.found(&program_key, &program, &authority, parameters)).await??;

        let listening = |source| StartError::Listen { bind, port: rpc_port, source };
        let rpc_address = rpc.local_addr().map_err(listening)?;
        let websocket_address = websocket.local_addr().map_err(listening)?;
        let (alive, stop) = watch::channel(());
        tokio::spawn(handle.clone().keep_time(stop.clone()));
        tokio::spawn(rpc::serve(handle.clone(), rpc, stop));
        Ok(Self {
            rpc_url: format!("http://{rpc_address}"),
            websocket_url: format!("ws://{websocket_address}"),
            program: address,
            authority: authority_identity,
            websocket: Some(Websocket::serve(handle.clone(), websocket)),
            handle,
            websocket_address,
            _alive: alive,
        })
    }

    /// Gives `lamports` to `to`.
    ///
    /// # Errors
    /// When the faucet is empty or the ledger has stopped.
    pub async fn fund(&self, to: &PeerKey, lamports: u64) -> Result<(), StartError> {
        let to = Pubkey::from(to.0);
        self.handle.with(move |ledger| ledger.airdrop(&to, lamports)).await?.map_err(StartError::Fund)?;
        Ok(())
    }

    /// Puts an account of the program at `address` with any bytes, as a lying endpoint would show it.
    ///
    /// # Errors
    /// When the ledger has stopped.
    pub async fn forge_account(&self, address: [u8; 32], data: Vec<u8>) -> Result<(), Stopped> {
        let owner = self.program;
        let account = Account { lamports: 1_000_000_000, data, owner, ..Account::default() };
        self.handle.with(move |ledger| ledger.put_account(address.into(), account)).await
    }

    /// Cuts off every subscriber and refuses new ones until [`open_websocket`](Self::open_websocket).
    pub async fn close_websocket(&mut self) {
        if let Some(websocket) = self.websocket.take() {
            websocket.stop().await;
        }
    }

    /// Listens for subscribers again, at the same address.
    ///
    /// # Errors
    /// When the port was taken meanwhile.
    pub async fn open_websocket(&mut self) -> io::Result<()> {
        if self.websocket.is_none() {
            let listener = bind_to(self.websocket_address)?;
            self.websocket = Some(Websocket::serve(self.handle.clone(), listener));
        }
        Ok(())
    }
}

/// Ends when the sender is gone.
async fn stopped(mut stop: watch::Receiver<()>) {
    while stop.changed().await.is_ok() {}
}

/// Listens such that small answers go out at once: connections inherit the option from their listener.
fn bind_to(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Binds a port and the next, as clients derive the websocket's port from the other.
fn listen(bind: IpAddr, port: u16) -> io::Result<(TcpListener, TcpListener)> {
    let tries = if port == 0 { 50 } else { 1 };
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..tries {
        let rpc = bind_to((bind, port).into())?;
        match rpc.local_addr()?.port().checked_add(1) {
            Some(next) => match bind_to((bind, next).into()) {
                Ok(websocket) => return Ok((rpc, websocket)),
                Err(error) => last = error,
            },
            None => last = io::Error::from(io::ErrorKind::AddrNotAvailable),
        }
    }
    Err(last)
}
