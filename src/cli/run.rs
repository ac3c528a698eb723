//! `sparksim run`: all replications of one scenario; table, CSV files, charts.

use super::exit::CliError;
use super::interrupt;
use super::printer::Printer;
use crate::experiment::{self, Experiment, ExperimentError, Results};
use crate::files;
use crate::model::{Model, Run};
use crate::report;
use crate::scenario;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

/// Run a scenario: a table to the terminal, CSV files and charts to the output directory
#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// The scenario file
    scenario: PathBuf,
    /// Change a value of the scenario, e.g. `services.gateway.replicas=4`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Where the files go [default: output/<scenario name>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Number of independent replications, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    replications: Option<u32>,
    /// Seed of all random streams, instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads [default: one for each processor]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<u32>,
    /// Write down what happens in the first replication: events.csv, requests.csv and others
    #[arg(long)]
    trace: bool,
    /// Print nothing but errors
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Width of the table.
pub(super) const WIDTH: usize = 100;

/// Runs the scenario and writes everything.
pub(super) fn run(args: &RunArgs) -> Result<(), CliError> {
    let Simulated {
        results,
        out,
        traced,
        ending,
        ..
    } = simulate(args, "run")?;
    let mut written = report::write_all(&results, &out)?;
    written.extend(traced);
    let mut text = report::terminal(&results, WIDTH);
    let names: Vec<_> = written
        .iter()
        .filter_map(|path| path.file_name())
        .map(|n| n.to_string_lossy())
        .collect();
    let _ = writeln!(text, "\n{}: {}", out.display(), names.join(", "));
    Printer::new(args.quiet).result(&text)?;
    ending
}

/// A scenario that was run.
pub(super) struct Simulated {
    /// What was run.
    pub(super) model: Model,
    /// What came out.
    pub(super) results: Results,
    /// Where files go; the directory is there.
    pub(super) out: PathBuf,
    /// The files of the trace, if one was asked for.
    pub(super) traced: Vec<PathBuf>,
    /// How the command ends once everything is written: an interruption keeps what is done.
    pub(super) ending: Result<(), CliError>,
}

/// Runs the scenario as the arguments say; `subcommand` is what reproduces a failed audit.
pub(super) fn simulate(args: &RunArgs, subcommand: &str) -> Result<Simulated, CliError> {
    let printer = Printer::new(args.quiet);
    let mut loaded = scenario::load(&args.scenario, &args.set)?;
    let run = &mut loaded.model.run;
    run.replications = args.replications.unwrap_or(run.replications);
    run.seed = args.seed.unwrap_or(run.seed);
    let replications = run.replications;
    // A directory that cannot be made is better known before the run than after it.
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("output").join(&loaded.name));
    files::create_directory(&out)?;
    let experiment = Experiment {
        model: &loaded.model,
        name: &loaded.name,
        not_modelled: &loaded.notes,
        threads: args.threads.unwrap_or(0) as usize,
    };
    let stop = interrupt::watch();
    let progress = printer
        .watch(replications, "replications", args.threads)
        .stopped_by(stop);
    let results = experiment.run_watched(&progress);
    progress.finish();
    let results = results.map_err(|error| match error {
        ExperimentError::Interrupted => CliError::Interrupted(error.to_string()),
        error => CliError::Run {
            error,
            command: command(args, subcommand, &loaded.model.run),
        },
    })?;
    let mut traced = Vec::new();
    if args.trace {
        let mut trace = report::Trace::create(&loaded.model, &out)?;
        experiment::trace(&loaded.model, &mut trace);
        traced = trace.finish()?;
    }
    let is_short = loaded.model.run.precision.is_some() || results.replications < replications;
    let ending = if stop.load(Ordering::Relaxed) && is_short {
        Err(CliError::Interrupted(format!(
            "interrupted; the figures are those of {} replications",
            results.replications
        )))
    } else {
        Ok(())
    };
    Ok(Simulated {
        ending,
        model: loaded.model,
        results,
        out,
        traced,
    })
}

/// The command line that repeats this run.
fn command(args: &RunArgs, subcommand: &str, run: &Run) -> String {
    let mut command = format!("sparksim {subcommand} {}", args.scenario.display());
    for set in &args.set {
        let _ = write!(command, " --set '{set}'");
    }
    let _ = write!(
        command,
        " --seed {} --replications {}",
        run.seed, run.replications
    );
    command
}
