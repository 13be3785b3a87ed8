//! A reverse proxy that ends TLS: a real nginx in front of an agent.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, bail};
use rcgen::{CertificateParams, KeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use sentinel_agent::identity::Identity;
use tokio::{process::Command, time::sleep};

use super::{Host, LOG_PORT, Process};

const PROGRAM: &str = "/usr/sbin/nginx";

/// What precedes the 32 bytes of an Ed25519 private key (RFC 8410, section 7).
const ED25519_KEY_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// nginx at a host's IPv4 address, with the agent on loopback behind it, on the same port.
pub struct Proxy {
    _server: Process,
}

impl Proxy {
    /// Starts it with a certificate of this peer's key, which peers believe without any authority.
    ///
    /// # Errors
    /// When nginx is not installed or does not answer.
    pub async fn start(host: &Host, identity: &Identity) -> anyhow::Result<Self> {
        Self::launch(host, identity).await.with_context(|| format!("starting a proxy at {}", host.site.name))
    }

    async fn launch(host: &Host, identity: &Identity) -> anyhow::Result<Self> {
        let folder = host.directory().join("proxy");
        fs::create_dir_all(&folder).context("making the proxy's folder")?;
        issue(identity, &host.site.v4.to_string(), &folder)?;
        let config = folder.join("nginx.conf");
        fs::write(&config, describe(host, &folder)).context("writing the proxy's config")?;
        let mut server = Command::new(PROGRAM);
        server.arg("-e").arg(folder.join("error.log")).arg("-c").arg(&config);
        let server = Process::start(&host.namespace, server).await?;
        for _ in 0..100 {
            if host.can_connect(host.site.v4, LOG_PORT).await? {
                return Ok(Self { _server: server });
            }
            sleep(Duration::from_millis(50)).await;
        }
        bail!("it does not answer; it said:\n{}", server.transcript().tail(15))
    }
}

fn issue(identity: &Identity, name: &str, folder: &Path) -> anyhow::Result<()> {
    let key = [ED25519_KEY_PREFIX.as_slice(), &identity.signing_key().to_bytes()].concat();
    let key = KeyPair::try_from(&PrivatePkcs8KeyDer::from(key)).context("reading the peer's key")?;
    let certificate = CertificateParams::new([name.to_owned()])?.self_signed(&key)?;
    fs::write(folder.join("chain.pem"), certificate.pem()).context("writing the proxy's certificate")?;
    fs::write(folder.join("key.pem"), key.serialize_pem()).context("writing the proxy's key")
}

fn describe(host: &Host, folder: &Path) -> String {
    let (address, folder) = (host.site.v4, folder.display());
    format!(
        "daemon off;\nmaster_process off;\nuser root;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n\
         events {{}}\n\
         http {{\n    access_log off;\n    client_body_temp_path {folder}/body;\n    proxy_temp_path {folder}/tmp;\n\
         \x20   server {{\n        listen {address}:{LOG_PORT} ssl;\n\
         \x20       ssl_certificate {folder}/chain.pem;\n        ssl_certificate_key {folder}/key.pem;\n\
         \x20       location / {{\n            proxy_pass http://127.0.0.1:{LOG_PORT};\n\
         \x20           proxy_http_version 1.1;\n\
         \x20           proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;\n        }}\n    }}\n}}\n"
    )
}
