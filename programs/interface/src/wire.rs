//! Borsh, as far as the program needs it: fixed-size little-endian numbers, arrays and strings.

use crate::{Address, account::LayoutError, url::Url};

/// Length of the count before a string or a list: a `u32`.
pub(crate) const COUNT_LEN: usize = size_of::<u32>();

/// Takes values off the front of bytes that nobody vouches for.
#[derive(Clone)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], LayoutError> {
        let (array, rest) = self.0.split_first_chunk().ok_or(LayoutError::Truncated)?;
        self.0 = rest;
        Ok(*array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, LayoutError> {
        self.array().map(u8::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, LayoutError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, LayoutError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn i64(&mut self) -> Result<i64, LayoutError> {
        self.array().map(i64::from_le_bytes)
    }

    pub(crate) fn bool(&mut self) -> Result<bool, LayoutError> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(LayoutError::InvalidBool),
        }
    }

    pub(crate) fn url(&mut self) -> Result<Url<'a>, LayoutError> {
        let len = usize::try_from(self.u32()?).map_err(|_| LayoutError::Truncated)?;
        let (bytes, rest) = self.0.split_at_checked(len).ok_or(LayoutError::Truncated)?;
        self.0 = rest;
        Url::new(bytes).map_err(LayoutError::InvalidUrl)
    }

    pub(crate) fn addresses(&mut self, count: u32) -> Result<&'a [Address], LayoutError> {
        let count = usize::try_from(count).map_err(|_| LayoutError::Truncated)?;
        let (addresses, _) = self.0.as_chunks();
        let addresses: &[Address] = addresses.get(..count).ok_or(LayoutError::Truncated)?;
        self.0 = self.0.get(size_of_val(addresses)..).unwrap_or_default();
        Ok(addresses)
    }

    /// What has not been read yet.
    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.0
    }

    /// Refuses bytes that nothing accounts for, so that a value has exactly one encoding.
    pub(crate) const fn end(&self) -> Result<(), LayoutError> {
        if self.0.is_empty() { Ok(()) } else { Err(LayoutError::TrailingBytes) }
    }
}

/// Puts values into a buffer that was measured before.
pub(crate) struct Writer<'a>(&'a mut [u8]);

impl<'a> Writer<'a> {
    pub(crate) const fn new(buffer: &'a mut [u8]) -> Self {
        Self(buffer)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), LayoutError> {
        let (head, rest) =
            core::mem::take(&mut self.0).split_at_mut_checked(bytes.len()).ok_or(LayoutError::Truncated)?;
        head.copy_from_slice(bytes);
        self.0 = rest;
        Ok(())
    }

    pub(crate) fn u8(&mut self, value: u8) -> Result<(), LayoutError> {
        self.bytes(&[value])
    }

    pub(crate) fn u32(&mut self, value: u32) -> Result<(), LayoutError> {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> Result<(), LayoutError> {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn i64(&mut self, value: i64) -> Result<(), LayoutError> {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn url(&mut self, url: Url<'_>) -> Result<(), LayoutError> {
        let bytes = url.as_str().as_bytes();
        self.u32(u32::try_from(bytes.len()).map_err(|_| LayoutError::Truncated)?)?;
        self.bytes(bytes)
    }

    /// Number of bytes not written yet.
    pub(crate) const fn remaining(&self) -> usize {
        self.0.len()
    }

    /// Refuses a buffer that is longer than the value.
    pub(crate) const fn end(&self) -> Result<(), LayoutError> {
        if self.0.is_empty() { Ok(()) } else { Err(LayoutError::TrailingBytes) }
    }
}

/// Overwrites a field of fixed size inside an encoded account.
pub(crate) fn put(data: &mut [u8], offset: usize, value: &[u8]) -> Result<(), LayoutError> {
    Writer::new(data.get_mut(offset..).ok_or(LayoutError::Truncated)?).bytes(value)
}

/// Length of an encoded URL in bytes.
pub(crate) const fn url_len(url: Url<'_>) -> usize {
    COUNT_LEN + url.as_str().len()
}
