//! What is tried instead of one value: `[sweep]`, `[variants]`, `--vary`, `--sample`, and the points
//! that they make.
//!
//! `table.rs` reads the file's tables and `command.rs` the command line, both into axes (`axis.rs`);
//! `design.rs` says which combinations of the axes are points; `points.rs` makes a checked model of
//! each. Nothing here runs anything, and a point is no more than the scenario with changes: what can
//! be set can be varied.

mod axis;
mod command;
mod design;
mod points;
mod table;

pub use points::{Dimension, Point, Points, Variation, short_paths};

pub(super) use command::{Sampling, Vary};
pub(super) use points::{Plan, expand, is_of_tables, prepare};
