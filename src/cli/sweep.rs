//! `sparksim sweep`: all points of a scenario; table, CSV files, charts.

use super::exit::CliError;
use super::interrupt;
use super::printer::Printer;
use crate::experiment::{
    Journal, Layout, Shard, Sweep, SweepError, SweepResults, Watch, figure_names, write_shard,
};
use crate::files;
use crate::report;
use crate::scenario::{self, Points, Variation};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// Run a scenario at many points: every combination of the values that are varied
#[derive(Debug, clap::Args)]
pub(super) struct SweepArgs {
    /// The scenario file; its `[sweep]` says what is tried
    scenario: PathBuf,
    /// Try values for a path, instead of the scenario's for it, e.g.
    /// `services.gateway.replicas=2,4,8`, or `variant=a,b`; may be repeated
    #[arg(long = "vary", value_name = "PATH=V1,V2,..")]
    vary: Vec<String>,
    /// Draw points instead of trying all combinations: `latin-hypercube=N` or `random=N`
    #[arg(long, value_name = "KIND=N")]
    sample: Option<String>,
    /// Change a value for all points, e.g. `run.duration=10m`; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Figures to chart and to show, e.g. `services.gateway.latency.p95`, `*` for any one name; may
    /// be repeated
    /// [default: latencies of services, applications or workloads]
    #[arg(long = "metric", value_name = "METRIC")]
    metrics: Vec<String>,
    /// Go on where an interrupted sweep has stopped
    #[arg(long)]
    resume: bool,
    /// Run only every N-th point, beginning with the I-th; `sparksim merge` puts shards together
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Where the files go [default: output/<scenario name>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Number of independent replications of each point, instead of the scenario's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    replications: Option<u32>,
    /// Seed of all random streams, instead of the scenario's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads [default: one for each processor]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<u32>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Width of the table.
const WIDTH: usize = 100;

/// Runs the points and writes everything.
pub(super) fn run(args: &SweepArgs) -> Result<(), CliError> {
    let printer = Printer::new(args.quiet);
    let points = load(args)?;
    let names = points.points.iter().map(|point| figure_names(&point.model));
    let names: BTreeSet<String> = names.flatten().collect();
    report::sweep::check_metrics(names.iter().map(String::as_str), &args.metrics)?;
    let layout = Layout::of(&points);
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("output").join(&layout.scenario));
    files::create_directory(&out)?;
    let shard = args.shard.unwrap_or(Shard::WHOLE);
    let path = out.join(journal_name(shard));
    let journal = Journal::begin(&path, &layout, args.resume)?;
    let sweep = Sweep {
        points: &points.points,
        shard,
        journal: &journal,
        threads: args.threads.unwrap_or(0) as usize,
        stop: interrupt::watch(),
    };
    let all = sweep.replications();
    if args.resume {
        let done = journal.done();
        printer.note(&format!("{done} of {all} replications are done already"));
    }
    let progress = printer.watch(all, "replications", args.threads);
    let found = sweep.run(|| progress.done());
    progress.finish();
    let found = found.map_err(|error| failure(args, &layout, error))?;
    let complete = found.iter().enumerate();
    let complete = complete
        .filter(|(index, results)| results.is_some() || !shard.has(*index))
        .count();
    if sweep.stop.load(Ordering::Relaxed) && complete < found.len() {
        return Err(CliError::Interrupted(format!(
            "interrupted; what has been run is in {}: go on with --resume",
            path.display()
        )));
    }
    let text = if args.shard.is_some() {
        let file = write_shard(&out, &layout, shard, &found)?;
        format!("wrote {}\n", file.display())
    } else {
        let points = found.into_iter().flatten().collect();
        let results = SweepResults { layout, points };
        write_sweep(&results, &args.metrics, &out)?
    };
    drop(journal);
    files::remove(&path)?;
    printer.result(&text)
}

/// Writes the files of a sweep into `out`; answers with what the terminal shows.
pub(super) fn write_sweep(
    results: &SweepResults,
    wanted: &[String],
    out: &Path,
) -> Result<String, CliError> {
    let metrics = report::sweep::chosen(results, wanted)?;
    let written = report::sweep::write_all(results, &metrics, out)?;
    let names: Vec<_> = written
        .iter()
        .filter_map(|path| path.file_name())
        .map(|name| name.to_string_lossy())
        .collect();
    let mut text = report::sweep::terminal(results, &metrics, WIDTH);
    let _ = writeln!(text, "\n{}: {}", out.display(), names.join(", "));
    Ok(text)
}

fn load(args: &SweepArgs) -> Result<Points, CliError> {
    let variation = Variation {
        set: &args.set,
        vary: &args.vary,
        sample: args.sample.as_deref(),
        sweep: true,
    };
    let mut points = scenario::load_points(&args.scenario, &variation)?;
    for point in &mut points.points {
        let run = &mut point.model.run;
        run.replications = args.replications.unwrap_or(run.replications);
        run.seed = args.seed.unwrap_or(run.seed);
        if run.auto_warmup || run.precision.is_some() {
            return Err(CliError::Usage(
                "all points of a sweep are run for the same time and equally often: give it a \
                 `warmup` instead of \"auto\", and `replications` instead of `precision` (`sparksim \
                 run` says what they come to)"
                    .to_owned(),
            ));
        }
    }
    Ok(points)
}

/// Reads `I/N`.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/');
    let numbers = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
    match numbers {
        Some((number, of)) if 0 < number && number <= of => Ok(Shard { number, of }),
        _ => Err("a shard is I/N with I from 1 to N, e.g. 2/3".to_owned()),
    }
}

fn journal_name(shard: Shard) -> String {
    match shard {
        Shard::WHOLE => "sweep.journal".to_owned(),
        Shard { number, of } => format!("sweep-{number}-of-{of}.journal"),
    }
}

/// An error of the run, with what shows it again.
fn failure(args: &SweepArgs, layout: &Layout, error: SweepError) -> CliError {
    let SweepError::Audit {
        point, replication, ..
    } = &error
    else {
        return CliError::Sweep {
            error,
            command: None,
        };
    };
    let point = &layout.points[*point];
    let mut command = format!("sparksim run {}", args.scenario.display());
    for change in args.set.iter().chain(&point.changes) {
        let _ = write!(command, " --set '{change}'");
    }
    let _ = write!(
        command,
        " --seed {} --replications {replication}",
        point.seed
    );
    CliError::Sweep {
        error,
        command: Some(command),
    }
}
