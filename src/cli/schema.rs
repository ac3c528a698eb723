//! `sparksim schema`: the JSON schema of scenario files, for editors.

use super::exit::CliError;
use super::printer::Printer;
use crate::scenario;

/// Print the JSON schema of scenario files
#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {}

/// Prints the schema.
pub(super) fn run(_args: &SchemaArgs) -> Result<(), CliError> {
    Printer::stdout(&format!("{:#}\n", scenario::schema()))
}
