//! Who serves copies of a post's log, and where.

use super::{LayoutError, MAX_MIRRORS, UrlList};
use crate::{
    Address, SentinelError, Url,
    url::MAX_URL_LEN,
    wire::{COUNT_LEN, Reader, Writer},
};
use core::{iter, ops::Deref};

/// Longest encoded mirrors in bytes.
const MAX_MIRRORS_LEN: usize = 2 * COUNT_LEN + MAX_MIRRORS * (COUNT_LEN + MAX_URL_LEN + size_of::<Address>());

/// A peer's copy of a malicious log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mirror<'a> {
    /// Whose copy it is: a peer's identity.
    pub owner: Address,
    /// Where it is served.
    pub url: Url<'a>,
}

/// The mirrors of a post, at most one a peer.
///
/// Their URLs come first and by themselves, as the field `mirror_urls`, so that whoever only wants to
/// download reads a list of URLs; the field `mirror_owners` behind it has as many entries in the same order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mirrors<'a> {
    urls: UrlList<'a>,
    owners: &'a [Address],
}

impl<'a> Mirrors<'a> {
    /// Those of a post that nobody mirrors yet.
    pub const EMPTY: Self = Self { urls: UrlList::EMPTY, owners: &[] };

    pub(super) fn read(reader: &mut Reader<'a>) -> Result<Self, LayoutError> {
        let urls = UrlList::read(reader)?;
        let count = reader.u32()?;
        if count != urls.len() {
            return Err(LayoutError::UnevenMirrors);
        }
        Ok(Self { urls, owners: reader.addresses(count)? })
    }

    /// Number of mirrors.
    pub const fn len(&self) -> usize {
        self.owners.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.owners.is_empty()
    }

    /// The mirrors in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = Mirror<'a>> + Clone + use<'a> {
        self.owners.iter().zip(self.urls.iter()).map(|(owner, url)| Mirror { owner: *owner, url })
    }

    /// These mirrors and, behind them, `added`.
    ///
    /// # Errors
    /// [`SentinelError::AlreadyMirrored`] or [`SentinelError::TooManyMirrors`].
    pub fn with(&self, added: Mirror<'_>) -> Result<EncodedMirrors, SentinelError> {
        if self.owners.contains(&added.owner) {
            return Err(SentinelError::AlreadyMirrored);
        }
        if self.len() >= MAX_MIRRORS {
            return Err(SentinelError::TooManyMirrors);
        }
        Ok(EncodedMirrors::of(self.iter().chain(iter::once(added))))
    }

    /// These mirrors without `removed`.
    ///
    /// # Errors
    /// [`SentinelError::NotMirrored`].
    pub fn without(&self, removed: Mirror<'_>) -> Result<EncodedMirrors, SentinelError> {
        let rest = self.iter().filter(|mirror| *mirror != removed);
        if rest.clone().count() == self.len() {
            return Err(SentinelError::NotMirrored);
        }
        Ok(EncodedMirrors::of(rest))
    }

    /// Size of the encoded mirrors in bytes.
    pub const fn encoded_len(&self) -> usize {
        self.urls.encoded_len() + COUNT_LEN + size_of_val(self.owners)
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<(), LayoutError> {
        self.urls.write(writer)?;
        writer.u32(self.urls.len())?;
        writer.bytes(self.owners.as_flattened())
    }
}

/// The mirrors of a post as its account holds them, without an allocation.
#[derive(Clone, Copy, Debug)]
pub struct EncodedMirrors {
    bytes: [u8; MAX_MIRRORS_LEN],
    len: usize,
}

impl EncodedMirrors {
    fn of<'a>(mirrors: impl Iterator<Item = Mirror<'a>> + Clone) -> Self {
        let mut bytes = [0; MAX_MIRRORS_LEN];
        let mut writer = Writer::new(&mut bytes);
        let written = Self::write(mirrors, &mut writer);
        let len = MAX_MIRRORS_LEN - writer.remaining();
        debug_assert!(written.is_ok(), "MAX_MIRRORS_LEN is too small");
        Self { bytes, len }
    }

    fn write<'a>(
        mirrors: impl Iterator<Item = Mirror<'a>> + Clone,
        writer: &mut Writer<'_>,
    ) -> Result<(), LayoutError> {
        let count = u32::try_from(mirrors.clone().count()).map_err(|_| LayoutError::TooManyMirrors)?;
        writer.u32(count)?;
        mirrors.clone().try_for_each(|mirror| writer.url(mirror.url))?;
        writer.u32(count)?;
        mirrors.map(|mirror| mirror.owner).try_for_each(|owner| writer.bytes(&owner))
    }
}

impl Deref for EncodedMirrors {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

const _: () = assert!(MAX_MIRRORS_LEN == 1188);
