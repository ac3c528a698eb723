//! Compressed streams that are a row of blocks, each whole in itself, as one [`Read`].
//!
//! What a block looks like is the business of `lz4.rs`, `snappy.rs` and `lzf.rs`. Memory holds one
//! block at a time. A block that is cut off or damaged is an error only after every byte before it
//! has come out.

use std::io::{self, Read};

/// No writer makes larger blocks: what claims to be larger is damage, and is not given memory.
pub(super) const BLOCK_BYTES_MAX: usize = 64 << 20;

/// How one kind of stream stores its blocks.
pub(super) trait Blocks {
    /// What a reader of messages calls one of its pieces, such as `an lz4 block`.
    const PIECE: &'static str;

    /// Puts the bytes of the next block into `out`, which is empty; `false` at the end.
    fn next(&mut self, source: &mut Source<impl Read>, out: &mut Vec<u8>) -> io::Result<bool>;
}

/// Decodes blocks until the source ends.
///
/// A source that ends inside a block is an `UnexpectedEof`, damaged data `InvalidData`.
pub(super) struct BlockReader<R, B> {
    source: Source<R>,
    blocks: B,
    /// The block that is being given out.
    block: Vec<u8>,
    /// How much of it has been.
    given: usize,
}

impl<R: Read, B: Blocks> BlockReader<R, B> {
    pub(super) fn new(source: R, blocks: B) -> Self {
        Self {
            source: Source {
                bytes: source,
                piece: B::PIECE,
            },
            blocks,
            block: Vec::new(),
            given: 0,
        }
    }
}

impl<R: Read, B: Blocks> Read for BlockReader<R, B> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while self.given == self.block.len() {
            self.block.clear();
            self.given = 0;
            match self.blocks.next(&mut self.source, &mut self.block) {
                Ok(true) => {}
                Ok(false) => return Ok(0),
                Err(error) => {
                    self.block.clear();
                    return Err(error);
                }
            }
        }
        let size = out.len().min(self.block.len() - self.given);
        out[..size].copy_from_slice(&self.block[self.given..self.given + size]);
        self.given += size;
        Ok(size)
    }
}

/// Bytes of the compressed file.
pub(super) struct Source<R> {
    bytes: R,
    piece: &'static str,
}

impl<R: Read> Source<R> {
    /// The next `N` bytes; `None` if the source ends before the first of them.
    pub(super) fn head<const N: usize>(&mut self) -> io::Result<Option<[u8; N]>> {
        let mut head = Vec::with_capacity(N);
        (&mut self.bytes).take(N as u64).read_to_end(&mut head)?;
        match <[u8; N]>::try_from(head) {
            Ok(head) => Ok(Some(head)),
            Err(head) if head.is_empty() => Ok(None),
            Err(_) => Err(self.cut_off()),
        }
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        self.head()?.ok_or_else(|| self.cut_off())
    }

    /// Appends the next `size` bytes to `out`.
    pub(super) fn append(&mut self, size: usize, out: &mut Vec<u8>) -> io::Result<()> {
        if size > BLOCK_BYTES_MAX {
            return Err(self.damaged("is larger than any writer makes it"));
        }
        let got = (&mut self.bytes).take(size as u64).read_to_end(out)?;
        if got == size {
            Ok(())
        } else {
            Err(self.cut_off())
        }
    }

    /// The source ends where more must follow.
    pub(super) fn cut_off(&self) -> io::Error {
        io::Error::new(io::ErrorKind::UnexpectedEof, self.piece)
    }

    /// A piece is not what it should be.
    pub(super) fn damaged(&self, problem: &str) -> io::Error {
        let problem = format!("{} {problem}", self.piece);
        io::Error::new(io::ErrorKind::InvalidData, problem)
    }
}
