//! Python with packages of its own, for the programs of tests and benchmarks that are written in it.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use tokio::process::Command;

/// The interpreter for the test in the folder `name`, with what its `requirements.txt` names, in the target folder.
///
/// # Errors
/// As [`environment`].
pub async fn environment_of(name: &str) -> anyhow::Result<PathBuf> {
    let requirements = Path::new(env!("CARGO_MANIFEST_DIR")).join(name).join("requirements.txt");
    let this = env::current_exe().context("finding this program's own file")?;
    let target = this.ancestors().nth(3).context("this program lies in no target folder")?;
    environment(&requirements, &target.join(name)).await
}

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
