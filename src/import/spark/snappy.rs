//! snappy as Spark writes it: the chunks of snappy-java's `SnappyOutputStream`, not the official
//! framing.
//!
//! A stream begins with 16 bytes: eight that say `SNAPPY`, and two versions. Each chunk is its
//! stored size in four bytes, highest first, and a raw snappy block. Streams may follow each other:
//! their first byte makes them negative as a size.

use super::blocks::{BLOCK_BYTES_MAX, Blocks, Source};
use snap::raw::{Decoder, decompress_len};
use std::io::{self, Read};

/// The chunks of one file.
#[derive(Default)]
pub(super) struct SnappyBlocks {
    stored: Vec<u8>,
    in_stream: bool,
    decoder: Decoder,
}

const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";
/// Of the stream's head, after as many bytes as a chunk's size has.
const REST_OF_HEAD_BYTES: usize = 12;

impl Blocks for SnappyBlocks {
    const PIECE: &'static str = "a snappy block";

    fn next(&mut self, source: &mut Source<impl Read>, out: &mut Vec<u8>) -> io::Result<bool> {
        let Some(size) = source.head::<4>()? else {
            return Ok(false);
        };
        if size == MAGIC[..4] {
            let rest = source.array::<REST_OF_HEAD_BYTES>()?;
            if rest[..4] != MAGIC[4..] {
                return Err(source.damaged("has a damaged head"));
            }
            self.in_stream = true;
            return Ok(true);
        }
        if !self.in_stream {
            return Err(source.damaged("does not follow a head that says `SNAPPY`"));
        }
        self.stored.clear();
        source.append(u32::from_be_bytes(size) as usize, &mut self.stored)?;
        let size = decompress_len(&self.stored).unwrap_or(usize::MAX);
        if size > BLOCK_BYTES_MAX {
            return Err(source.damaged("has an impossible size"));
        }
        out.resize(size, 0);
        if self.decoder.decompress(&self.stored, out).ok() != Some(size) {
            return Err(source.damaged("cannot be decompressed"));
        }
        Ok(true)
    }
}
