//! Which files make up a log.
//!
//! Mostly one. Or a directory, in one of three layouts:
//!
//! * Spark since 3.0 may roll a log: `eventlog_v2_<application>` holds
//!   `events_<index>_<application>[.<codec>]`, the index from 1, and an empty `appstatus_…` file. A
//!   file that ends in `.compact` stands for all lower indices and has lost the events of finished
//!   jobs.
//! * Databricks rolls by the clock: `eventlog-<date>--<time>.gz`, and last the plain `eventlog`.
//! * Spark before 1.3 wrote `EVENT_LOG_<index>` beside files that only say something by their names:
//!   `SPARK_VERSION_<version>`, `APPLICATION_COMPLETE`.

use super::error::ImportError;
use super::report::ReadReport;
use crate::files;
use std::path::{Path, PathBuf};

/// The end of a name while the application runs.
pub(super) const IN_PROGRESS: &str = ".inprogress";

/// A log's files.
pub(super) struct Parts {
    /// In the order of their events.
    pub(super) files: Vec<PathBuf>,
    /// What names say of the version; in old logs nothing else does.
    pub(super) spark_version: Option<String>,
}

/// The files of the log at `path`.
///
/// # Errors
/// If a directory is not the log of one application, a file was compacted, or, unless `partial`,
/// a file is missing.
pub(super) fn parts(
    path: &Path,
    partial: bool,
    report: &mut ReadReport,
) -> Result<Parts, ImportError> {
    let mut parts = Parts {
        files: vec![path.to_owned()],
        spark_version: None,
    };
    let mut in_progress = name(path).ends_with(IN_PROGRESS);
    if path.is_dir() {
        let entries = files::list(path)?;
        in_progress |= entries.iter().any(|it| name(it).ends_with(IN_PROGRESS));
        if let Some(files) = rolling(path, &entries, partial, report)? {
            parts.files = files;
        } else if let Some(files) = by_the_clock(&entries) {
            parts.files = files;
        } else if let Some(files) = before_1_3(&entries) {
            parts.files = files;
            let mut names = entries.iter().map(|entry| name(entry));
            parts.spark_version = names.find_map(|name| {
                let version = name.strip_prefix("SPARK_VERSION_");
                version.map(str::to_owned)
            });
        } else {
            return Err(ImportError::Directory {
                path: path.to_owned(),
                problem: "is not an event log: it holds no file `events_1_…`, `eventlog` or \
                          `EVENT_LOG_1`"
                    .to_owned(),
            });
        }
    }
    if let Some(part) = parts.files.iter().find(|part| is_compacted(part)) {
        return Err(ImportError::Compacted { path: part.clone() });
    }
    if in_progress {
        report.assumed.push(format!(
            "by the name `…{IN_PROGRESS}` the application was still running, or its driver died"
        ));
    }
    Ok(parts)
}

/// Whether a directory with these entries is the log of one application.
pub(in crate::import) fn is_log(entries: &[PathBuf]) -> bool {
    let is_rolled = |entry: &PathBuf| rolling_index(&name(entry)).is_some();
    entries.iter().any(is_rolled)
        || by_the_clock(entries).is_some()
        || before_1_3(entries).is_some()
}

/// The files of a log that Spark rolled; `None` if there are none.
fn rolling(
    directory: &Path,
    entries: &[PathBuf],
    partial: bool,
    report: &mut ReadReport,
) -> Result<Option<Vec<PathBuf>>, ImportError> {
    let wrong = |problem: String| ImportError::Directory {
        path: directory.to_owned(),
        problem,
    };
    let parts = numbered(entries, rolling_index);
    if let Some((_, compacted)) = parts.iter().find(|(_, part)| is_compacted(part)) {
        return Ok(Some(vec![compacted.clone()]));
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
    Ok(files_of(parts))
}

/// The files of a log that Databricks rolled. Their names sort as their times do; the plain one is
/// the one that was still being written.
fn by_the_clock(entries: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let rank = |path: &PathBuf| {
        let name = name(path);
        let rest = name.strip_prefix("eventlog")?;
        // Plain or compressed by whoever copied it.
        if rest.is_empty() || rest.starts_with('.') {
            return Some((true, String::new()));
        }
        let rest = rest.strip_prefix('-')?;
        rest.starts_with(|c: char| c.is_ascii_digit())
            .then(|| (false, rest.to_owned()))
    };
    let mut parts: Vec<_> = entries
        .iter()
        .filter_map(|entry| rank(entry).map(|rank| (rank, entry.clone())))
        .collect();
    parts.sort();
    files_of(parts)
}

/// The files of a log in the layout of Spark before 1.3.
fn before_1_3(entries: &[PathBuf]) -> Option<Vec<PathBuf>> {
    let index = |name: &str| name.strip_prefix("EVENT_LOG_")?.parse().ok();
    files_of(numbered(entries, index))
}

fn numbered(entries: &[PathBuf], index: impl Fn(&str) -> Option<u64>) -> Vec<(u64, PathBuf)> {
    let mut parts: Vec<(u64, PathBuf)> = entries
        .iter()
        .filter_map(|entry| index(&name(entry)).map(|index| (index, entry.clone())))
        .collect();
    parts.sort();
    parts
}

fn files_of<K>(parts: Vec<(K, PathBuf)>) -> Option<Vec<PathBuf>> {
    let files: Vec<PathBuf> = parts.into_iter().map(|(_, part)| part).collect();
    (!files.is_empty()).then_some(files)
}

/// The number in `events_<number>_<application>`.
fn rolling_index(name: &str) -> Option<u64> {
    let (index, _) = name.strip_prefix("events_")?.split_once('_')?;
    index.parse().ok()
}

fn is_compacted(path: &Path) -> bool {
    name(path).ends_with(".compact")
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
