//! A log in pieces, so that no download holds a whole one in memory.

use std::{
    fs::File,
    io::{self, IoSliceMut},
    ops::Range,
    os::unix::fs::FileExt,
    sync::Arc,
};

use rustix::io::{Errno, ReadWriteFlags, preadv2};
use tokio::task::spawn_blocking;

/// Bytes that are read, and held in memory for a download, at a time: one record of TLS.
const PIECE: u64 = 16 * 1024;

/// The bytes of a log that are still to be read.
pub(super) struct Content {
    file: Arc<File>,
    left: Range<u64>,
}

impl Content {
    pub(super) fn new(file: Arc<File>, part: Range<u64>) -> Self {
        Self { file, left: part }
    }

    /// Whether everything has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.left.is_empty()
    }

    /// The next piece; none at the end.
    pub(super) async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        let Range { start, end } = self.left;
        if start >= end {
            return Ok(None);
        }
        let mut piece = vec![0; usize::try_from((end - start).min(PIECE)).unwrap_or_default()];
        let read = match read_cached(&self.file, &mut piece, start) {
            Ok(read) => read,
            Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::NOSYS | Errno::INTR) => {
                let file = Arc::clone(&self.file);
                let reading = spawn_blocking(move || {
                    let read = file.read_at(&mut piece, start)?;
                    Ok::<_, io::Error>((piece, read))
                });
                let read;
                (piece, read) = reading.await.map_err(io::Error::other)??;
                read
            }
            Err(error) => return Err(error.into()),
        };
        if read == 0 {
            // The file is shorter than it was when it was stored.
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
        }
        piece.truncate(read);
        self.left.start += u64::try_from(read).map_err(io::Error::other)?;
        Ok(Some(piece))
    }
}

/// What memory has of the file already; a disk would make everybody else wait.
fn read_cached(file: &File, piece: &mut [u8], at: u64) -> Result<usize, Errno> {
    preadv2(file, &mut [IoSliceMut::new(piece)], at, ReadWriteFlags::NOWAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(file: File, part: Range<u64>) -> io::Result<Vec<Vec<u8>>> {
        let mut content = Content::new(Arc::new(file), part);
        let mut pieces = Vec::new();
        while let Some(piece) = content.next().await? {
            pieces.push(piece);
        }
        Ok(pieces)
    }

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, bytes).unwrap();
        file
    }

    #[tokio::test]
    async fn a_part_comes_whole_in_pieces_of_bounded_size() {
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
        let pieces = read(file(&bytes), 5..300_000).await.unwrap();
        assert!(pieces.iter().all(|piece| piece.len() <= 16 * 1024));
        assert!(pieces.concat() == bytes[5..300_000]);
        assert!(read(file(&bytes), 7..7).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_file_that_was_cut_short_is_an_error_and_not_an_end() {
        let error = read(file(&[1; 100]), 0..200).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }
}
