//! `sparksim merge`: shards of a sweep put together, as if it had been run at once.

use super::exit::CliError;
use super::printer::Printer;
use super::sweep::write_sweep;
use crate::experiment::merge;
use std::path::PathBuf;

/// Put the shards of a sweep together: the same files as if it had been run at once
#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// Where the shards are: the output directories of `sweep --shard`
    #[arg(required = true, value_name = "DIR")]
    directories: Vec<PathBuf>,
    /// Figures to chart and to show, as for `sweep`; may be repeated
    #[arg(long = "metric", value_name = "METRIC")]
    metrics: Vec<String>,
    /// Where the files go [default: output/<scenario name>]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Reads the shards and writes everything.
pub(super) fn run(args: &MergeArgs) -> Result<(), CliError> {
    let results = merge(&args.directories)?;
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("output").join(&results.layout.scenario));
    let text = write_sweep(&results, &args.metrics, &out)?;
    Printer::new(args.quiet).result(&text)
}
