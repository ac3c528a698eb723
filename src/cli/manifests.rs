//! `sparksim import kubernetes`: from manifests to a scenario.

use super::exit::CliError;
use super::printer::Printer;
use crate::files;
use crate::import::kubernetes;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Read Kubernetes manifests and write the scenario tables that they are
#[derive(Debug, clap::Args)]
pub(super) struct KubernetesArgs {
    /// Manifests, YAML or JSON, also lists as `kubectl get -o yaml` prints them; a directory stands
    /// for its `.yaml`, `.yml` and `.json` files
    #[arg(required = true, value_name = "FILE")]
    manifests: Vec<PathBuf>,
    /// The scenario to write
    #[arg(long, short, value_name = "NAME.toml")]
    out: PathBuf,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Imports and writes.
pub(super) fn run(args: &KubernetesArgs) -> Result<(), CliError> {
    super::import::stem(&args.out)?;
    let mut manifests = Vec::new();
    for path in &args.manifests {
        if path.is_dir() {
            let within = manifests_of(path)?;
            if within.is_empty() {
                return Err(CliError::Usage(format!(
                    "`{}` holds no `.yaml`, `.yml` or `.json` file",
                    path.display()
                )));
            }
            manifests.extend(within);
        } else {
            manifests.push(path.clone());
        }
    }
    let imported = kubernetes::import(&manifests)?;
    super::import::write(&args.out, imported.toml.as_bytes())?;
    let printer = Printer::new(args.quiet);
    let mut notes = String::new();
    for (what, lines) in [
        ("not mapped", &imported.not_mapped),
        ("to fill in", &imported.to_fill_in),
    ] {
        for text in lines {
            let _ = writeln!(notes, "{what}: {text}");
        }
    }
    if !notes.is_empty() {
        printer.note(notes.trim_end());
    }
    let written = format!("wrote {}\n", args.out.display());
    printer.result(&(imported.summary + &written))
}

/// The manifests of a directory, by name.
fn manifests_of(directory: &Path) -> Result<Vec<PathBuf>, CliError> {
    let mut files = files::list(directory)?;
    files.retain(|file| {
        let extension = file.extension().and_then(|it| it.to_str());
        file.is_file() && matches!(extension, Some("yaml" | "yml" | "json"))
    });
    Ok(files)
}
