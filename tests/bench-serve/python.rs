//! A Python with what the original design needs, in the build folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tokio::process::Command;

const PACKAGES: [&str; 4] = ["fastapi", "uvicorn[standard]", "cryptography", "base58"];

/// The interpreter in `folder`, made when it is not there yet.
pub(crate) async fn prepare(folder: &Path) -> anyhow::Result<PathBuf> {
    let python = folder.join("bin/python");
    let probe = ["-c", "import fastapi, uvicorn, cryptography, base58"];
    if run(&python, &probe).await.is_err() {
        run(Path::new("python3"), &["-m", "venv", &folder.display().to_string()]).await?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(&python, &[&install[..], &PACKAGES].concat()).await?;
    }
    Ok(python)
}

async fn run(program: &Path, arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new(program);
    let output = command.args(arguments).output().await;
    let output = output.with_context(|| format!("starting {}", program.display()))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{} {}: {}", program.display(), arguments.join(" "), said.trim());
    Ok(())
}
