//! Compression on the way: what a client accepts (RFC 9110, section 12.5.3), and how it is made.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use warp::http::{HeaderMap, header};
use zstd::stream::{raw::CParameter, write::Encoder as ZstdEncoder};

use crate::domain::Coding;

/// Decides between size and CPU time; the default of the format.
const ZSTD_LEVEL: i32 = 3;
/// Binary logarithm of how far back zstd looks: 256 KiB, so that an encoder has about 1 MB and not 4.
const ZSTD_WINDOW: u32 = 18;
/// Most of a header that is looked at.
const MAX_CHOICES: usize = 16;

/// The one that a client likes best of those that it names; none when it likes the plain content better.
pub(super) fn choose(headers: &HeaderMap) -> Option<Coding> {
    let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    let choices: Vec<(&str, u16)> =
        values.flat_map(|value| value.split(',')).take(MAX_CHOICES).filter_map(choice).collect();
    let quality = |name: &str| {
        let mut found = choices.iter().filter(|(coding, _)| coding.eq_ignore_ascii_case(name));
        found.next().map(|(_, quality)| *quality)
    };
    let plain = quality("identity").unwrap_or_default();
    let mut best = None;
    for coding in Coding::ALL {
        let quality = quality(coding.name()).unwrap_or_default();
        if quality > best.map_or(0, |(_, best)| best) && quality >= plain {
            best = Some((coding, quality));
        }
    }
    best.map(|(coding, _)| coding)
}

/// A coding and its weight in thousandths.
fn choice(text: &str) -> Option<(&str, u16)> {
    let (coding, parameters) = text.split_once(';').unwrap_or((text, ""));
    let quality = match parameters.trim() {
        "" => 1000,
        parameter => weight(parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?)?,
    };
    Some((coding.trim(), quality))
}

fn weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    match whole {
        "1" => Some(1000),
        "0" => format!("{decimals:0<3}").parse().ok(),
        _ => None,
    }
}

/// Compresses a log piece by piece.
pub(super) enum Encoder {
    Zstd(ZstdEncoder<'static, Vec<u8>>),
    Gzip(GzEncoder<Vec<u8>>),
}

impl Encoder {
    pub(super) fn new(coding: Coding) -> io::Result<Self> {
        Ok(match coding {
            Coding::Zstd => {
                let mut encoder = ZstdEncoder::new(Vec::new(), ZSTD_LEVEL)?;
                encoder.set_parameter(CParameter::WindowLog(ZSTD_WINDOW))?;
                Self::Zstd(encoder)
            }
            Coding::Gzip => Self::Gzip(GzEncoder::new(Vec::new(), Compression::default())),
        })
    }

    /// Takes a piece, and gives what of the coded content is ready, which may be nothing.
    pub(super) fn feed(&mut self, piece: &[u8]) -> io::Result<Vec<u8>> {
        let ready = match self {
            Self::Zstd(encoder) => {
                encoder.write_all(piece)?;
                encoder.get_mut()
            }
            Self::Gzip(encoder) => {
                encoder.write_all(piece)?;
                encoder.get_mut()
            }
        };
        Ok(std::mem::take(ready))
    }

    /// The rest of the coded content.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        match self {
            Self::Zstd(encoder) => encoder.finish(),
            Self::Gzip(encoder) => encoder.finish(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn chosen(accept: &str) -> Option<Coding> {
        choose(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, accept.parse().unwrap())]))
    }

    #[test]
    fn the_client_gets_the_coding_that_it_likes_best() {
        for (accept, coding) in [
            ("gzip", Some(Coding::Gzip)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip;q=1.0, zstd;q=0.5", Some(Coding::Gzip)),
            ("zstd;q=0.001", Some(Coding::Zstd)),
            ("ZSTD ; q=0.2,GZIP;Q=0.9", Some(Coding::Gzip)),
            ("identity;q=0.5, gzip;q=0.8", Some(Coding::Gzip)),
        ] {
            assert_eq!(chosen(accept), coding, "{accept}");
        }
    }

    #[test]
    fn what_was_not_asked_for_is_not_compressed() {
        assert_eq!(choose(&HeaderMap::new()), None);
        for accept in [
            "",
            "*",
            "br",
            "gzip;q=0",
            "gzip;q=0.0, zstd;q=0.000",
            "identity, gzip;q=0.5",
            "gzip;q=2",
            "gzip;q=0.1234",
            "gzip;q=-1",
            "gzip;level=9",
            "gzipped",
            ",,;,;q=",
        ] {
            assert_eq!(chosen(accept), None, "{accept}");
        }
    }

    #[test]
    fn what_is_coded_in_pieces_decodes_to_the_whole() {
        let log = b"Failed password for user from 203.0.113.7 port 4711 ssh2\n".repeat(5000);
        for coding in [Coding::Zstd, Coding::Gzip] {
            let mut encoder = Encoder::new(coding).unwrap();
            let mut coded = Vec::new();
            for piece in log.chunks(16 * 1024) {
                coded.extend(encoder.feed(piece).unwrap());
            }
            coded.extend(encoder.finish().unwrap());
            assert!(coded.len() < log.len() / 20, "{coding:?}: {} bytes", coded.len());
            let mut decoded = Vec::new();
            match coding {
                Coding::Zstd => zstd::stream::copy_decode(&coded[..], &mut decoded).unwrap(),
                Coding::Gzip => {
                    flate2::read::GzDecoder::new(&coded[..]).read_to_end(&mut decoded).map(drop).unwrap();
                }
            }
            assert!(decoded == log, "{coding:?}");
        }
    }
}
