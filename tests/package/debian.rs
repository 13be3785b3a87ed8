//! A minimal Debian, as its installer leaves one: systemd, OpenSSH, nftables, and nothing of ours.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Context, ensure};
use nix::mount::{MsFlags, mount};
use tokio::process::Command;

const PACKAGES: &str =
    "dbus,init-system-helpers,iproute2,nftables,openssh-server,procps,systemd,systemd-sysv";
/// Where this machine says from where its packages come, in both forms.
const SOURCES: [&str; 2] = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"];

/// Installs it into memory, since many small files are slow to make and to remove elsewhere.
///
/// # Errors
/// When `mmdebstrap` is missing or a package cannot be fetched.
pub(crate) async fn install(root: &Path) -> anyhow::Result<()> {
    fs::create_dir(root).with_context(|| format!("making {}", root.display()))?;
    mount(Some("tmpfs"), root, Some("tmpfs"), MsFlags::empty(), Some("size=2g,mode=755"))
        .context("mounting memory for a Debian")?;
    let sources = SOURCES.map(PathBuf::from).into_iter().find(|path| path.exists());
    let sources = sources.context("this machine does not say where its Debian packages come from")?;
    let suite = suite()?;
    let mut mmdebstrap = Command::new("mmdebstrap");
    mmdebstrap.args(["--quiet", "--variant=minbase", "--skip=cleanup/apt/lists", "--include", PACKAGES]);
    mmdebstrap.arg(suite).arg(root).arg(sources).stdin(Stdio::null());
    let output = mmdebstrap.output().await.context("starting mmdebstrap")?;
    ensure!(output.status.success(), "mmdebstrap: {}", String::from_utf8_lossy(&output.stderr));
    // A machine number of its own is made at the first boot.
    fs::write(root.join("etc/machine-id"), "")?;
    fs::write(root.join("etc/hostname"), "router\n")?;
    fs::write(root.join("etc/hosts"), "127.0.0.1 localhost router\n")?;
    // The lab lays the cables, and nobody sits before it.
    for unit in ["systemd-networkd.service", "console-getty.service", "systemd-resolved.service"] {
        let masked = root.join("etc/systemd/system").join(unit);
        std::os::unix::fs::symlink("/dev/null", masked).with_context(|| format!("masking {unit}"))?;
    }
    Ok(())
}

/// The release that this machine runs, so that what was built here runs there.
fn suite() -> anyhow::Result<String> {
    let release = fs::read_to_string("/etc/os-release").context("reading /etc/os-release")?;
    let suite = release.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="));
    Ok(suite.context("/etc/os-release names no release of Debian")?.to_owned())
}
