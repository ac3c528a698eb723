//! The only module that opens and creates files.
//!
//! A result is written whole or not at all: into a temporary file in the same directory, then
//! renamed over the target. A journal grows record by record; a record that was cut off is as if it
//! had never been begun. Errors carry the path and what was being done.

use siphasher::sip::SipHasher24;
use std::fs::{File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What [`FileError::action`] is of files that are read.
const READ: &str = "read";

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
    /// Whether it is about a file that was to be read: what the user named, as a rule.
    pub fn is_input(&self) -> bool {
        self.action == READ
    }

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
    File::open(path).map_err(FileError::new(READ, path))
}

/// Reads a whole text file.
///
/// # Errors
/// If it cannot be read or is not UTF-8.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    std::fs::read_to_string(path).map_err(FileError::new(READ, path))
}

/// The one name of a file, whatever path leads to it.
///
/// # Errors
/// If there is no such file.
pub fn identity(path: &Path) -> Result<PathBuf, FileError> {
    std::fs::canonicalize(path).map_err(FileError::new(READ, path))
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
    read().map_err(FileError::new(READ, directory))
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

/// A directory for files that somebody else has to read; it goes when this is dropped.
#[derive(Debug)]
pub struct Scratch(tempfile::TempDir);

impl Scratch {
    /// An empty directory.
    ///
    /// # Errors
    /// If the system has no room for temporary files.
    pub fn create() -> Result<Self, FileError> {
        let directory = tempfile::Builder::new().prefix("sparksim-").tempdir();
        let at = std::env::temp_dir();
        directory
            .map(Self)
            .map_err(FileError::new("create a directory in", &at))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
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

/// Removes a file, if it is there.
///
/// # Errors
/// If it is there and may not be removed.
pub fn remove(path: &Path) -> Result<(), FileError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(FileError::new("remove", path)(error))
        }
        _ => Ok(()),
    }
}

/// Bytes before each record of a journal: its length and its checksum.
const FRAME: usize = 12;

/// A file that grows record by record. A record is there whole or it is not there: readers find out
/// by its checksum.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Begins a journal with `records` in place of what may be at `path`, and keeps other processes
    /// from writing it meanwhile.
    ///
    /// # Errors
    /// If that is not possible, or another process is writing it.
    pub fn begin(path: &Path, records: &[Vec<u8>]) -> Result<Self, FileError> {
        let open = || -> io::Result<File> {
            let file = File::options().append(true).open(path)?;
            file.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => io::Error::other("another process is writing it"),
                TryLockError::Error(error) => error,
            })?;
            Ok(file)
        };
        let before = match open() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            file => Some(file.map_err(FileError::new("append to", path))?),
        };
        let framed: Vec<u8> = records.iter().flat_map(|record| frame(record)).collect();
        write(path, &framed)?;
        drop(before);
        let file = open().map_err(FileError::new("append to", path))?;
        let path = path.to_owned();
        Ok(Self { file, path })
    }

    /// Appends a record.
    ///
    /// # Errors
    /// If the disk is full or the file is gone.
    pub fn append(&mut self, record: &[u8]) -> Result<(), FileError> {
        let written = self.file.write_all(&frame(record));
        written.map_err(FileError::new("append to", &self.path))
    }
}

/// The whole records of the journal at `path`, up to the first that is cut off or damaged; `None`
/// if there is no file.
///
/// # Errors
/// If it cannot be read.
pub fn read_journal(path: &Path) -> Result<Option<Vec<Vec<u8>>>, FileError> {
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        bytes => bytes.map_err(FileError::new(READ, path))?,
    };
    let mut records = Vec::new();
    let mut rest = bytes.as_slice();
    while let Some((record, after)) = unframe(rest) {
        records.push(record.to_vec());
        rest = after;
    }
    Ok(Some(records))
}

fn frame(record: &[u8]) -> Vec<u8> {
    let length = u32::try_from(record.len()).expect("no record has four gigabytes");
    let mut framed = Vec::with_capacity(FRAME + record.len());
    framed.extend(length.to_le_bytes());
    framed.extend(checksum(record).to_le_bytes());
    framed.extend(record);
    framed
}

/// The first record of `bytes` and what follows it.
fn unframe(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let (record, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    (checksum(record) == u64::from_le_bytes(*sum)).then_some((record, rest))
}

fn checksum(bytes: &[u8]) -> u64 {
    SipHasher24::new().hash(bytes)
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

    #[test]
    fn a_journal_keeps_whole_records_and_forgets_the_one_that_was_cut_off() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sweep.journal");
        assert!(read_journal(&path).unwrap().is_none());
        let mut journal = Journal::begin(&path, &[b"head".to_vec()]).unwrap();
        let error = Journal::begin(&path, &[]).unwrap_err();
        assert!(
            error.to_string().starts_with("cannot append to `"),
            "{error}"
        );
        journal.append(b"").unwrap();
        journal.append(b"third").unwrap();
        drop(journal);
        let bytes = std::fs::read(&path).unwrap();
        let whole = [b"head".to_vec(), Vec::new(), b"third".to_vec()];
        assert_eq!(read_journal(&path).unwrap().unwrap(), whole);
        for length in 0..bytes.len() {
            write(&path, &bytes[..length]).unwrap();
            let records = read_journal(&path).unwrap().unwrap();
            let ends = [FRAME + 4, 2 * FRAME + 4];
            let expected = ends.iter().filter(|&&end| end <= length).count();
            assert_eq!(records, whole[..expected], "cut to {length}");
        }
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 0x10;
            write(&path, &damaged).unwrap();
            let records = read_journal(&path).unwrap().unwrap();
            assert!(records.len() < 3, "byte {index} does not matter");
            assert_eq!(records, whole[..records.len()]);
        }
    }
}
