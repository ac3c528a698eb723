//! The event calendar and the run loop.
//!
//! `engine` knows no service, no cluster and no Spark: an event is anything small that can be
//! copied and that says which class of simultaneous events it belongs to.

mod calendar;
mod heap;
mod run;

pub use calendar::{Calendar, EventKey, Ranked};
pub use run::{Flow, Simulation, run};
