//! The body of an answer: unpacked as it comes, and never more of it than a log may have.

use std::io::{self, Write};

use flate2::write::GzDecoder;
use http_body_util::BodyExt;
use hyper::{
    HeaderMap,
    body::{Body, Incoming},
    header::{self, HeaderValue},
};
use zstd::stream::write::Decoder as ZstdDecoder;

use super::{AttemptError, Progress, error::printable};
use crate::domain::{Coding, MAX_LOG_BYTES, TooLarge};

/// What a body is called that is packed in no way.
pub(super) const IDENTITY: &str = "identity";

/// Largest window that a zstd body may want, as a power of two: the 8 MB of RFC 9659.
const MAX_WINDOW_LOG: u32 = 23;

/// What has come of a log so far.
#[derive(Debug, Default)]
pub(super) struct Received {
    bytes: Vec<u8>,
    /// The server's name for exactly these bytes, where it gave a strong one.
    pub(super) etag: Option<HeaderValue>,
}

impl Received {
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Takes out what has come; nothing has then.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(self).bytes
    }
}

impl Write for Received {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let len = self.bytes.len() + piece.len();
        if len > MAX_LOG_BYTES {
            return Err(io::Error::other(TooLarge(len)));
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How a body is packed (RFC 9110, section 8.4); none when it is the log as it is.
pub(super) fn coding(headers: &HeaderMap) -> Result<Option<Coding>, AttemptError> {
    let mut named = headers.get_all(header::CONTENT_ENCODING).iter();
    let name = match (named.next(), named.next()) {
        (None, _) => return Ok(None),
        (Some(one), None) => one.as_bytes(),
        (Some(_), Some(_)) => b"several",
    };
    if name.eq_ignore_ascii_case(IDENTITY.as_bytes()) {
        return Ok(None);
    }
    let coding = str::from_utf8(name).ok().and_then(Coding::named);
    coding.map(Some).ok_or_else(|| AttemptError::UnknownCoding { coding: printable(name) })
}

enum Decoder<'a> {
    Identity(&'a mut Received),
    Gzip(GzDecoder<&'a mut Received>),
    Zstd(ZstdDecoder<'static, &'a mut Received>),
}

impl<'a> Decoder<'a> {
    fn new(coding: Option<Coding>, into: &'a mut Received) -> io::Result<Self> {
        Ok(match coding {
            None => Self::Identity(into),
            Some(Coding::Gzip) => Self::Gzip(GzDecoder::new(into)),
            Some(Coding::Zstd) => {
                let mut decoder = ZstdDecoder::new(into)?;
                decoder.window_log_max(MAX_WINDOW_LOG)?;
                Self::Zstd(decoder)
            }
        })
    }

    fn take(&mut self, piece: &[u8]) -> io::Result<()> {
        match self {
            Self::Identity(received) => received.write_all(piece),
            Self::Gzip(decoder) => decoder.write_all(piece),
            Self::Zstd(decoder) => decoder.write_all(piece),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self {
            Self::Identity(_) => Ok(()),
            Self::Gzip(decoder) => decoder.try_finish(),
            Self::Zstd(decoder) => decoder.flush(),
        }
    }

    fn unpacked(&self) -> usize {
        match self {
            Self::Identity(received) => received.len(),
            Self::Gzip(decoder) => decoder.get_ref().len(),
            Self::Zstd(decoder) => decoder.get_ref().len(),
        }
    }
}

/// What asks for all codings that a body may be packed with.
pub(super) fn accepted() -> String {
    Coding::ALL.map(Coding::name).join(", ")
}

/// Reads a body to its end, behind what was received before. Neither what comes nor what it unpacks to may be more than a
/// log, whatever the headers say.
pub(super) async fn read(
    mut body: Incoming,
    coding: Option<Coding>,
    received: &mut Received,
    watcher: &(dyn Fn(Progress) + Send + Sync),
) -> Result<(), AttemptError> {
    let announced = body.size_hint().exact().map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    if let Some(announced) = announced.filter(|bytes| *bytes > MAX_LOG_BYTES) {
        return Err(AttemptError::TooLarge(TooLarge(announced)));
    }
    let expected = announced.filter(|_| coding.is_none()).map(|bytes| bytes + received.len());
    if let Some(expected) = expected {
        // Growing by doubling would take half as much again.
        received.bytes.reserve_exact(expected.saturating_sub(received.len()).min(MAX_LOG_BYTES));
    }
    let corrupt = |source: io::Error| corrupt(coding, source);
    let mut decoder = Decoder::new(coding, received).map_err(corrupt)?;
    let mut transferred = 0_usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|source| AttemptError::Broken { source: source.into() })?;
        let Some(piece) = frame.data_ref() else { continue };
        transferred += piece.len();
        if transferred > MAX_LOG_BYTES {
            return Err(AttemptError::TooLarge(TooLarge(transferred)));
        }
        decoder.take(piece).map_err(corrupt)?;
        watcher(Progress { received: decoder.unpacked(), expected });
    }
    decoder.end().map_err(corrupt)
}

/// What a body that cannot be unpacked is told as.
fn corrupt(coding: Option<Coding>, source: io::Error) -> AttemptError {
    match source.downcast::<TooLarge>() {
        Ok(too_large) => AttemptError::TooLarge(too_large),
        Err(source) => AttemptError::Corrupt { coding: coding.map_or(IDENTITY, Coding::name), source },
    }
}
