//! The files of a report: which there are, and writing them.

use std::path::{Path, PathBuf};

use crate::experiment::Results;
use crate::files::{self, FileError};
use crate::report::{chart, csv};

/// Why the report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A file or the directory could not be written.
    #[error(transparent)]
    File(#[from] FileError),
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

/// Writes files, names and contents, into `directory`, which is created where it does not exist.
/// Answers with their names.
///
/// # Errors
/// If the directory cannot be created or a file cannot be written.
pub fn write_files(
    rendered: Vec<(String, Vec<u8>)>,
    directory: &Path,
) -> Result<Vec<String>, ReportError> {
    files::create_directory(directory)?;
    let mut names = Vec::with_capacity(rendered.len());
    for (name, bytes) in rendered {
        files::write(&directory.join(&name), &bytes)?;
        names.push(name);
    }
    Ok(names)
}

/// The files of the report: names and contents.
pub fn render(results: &Results) -> Vec<(String, Vec<u8>)> {
    let mut rendered = vec![
        ("summary.csv".to_owned(), csv::summary(results)),
        ("runs.csv".to_owned(), csv::runs(results)),
        ("series.csv".to_owned(), csv::series(results)),
    ];
    if !results.numbers.is_empty() {
        rendered.push(("in_system.csv".to_owned(), csv::in_system(results)));
    }
    rendered.extend(chart::render(results));
    rendered
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_file_of_the_report_is_written_and_named() {
        let directory = tempfile::tempdir().unwrap();
        let output = directory.path().join("output/quickstart");
        let results = sample::results();
        let written = write_all(&results, &output).unwrap();
        let names: Vec<&str> = written
            .iter()
            .map(|path| path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names[..4],
            ["summary.csv", "runs.csv", "series.csv", "in_system.csv"]
        );
        assert_eq!(names.len(), 20);
        let mut found = files::list(&output).unwrap();
        let mut sorted = written.clone();
        sorted.sort();
        found.sort();
        assert_eq!(found, sorted);
        for (path, (_, bytes)) in written.iter().zip(render(&results)) {
            assert_eq!(std::fs::read(path).unwrap(), bytes, "{}", path.display());
        }
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let occupied = directory.path().join("output");
        files::write(&occupied, b"a file").unwrap();
        let error = write_all(&sample::results(), &occupied).unwrap_err();
        assert!(error.to_string().starts_with("cannot create `"), "{error}");
    }
}
