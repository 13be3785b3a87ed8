//! A real OpenSSH server to attack.

use std::{
    fs::{self, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use tokio::{process::Command, time::sleep};

use super::{Host, Line, Process, Transcript};

const PROGRAM: &str = "/usr/sbin/sshd";

/// The port that it listens on.
pub const PORT: u16 = 22;

/// Its own files only, so that the machine's accounts, keys and logs stay out of it.
const PRIVATE_FOLDERS: &str = "mount -t tmpfs -o mode=755 lab /run && mkdir /run/sshd && \
     mount -t tmpfs -o mode=755 lab /var/log && exec \"$@\"";

/// Where programs find the system's log. A folder of devices of its own, because the machine may have no log there, and
/// must not get one.
const PRIVATE_LOG: &str = "devices=$(mktemp -d /run/dev-XXXXXX) && \
     for device in null zero random urandom tty; do \
         : >\"$devices/$device\" && mount --bind \"/dev/$device\" \"$devices/$device\" || exit; \
     done && ln -s \"$1\" \"$devices/log\" && shift && mount --rbind \"$devices\" /dev && exec \"$@\"";

/// OpenSSH on port 22 of a host.
pub struct Sshd {
    _server: Process,
    _reader: Option<Process>,
    transcript: Transcript,
    log: PathBuf,
}

/// How its log comes about.
#[derive(Clone, Copy)]
enum Logging<'a> {
    /// The server writes the file.
    File,
    /// The server writes to this socket, and the file stays empty.
    Syslog(&'a Path),
    /// The server writes to this program, which notes the time of each line and writes it into the file.
    Timed,
}

impl Sshd {
    /// Starts the server with a key, a config and a log file of its own.
    ///
    /// # Errors
    /// When OpenSSH is not installed or does not answer.
    pub async fn start(host: &Host) -> anyhow::Result<Self> {
        Self::launch(host, Logging::File)
            .await
            .with_context(|| format!("starting sshd at {}", host.site.name))
    }

    /// The same with a server that logs to this socket, as to `/dev/log` of an ordinary machine; its log file stays empty.
    ///
    /// # Errors
    /// As [`Sshd::start`].
    pub async fn start_with_syslog(host: &Host, socket: &Path) -> anyhow::Result<Self> {
        Self::launch(host, Logging::Syslog(socket))
            .await
            .with_context(|| format!("starting sshd at {}", host.site.name))
    }

    /// The same with a server whose lines pass through here on their way to the log file, so that the moment of each is known
    /// before anybody else can know of it.
    ///
    /// # Errors
    /// As [`Sshd::start`].
    pub async fn start_timed(host: &Host) -> anyhow::Result<Self> {
        Self::launch(host, Logging::Timed)
            .await
            .with_context(|| format!("starting sshd at {}", host.site.name))
    }

    async fn launch(host: &Host, logging: Logging<'_>) -> anyhow::Result<Self> {
        let folder = host.directory();
        let config = configure(host).await?;
        let log = folder.join("sshd.log");
        fs::write(&log, "").with_context(|| format!("making {}", log.display()))?;
        let mut server = Command::new("unshare");
        server.args(["--mount", "--", "sh", "-c", PRIVATE_FOLDERS, "sh"]);
        if let Logging::Syslog(socket) = logging {
            server.args(["sh", "-c", PRIVATE_LOG, "sh"]).arg(socket);
        }
        server.args([PROGRAM, "-D", "-f"]).arg(&config);
        match logging {
            Logging::File => drop(server.arg("-E").arg(&log)),
            Logging::Timed => drop(server.arg("-e")),
            Logging::Syslog(_) => {}
        }
        let server = Process::start(&host.namespace, server).await?;
        let (reader, transcript) = if let Logging::Timed = logging {
            copy(server.transcript().clone(), &log)?;
            (None, server.transcript().clone())
        } else {
            let reader = follow(host, &log).await?;
            let transcript = reader.transcript().clone();
            (Some(reader), transcript)
        };
        for _ in 0..100 {
            if host.can_connect(host.site.v4, PORT).await? {
                return Ok(Self { _server: server, _reader: reader, transcript, log });
            }
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("it does not answer; it said:\n{}", server.transcript().tail(15))
    }

    /// The file to which the server writes, one line an event, without any prefix.
    #[must_use]
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// The same lines, with the moment at which each was written.
    #[must_use]
    pub fn log(&self) -> &Transcript {
        &self.transcript
    }
}

/// Writes every line into the log once it has been taken down.
fn copy(lines: Transcript, log: &Path) -> anyhow::Result<()> {
    let opened = OpenOptions::new().append(true).open(log);
    let mut log = opened.with_context(|| format!("opening {}", log.display()))?;
    tokio::spawn(async move {
        let write = |line: &Line| {
            // What is not written nobody detects, which is seen soon enough.
            let _ = writeln!(log, "{}", line.text);
        };
        lines.follow(write).await;
    });
    Ok(())
}

async fn follow(host: &Host, log: &Path) -> anyhow::Result<Process> {
    let mut tail = Command::new("tail");
    tail.args(["--lines=+1", "--follow=name"]).arg(log);
    Process::start(&host.namespace, tail).await
}

async fn configure(host: &Host) -> anyhow::Result<PathBuf> {
    let folder = host.directory();
    let key = folder.join("ssh_host_ed25519_key");
    let mut keygen = Command::new("ssh-keygen");
    keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key);
    host.namespace.output(keygen).await?;
    let config = folder.join("sshd_config");
    let settings = format!(
        "Port {PORT}\nHostKey {}\nPidFile none\nUsePAM no\nUseDNS no\nLoginGraceTime 10\n\
         PasswordAuthentication yes\nKbdInteractiveAuthentication no\n",
        key.display()
    );
    fs::write(&config, &settings).with_context(|| format!("writing {}", config.display()))?;
    if knows_penalties(host, &config).await {
        fs::write(&config, settings + "PerSourcePenalties no\n")?;
    }
    Ok(config)
}

/// OpenSSH 9.8 and later shut brute force out by themselves for a while, which is what the agent is here to do.
async fn knows_penalties(host: &Host, config: &Path) -> bool {
    let mut check = Command::new(PROGRAM);
    check.args(["-t", "-o", "PerSourcePenalties=no", "-f"]).arg(config);
    host.namespace.output(check).await.is_ok()
}
