//! A real nginx to attack.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use tokio::{process::Command, time::sleep};

use super::{Host, Process};

const PROGRAM: &str = "/usr/sbin/nginx";

/// The port that it listens on.
pub const WEB_PORT: u16 = 80;

/// nginx on port 80 of a host, with one page that asks for a password: `/private/`.
pub struct Nginx {
    _server: Process,
    logs: PathBuf,
}

impl Nginx {
    /// Starts the server with a config, pages and logs of its own, as the distribution's is: `nginx/access.log` and
    /// `nginx/error.log` in the folder of logs.
    ///
    /// # Errors
    /// When nginx is not installed or does not answer.
    pub async fn start(host: &Host) -> anyhow::Result<Self> {
        Self::launch(host).await.with_context(|| format!("starting nginx at {}", host.site.name))
    }

    async fn launch(host: &Host) -> anyhow::Result<Self> {
        let logs = host.directory().join("log");
        fs::create_dir_all(logs.join("nginx")).context("making a folder for nginx's logs")?;
        let config = configure(host.directory())?;
        let mut server = Command::new(PROGRAM);
        server.arg("-e").arg(logs.join("nginx/error.log")).arg("-c").arg(&config);
        let server = Process::start(&host.namespace, server).await?;
        for _ in 0..100 {
            if host.can_connect(host.site.v4, WEB_PORT).await? {
                return Ok(Self { _server: server, logs });
            }
            sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("it does not answer; it said:\n{}", server.transcript().tail(15))
    }

    /// The folder of logs, as /var/log of an ordinary machine.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }
}

fn configure(folder: &Path) -> anyhow::Result<PathBuf> {
    let (pages, passwords) = (folder.join("www"), folder.join("htpasswd"));
    fs::create_dir_all(pages.join("private")).context("making nginx's pages")?;
    fs::write(pages.join("index.html"), "hello\n").context("writing nginx's page")?;
    fs::write(pages.join("private/index.html"), "hello, member\n").context("writing nginx's page")?;
    fs::write(&passwords, "alice:{PLAIN}correct horse\n").context("writing nginx's passwords")?;
    let config = folder.join("nginx.conf");
    let settings = format!(
        "daemon off;\nmaster_process off;\nuser root;\npid {folder}/nginx.pid;\n\
         error_log {folder}/log/nginx/error.log;\nevents {{}}\n\
         http {{\n    access_log {folder}/log/nginx/access.log;\n    server {{\n        listen {WEB_PORT};\n\
         \x20       listen [::]:{WEB_PORT};\n        root {pages};\n        location /private/ {{\n\
         \x20           auth_basic \"members\";\n            auth_basic_user_file {passwords};\n        }}\n    }}\n}}\n",
        folder = folder.display(),
        pages = pages.display(),
        passwords = passwords.display(),
    );
    fs::write(&config, settings).with_context(|| format!("writing {}", config.display()))?;
    Ok(config)
}
