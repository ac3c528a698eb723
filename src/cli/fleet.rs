//! `sparksim import spark-event-log --fleet`: from a history server's directory to a scenario.

use super::exit::CliError;
use super::import::{self, EventLogArgs};
use super::printer::Printer;
use crate::files;
use crate::import::fleet::{self, FleetOptions};
use crate::{report, scenario};
use std::path::{Path, PathBuf};

/// What there is to say of many logs.
#[derive(Debug, clap::Args)]
pub(super) struct FleetArgs {
    /// Import every log below a directory: runs of one name, dates in it aside, are submissions of
    /// one application, which does what its run of median work did
    #[arg(long)]
    pub(super) fleet: bool,
    /// With `--fleet`: make an application of each run
    #[arg(long, requires = "fleet")]
    pub(super) every_run: bool,
    /// With `--fleet`: a scenario that says what the cluster is, which the written one extends
    #[arg(long, requires = "fleet", value_name = "NAME.toml")]
    pub(super) cluster: Option<PathBuf>,
}

/// Imports and writes, and checks what was written.
pub(super) fn run(args: &EventLogArgs) -> Result<(), CliError> {
    let Some(out) = &args.out else {
        return Err(CliError::Usage(
            "`--fleet` needs `--out NAME.toml`".to_owned(),
        ));
    };
    let stem = import::stem(out)?;
    let shown = args.log.display();
    if !args.log.is_dir() {
        return Err(CliError::Usage(format!(
            "`{shown}` is no directory: `--fleet` takes one with event logs in it"
        )));
    }
    let parent = out.parent().unwrap_or(Path::new(""));
    let cluster = args
        .many
        .cluster
        .as_ref()
        .map(|cluster| named_from(cluster, parent))
        .transpose()?;
    let options = FleetOptions {
        partial: args.partial,
        every_run: args.many.every_run,
        scale: args.scale_data,
        cluster: cluster.as_deref(),
        stem,
    };
    let store = |name: &Path, bytes: &[u8]| import::write(&parent.join(name), bytes);
    let imported = fleet::import(&args.log, &options, store)?;
    import::write(out, imported.toml.as_bytes())?;
    let printer = Printer::new(args.quiet);
    for (log, why) in &imported.left_out {
        printer.note(&format!("left out: {}: {why}", log.display()));
    }
    let beside = parent.join(stem);
    let written = format!(
        "wrote {} and, for each application, two files in {}\n",
        out.display(),
        beside.display()
    );
    printer.result(&(imported.summary + &written))?;
    if args.report {
        printer.result(&report::fleet_text(&imported.applications))?;
        let file = out.with_file_name(format!("{stem}.report.csv"));
        import::write(&file, &report::fleet_csv(&imported.applications))?;
        printer.result(&format!("wrote {}\n", file.display()))?;
    }
    // Recorded applications and a given cluster may not go together.
    scenario::load(out, &[])?;
    Ok(())
}

/// How a file in the directory `from` names `path`.
fn named_from(path: &Path, from: &Path) -> Result<String, CliError> {
    let path = files::identity(path)?;
    let from = if from == Path::new("") {
        Path::new(".")
    } else {
        files::create_directory(from)?;
        from
    };
    let from = files::identity(from)?;
    let relative = path.strip_prefix(&from).unwrap_or(&path);
    relative.to_str().map(str::to_owned).ok_or_else(|| {
        let path = path.display();
        CliError::Usage(format!("`{path}` is not UTF-8, as a scenario has to be"))
    })
}
