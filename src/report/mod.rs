//! From results to bytes: CSV files, charts and the table for the terminal.
//!
//! Everything but a trace is rendered in memory first and then written through `files.rs`, so a
//! report that cannot be made leaves nothing behind. Nothing here computes a figure: what `Results` does not
//! hold is not shown. Equal results give equal bytes on every machine.

mod backtest;
mod blocks;
mod chart;
mod comparison;
mod csv;
mod fleet;
mod forecast;
mod human;
mod junit;
mod name;
mod planned;
#[cfg(test)]
mod sample;
pub mod sweep;
mod table;
mod theory;
mod trace;
mod verdicts;
mod wrap;
mod write;

pub use backtest::{backtest_csv, backtest_text};
pub use comparison::{comparison_files, comparison_text};
pub use fleet::{fleet_csv, fleet_text};
pub use forecast::{forecast_csv, forecast_text};
pub use junit::junit;
pub use planned::{plan_files, plan_text};
pub use table::terminal;
pub use theory::{theory_csv, theory_text};
pub use trace::Trace;
pub use verdicts::{verdicts_markdown, verdicts_text};
pub use write::{ReportError, render, write_all, write_files};
