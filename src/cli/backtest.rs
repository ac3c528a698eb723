//! `sparksim backtest`: replays of recorded applications against what was recorded.

use super::exit::CliError;
use super::printer::Printer;
use super::run::WIDTH;
use crate::experiment::Backtest;
use crate::report;
use std::path::PathBuf;

/// Replay every event log of a directory and show how far off each replay is
#[derive(Debug, clap::Args)]
pub(super) struct BacktestArgs {
    /// The directory, such as that of a history server; directories in it are gone through too
    directory: PathBuf,
    /// Write a row for each log to this CSV file
    #[arg(long, value_name = "FILE.csv")]
    out: Option<PathBuf>,
    /// Keep what can be read of damaged or truncated logs
    #[arg(long)]
    partial: bool,
    /// Applications of fewer tasks are shown, and do not count for the distribution of errors
    #[arg(long, value_name = "N", default_value_t = 20)]
    min_tasks: usize,
    /// Threads [default: one for each processor]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<u32>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Replays and compares.
pub(super) fn run(args: &BacktestArgs) -> Result<(), CliError> {
    let printer = Printer::new(args.quiet);
    let shown = args.directory.display();
    if !args.directory.is_dir() {
        return Err(CliError::Usage(format!(
            "`{shown}` is no directory: give one with event logs in it"
        )));
    }
    let backtest = Backtest {
        directory: &args.directory,
        partial: args.partial,
        min_tasks: args.min_tasks,
        threads: args.threads.unwrap_or(0) as usize,
    };
    let logs = backtest.logs()?;
    let count = u32::try_from(logs.len()).unwrap_or(u32::MAX);
    let progress = printer.watch(count, "logs", args.threads);
    let backtested = backtest.run(&logs, &progress);
    progress.finish();
    let backtested = backtested?;
    if backtested.replays.is_empty() && backtested.failures.is_empty() {
        return Err(CliError::Usage(format!("`{shown}` holds no event log")));
    }
    if let Some(out) = &args.out {
        super::import::write(out, &report::backtest_csv(&backtested))?;
    }
    printer.result(&report::backtest_text(&backtested, WIDTH))
}
