//! What a command reads: a file, or stdin where the operator says `-`.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use anyhow::Context;

/// Something to read.
pub(super) struct Input {
    /// What messages call it.
    pub(super) name: String,
    pub(super) content: Box<dyn Read>,
    /// Its bytes; none of a pipe or a device.
    pub(super) size: Option<u64>,
}

impl Input {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self { name: "stdin".to_owned(), content: Box::new(io::stdin().lock()), size: None });
        }
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("opening {name}"))?;
        let metadata = file.metadata().with_context(|| format!("looking at {name}"))?;
        let size = metadata.is_file().then_some(metadata.len());
        Ok(Self { name, content: Box::new(file), size })
    }
}
