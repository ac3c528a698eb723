//! What can be wrong with an event log.

use crate::files::FileError;
use std::io;
use std::path::PathBuf;

/// Why an event log could not be imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// A file or directory cannot be opened.
    #[error(transparent)]
    File(#[from] FileError),
    /// The system failed in the middle of a file.
    #[error("cannot read `{}` after line {line}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The last line that was read.
        line: u64,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// There is not a single line.
    #[error("`{}` is empty: expected a Spark event log, one JSON object per line", path.display())]
    Empty {
        /// The file or directory.
        path: PathBuf,
    },
    /// It is something else.
    #[error(
        "`{}` is not a Spark event log: expected lines such as \
         `{{\"Event\":\"SparkListenerLogStart\",…}}`, found {found}",
        path.display()
    )]
    NotAnEventLog {
        /// The file.
        path: PathBuf,
        /// What the first line is instead.
        found: String,
    },
    /// A file of a rolling log was compacted.
    #[error(
        "`{}` was compacted by the history server: the events of finished jobs are gone, so the \
         run cannot be replayed",
        path.display()
    )]
    Compacted {
        /// The file.
        path: PathBuf,
    },
    /// A directory is not the log of one application.
    #[error("`{}` {problem}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A line is damaged.
    #[error("`{}` line {line}: expected {expected}, found {found}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// A file ends too early.
    #[error("`{}` is cut off: it ends in the middle of {inside}", path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
        /// What is not whole, with the line.
        inside: String,
    },
    /// The compressed data of a file is damaged.
    #[error("`{}` is damaged after line {line}: {problem}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The last whole line before the damage.
        line: u64,
        /// What the decompressor found.
        problem: String,
    },
    /// No task is known to have succeeded.
    #[error("`{}` has no task that succeeded: there is nothing to replay", path.display())]
    NothingToReplay {
        /// The file or directory.
        path: PathBuf,
    },
    /// Every line can be read, but what they say is not the whole of a run.
    #[error("`{}` is not the log of a whole run: {}", path.display(), listed(problems))]
    Incomplete {
        /// The file or directory.
        path: PathBuf,
        /// What is missing, one sentence each; at least one.
        problems: Vec<String>,
    },
}

/// How many problems a message lists.
const LISTED_MAX: usize = 5;

fn listed(problems: &[String]) -> String {
    let (first, rest) = problems.split_at(problems.len().min(LISTED_MAX));
    let first = first.join("; ");
    if rest.is_empty() {
        first
    } else {
        format!("{first}; and {} more", rest.len())
    }
}

impl ImportError {
    /// The same without the directories, which say nothing to whoever reads a scenario later.
    pub(super) fn with_file_name_only(mut self) -> Self {
        if let Self::Directory { path, .. }
        | Self::Malformed { path, .. }
        | Self::Truncated { path, .. }
        | Self::Corrupt { path, .. } = &mut self
            && let Some(name) = path.file_name()
        {
            *path = PathBuf::from(name);
        }
        self
    }

    /// How to go on, for a line of its own below the message.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Malformed { .. }
            | Self::Truncated { .. }
            | Self::Corrupt { .. }
            | Self::Incomplete { .. } => {
                Some("`--partial` keeps what can be read and lists what was left out")
            }
            Self::Compacted { .. } => Some(
                "take the log from before compaction, or raise \
                 `spark.history.fs.eventLog.rolling.maxFilesToRetain`",
            ),
            Self::Directory { .. } => Some(
                "give the event log of one application: a file, or the directory of a rolling log",
            ),
            Self::File(_)
            | Self::Read { .. }
            | Self::Empty { .. }
            | Self::NotAnEventLog { .. }
            | Self::NothingToReplay { .. } => None,
        }
    }
}
