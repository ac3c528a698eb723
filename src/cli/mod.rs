//! The command line: one file per subcommand.
//!
//! Results go to stdout and to the output directory, progress and diagnostics to stderr. Every
//! failure has its exit status (`exit.rs`).

mod backtest;
mod check;
mod compare;
mod exit;
mod fleet;
mod import;
mod interrupt;
mod manifests;
mod merge;
mod plan;
mod printer;
mod run;
mod schema;
mod sweep;
mod theory;
mod validate;

use clap::{Parser, Subcommand};
use printer::Printer;
use std::process::ExitCode;

/// Deterministic simulator of containerised Spark clusters and the services beside them.
#[derive(Debug, Parser)]
#[command(version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArgs),
    Sweep(sweep::SweepArgs),
    Merge(merge::MergeArgs),
    Theory(theory::TheoryArgs),
    Compare(compare::CompareArgs),
    Check(check::CheckArgs),
    Plan(plan::PlanArgs),
    Validate(validate::ValidateArgs),
    Import(import::ImportArgs),
    Backtest(backtest::BacktestArgs),
    Schema(schema::SchemaArgs),
}

/// Parses the command line, does what it says, and answers with the exit status.
pub fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Merge(args) => merge::run(&args),
        Command::Theory(args) => theory::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Import(args) => import::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Schema(args) => schema::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            Printer::error(&error);
            error.status()
        }
    }
}
