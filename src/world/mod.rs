//! The whole simulated world: owns all state, lets events happen, routes effects, audits itself.

mod audit;
mod replication;
mod route;
mod state;

pub use replication::{Replication, replicate, replicate_in_batches, replicate_traced};
