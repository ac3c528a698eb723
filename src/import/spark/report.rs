//! What was read, what was not, and what was guessed.

use super::error::ImportError;
use std::path::PathBuf;

/// What the reading of a log found, besides the application.
#[derive(Clone, Debug, Default)]
pub struct ReadReport {
    /// The files in the order in which they were read.
    pub files: Vec<PathBuf>,
    /// Lines of all files.
    pub line_count: u64,
    /// Bytes of all lines, after decompression.
    pub byte_count: u64,
    /// What could not be read: where it is and what is wrong with it; the first of them.
    pub skipped: Vec<String>,
    /// How much could not be read, listed or not.
    pub skipped_count: u64,
    /// What had to be assumed, one sentence each.
    pub assumed: Vec<String>,
}

/// How many skipped pieces are listed; the rest is counted.
const SKIPPED_LISTED_MAX: usize = 20;

impl ReadReport {
    /// Notes a piece that is left out.
    pub(super) fn skip(&mut self, error: ImportError) {
        self.skipped_count += 1;
        if self.skipped.len() < SKIPPED_LISTED_MAX {
            self.skipped.push(error.with_file_name_only().to_string());
        }
    }
}
