//! The bytes of a file, whatever it is compressed with.
//!
//! The codec is told by the first bytes: people rename logs, and tools differ in their suffixes
//! (`.zst`, `.zstd`, `.gz`). Only where those bytes are neither a codec's nor JSON's does the name
//! decide, so that a damaged head is called what it is. lz4 and snappy are read in the framings of
//! the libraries that Spark uses and in the official ones of the command-line tools.

use super::blocks::BlockReader;
use super::error::ImportError;
use super::lz4::Lz4Blocks;
use super::lzf::LzfBlocks;
use super::snappy::SnappyBlocks;
use super::zstd::ZstdReader;
use crate::files;
use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::Path;

/// Opens a file and undoes its compression.
///
/// # Errors
/// If it cannot be opened.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, ImportError> {
    let mut file = files::open(path)?;
    let head = head(&mut file).map_err(|source| ImportError::Read {
        path: path.to_owned(),
        line: 0,
        source,
    })?;
    let codec = match of_head(&head) {
        Some(codec) => codec,
        None if head.is_empty() || head.trim_ascii_start().starts_with(b"{") => Codec::Plain,
        None => of_name(path),
    };
    let bytes = Cursor::new(head).chain(file);
    if codec == Codec::Plain {
        return Ok(Box::new(bytes));
    }
    let bytes = BufReader::with_capacity(FILE_BUFFER_BYTES, bytes);
    Ok(match codec {
        Codec::Plain => Box::new(bytes),
        Codec::Zstd => Box::new(ZstdReader::new(bytes)),
        Codec::Gzip => named("gzip data", MultiGzDecoder::new(bytes)),
        Codec::Lz4Block => Box::new(BlockReader::new(bytes, Lz4Blocks::default())),
        Codec::Lz4Frame => named("an lz4 frame", Lz4Frames(FrameDecoder::new(bytes))),
        Codec::Snappy => Box::new(BlockReader::new(bytes, SnappyBlocks::default())),
        Codec::SnappyFrame => named("a snappy frame", snap::read::FrameDecoder::new(bytes)),
        Codec::Lzf => Box::new(BlockReader::new(bytes, LzfBlocks::default())),
    })
}

const FILE_BUFFER_BYTES: usize = 1 << 16;
const HEAD_BYTES: u64 = 8;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Codec {
    Plain,
    Zstd,
    Gzip,
    Lz4Block,
    Lz4Frame,
    Snappy,
    SnappyFrame,
    Lzf,
}

fn head(file: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

fn of_head(head: &[u8]) -> Option<Codec> {
    Some(match head {
        // A frame, or a skippable frame before the first one.
        [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Codec::Zstd,
        [0x1F, 0x8B, ..] => Codec::Gzip,
        [b'L', b'Z', b'4', b'B', ..] => Codec::Lz4Block,
        [0x04, 0x22, 0x4D, 0x18, ..] => Codec::Lz4Frame,
        [0x82, b'S', b'N', b'A', b'P', ..] => Codec::Snappy,
        [0xFF, 6, 0, 0, b's', b'N', ..] => Codec::SnappyFrame,
        [b'Z', b'V', 0 | 1, ..] => Codec::Lzf,
        _ => return None,
    })
}

/// What a name promises: `….lz4`, also before `.inprogress`.
fn of_name(path: &Path) -> Codec {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name
        .strip_suffix(super::source::IN_PROGRESS)
        .unwrap_or(&name);
    match name.rsplit('.').next() {
        Some("zstd" | "zst") => Codec::Zstd,
        Some("gz" | "gzip") => Codec::Gzip,
        Some("lz4") => Codec::Lz4Block,
        Some("snappy") => Codec::Snappy,
        Some("lzf") => Codec::Lzf,
        _ => Codec::Plain,
    }
}

/// A decoder of another crate, whose errors say what is wrong and not what with.
struct Named<R> {
    piece: &'static str,
    bytes: R,
}

fn named(piece: &'static str, bytes: impl Read + 'static) -> Box<dyn Read> {
    Box::new(Named { piece, bytes })
}

impl<R: Read> Read for Named<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let piece = self.piece;
        self.bytes.read(out).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), piece),
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
                let problem = format!("{piece} cannot be decompressed: {error}");
                io::Error::new(io::ErrorKind::InvalidData, problem)
            }
            _ => error,
        })
    }
}

/// Frame after frame: the decoder ends with each of them.
struct Lz4Frames<R: Read>(FrameDecoder<R>);

impl<R: BufRead> Read for Lz4Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let size = self.0.read(out)?;
            if size > 0 || out.is_empty() || self.0.get_mut().fill_buf()?.is_empty() {
                return Ok(size);
            }
        }
    }
}
