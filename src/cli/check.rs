//! `sparksim check`: promises kept or broken, for CI.

use super::exit::CliError;
use super::printer::Printer;
use crate::experiment::{Baseline, CheckReport, CheckRun, Verdict};
use crate::files;
use crate::report;
use crate::scenario;
use std::path::{Path, PathBuf};

/// Check the promises of scenarios, against bounds and a baseline: exit status 1 unless all hold
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// The scenario files, with `[[checks]]`
    #[arg(required = true)]
    scenarios: Vec<PathBuf>,
    /// The baseline of the only scenario [default: SCENARIO.baseline.json beside it]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Measure and write the baseline instead of checking
    #[arg(long)]
    update_baseline: bool,
    /// Write the verdicts as `JUnit` XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the verdicts as GitHub-flavoured Markdown
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Change a value of the scenarios; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Seed of all random streams, instead of the scenarios'
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Threads [default: one for each processor]; results do not depend on it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    threads: Option<u32>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

const WIDTH: usize = 100;
/// Replications that the progress bar starts with: the first look.
const FIRST: u32 = 10;

/// Checks every scenario, also after one that fails.
pub(super) fn run(args: &CheckArgs) -> Result<(), CliError> {
    let printer = Printer::new(args.quiet);
    if args.baseline.is_some() && args.scenarios.len() > 1 {
        return Err(CliError::Usage(
            "`--baseline` is the file of one scenario, and there are several: leave it out, each \
             has its own beside it"
                .to_owned(),
        ));
    }
    let mut reports = Vec::new();
    for path in &args.scenarios {
        let file = args.baseline.clone().unwrap_or_else(|| baseline_path(path));
        if args.update_baseline {
            update(args, printer, path, &file)?;
            continue;
        }
        let report = check(args, printer, path, &file)?;
        printer.result(&report::verdicts_text(&report.1, &report.0, WIDTH))?;
        reports.push(report);
    }
    if args.update_baseline {
        return Ok(());
    }
    if let Some(path) = &args.junit {
        let xml = report::junit(&reports).map_err(|error| CliError::Usage(error.to_string()))?;
        files::write(path, xml.as_bytes())?;
    }
    if let Some(path) = &args.summary {
        files::write(path, report::verdicts_markdown(&reports).as_bytes())?;
    }
    let unmet = reports
        .iter()
        .filter(|(_, report)| report.verdict() != Verdict::Pass)
        .map(|(name, report)| format!("{name} ({})", report.verdict().name()));
    let unmet: Vec<String> = unmet.collect();
    if unmet.is_empty() {
        Ok(())
    } else {
        Err(CliError::Unmet(unmet.join(", ")))
    }
}

/// Where the baseline of a scenario stands unless it is said.
fn baseline_path(scenario: &Path) -> PathBuf {
    scenario.with_extension("baseline.json")
}

fn check(
    args: &CheckArgs,
    printer: Printer,
    path: &Path,
    file: &Path,
) -> Result<(String, CheckReport), CliError> {
    let mut loaded = scenario::load(path, &args.set)?;
    loaded.model.run.seed = args.seed.unwrap_or(loaded.model.run.seed);
    // One that is asked for must be there; the usual one may be missing where no check needs it.
    let baseline = if args.baseline.is_some() || file.exists() {
        let text = files::read_text(file)?;
        let baseline = Baseline::parse(&text)
            .map_err(|error| CliError::Usage(format!("{}: {error}", file.display())))?;
        Some(baseline)
    } else {
        None
    };
    let run = CheckRun {
        model: &loaded.model,
        settings: scenario::settings(path, &args.set)?,
        baseline: baseline.as_ref(),
        threads: args.threads.unwrap_or(0) as usize,
    };
    let progress = printer.watch(FIRST, "replications", args.threads);
    let report = run.run(&progress);
    progress.finish();
    let report = report.map_err(|error| CliError::check(error, path, file))?;
    Ok((loaded.name, report))
}

fn update(args: &CheckArgs, printer: Printer, path: &Path, file: &Path) -> Result<(), CliError> {
    let mut loaded = scenario::load(path, &args.set)?;
    loaded.model.run.seed = args.seed.unwrap_or(loaded.model.run.seed);
    let run = CheckRun {
        model: &loaded.model,
        settings: scenario::settings(path, &args.set)?,
        baseline: None,
        threads: args.threads.unwrap_or(0) as usize,
    };
    let progress = printer.watch(FIRST, "replications", args.threads);
    let baseline = run.baseline(&progress);
    progress.finish();
    let baseline = baseline.map_err(|error| CliError::check(error, path, file))?;
    let text = baseline
        .to_text()
        .map_err(|error| CliError::Usage(format!("{}: {error}", file.display())))?;
    files::write(file, text.as_bytes())?;
    printer.result(&format!(
        "{}: {} replications of {}\n",
        file.display(),
        baseline.digests.len(),
        match baseline.metrics.len() {
            1 => "one figure".to_owned(),
            count => format!("{count} figures"),
        }
    ))
}
