//! From results to bytes: CSV files, charts and the table for the terminal.
//!
//! Everything but a trace is rendered in memory first and then written through `files.rs`, so a
//! report that cannot be made leaves nothing behind. Nothing here computes a figure: what `Results` does not
//! hold is not shown. Equal results give equal bytes on every machine.

mod chart;
mod csv;
mod human;
mod name;
#[cfg(test)]
mod sample;
pub mod sweep;
mod table;
mod theory;
mod trace;
mod wrap;
mod write;

pub use table::terminal;
pub use theory::{theory_csv, theory_text};
pub use trace::Trace;
pub use write::{ReportError, render, write_all};
