//! The daemon's side of the socket.

use std::{
    future::{Future, pending},
    io,
    os::unix::net,
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, Take},
    net::{UnixListener, UnixStream},
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{Answer, Failure, FailureKind, MAX_ATTACHMENT, MAX_REQUEST, Request};
use crate::sockets::{SocketFile, bind_unix};

/// Conversations at a time; the next one waits. Each may hold a request and an answer of some megabytes.
const CONVERSATIONS: usize = 16;

/// How long conversations may go on when no further one is begun.
const FINISH: Duration = Duration::from_secs(1);

/// How long to wait when the system has no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a client may take to say what it wants, and to take the answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why the socket cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// Another daemon answers there.
    #[error("another sentinel-agent listens on {}", path.display())]
    InUse {
        /// The socket.
        path: PathBuf,
    },
    /// The socket could not be made.
    #[error("opening the control socket {}: {source}", path.display())]
    Bind {
        /// The socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

/// The bound socket, which clones share; its file goes with the last of them.
#[derive(Clone, Debug)]
pub struct Control(Arc<Bound>);

#[derive(Debug)]
struct Bound {
    listener: net::UnixListener,
    file: SocketFile,
}

impl Control {
    /// Binds the socket, for its owner and group only. One that a crashed daemon left behind is replaced.
    ///
    /// # Errors
    /// When another daemon listens there, or the file cannot be made, as where another one is.
    pub fn bind(path: &Path) -> Result<Self, ControlError> {
        let failed = |source| ControlError::Bind { path: path.to_owned(), source };
        if net::UnixStream::connect(path).is_ok() {
            return Err(ControlError::InUse { path: path.to_owned() });
        }
        let (listener, file) = bind_unix(path, net::UnixListener::bind).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self(Arc::new(Bound { listener, file })))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.0.file.path()
    }

    /// Answers requests until it is dropped.
    pub async fn serve<F, A>(self, answer: F)
    where
        F: Fn(Request) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        self.serve_until(pending(), answer).await;
    }

    /// Answers requests until it is `stopped`, and then finishes those that were begun, though not for long. Who asks
    /// while nobody serves is answered by whoever serves a clone later.
    pub async fn serve_until<F, A>(self, stopped: impl Future<Output = ()>, answer: F)
    where
        F: Fn(Request) -> A + Send + Sync + 'static,
        A: Future<Output = Answer> + Send + 'static,
    {
        let listener = match self.0.listener.try_clone().and_then(UnixListener::from_std) {
            Ok(listener) => listener,
            Err(error) => return tracing::error!(%error, "listening on {}", self.path().display()),
        };
        let answer = Arc::new(answer);
        let mut conversations = JoinSet::new();
        let mut stopped = pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => break,
                Some(_) = conversations.join_next() => {}
                accepted = listener.accept(), if conversations.len() < CONVERSATIONS => match accepted {
                    Ok((stream, _)) => {
                        let answer = Arc::clone(&answer);
                        conversations.spawn(async move {
                            if let Err(error) = converse(stream, &*answer).await {
                                tracing::debug!(%error, "a client of the control socket went away");
                            }
                        });
                    }
                    Err(error) => {
                        tracing::warn!(%error, "accepting a client of the control socket");
                        sleep(ACCEPT_PAUSE).await;
                    }
                },
            }
        }
        let finished = async { while conversations.join_next().await.is_some() {} };
        if timeout(FINISH, finished).await.is_err() {
            tracing::debug!("a client of the control socket is left without an answer");
        }
    }
}

async fn converse<F, A>(mut stream: UnixStream, answer: &F) -> io::Result<()>
where
    F: Fn(Request) -> A,
    A: Future<Output = Answer>,
{
    let (reader, mut writer) = stream.split();
    let mut line = Vec::new();
    let mut reader = BufReader::new(reader.take(MAX_REQUEST as u64));
    timeout(PATIENCE, reader.read_until(b'\n', &mut line)).await??;
    let request = match read(&line) {
        Ok(request) => timeout(PATIENCE, attach(request, &mut reader)).await?,
        Err(problem) => Err(problem),
    };
    drop(line);
    let reply = match request {
        Ok(request) => answer(request).await,
        Err(problem) => Answer::Failed(Failure::new(
            FailureKind::Failed,
            format!("the daemon cannot read this request: {problem}"),
        )),
    };
    let mut text = serde_json::to_vec(&reply)?;
    text.push(b'\n');
    timeout(PATIENCE, writer.write_all(&text)).await?
}

/// The request with what follows its line.
async fn attach<R: AsyncRead + Unpin>(
    request: Request,
    reader: &mut BufReader<Take<R>>,
) -> Result<Request, String> {
    let Some(attachment) = request.attachment() else { return Ok(request) };
    if attachment.len() > MAX_ATTACHMENT {
        return Err(format!("what follows it is longer than {MAX_ATTACHMENT} bytes"));
    }
    let mut content = vec![0; attachment.len()];
    reader.get_mut().set_limit(MAX_ATTACHMENT as u64);
    reader.read_exact(&mut content).await.map_err(|error| format!("what follows it is cut off: {error}"))?;
    Ok(request.with_attached(content))
}

fn read(line: &[u8]) -> Result<Request, String> {
    if line.len() >= MAX_REQUEST && !line.ends_with(b"\n") {
        return Err(format!("it is longer than {MAX_REQUEST} bytes"));
    }
    serde_json::from_slice(line).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
