//! The file that the operator names for output.

use std::{
    fs::{self, File, Permissions},
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use anyhow::Context;

/// Has `write` fill the file, which appears whole or not at all; the umask decides who may read it. Links are followed,
/// and what is no file, such as `/dev/null` or a pipe, is written to as it is.
///
/// # Errors
/// When the file cannot be written, or `write` fails.
pub(in crate::cli) fn write_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    write_with_mode(path, 0o666, write)
}

/// The same, for nobody but this user to read.
///
/// # Errors
/// As there.
pub(in crate::cli) fn write_private_file(
    path: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    write_with_mode(path, 0o600, write)
}

fn write_with_mode(
    path: &Path,
    mode: u32,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let attempted = || format!("writing {}", path.display());
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return write(&mut File::options().write(true).open(path).with_context(attempted)?);
    }
    let target = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        found => found.with_context(attempted)?,
    };
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    let builder = builder.permissions(Permissions::from_mode(mode));
    let mut file = builder.tempfile_in(folder).with_context(attempted)?;
    write(file.as_file_mut())?;
    file.as_file().sync_all().with_context(attempted)?;
    file.persist(&target).with_context(attempted)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{FileTypeExt, symlink};

    use super::*;

    fn say(path: &Path, text: &str) -> anyhow::Result<()> {
        write_file(path, |file| Ok(file.write_all(text.as_bytes())?))
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_stays_and_a_link_to_it_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("file"), folder.path().join("link"));
        say(&path, "something longer that was there before").unwrap();
        symlink(&path, &link).unwrap();
        say(&link, "new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        write_file(&path, |file| {
            file.write_all(b"half")?;
            anyhow::bail!("the rest does not come")
        })
        .unwrap_err();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_private_file_is_for_nobody_else_also_where_an_open_one_stood() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dump");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        write_private_file(&path, |file| Ok(file.write_all(b"new")?)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read(&path).unwrap(), b"new");
    }

    #[test]
    fn a_device_is_written_to_and_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("null");
        symlink("/dev/null", &link).unwrap();
        say(&link, "away with it").unwrap();
        assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        let error = say(Path::new("/nowhere/x"), "").unwrap_err();
        assert_eq!(error.to_string(), "writing /nowhere/x");
    }
}
