//! Closed forms: what queueing theory says of models simple enough to be solved.
//!
//! They are what the simulator is held against. Times are in seconds, rates per second, numbers are
//! time averages of the stationary regime. Nothing here knows of scenarios; each form states its
//! assumptions and its source. Where no stationary regime exists (as much work arrives as can be
//! served, or more) means and quantiles are infinite. What is only an approximation, a limit or a
//! bound says so.

mod search;
mod transform;
mod weighted;

mod birth_death;
mod relaxation;

mod erlang;
mod erlang_a;
mod machine_repair;
mod mm1;
mod mmc;
mod mmck;
mod number;

mod breakdowns;
mod gg1;
mod gm1;
mod md1;
mod mg1;
mod mginf;
mod priority;
mod setup;
mod sizes;

mod balancing;
mod fork_join;
mod mva;

pub use balancing::Balanced;
pub use birth_death::BirthDeath;
pub use breakdowns::Breakdowns;
pub use erlang::ErlangB;
pub use erlang_a::{ErlangA, ErlangAMeans};
pub use fork_join::{ForkJoin, harmonic};
pub use gg1::Gg;
pub use gm1::Gm1;
pub use machine_repair::MachineRepair;
pub use md1::Md1;
pub use mg1::{Mg1, Moments};
pub use mginf::MgInfinity;
pub use mm1::Mm1;
pub use mmc::Mmc;
pub use mmck::{Mmck, MmckMeans};
pub use mva::{ClosedClass, ClosedNetwork, mva, throughput_bound};
pub use number::NumberLaw;
pub use priority::{
    PriorityClass, nonpreemptive_waits, nonpreemptive_waits_of_servers, preemptive_latencies,
};
pub use relaxation::relaxation_time;
pub use setup::Setup;
pub use sizes::BySize;
pub use transform::laplace;
pub use weighted::Points;

/// Fails unless the two agree to the relative `precision`.
#[cfg(test)]
fn assert_close(found: f64, expected: f64, precision: f64) {
    assert!(
        (found / expected - 1.0).abs() < precision,
        "{found} against {expected}"
    );
}
