//! Bytes to lines, numbered from 1, through one buffer.

use std::io::{self, BufRead, BufReader, Read};

/// The lines of a file.
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    /// Number of the line that was given out last; 0 before the first.
    pub(super) number: u64,
}

/// One line.
pub(super) struct Line<'a> {
    /// Its bytes, without the line feed.
    pub(super) bytes: &'a [u8],
    /// Whether there was a line feed; a last line may lack it.
    pub(super) is_terminated: bool,
}

const BUFFER_BYTES: usize = 1 << 18;

/// Plans of SQL queries reach megabytes; a line beyond this is not one of an event log.
const LINE_BYTES_MAX: u64 = 1 << 28;

impl<R: Read> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self {
            reader: BufReader::with_capacity(BUFFER_BYTES, source),
            line: Vec::new(),
            number: 0,
        }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// If the source fails, or the line is longer than any event; the line is lost.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let size = (&mut self.reader)
            .take(LINE_BYTES_MAX)
            .read_until(b'\n', &mut self.line)?;
        if size == 0 {
            return Ok(None);
        }
        self.number += 1;
        let is_terminated = self.line.last() == Some(&b'\n');
        if !is_terminated && size as u64 == LINE_BYTES_MAX {
            let problem = "a line is longer than 256 MiB, which no event is";
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        if is_terminated {
            self.line.pop();
        }
        Ok(Some(Line {
            bytes: self.line.trim_ascii(),
            is_terminated,
        }))
    }
}
