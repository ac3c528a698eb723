//! lz4 as Spark writes it: the blocks of lz4-java's `LZ4BlockOutputStream`, not the frames of the
//! `lz4` command.
//!
//! A block has a head of 21 bytes: `LZ4Block`, how it is stored (16 as it is, 32 compressed; the
//! low half is the writer's block size), then, each in four bytes with the lowest first, its stored
//! size, its size, and the low 28 bits of the xxHash32 of its bytes. A block of size 0 ends a
//! stream; streams may follow each other.

use super::blocks::{BLOCK_BYTES_MAX, Blocks, Source};
use std::io::{self, Read};
use twox_hash::XxHash32;

/// The blocks of one file.
#[derive(Default)]
pub(super) struct Lz4Blocks {
    stored: Vec<u8>,
    /// Whether a stream has begun and not ended.
    in_stream: bool,
}

const MAGIC: &[u8; 8] = b"LZ4Block";
const HEAD_BYTES: usize = 21;
const AS_IT_IS: u8 = 0x10;
const COMPRESSED: u8 = 0x20;
const CHECKSUM_SEED: u32 = 0x9747_B28C;
const CHECKSUM_BITS: u32 = 0x0FFF_FFFF;

impl Blocks for Lz4Blocks {
    const PIECE: &'static str = "an lz4 block";

    fn next(&mut self, source: &mut Source<impl Read>, out: &mut Vec<u8>) -> io::Result<bool> {
        let Some(head) = source.head::<HEAD_BYTES>()? else {
            return if self.in_stream {
                Err(source.cut_off())
            } else {
                Ok(false)
            };
        };
        if !head.starts_with(MAGIC) {
            return Err(source.damaged("does not begin with `LZ4Block`"));
        }
        let number =
            |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (stored_size, size) = (number(9) as usize, number(13) as usize);
        self.in_stream = size > 0;
        if size > BLOCK_BYTES_MAX || stored_size > size {
            return Err(source.damaged("has an impossible size"));
        }
        match head[8] & 0xF0 {
            AS_IT_IS if stored_size == size => source.append(size, out)?,
            COMPRESSED => {
                self.stored.clear();
                source.append(stored_size, &mut self.stored)?;
                out.resize(size, 0);
                if lz4_flex::block::decompress_into(&self.stored, out).ok() != Some(size) {
                    return Err(source.damaged("cannot be decompressed"));
                }
            }
            _ => return Err(source.damaged("is stored in an unknown way")),
        }
        // The end of a stream carries no checksum.
        if size > 0 && checksum(out) != number(17) {
            return Err(source.damaged("has a wrong checksum"));
        }
        Ok(true)
    }
}

/// What the writer makes of the bytes of a block.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    XxHash32::oneshot(CHECKSUM_SEED, bytes) & CHECKSUM_BITS
}
