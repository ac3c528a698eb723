//! `sparksim plan`: the cheapest point that keeps every promise.

use super::exit::CliError;
use super::printer::Printer;
use crate::experiment::{Candidate, Plan};
use crate::report;
use crate::scenario::{self, Points, Variation};
use std::fmt::Write;
use std::path::PathBuf;

/// Find the cheapest of many points that meets every `[[checks]]`, with few replications
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// The scenario file, with `[[checks]]`
    scenario: PathBuf,
    /// What to try, e.g. `nodes.general.count=2,3,4` or `variant=a,b`; beside the file's `[sweep]`
    #[arg(long, value_name = "PATH=V1,V2")]
    vary: Vec<String>,
    /// The figure that is to be small
    #[arg(long, value_name = "METRIC", default_value = "cluster.cost")]
    minimize: String,
    /// A path whose later values never make a promise harder to keep; may be repeated
    #[arg(long, value_name = "PATH")]
    monotone: Vec<String>,
    /// Look at the answer with so many nodes of a pool lost, too
    #[arg(long, value_name = "N", default_value_t = 0)]
    n_minus: u32,
    /// Dearer points to look at besides the answer
    #[arg(long, value_name = "N", default_value_t = 1)]
    runners_up: usize,
    /// Replications of a point at most
    #[arg(long, value_name = "N", default_value_t = 160, value_parser = clap::value_parser!(u32).range(10..=1_000_000))]
    replications: u32,
    /// Change a value for all points; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Where the files go [default: output/<scenario name>-plan]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
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

const WIDTH: usize = 100;

/// Plans and writes everything.
pub(super) fn run(args: &PlanArgs) -> Result<(), CliError> {
    let printer = Printer::new(args.quiet);
    let variation = Variation {
        set: &args.set,
        vary: &args.vary,
        sweep: true,
        ..Variation::default()
    };
    let mut points = scenario::load_points(&args.scenario, &variation)?;
    for point in &mut points.points {
        point.model.run.seed = args.seed.unwrap_or(point.model.run.seed);
    }
    if points.points.len() < 2 {
        return Err(CliError::Usage(
            "there is nothing to choose from: say what to try, e.g. `--vary \
             nodes.general.count=2,3,4`"
                .to_owned(),
        ));
    }
    let monotone = monotone(args, &points)?;
    let candidates = points.points.iter().map(|point| Candidate {
        name: point.name.clone(),
        coordinates: point.coordinates.clone(),
        model: &point.model,
    });
    let plan = Plan {
        candidates: candidates.collect(),
        minimize: args.minimize.clone(),
        monotone,
        budget: args.replications,
        runners_up: args.runners_up,
        n_minus: args.n_minus,
        threads: args.threads.unwrap_or(0) as usize,
    };
    let progress = printer.watch(2 * points.points.len() as u32, "replications", args.threads);
    let planned = plan.run(&progress);
    progress.finish();
    let planned = planned.map_err(|error| CliError::plan(error, &args.scenario))?;
    let title = points
        .points
        .first()
        .map_or_else(String::new, |point| point.model.title.clone());
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("output").join(format!("{}-plan", points.scenario)));
    let written = report::write_files(report::plan_files(&planned), &out)?;
    let mut text = report::plan_text(&planned, &title, WIDTH);
    let _ = writeln!(text, "\n{}: {}", out.display(), written.join(", "));
    printer.result(&text)?;
    if planned.best.is_some() {
        Ok(())
    } else {
        Err(CliError::Unmet(format!(
            "{}: no point keeps every promise",
            points.scenario
        )))
    }
}

/// Which dimensions are declared monotone.
fn monotone(args: &PlanArgs, points: &Points) -> Result<Vec<bool>, CliError> {
    let dimensions = points.dimensions.iter();
    let names: Vec<&str> = dimensions
        .map(|dimension| dimension.name.as_str())
        .collect();
    if let Some(unknown) = args
        .monotone
        .iter()
        .find(|path| !names.contains(&path.as_str()))
    {
        return Err(CliError::Usage(format!(
            "`--monotone {unknown}`: this is not varied; what is: {}",
            names.join(", ")
        )));
    }
    let declared = |name: &&str| args.monotone.iter().any(|path| path == name);
    Ok(names.iter().map(declared).collect())
}
