//! The reading of a log from end to end, and what damage means.
//!
//! By default the first damage ends it with an error, and so does a log that is not the whole of a
//! run. With [`ReadOptions::partial`] what can be read is kept and everything else is listed.

use super::application::{Application, JobOutcome};
use super::codec;
use super::collect::{Collector, Missing};
use super::error::ImportError;
use super::events;
use super::lines::Lines;
use super::report::ReadReport;
use super::source;
use super::work::{self, Problem};
use std::io;
use std::path::Path;

/// How to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadOptions {
    /// Whether to keep what can be read of a log that is damaged or not whole.
    pub partial: bool,
}

/// Reads the event log at `path`: a file, plain or compressed, or a directory of such files.
///
/// # Errors
/// If there is no event log, or, unless `partial`, if it is damaged or not the whole of a run.
pub fn read(path: &Path, options: &ReadOptions) -> Result<(Application, ReadReport), ImportError> {
    let mut reading = Reading {
        partial: options.partial,
        report: ReadReport::default(),
        collector: Collector::default(),
    };
    let parts = source::parts(path, options.partial, &mut reading.report)?;
    reading.collector.spark_version = parts.spark_version;
    for part in parts.files {
        reading.part(&part)?;
        reading.report.files.push(part);
    }
    if reading.report.line_count == 0 && reading.report.skipped_count == 0 {
        return Err(ImportError::Empty {
            path: path.to_owned(),
        });
    }
    if reading.collector.is_empty() {
        return Err(ImportError::NotAnEventLog {
            path: path.to_owned(),
            found: "no event of a Spark application".to_owned(),
        });
    }
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let (application, missing) = reading.collector.finish(&stem);
    let mut report = reading.report;
    report.assumed.extend(missing.notes.iter().cloned());
    judge(path, options.partial, &application, &missing, &mut report)?;
    Ok((application, report))
}

struct Reading {
    partial: bool,
    report: ReadReport,
    collector: Collector,
}

impl Reading {
    fn part(&mut self, path: &Path) -> Result<(), ImportError> {
        let mut lines = Lines::new(codec::open(path)?);
        loop {
            let next = lines.next();
            let line = match next {
                Ok(Some(line)) => line,
                Ok(None) => return Ok(()),
                Err(source) => return self.broken_off(path, lines.number, source),
            };
            self.report.line_count += 1;
            self.report.byte_count += line.bytes.len() as u64 + 1;
            if line.bytes.is_empty() {
                continue;
            }
            let error = match events::parse(line.bytes) {
                Ok(None) => continue,
                Ok(Some(event)) => match self.collector.apply(event) {
                    Ok(()) => continue,
                    Err(contradiction) => ImportError::Malformed {
                        path: path.to_owned(),
                        line: lines.number,
                        expected: contradiction.expected,
                        found: contradiction.found,
                    },
                },
                Err(_) if self.report.line_count == 1 && !line.bytes.starts_with(b"{\"Event\"") => {
                    ImportError::NotAnEventLog {
                        path: path.to_owned(),
                        found: events::excerpt(line.bytes, 0),
                    }
                }
                Err(problem) if problem.is_cut_off && !line.is_terminated => {
                    ImportError::Truncated {
                        path: path.to_owned(),
                        inside: format!("line {}", lines.number),
                    }
                }
                Err(problem) => ImportError::Malformed {
                    path: path.to_owned(),
                    line: lines.number,
                    expected: "one JSON object with an event of Spark".to_owned(),
                    found: problem.found,
                },
            };
            self.damaged(error)?;
        }
    }

    /// The bytes of a file come to an end before the file does.
    fn broken_off(&mut self, path: &Path, line: u64, source: io::Error) -> Result<(), ImportError> {
        let path = path.to_owned();
        self.damaged(match source.kind() {
            io::ErrorKind::UnexpectedEof => ImportError::Truncated {
                path,
                inside: format!("{source}, after line {line}"),
            },
            io::ErrorKind::InvalidData => ImportError::Corrupt {
                path,
                line,
                problem: source.to_string(),
            },
            _ => return Err(ImportError::Read { path, line, source }),
        })
    }

    fn damaged(&mut self, error: ImportError) -> Result<(), ImportError> {
        if self.partial {
            self.report.skip(error);
            Ok(())
        } else {
            Err(error)
        }
    }
}

/// Decides whether what was read is the whole of a run.
fn judge(
    path: &Path,
    partial: bool,
    application: &Application,
    missing: &Missing,
    report: &mut ReadReport,
) -> Result<(), ImportError> {
    let mut problems = Vec::new();
    if missing.start {
        problems.push(Problem {
            what: "it lacks SparkListenerApplicationStart".to_owned(),
            remedy: "its first event counts as the start",
        });
    }
    for job in &application.jobs {
        if job.outcome == JobOutcome::Running {
            problems.push(Problem {
                what: format!("job {} has no end", job.id),
                remedy: "the end of the log counts as its end",
            });
        }
    }
    let mut has_work = false;
    for stage in &application.stages {
        if stage.job.is_none() {
            problems.push(Problem {
                what: format!("stage {} belongs to no job", stage.id),
                remedy: "it is left out",
            });
        } else {
            let work = work::of(application, stage);
            has_work |= !work.rows.is_empty();
            problems.extend(work.problem(stage.id));
        }
    }
    // Databricks' logs and those of crashed drivers just stop; if every job had ended by then, all
    // of the work is there.
    if missing.end {
        report.assumed.push(
            "the log lacks SparkListenerApplicationEnd, so its last event counts as the end"
                .to_owned(),
        );
    }
    if !problems.is_empty() && !partial {
        return Err(ImportError::Incomplete {
            path: path.to_owned(),
            problems: problems.into_iter().map(|problem| problem.what).collect(),
        });
    }
    if !has_work {
        return Err(ImportError::NothingToReplay {
            path: path.to_owned(),
        });
    }
    report.assumed.extend(
        problems
            .iter()
            .map(|problem| format!("{}, so {}", problem.what, problem.remedy)),
    );
    Ok(())
}
