//! The files of a sweep.

use super::csv;
use crate::experiment::SweepResults;
use crate::files;
use crate::report::{ReportError, chart};
use std::path::{Path, PathBuf};

/// Renders every file of the sweep and then writes them into `directory`, which is created where it
/// does not exist. `metrics` are charted. Answers with the files in the order of writing.
///
/// # Errors
/// If the directory cannot be created or a file cannot be written.
pub fn write_all(
    results: &SweepResults,
    metrics: &[String],
    directory: &Path,
) -> Result<Vec<PathBuf>, ReportError> {
    let rendered = render(results, metrics);
    files::create_directory(directory)?;
    let mut written = Vec::with_capacity(rendered.len());
    for (name, bytes) in rendered {
        let path = directory.join(name);
        files::write(&path, &bytes)?;
        written.push(path);
    }
    Ok(written)
}

/// The files of the sweep: names and contents.
pub fn render(results: &SweepResults, metrics: &[String]) -> Vec<(String, Vec<u8>)> {
    let mut rendered = vec![
        ("sweep.csv".to_owned(), csv::sweep(results)),
        ("runs.csv".to_owned(), csv::runs(results)),
    ];
    rendered.extend(chart::render_sweep(results, metrics));
    rendered
}
