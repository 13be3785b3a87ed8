//! Where this workspace's own programs are.

use std::{env, path::PathBuf};

use anyhow::{Context, bail};

/// The program `name` from the same build as this one.
///
/// # Errors
/// When it was not built.
pub(super) fn built(name: &str) -> anyhow::Result<PathBuf> {
    let this = env::current_exe().context("finding this program's own file")?;
    // A test lies one folder deeper than a program.
    let found = this.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|path| path.is_file());
    let Some(path) = found else {
        bail!("{name} was not built next to {}: run `cargo build` first", this.display());
    };
    Ok(path)
}
