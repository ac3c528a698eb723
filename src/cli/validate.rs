//! `sparksim validate`: what is wrong with scenarios, without running them.

use super::exit::CliError;
use super::printer::Printer;
use crate::scenario::{self, LoadError, Loaded, Variation};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Check scenarios without running them: every mistake, with its place
#[derive(Debug, clap::Args)]
pub(super) struct ValidateArgs {
    /// The scenario files
    #[arg(required = true)]
    scenarios: Vec<PathBuf>,
    /// Change a value first, as `run --set` does; may be repeated
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Checks every scenario, also after one that is wrong.
pub(super) fn run(args: &ValidateArgs) -> Result<(), CliError> {
    let printer = Printer::new(args.quiet);
    let mut wrong: Option<LoadError> = None;
    for path in &args.scenarios {
        match check(path, &args.set) {
            Ok((loaded, points)) => {
                let model = &loaded.model;
                let mut text = format!("{}: ok", path.display());
                for (count, one, many) in [
                    (model.services.len(), "service", "services"),
                    (model.apps.len(), "application", "applications"),
                    (model.workflows.len(), "workflow", "workflows"),
                    (model.workloads.len(), "workload", "workloads"),
                ] {
                    if count > 0 {
                        let noun = if count == 1 { one } else { many };
                        let _ = write!(text, ", {count} {noun}");
                    }
                }
                if let Some(points) = points {
                    let _ = write!(text, ", {points} points");
                }
                for note in &loaded.notes {
                    let _ = write!(text, "\n  not modelled: {note}");
                }
                printer.result(&(text + "\n"))?;
            }
            Err(error) => {
                if let Some(earlier) = wrong.replace(error) {
                    Printer::error(&earlier.into());
                }
            }
        }
    }
    wrong.map_or(Ok(()), |error| Err(error.into()))
}

/// Checks a scenario and, where it has a sweep, each of its points; answers with how many.
fn check(path: &Path, set: &[String]) -> Result<(Loaded, Option<usize>), LoadError> {
    let loaded = scenario::load(path, set)?;
    if !loaded.has_sweep {
        return Ok((loaded, None));
    }
    let variation = Variation {
        set,
        sweep: true,
        ..Variation::default()
    };
    let points = scenario::load_points(path, &variation)?;
    Ok((loaded, Some(points.points.len())))
}
