//! A bounded list of URLs, read in place.

use super::LayoutError;
use crate::{
    Url,
    wire::{COUNT_LEN, Reader, Writer},
};

/// Most mirrors that a post lists.
pub const MAX_MIRRORS: u32 = 5;

/// At most [`MAX_MIRRORS`] URLs, still in their encoding (a Borsh `Vec<String>`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UrlList<'a> {
    count: u32,
    /// The encoded URLs behind the count, each of them checked.
    items: &'a [u8],
}

impl<'a> UrlList<'a> {
    /// The list of a post that nobody mirrors yet.
    pub const EMPTY: Self = Self { count: 0, items: &[] };

    /// Checks that `bytes` are exactly one list.
    ///
    /// # Errors
    /// [`LayoutError`] when they are not, or when the list is too long.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, LayoutError> {
        let mut reader = Reader::new(bytes);
        let count = reader.u32()?;
        if count > MAX_MIRRORS {
            return Err(LayoutError::TooManyMirrors);
        }
        let items = reader.rest();
        for _ in 0..count {
            reader.url()?;
        }
        reader.end()?;
        Ok(Self { count, items })
    }

    /// Number of URLs.
    pub const fn len(&self) -> u32 {
        self.count
    }

    /// Whether there is no URL.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The URLs in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Url<'a>> + use<'a> {
        let mut reader = Reader::new(self.items);
        core::iter::from_fn(move || reader.url().ok())
    }

    /// Size of the encoded list in bytes.
    pub const fn encoded_len(&self) -> usize {
        COUNT_LEN + self.items.len()
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), LayoutError> {
        writer.u32(self.count)?;
        writer.bytes(self.items)
    }
}
