//! A bounded list of URLs, read in place.

use super::LayoutError;
use crate::{
    Url,
    wire::{COUNT_LEN, Reader, Writer},
};

/// Most mirrors that a post lists.
pub const MAX_MIRRORS: usize = 5;

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

    /// Takes a list off the front of what `reader` holds.
    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, LayoutError> {
        let count = reader.u32()?;
        if usize::try_from(count).is_ok_and(|count| count > MAX_MIRRORS) {
            return Err(LayoutError::TooManyMirrors);
        }
        let items = reader.rest();
        for _ in 0..count {
            reader.url()?;
        }
        let read = items.len().saturating_sub(reader.rest().len());
        Ok(Self { count, items: items.get(..read).unwrap_or_default() })
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
    pub fn iter(&self) -> impl Iterator<Item = Url<'a>> + Clone + use<'a> {
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
