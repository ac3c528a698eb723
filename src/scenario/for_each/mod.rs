//! `[for-each.team]`: what is written once and made for each row of a table.
//!
//! `rows.rs` reads the rows; `expand.rs` makes of every table whose name holds `${team.name}` one for
//! each row. It happens before the scenario is read, on the parsed text, so what is made is like
//! anything that was written by hand: it can be set, swept and checked by its name.
//!
//! Places survive. What a cell holds has its place in the CSV file; all else has its place in a copy
//! of the scenario's text that belongs to the row and says so in its name (`source.rs`). A mistake in
//! a template is in all copies; `expand.rs` tells the first and counts the others.

mod expand;
mod placeholder;
mod rows;

pub(crate) use expand::{expand, once};
pub(crate) use rows::{KEY, Rows};
