//! Bytes that are too many for a line of JSON.

use serde::{Deserialize, Serialize};

/// Bytes that follow the line of a request, which says how many.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    bytes: usize,
    #[serde(skip)]
    content: Vec<u8>,
}

impl Attachment {
    /// These bytes.
    #[must_use]
    pub fn new(content: Vec<u8>) -> Self {
        Self { bytes: content.len(), content }
    }

    /// How many there are, or are to come.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The bytes that have come.
    #[must_use]
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// The same, given away.
    #[must_use]
    pub fn into_content(self) -> Vec<u8> {
        self.content
    }
}
