//! A disk so small that a test can fill it.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Context;
use nix::mount::{MntFlags, MsFlags, mount, umount2};

/// A file system of one mebibyte; it goes when this is dropped.
pub struct SmallDisk {
    folder: PathBuf,
}

impl SmallDisk {
    /// Mounts it at `folder`, which is made.
    ///
    /// # Errors
    /// When this is not root.
    pub fn mount(folder: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&folder)?;
        mount(Some("tmpfs"), &folder, Some("tmpfs"), MsFlags::empty(), Some("size=1m,mode=700"))
            .with_context(|| format!("mounting a small disk at {}", folder.display()))?;
        Ok(Self { folder })
    }

    /// Leaves no room at all.
    ///
    /// # Errors
    /// When something else than a lack of room stops it.
    pub fn fill(&self) -> anyhow::Result<()> {
        let mut file = File::create(self.filler())?;
        loop {
            match file.write_all(&[0; 512]) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::StorageFull => return Ok(()),
                Err(error) => return Err(error).context("filling the small disk"),
            }
        }
    }

    /// Takes back what filled it.
    ///
    /// # Errors
    /// When it was not filled.
    pub fn make_room(&self) -> anyhow::Result<()> {
        fs::remove_file(self.filler()).context("making room on the small disk")
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: an agent that still runs keeps its files until it ends.
        if let Err(error) = umount2(&self.folder, MntFlags::MNT_DETACH) {
            eprintln!("unmounting {}: {error}", self.folder.display());
        }
    }
}
