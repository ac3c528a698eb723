//! Which files make up a log.
//!
//! Since 3.0 Spark may roll a log: a directory `eventlog_v2_<application>` that holds
//! `events_<index>_<application>[.<codec>]`, the index from 1, and an empty `appstatus_…` file.
//! A file that ends in `.compact` stands for all lower indices and has lost the events of finished
//! jobs.

use super::error::ImportError;
use super::report::ReadReport;
use crate::files;
use std::path::{Path, PathBuf};

/// The files of the log at `path`, in the order of their events.
///
/// # Errors
/// If a directory is not the log of one application, a file was compacted, or, unless `partial`,
/// a file is missing.
pub(super) fn parts(
    path: &Path,
    partial: bool,
    report: &mut ReadReport,
) -> Result<Vec<PathBuf>, ImportError> {
    let parts = if path.is_dir() {
        rolling(path, partial, report)?
    } else {
        vec![path.to_owned()]
    };
    match parts.iter().find(|part| name(part).ends_with(".compact")) {
        Some(part) => Err(ImportError::Compacted { path: part.clone() }),
        None => Ok(parts),
    }
}

fn rolling(
    directory: &Path,
    partial: bool,
    report: &mut ReadReport,
) -> Result<Vec<PathBuf>, ImportError> {
    let wrong = |problem: String| ImportError::Directory {
        path: directory.to_owned(),
        problem,
    };
    let entries = files::list(directory)?;
    let mut parts: Vec<(u64, PathBuf)> = entries
        .into_iter()
        .filter_map(|entry| rolling_index(&name(&entry)).map(|index| (index, entry)))
        .collect();
    parts.sort();
    if parts.is_empty() {
        return Err(wrong(
            "is not a rolling event log: it holds no file `events_1_…`".to_owned(),
        ));
    }
    if let Some(compacted) = parts
        .iter()
        .find(|(_, part)| name(part).ends_with(".compact"))
    {
        return Ok(vec![compacted.1.clone()]);
    }
    let mut expected = 1;
    for (index, part) in &parts {
        if *index < expected {
            return Err(wrong(format!(
                "holds more than one file with the number {index}, among them `{}`",
                name(part)
            )));
        }
        if *index > expected {
            let error = wrong(format!(
                "lacks the file `events_{expected}_…` that comes before `{}`",
                name(part)
            ));
            if !partial {
                return Err(error);
            }
            report.skip(error);
        }
        expected = index.saturating_add(1);
    }
    Ok(parts.into_iter().map(|(_, part)| part).collect())
}

/// The number in `events_<number>_<application>`.
fn rolling_index(name: &str) -> Option<u64> {
    let (index, _) = name.strip_prefix("events_")?.split_once('_')?;
    index.parse().ok()
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
