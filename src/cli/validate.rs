//! `sparksim validate`: what is wrong with scenarios, without running them.

use super::exit::CliError;
use super::printer::Printer;
use crate::scenario::{self, LoadError};
use std::fmt::Write;
use std::path::PathBuf;

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
        match scenario::load(path, &args.set) {
            Ok(loaded) => {
                let model = &loaded.model;
                let mut text = format!("{}: ok", path.display());
                for (count, one, many) in [
                    (model.services.len(), "service", "services"),
                    (model.apps.len(), "application", "applications"),
                    (model.workloads.len(), "workload", "workloads"),
                ] {
                    if count > 0 {
                        let noun = if count == 1 { one } else { many };
                        let _ = write!(text, ", {count} {noun}");
                    }
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
