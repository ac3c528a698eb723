//! `sparksim theory`: closed forms beside simulation, and whether their assumptions hold.

use super::exit::CliError;
use super::printer::Printer;
use super::run::{RunArgs, WIDTH, simulate};
use crate::experiment::theory;
use crate::files;
use crate::report;
use std::fmt::Write;

/// The arguments of `run`, whose own description is not that of this command.
#[derive(Debug, clap::Args)]
#[command(
    about = "Run a scenario and put queueing theory beside it: which model each service is, whether \
             its assumptions hold, and how far theory and simulation are apart",
    long_about = None
)]
pub(super) struct TheoryArgs {
    #[command(flatten)]
    run: RunArgs,
}

/// Runs the scenario, compares, and writes `theory.csv`.
pub(super) fn run(args: &TheoryArgs) -> Result<(), CliError> {
    let args = &args.run;
    let simulated = simulate(args, "theory")?;
    let comparisons = theory::compare(&simulated.model, &simulated.results);
    let file = simulated.out.join("theory.csv");
    files::write(&file, &report::theory_csv(&comparisons))?;
    let mut text = report::theory_text(&comparisons, &simulated.results, WIDTH);
    let _ = writeln!(text, "\n{}", file.display());
    Printer::new(args.quiet).result(&text)?;
    simulated.ending
}
