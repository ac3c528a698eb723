//! The files of a report: which there are, and writing them.

use std::path::{Path, PathBuf};

use crate::experiment::Results;
use crate::files::{self, FileError};
use crate::report::{chart, csv};

/// Why the report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file or the directory could not be written.
    #[error("{0}")]
    File(
        #[from]
        #[source]
        FileError,
    ),
}

/// Renders every file of the report and then writes them into `directory`, which is created where
/// it does not exist. Answers with the files in the order of writing.
///
/// # Errors
/// If the directory cannot be created or a file cannot be written.
pub fn write_all(results: &Results, directory: &Path) -> Result<Vec<PathBuf>, ReportError> {
    let rendered = render(results);
    files::create_directory(directory)?;
    let mut written = Vec::with_capacity(rendered.len());
    for (name, bytes) in rendered {
        let path = directory.join(name);
        files::write(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// The files of the report: names and contents.
pub fn render(results: &Results) -> Vec<(String, Vec<u8>)> {
    let mut rendered = vec![
        ("summary.csv".to_owned(), csv::summary(results)),
        ("runs.csv".to_owned(), csv::runs(results)),
        ("series.csv".to_owned(), csv::series(results)),
    ];
    rendered.extend(chart::render(results));
    rendered
}
