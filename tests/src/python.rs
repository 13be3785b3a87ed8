//! Python with packages of its own, for the programs of tests and benchmarks that are written in it.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use tokio::process::Command;

/// The interpreter that has what `requirements` names from PyPI, in an environment in `folder` that is made once.
///
/// # Errors
/// When the environment cannot be made.
pub async fn environment(requirements: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/python-environment");
    let mut command = Command::new(&script);
    let made = command.arg(requirements).arg(folder).output().await;
    let made = made.with_context(|| format!("starting {}", script.display()))?;
    let said = String::from_utf8_lossy(&made.stderr);
    ensure!(made.status.success(), "making a Python with {}: {}", requirements.display(), said.trim());
    Ok(String::from_utf8(made.stdout)?.trim().into())
}
