//! `sparksim import`: from what real systems write to scenarios.

use super::exit::CliError;
use super::fleet::{self, FleetArgs};
use super::manifests::{self, KubernetesArgs};
use super::printer::Printer;
use super::run::WIDTH;
use crate::import::spark::{self, DataScale, Purpose, ReadOptions, ScenarioOptions, TaskOrder};
use crate::{experiment, files, report};
use std::path::{Path, PathBuf};

/// Make a scenario from a file that a real system wrote
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, clap::Subcommand)]
enum Source {
    SparkEventLog(EventLogArgs),
    Kubernetes(KubernetesArgs),
}

/// Read a Spark event log and write a scenario that replays it
#[derive(Debug, clap::Args)]
pub(super) struct EventLogArgs {
    /// The event log: a file, plain or compressed, or the directory of a rolling log; with `--fleet`
    /// the directory of many logs
    pub(super) log: PathBuf,
    /// The scenario to write; the recorded tasks go to a CSV file beside it
    #[arg(
        long,
        short,
        value_name = "NAME.toml",
        required_unless_present = "report"
    )]
    pub(super) out: Option<PathBuf>,
    /// Take the run apart and simulate 10 % to 500 % of its executors; with `--fleet` a table of all
    /// applications and what they held; with `--out`, `NAME.report.csv` goes beside the scenario
    #[arg(long, conflicts_with = "scale_data")]
    pub(super) report: bool,
    /// Threads of the report [default: one for each processor]; results do not depend on it
    #[arg(long, value_name = "N", requires = "report", conflicts_with = "fleet", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<u32>,
    #[command(flatten)]
    pub(super) many: FleetArgs,
    /// Keep what can be read of a damaged or truncated log, and say what is missing
    #[arg(long)]
    pub(super) partial: bool,
    /// Give every stage that many times the tasks and data; one task stays one and takes longer
    #[arg(long, value_name = "FACTOR", default_value_t = DataScale::RECORDED)]
    pub(super) scale_data: DataScale,
    /// Ask how the application would run on other clusters: room for more executors, overheads as
    /// measured, and task times that neighbours trade anew in each replication [`resampled`, the
    /// default], kept where they were [`recorded`], or dealt to any task of their stage [`shuffled`]
    #[arg(
        long,
        value_name = "TASK-ORDER",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "resampled",
        conflicts_with = "fleet"
    )]
    what_if: Option<TaskOrder>,
    /// Print nothing but errors
    #[arg(long, short)]
    pub(super) quiet: bool,
}

/// Imports and writes.
pub(super) fn run(args: &ImportArgs) -> Result<(), CliError> {
    match &args.source {
        Source::SparkEventLog(args) if args.many.fleet => fleet::run(args),
        Source::SparkEventLog(args) => event_log(args),
        Source::Kubernetes(args) => manifests::run(args),
    }
}

/// The name of the scenario that is to be written to `out`.
pub(super) fn stem(out: &Path) -> Result<&str, CliError> {
    let stem = out.file_stem().and_then(|stem| stem.to_str());
    let is_scenario = out.extension().is_some_and(|extension| extension == "toml");
    stem.filter(|_| is_scenario).ok_or_else(|| {
        let out = out.display();
        CliError::Usage(format!(
            "`--out {out}` is no scenario file name: give one that ends in `.toml`"
        ))
    })
}

/// Writes a file, in a directory that may not be there yet.
pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    if let Some(parent) = path.parent().filter(|parent| *parent != Path::new("")) {
        files::create_directory(parent)?;
    }
    Ok(files::write(path, bytes)?)
}

fn event_log(args: &EventLogArgs) -> Result<(), CliError> {
    let stem = args.out.as_deref().map(stem).transpose()?;
    let (application, reading) = spark::read(
        &args.log,
        &ReadOptions {
            partial: args.partial,
        },
    )?;
    let printer = Printer::new(args.quiet);
    if let (Some(out), Some(stem)) = (&args.out, stem) {
        let options = ScenarioOptions {
            purpose: args.what_if.map_or(Purpose::Replay, Purpose::WhatIf),
            scale: args.scale_data,
        };
        let imported = spark::to_scenario_for(&application, &reading, stem, options);
        let tasks = out.with_file_name(format!("{stem}.tasks.csv"));
        // The tasks first: a scenario that is there finds its tasks.
        write(&tasks, &imported.tasks_csv)?;
        write(out, imported.toml.as_bytes())?;
        let written = format!("wrote {} and {}\n", out.display(), tasks.display());
        printer.result(&(imported.summary + &written))?;
    }
    if args.report {
        let as_tasks = |order| {
            let options = ScenarioOptions {
                purpose: Purpose::WhatIf(order),
                scale: args.scale_data,
            };
            spark::to_scenario_for(&application, &reading, experiment::FORECAST, options)
        };
        let order = args.what_if.unwrap_or_default();
        let imported = as_tasks(order);
        // Whoever wants one order of the tasks wants no other.
        let is_open = order == TaskOrder::Resampled;
        let any_order = is_open.then(|| as_tasks(TaskOrder::Shuffled));
        drop(reading);
        let profile = spark::profile(&application);
        drop(application);
        let threads = args.threads;
        let count = experiment::PERCENTS.len() as u32;
        let question = experiment::Question {
            imported: &imported,
            any_order: any_order.as_ref(),
            profile: &profile,
        };
        let progress = printer.watch(count, "numbers of executors", threads);
        let threads = threads.unwrap_or(0) as usize;
        let forecast = experiment::forecast(question, threads, &progress);
        progress.finish();
        let forecast = forecast?;
        printer.result(&report::forecast_text(&profile, &forecast, WIDTH))?;
        if let (Some(out), Some(stem)) = (&args.out, stem) {
            let file = out.with_file_name(format!("{stem}.report.csv"));
            write(&file, &report::forecast_csv(&profile, &forecast))?;
            printer.result(&format!("wrote {}\n", file.display()))?;
        }
    }
    Ok(())
}
