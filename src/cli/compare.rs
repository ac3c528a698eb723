//! `sparksim compare`: alternatives on common random numbers.

use super::exit::CliError;
use super::printer::Printer;
use crate::experiment::Comparison;
use crate::model::Model;
use crate::report;
use crate::scenario::{self, Variation};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::PathBuf;

/// Compare alternatives under common random numbers: what differs, by how much, how sure that is
#[derive(Debug, clap::Args)]
pub(super) struct CompareArgs {
    /// One scenario with `--vary`, or two and more to compare with the first
    #[arg(required = true)]
    scenarios: Vec<PathBuf>,
    /// What to try, e.g. `services.gateway.balancer=random,power-of-two` or `variant=a,b`
    #[arg(long, value_name = "PATH=A,B")]
    vary: Vec<String>,
    /// Change a value for all alternatives; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// A figure to compare, `*` for any one name; may be repeated [default: those of `[[checks]]`, else latencies, cost]
    #[arg(long, value_name = "NAME")]
    metric: Vec<String>,
    /// Compare each alternative with each, not only with the first
    #[arg(long)]
    all_pairs: bool,
    /// Where the files go [default: output/<scenario name>-compare]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replications of each alternative [default: the scenario's, but at least 20]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
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

/// Replications where neither scenario nor command line asks for more.
const REPLICATIONS: u32 = 20;
const WIDTH: usize = 100;

/// Compares and writes everything.
pub(super) fn run(args: &CompareArgs) -> Result<(), CliError> {
    let printer = Printer::new(args.quiet);
    let (name, mut alternatives) = alternatives(args)?;
    for (_, model) in &mut alternatives {
        model.run.seed = args.seed.unwrap_or(model.run.seed);
    }
    let most = alternatives.iter().map(|(_, model)| model.run.replications);
    let usual = most.max().unwrap_or(0).max(REPLICATIONS);
    let replications = args.replications.unwrap_or(usual);
    let comparison = Comparison {
        alternatives: alternatives
            .iter()
            .map(|(name, model)| (name.clone(), model))
            .collect(),
        metrics: args.metric.clone(),
        all_pairs: args.all_pairs,
        replications,
        threads: args.threads.unwrap_or(0) as usize,
    };
    comparison
        .problem()
        .map_or(Ok(()), |problem| Err(CliError::Usage(problem)))?;
    let progress = printer.watch(
        replications * alternatives.len() as u32,
        "replications",
        args.threads,
    );
    let compared = comparison.run(&progress);
    progress.finish();
    let compared = compared.map_err(|error| CliError::run(error, "compare"))?;
    let title = alternatives
        .first()
        .map_or_else(String::new, |(_, model)| model.title.clone());
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("output").join(format!("{name}-compare")));
    let files = report::comparison_files(&compared, &title);
    let written = report::write_files(files, &out)?;
    let mut text = report::comparison_text(&compared, &title, WIDTH);
    let _ = writeln!(text, "\n{}: {}", out.display(), written.join(", "));
    printer.result(&text)
}

/// A name for the whole, and the alternatives with their names.
fn alternatives(args: &CompareArgs) -> Result<(String, Vec<(String, Model)>), CliError> {
    let mut alternatives: Vec<(String, Model)> = Vec::new();
    let mut name = String::new();
    for path in &args.scenarios {
        if args.vary.is_empty() {
            let loaded = scenario::load(path, &args.set)?;
            if name.is_empty() {
                name.clone_from(&loaded.name);
            }
            alternatives.push((loaded.name, loaded.model));
            continue;
        }
        let variation = Variation {
            set: &args.set,
            vary: &args.vary,
            ..Variation::default()
        };
        let points = scenario::load_points(path, &variation)?;
        if name.is_empty() {
            name.clone_from(&points.scenario);
        }
        for point in points.points {
            let own = match args.scenarios.len() {
                1 => point.name,
                _ => format!("{}: {}", points.scenario, point.name),
            };
            alternatives.push((own, point.model));
        }
    }
    if alternatives.len() < 2 {
        return Err(CliError::Usage(
            "there is nothing to compare: give two scenarios, or what to try with `--vary`, e.g. \
             `--vary services.gateway.balancer=random,power-of-two`"
                .to_owned(),
        ));
    }
    // Files of one name in several directories are told apart by their paths.
    let names: BTreeSet<&String> = alternatives.iter().map(|(name, _)| name).collect();
    if args.vary.is_empty() && names.len() < alternatives.len() {
        for ((name, _), path) in alternatives.iter_mut().zip(&args.scenarios) {
            *name = path.display().to_string();
        }
    }
    Ok((name, alternatives))
}
