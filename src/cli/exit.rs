//! What the exit status says.
//!
//! | status | meaning |
//! | --- | --- |
//! | 0 | done |
//! | 1 | a check failed or is undecided, or no point of a plan meets every check |
//! | 2 | the command line, the scenario or an input file is wrong |
//! | 3 | the machine failed us: files that cannot be written, threads that do not start |
//! | 4 | an audit failed: a bug of ours, with what reproduces it |
//! | 101 | any other bug of ours |
//! | 130 | interrupted by Ctrl-C |

use super::interrupt;
use crate::experiment::{
    BacktestError, CheckError, ExperimentError, ForecastError, JournalError, MergeError, PlanError,
    SweepError,
};
use crate::files::FileError;
use crate::import::spark::ImportError;
use crate::report::ReportError;
use crate::report::sweep::UnknownMetric;
use crate::scenario::LoadError;
use std::io;
use std::path::Path;
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
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// Charts or tables could not be made or written.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// A figure was asked for that there is not.
    #[error(transparent)]
    Metric(#[from] UnknownMetric),
    /// A sweep cannot be resumed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Shards make no whole.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// Ctrl-C.
    #[error("{0}")]
    Interrupted(String),
    /// Standard output is closed.
    #[error("cannot write to standard output")]
    Output(#[from] io::Error),
    /// A promise is not kept, or not for certain.
    #[error("checks are not met: {0}")]
    Unmet(String),
    /// A forecast failed.
    #[error(transparent)]
    Forecast(#[from] ForecastError),
    /// The run itself failed.
    #[error("{error}\n\nreproduce it with: {command}")]
    Run {
        /// How.
        #[source]
        error: ExperimentError,
        /// The command that shows it again.
        command: String,
    },
    /// A backtest failed.
    #[error(transparent)]
    Backtest(#[from] BacktestError),
    /// A sweep failed.
    #[error("{error}{}", reproduce(command.as_deref()))]
    Sweep {
        /// How.
        #[source]
        error: SweepError,
        /// The command that shows it again.
        command: Option<String>,
    },
}

fn reproduce(command: Option<&str>) -> String {
    command.map_or_else(String::new, |command| {
        format!("\n\nreproduce it with: {command}")
    })
}

impl CliError {
    /// A failed run of a command that runs several models.
    pub(super) fn run(error: ExperimentError, command: &str) -> Self {
        Self::Run {
            error,
            command: format!("the same `sparksim {command}`"),
        }
    }

    /// A check that came to no verdict; `file` is where its baseline stands.
    pub(super) fn check(error: CheckError, scenario: &Path, file: &Path) -> Self {
        let (scenario, file) = (scenario.display(), file.display());
        match error {
            CheckError::Run(error) => Self::run(error, &format!("check {scenario}")),
            CheckError::NoChecks => Self::Usage(format!("{scenario}: {error}")),
            CheckError::NoBaseline(_) => Self::Usage(format!(
                "{scenario}: {error}\n\nhint: `sparksim check {scenario} --update-baseline` writes \
                 `{file}`"
            )),
            CheckError::Refused(_) => Self::Usage(format!(
                "{scenario}: {error}\n\nhint: if that is meant, `--update-baseline` measures `{file}` \
                 anew"
            )),
        }
    }

    /// A plan that came to nothing.
    pub(super) fn plan(error: PlanError, scenario: &Path) -> Self {
        let scenario = scenario.display();
        match error {
            PlanError::Run(error) => Self::run(error, &format!("plan {scenario}")),
            error => Self::Usage(format!("{scenario}: {error}")),
        }
    }

    /// The file that could not be read or written, where that is what went wrong.
    fn file(&self) -> Option<&FileError> {
        match self {
            Self::File(error)
            | Self::Forecast(ForecastError::File(error))
            | Self::Journal(JournalError::File(error))
            | Self::Backtest(BacktestError::File(error))
            | Self::Merge(MergeError::File(error))
            | Self::Sweep {
                error: SweepError::File(error),
                ..
            } => Some(error),
            _ => None,
        }
    }

    /// The exit status for this failure.
    pub(super) fn status(&self) -> ExitCode {
        ExitCode::from(match self {
            _ if self.file().is_some_and(FileError::is_input) => 2,
            Self::Import(ImportError::Read { .. })
            | Self::File(_)
            | Self::Report(_)
            | Self::Output(_)
            | Self::Forecast(
                ForecastError::File(_) | ForecastError::Run(ExperimentError::Threads(_)),
            )
            | Self::Journal(JournalError::File(_))
            | Self::Backtest(BacktestError::File(_) | BacktestError::Threads(_))
            | Self::Merge(MergeError::File(_))
            | Self::Sweep {
                error: SweepError::Threads(_) | SweepError::File(_),
                ..
            }
            | Self::Run {
                error: ExperimentError::Threads(_),
                ..
            } => 3,
            Self::Unmet(_) => 1,
            Self::Scenario(_)
            | Self::Import(_)
            | Self::Forecast(ForecastError::Scenario(_))
            | Self::Usage(_)
            | Self::Metric(_)
            | Self::Journal(_)
            | Self::Merge(_) => 2,
            Self::Interrupted(_)
            | Self::Forecast(ForecastError::Run(ExperimentError::Interrupted))
            | Self::Run {
                error: ExperimentError::Interrupted,
                ..
            } => interrupt::STATUS,
            Self::Backtest(BacktestError::Audit { .. })
            | Self::Forecast(ForecastError::Run(ExperimentError::Audit { .. }))
            | Self::Run {
                error: ExperimentError::Audit { .. },
                ..
            }
            | Self::Sweep {
                error: SweepError::Audit { .. },
                ..
            } => 4,
        })
    }
}
