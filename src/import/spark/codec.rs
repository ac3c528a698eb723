//! The bytes of a file, whatever it is compressed with.
//!
//! The codec is told by the first bytes, never by the name: people rename logs, and tools differ
//! in their suffixes (`.zst`, `.zstd`, `.gz`). Spark writes lz4, lzf and snappy in framings of its
//! own libraries; those are recognised and refused by name.

use super::error::ImportError;
use super::zstd::ZstdReader;
use crate::files;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

/// Opens a file and undoes its compression.
///
/// # Errors
/// If it cannot be opened or its codec is not supported.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, ImportError> {
    let mut file = files::open(path)?;
    let head = head(&mut file).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        line: 0,
        source,
    })?;
    let codec = codec(&head);
    let bytes = Cursor::new(head).chain(file);
    match codec {
        Codec::Plain => Ok(Box::new(bytes)),
        Codec::Zstd => Ok(Box::new(ZstdReader::new(BufReader::with_capacity(
            FILE_BUFFER_BYTES,
            bytes,
        )))),
        Codec::Other(codec) => Err(ImportError::Codec {
            path: path.to_owned(),
            codec,
        }),
    }
}

const FILE_BUFFER_BYTES: usize = 1 << 16;
const HEAD_BYTES: u64 = 8;

enum Codec {
    Plain,
    Zstd,
    Other(&'static str),
}

fn head(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn codec(head: &[u8]) -> Codec {
    match head {
        // A frame, or a skippable frame before the first one.
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Codec::Zstd,
        [0x1F, 0x8B, ..] => Codec::Other("gzip"),
        [b'L', b'Z', b'4', b'B', ..] | [0x04, 0x22, 0x4D, 0x18, ..] => Codec::Other("lz4"),
        [0x82, b'S', b'N', b'A', b'P', ..] => Codec::Other("snappy"),
        [b'Z', b'V', 0 | 1, ..] => Codec::Other("lzf"),
        _ => Codec::Plain,
    }
}
