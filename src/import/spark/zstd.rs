//! zstd as event logs use it: any number of frames, of which the last may be cut off.
//!
//! Not a decoder: `ruzstd` decodes the blocks. It wants one frame at a time, and it keeps the last
//! window of a frame (up to megabytes) to itself until the frame's end. A cut-off or damaged frame
//! has no end, so this reader hands it whole blocks only and, where they run out, an empty last
//! block: every byte that was decoded comes out, and only then the error. Framing: RFC 8878 §3.1.

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::io::{self, Read};

/// Decodes zstd frames until its source ends.
///
/// A source that ends inside a frame is an `UnexpectedEof`, damaged data `InvalidData`.
pub(super) struct ZstdReader<R> {
    source: R,
    decoder: FrameDecoder,
    /// Whether `decoder` is inside a frame.
    in_frame: bool,
    /// Whether the frame ends with a checksum.
    has_checksum: bool,
    /// One block with its header, or a frame header.
    block: Vec<u8>,
    /// What went wrong, until all decoded bytes have come out.
    failure: Option<io::Error>,
}

const MAGIC: u32 = 0xFD2F_B528;
const SKIPPABLE_MAGIC: u32 = 0x184D_2A50;
/// The upper bound of RFC 8878: no block is larger.
const BLOCK_BYTES_MAX: usize = 128 << 10;
/// Header of an empty raw block that is the last one.
const EMPTY_LAST_BLOCK: [u8; 3] = [1, 0, 0];
const CHECKSUM_BYTES: usize = 4;

impl<R: Read> ZstdReader<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            source,
            decoder: FrameDecoder::new(),
            in_frame: false,
            has_checksum: false,
            block: Vec::new(),
            failure: None,
        }
    }

    /// Reads the next frame's header; `false` at the end of the source.
    fn start_frame(&mut self) -> io::Result<bool> {
        self.block.clear();
        let got = self.append(4)?;
        if got == 0 {
            return Ok(false);
        }
        let magic = match self.block[..] {
            [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
            _ => return Err(cut_off()),
        };
        if magic & !0xF == SKIPPABLE_MAGIC {
            self.append_exact(4)?;
            let mut length = [0; 4];
            length.copy_from_slice(&self.block[4..8]);
            let length = u64::from(u32::from_le_bytes(length));
            let skipped = io::copy(&mut (&mut self.source).take(length), &mut io::sink())?;
            return if skipped == length {
                Ok(true)
            } else {
                Err(cut_off())
            };
        }
        if magic != MAGIC {
            return Err(damaged("what follows a zstd frame is not zstd"));
        }
        self.append_exact(1)?;
        let descriptor = self.block[4];
        let single_segment = descriptor & 0x20 != 0;
        let content_size = match descriptor >> 6 {
            0 => usize::from(single_segment),
            1 => 2,
            2 => 4,
            _ => 8,
        };
        let dictionary_id = [0, 1, 2, 4][usize::from(descriptor & 3)];
        self.append_exact(usize::from(!single_segment) + dictionary_id + content_size)?;
        self.has_checksum = descriptor & 4 != 0;
        self.decoder
            .reset(&self.block[..])
            .map_err(|error| damaged(&error.to_string()))?;
        self.in_frame = true;
        Ok(true)
    }

    /// Decodes one block.
    fn decode_block(&mut self) -> io::Result<()> {
        self.block.clear();
        self.append_exact(3)?;
        let header = u32::from_le_bytes([self.block[0], self.block[1], self.block[2], 0]);
        let (is_last, kind, size) = (header & 1 == 1, (header >> 1) & 3, (header >> 3) as usize);
        if size > BLOCK_BYTES_MAX {
            return Err(damaged("a block is larger than zstd allows"));
        }
        // A run-length block stores one byte, however long it is.
        self.append_exact(if kind == 1 { 1 } else { size })?;
        if is_last && self.has_checksum {
            self.append_exact(CHECKSUM_BYTES)?;
        }
        self.feed()
    }

    fn feed(&mut self) -> io::Result<()> {
        let strategy = BlockDecodingStrategy::UptoBlocks(1);
        match self.decoder.decode_blocks(&self.block[..], strategy) {
            Ok(_) => Ok(()),
            Err(error) => Err(damaged(&error.to_string())),
        }
    }

    /// Ends the frame early, so that the decoder gives out what it holds.
    fn abandon(&mut self, failure: io::Error) {
        self.failure = Some(failure);
        self.block.clear();
        self.block.extend_from_slice(&EMPTY_LAST_BLOCK);
        self.block.extend_from_slice(&[0; CHECKSUM_BYTES]);
        if self.feed().is_err() {
            self.in_frame = false;
        }
    }

    fn check_checksum(&self) -> io::Result<()> {
        match (
            self.decoder.get_checksum_from_data(),
            self.decoder.get_calculated_checksum(),
        ) {
            (Some(recorded), Some(calculated)) if recorded != calculated => {
                Err(damaged("the checksum of a zstd frame is wrong"))
            }
            _ => Ok(()),
        }
    }

    fn append(&mut self, size: usize) -> io::Result<usize> {
        let limit = size as u64;
        (&mut self.source).take(limit).read_to_end(&mut self.block)
    }

    fn append_exact(&mut self, size: usize) -> io::Result<()> {
        if self.append(size)? == size {
            Ok(())
        } else {
            Err(cut_off())
        }
    }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "a zstd frame")
}

fn damaged(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem)
}

impl<R: Read> Read for ZstdReader<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if self.in_frame {
                if self.decoder.can_collect() > 0 {
                    return self.decoder.read(out);
                }
                if !self.decoder.is_finished() {
                    if let Err(error) = self.decode_block() {
                        self.abandon(error);
                    }
                    continue;
                }
                self.in_frame = false;
                if self.failure.is_none() {
                    self.check_checksum()?;
                }
            }
            if let Some(failure) = self.failure.take() {
                return Err(failure);
            }
            if !self.start_frame()? {
                return Ok(0);
            }
        }
    }
}
