//! Where requests and submissions come from, and where their outcomes return to.
//!
//! A workload draws what belongs to a request when it creates it: the gap before it and the word
//! that decides its work, each from a stream of its own, so two policies see the same requests.
//! What a user of a closed workload draws is found by user and cycle, so it does not depend on how
//! fast the others are answered.
//!
//! # Invariants
//! An arrival process takes the same number of words for each arrival whatever its rate does: where
//! the rate changes over time, an exponential variate is what the rate has to add up to before the
//! next arrival. Every gap starts from an instant in whole nanoseconds, so nothing drifts.

mod sources;

mod closed;
mod process;

mod ahead;
mod batch;
mod cron;
mod diurnal;
mod mmpp;
mod steps;

pub use cron::Firings;
pub use sources::Workloads;
