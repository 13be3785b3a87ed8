//! Who serves the bed.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{
    process::{Child, Command},
    time::{Instant, sleep},
};

use crate::{SERVER_CPU, bed, bed::Bed, client::Client};

/// When a server's start is given up.
const PATIENCE: Duration = Duration::from_secs(20);

/// A kind of server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// The agent's own.
    Ours,
    /// No checks at all.
    Nginx,
    /// The original design, with this Python.
    FastApi(PathBuf),
}

/// A running server; dropping it ends it.
pub(crate) struct Running {
    pub(crate) port: u16,
    pub(crate) pid: u32,
    _process: Child,
}

impl Contender {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Ours => "sentinel-agent",
            Self::Nginx => "nginx, no checks",
            Self::FastApi(_) => "FastAPI, same checks",
        }
    }

    /// Starts it, and waits until it serves.
    pub(crate) async fn start(&self, bed: &Bed) -> anyhow::Result<Running> {
        let port = free_port()?;
        let mut process = self
            .command(bed.directory(), port)?
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", self.name()))?;
        let pid = process.id().with_context(|| format!("{} ended at once", self.name()))?;
        let client = Client::new(bed, port)?;
        let start = Instant::now();
        while client.connect(Ipv4Addr::LOCALHOST).await.is_err() {
            if let Some(status) = process.try_wait()? {
                bail!("{} ended with {status}", self.name());
            }
            if start.elapsed() > PATIENCE {
                bail!("{} does not serve after {PATIENCE:?}", self.name());
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(Running { port, pid, _process: process })
    }

    fn command(&self, directory: &Path, port: u16) -> anyhow::Result<Command> {
        // Not `sudo` nor a shell: the process that is measured is the one that is started.
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", &SERVER_CPU.to_string()]);
        match self {
            Self::Ours => {
                command.arg(env::current_exe()?).arg("serve").arg(directory).arg(port.to_string());
            }
            Self::Nginx => {
                let config = directory.join("nginx.conf");
                fs::write(&config, nginx(directory, port)).context("writing nginx' configuration")?;
                command.arg("nginx").arg("-e").arg(directory.join("nginx.log")).arg("-c").arg(config);
                command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
            }
            Self::FastApi(python) => {
                let script = directory.join("original.py");
                fs::write(&script, include_str!("original.py")).context("writing the original design")?;
                command.arg(python).arg(script).arg(directory).arg(port.to_string());
            }
        }
        Ok(command)
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("finding a free port")?.local_addr()?.port())
}

fn nginx(directory: &Path, port: u16) -> String {
    let (chain, key) = bed::certificate_in(directory);
    let (folder, chain, key) = (directory.display(), chain.display(), key.display());
    format!(
        "daemon off; master_process off; pid {folder}/nginx.pid;
         events {{ worker_connections 2048; }}
         http {{
             access_log off; sendfile on; tcp_nopush on; open_file_cache max=100;
             keepalive_requests 1000000000;
             client_body_temp_path {folder}/nginx-body; proxy_temp_path {folder}/nginx-proxy;
             fastcgi_temp_path {folder}/nginx-fastcgi; uwsgi_temp_path {folder}/nginx-uwsgi;
             scgi_temp_path {folder}/nginx-scgi;
             server {{
                 listen 127.0.0.1:{port} ssl; server_name _;
                 ssl_certificate {chain}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
                 location /logs/ {{ alias {folder}/www/; default_type application/octet-stream; }}
             }}
         }}"
    )
}
