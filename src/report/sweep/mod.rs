//! A sweep as bytes: one line a point on the terminal, tidy CSV files, charts of chosen figures.
//!
//! `chosen.rs` says which figures those are, unless somebody asked for others.

mod chosen;
mod csv;
mod table;
#[cfg(test)]
mod tests;
mod write;

pub use chosen::{UnknownMetric, check_metrics, chosen};
pub use table::terminal;
pub use write::{render, write_all};
