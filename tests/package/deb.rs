//! The package to try, and a newer version of it.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, bail};

/// What the newer version's configuration says that the older one's does not.
pub(crate) const NEW_COMMENT: &str = "# A line that is new in this version.";
/// The newer version.
pub(crate) const NEW_VERSION: &str = "99.0-1";

/// The package that `make deb` built, by the variable SENTINEL_DEB.
///
/// # Errors
/// When there is none.
pub(crate) fn built() -> anyhow::Result<PathBuf> {
    let path =
        env::var_os("SENTINEL_DEB").context("SENTINEL_DEB names no package: use `make test-package`")?;
    let path = PathBuf::from(path);
    fs::canonicalize(&path).with_context(|| format!("looking for the package {}", path.display()))
}

/// The same package with a higher version and another configuration.
///
/// # Errors
/// When `dpkg-deb` fails.
pub(crate) fn newer(deb: &Path, folder: &Path) -> anyhow::Result<PathBuf> {
    let (unpacked, packed) = (folder.join("unpacked"), folder.join("newer.deb"));
    dpkg_deb(&["--raw-extract".as_ref(), deb, &unpacked])?;
    let control = unpacked.join("DEBIAN/control");
    let fields = fs::read_to_string(&control)?;
    let old =
        fields.lines().find(|line| line.starts_with("Version: ")).context("a package without version")?;
    fs::write(&control, fields.replace(old, &format!("Version: {NEW_VERSION}")))?;
    let config = unpacked.join("etc/sentinel-agent/sentinel.toml");
    fs::write(&config, fs::read_to_string(&config)? + NEW_COMMENT + "\n")?;
    // Tried within seconds, and never kept.
    dpkg_deb(&[
        "-Zgzip".as_ref(),
        "-z1".as_ref(),
        "--root-owner-group".as_ref(),
        "--build".as_ref(),
        &unpacked,
        &packed,
    ])?;
    Ok(packed)
}

fn dpkg_deb(arguments: &[&Path]) -> anyhow::Result<()> {
    let output = Command::new("dpkg-deb").args(arguments).output().context("starting dpkg-deb")?;
    if !output.status.success() {
        bail!("dpkg-deb {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
