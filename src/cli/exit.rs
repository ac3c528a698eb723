//! What the exit status says.
//!
//! | status | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 2 | the command line, the scenario or an input file is wrong |
//! | 3 | the machine failed us: files that cannot be written, threads that do not start |
//! | 4 | an audit failed: a bug of ours, with what reproduces it |
//! | 101 | any other bug of ours |

use crate::experiment::ExperimentError;
use crate::files::FileError;
use crate::import::spark::ImportError;
use crate::report::ReportError;
use crate::scenario::LoadError;
use std::io;
use std::process::ExitCode;

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum CliError {
    /// The scenario cannot be run; the text is complete, with its places underlined.
    #[error("{0}")]
    Scenario(#[from] LoadError),
    /// The event log cannot be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The arguments make no sense together.
    #[error("{0}")]
    Usage(String),
    /// A file could not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Charts or tables could not be made or written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// Standard output is closed.
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
    /// The run itself failed.
    #[error("{error}\n\nreproduce it with: {command}")]
    Run {
        /// How.
        #[source]
        error: ExperimentError,
        /// The command that shows it again.
        command: String,
    },
}

impl CliError {
    /// The exit status for this failure.
    pub(super) fn status(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Import(ImportError::Read { .. })
            | Self::File(_)
            | Self::Report(_)
            | Self::Output(_)
            | Self::Run {
                error: ExperimentError::Threads(_),
                ..
            } => 3,
            Self::Scenario(_) | Self::Import(_) | Self::Usage(_) => 2,
            Self::Run {
                error: ExperimentError::Audit { .. },
                ..
            } => 4,
        })
    }
}
