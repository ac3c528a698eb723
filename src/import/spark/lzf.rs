//! lzf as Spark writes it: the chunks of ning's compress-lzf.
//!
//! A chunk begins with `ZV` and how it is stored: 0, its size in two bytes, highest first, and its
//! bytes as they are; or 1, its stored size, its size, and LZF. LZF is a row of runs. A control
//! byte below 32 says that one byte more than it counts follow as they are. Any other repeats what
//! was written before: its high three bits and 2 are the length (if they are all set, the next byte
//! is added), its low five bits and the next byte are how far back that begins, less 1.

use super::blocks::{Blocks, Source};
use std::io::{self, Read};

/// The chunks of one file.
#[derive(Default)]
pub(super) struct LzfBlocks {
    stored: Vec<u8>,
}

const LITERAL_MAX: u8 = 32;
const LONG: usize = 7;

impl Blocks for LzfBlocks {
    const PIECE: &'static str = "an lzf chunk";

    fn next(&mut self, source: &mut Source<impl Read>, out: &mut Vec<u8>) -> io::Result<bool> {
        let (kind, high, low) = match source.head()? {
            None => return Ok(false),
            Some([b'Z', b'V', kind, high, low]) => (kind, high, low),
            Some(_) => return Err(source.damaged("does not begin with `ZV`")),
        };
        let stored_size = usize::from(u16::from_be_bytes([high, low]));
        match kind {
            0 => source.append(stored_size, out)?,
            1 => {
                let size = usize::from(u16::from_be_bytes(source.array()?));
                self.stored.clear();
                source.append(stored_size, &mut self.stored)?;
                if expand(&self.stored, size, out).is_none() {
                    return Err(source.damaged("cannot be decompressed"));
                }
            }
            _ => return Err(source.damaged("is stored in an unknown way")),
        }
        Ok(true)
    }
}

/// Undoes LZF; `None` if `stored` is not exactly `size` bytes.
fn expand(stored: &[u8], size: usize, out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = stored.iter().copied();
    while let Some(control) = bytes.next() {
        if control < LITERAL_MAX {
            for _ in 0..=control {
                out.push(bytes.next()?);
            }
        } else {
            let mut length = usize::from(control >> 5);
            if length == LONG {
                length += usize::from(bytes.next()?);
            }
            let back = usize::from(control & 0x1F) << 8 | usize::from(bytes.next()?);
            let from = out.len().checked_sub(back + 1)?;
            // One by one: a run may repeat what it has just written.
            for at in from..from + length + 2 {
                out.push(out[at]);
            }
        }
        if out.len() > size {
            return None;
        }
    }
    (out.len() == size).then_some(())
}
