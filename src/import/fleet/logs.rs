//! Which entries of a directory are event logs.
//!
//! A file is one until reading it shows that it is not; a directory is one if it is in one of the
//! layouts that a single application's log has, and is gone through otherwise. Hidden files, markers
//! and checksums are none.

use crate::files::{self, FileError};
use crate::import::spark;
use std::path::{Path, PathBuf};

/// All that may be an event log below `directory`, by path.
///
/// # Errors
/// If a directory cannot be read.
pub fn find(directory: &Path) -> Result<Vec<PathBuf>, FileError> {
    let mut logs = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(directory) = open.pop() {
        let entries = files::list(&directory)?;
        if spark::is_log(&entries) {
            logs.push(directory);
            continue;
        }
        for entry in entries {
            let name = entry.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with(['.', '_']) || name.ends_with(".crc") {
                continue;
            }
            if entry.is_dir() {
                // A link may lead back up.
                if !entry.is_symlink() {
                    open.push(entry);
                }
            } else {
                logs.push(entry);
            }
        }
    }
    logs.sort();
    Ok(logs)
}
