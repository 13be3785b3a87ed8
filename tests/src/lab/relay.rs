//! A real syslog client: logger(1) hands on what a server writes.

use std::path::Path;

use tokio::process::Command;

use super::Host;

/// A way to another machine's syslog.
#[derive(Clone, Copy, Debug)]
pub enum Relay {
    /// A datagram a line.
    Udp,
    /// A stream of lines.
    Tcp,
}

impl Relay {
    /// Sends every line of `log`, as written by sshd at `from`, to `port` of `to`.
    ///
    /// # Errors
    /// When `logger` is not installed or cannot connect.
    pub async fn send(self, log: &Path, from: &Host, to: &Host, port: u16) -> anyhow::Result<()> {
        let mut logger = Command::new("logger");
        logger.args(["--rfc3164", "--tag", "sshd", "--priority", "auth.info", "--server"]);
        logger.arg(to.site.v4.to_string()).args(["--port", &port.to_string()]);
        logger.arg(match self {
            Self::Udp => "--udp",
            Self::Tcp => "--tcp",
        });
        logger.arg("--file").arg(log);
        from.namespace.output(logger).await.map(drop)
    }
}
