//! The event calendar, the run loop, and the virtual time of those who share something.
//!
//! `engine` knows no service, no cluster and no Spark: an event is anything small that can be
//! copied and that says which class of simultaneous events it belongs to.

mod calendar;
mod heap;
mod run;
mod virtual_clock;

pub use calendar::{Calendar, EventKey, Ranked};
pub use run::{Flow, Simulation, run};
pub use virtual_clock::{Rate, VirtualClock};
