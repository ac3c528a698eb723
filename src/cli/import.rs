//! `sparksim import`: from what real systems write to scenarios.

use super::exit::CliError;
use super::fleet::{self, FleetArgs};
use super::manifests::{self, KubernetesArgs};
use super::printer::Printer;
use crate::files;
use crate::import::spark::{self, DataScale, ReadOptions};
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
    #[arg(long, short, value_name = "NAME.toml")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) many: FleetArgs,
    /// Keep what can be read of a damaged or truncated log, and say what is missing
    #[arg(long)]
    pub(super) partial: bool,
    /// Give every stage that many times the tasks and data; one task stays one and takes longer
    #[arg(long, value_name = "FACTOR", default_value_t = DataScale::RECORDED)]
    pub(super) scale_data: DataScale,
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
    let stem = stem(&args.out)?;
    let (application, report) = spark::read(
        &args.log,
        &ReadOptions {
            partial: args.partial,
        },
    )?;
    let imported = spark::to_scaled_scenario(&application, &report, stem, args.scale_data);
    let tasks = args.out.with_file_name(format!("{stem}.tasks.csv"));
    // The tasks first: a scenario that is there finds its tasks.
    write(&tasks, &imported.tasks_csv)?;
    write(&args.out, imported.toml.as_bytes())?;
    let written = format!("wrote {} and {}\n", args.out.display(), tasks.display());
    Printer::new(args.quiet).result(&(imported.summary + &written))
}
