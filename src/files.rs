//! The only module that opens and creates files.
//!
//! A result is written whole or not at all: into a temporary file in the same directory, then
//! renamed over the target. Errors carry the path and what was being done.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What went wrong with which file.
#[derive(Debug, thiserror::Error)]
#[error("cannot {action} `{}`", path.display())]
pub struct FileError {
    /// What was being done: `read`, `write`, `create`.
    pub action: &'static str,
    /// The file or directory.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl FileError {
    fn new(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self {
            action,
            path,
            source,
        }
    }
}

/// Opens a file for reading.
///
/// # Errors
/// If it does not exist or may not be read.
pub fn open(path: &Path) -> Result<File, FileError> {
    File::open(path).map_err(FileError::new("read", path))
}

/// Reads a whole text file.
///
/// # Errors
/// If it cannot be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(FileError::new("read", path))
}

/// The one name of a file, whatever path leads to it.
///
/// # Errors
/// If there is no such file.
pub fn identity(path: &Path) -> Result<PathBuf, FileError> {
    std::fs::canonicalize(path).map_err(FileError::new("read", path))
}

/// The entries of a directory, sorted by name.
///
/// # Errors
/// If it cannot be read.
pub fn list(directory: &Path) -> Result<Vec<PathBuf>, FileError> {
    let read = || -> io::Result<Vec<PathBuf>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            entries.push(entry?.path());
        }
        entries.sort();
        Ok(entries)
    };
    read().map_err(FileError::new("read", directory))
}

/// Creates a directory and those above it.
///
/// # Errors
/// If that is not possible.
pub fn create_directory(path: &Path) -> Result<(), FileError> {
    std::fs::create_dir_all(path).map_err(FileError::new("create", path))
}

/// Writes `bytes` to `path`: all of them or, on an error, none.
///
/// # Errors
/// If the directory is missing or not writable, or the disk is full.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let write = || -> io::Result<()> {
        let mut file = temporary(directory_of(path))?;
        file.write_all(bytes)?;
        set_permissions(file.as_file())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(FileError::new("write", path))
}

/// A file that is written piece by piece and appears under its name when it is whole.
#[derive(Debug)]
pub struct Stream {
    file: BufWriter<tempfile::NamedTempFile>,
    path: PathBuf,
}

impl Stream {
    /// An empty file that will be at `path`.
    ///
    /// # Errors
    /// If the directory is missing or not writable.
    pub fn create(path: &Path) -> Result<Self, FileError> {
        let file = temporary(directory_of(path)).map_err(FileError::new("write", path))?;
        Ok(Self {
            file: BufWriter::new(file),
            path: path.to_owned(),
        })
    }

    /// Puts the file where it belongs, and answers where that is.
    ///
    /// # Errors
    /// If something could not be written.
    pub fn finish(self) -> Result<PathBuf, FileError> {
        let Self { file, path } = self;
        let persist = || -> io::Result<()> {
            let file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            set_permissions(file.as_file())?;
            file.persist(&path).map_err(|error| error.error)?;
            Ok(())
        };
        persist().map_err(FileError::new("write", &path))?;
        Ok(path)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn temporary(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".sparksim-")
        .tempfile_in(directory)
}

/// Temporary files are private; results are for whoever may read the directory.
#[cfg(unix)]
fn set_permissions(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn set_permissions(_file: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_no_file_until_it_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("events.csv");
        let mut stream = Stream::create(&path).unwrap();
        stream.write_all(b"time\n").unwrap();
        assert!(!path.exists());
        drop(stream);
        assert_eq!(list(directory.path()).unwrap(), Vec::<PathBuf>::new());
        let mut stream = Stream::create(&path).unwrap();
        stream.write_all(b"time\n1\n").unwrap();
        assert_eq!(stream.finish().unwrap(), path);
        assert_eq!(read_text(&path).unwrap(), "time\n1\n");
        let missing = directory.path().join("no/such/events.csv");
        assert!(Stream::create(&missing).is_err());
    }

    #[test]
    fn a_file_is_replaced_whole_and_a_failure_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("summary.csv");
        write(&path, b"first").unwrap();
        write(&path, b"second").unwrap();
        assert_eq!(read_text(&path).unwrap(), "second");
        let missing = directory.path().join("no/such/summary.csv");
        let error = write(&missing, b"x").unwrap_err();
        assert!(error.to_string().starts_with("cannot write `"), "{error}");
        assert_eq!(list(directory.path()).unwrap(), [path]);
    }
}
