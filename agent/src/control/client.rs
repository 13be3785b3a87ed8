//! The command line's side of the socket. Blocking: the command line has nothing else to do.

use std::{
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    time::Duration,
};

use super::{Answer, MAX_ANSWER, Request};

/// How long the daemon may take to answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody listens.
    #[error("the daemon is not running (nothing listens on {}); start it with `systemctl start sentinel-agent`", path.display())]
    NotRunning {
        /// The socket.
        path: PathBuf,
    },
    /// The socket is not for this user.
    #[error("no permission to talk to the daemon on {}; try it with sudo", path.display())]
    Permission {
        /// The socket.
        path: PathBuf,
    },
    /// The conversation broke.
    #[error("talking to the daemon on {}: {source}", path.display())]
    Io {
        /// The socket.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The answer makes no sense, as after an upgrade without a restart.
    #[error("the daemon's answer cannot be read ({0}); is it of another version? restart it")]
    Malformed(serde_json::Error),
}

/// Asks the daemon behind the socket at `path`.
///
/// # Errors
/// When it is not running, may not be asked, or does not answer.
pub fn ask(path: &Path, request: &Request) -> Result<Answer, AskError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => {
            AskError::NotRunning { path: path.to_owned() }
        }
        io::ErrorKind::PermissionDenied => AskError::Permission { path: path.to_owned() },
        _ => AskError::Io { path: path.to_owned(), source },
    };
    let mut stream = UnixStream::connect(path).map_err(failed)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let mut text = serde_json::to_vec(request).map_err(AskError::Malformed)?;
    text.push(b'\n');
    stream.write_all(&text).map_err(failed)?;
    if let Some(attachment) = request.attachment() {
        stream.write_all(attachment.content()).map_err(failed)?;
    }
    let mut answer = Vec::new();
    BufReader::new(stream).take(MAX_ANSWER as u64).read_until(b'\n', &mut answer).map_err(failed)?;
    serde_json::from_slice(&answer).map_err(AskError::Malformed)
}
