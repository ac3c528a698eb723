//! Closed forms: what queueing theory says of models simple enough to be solved.
//!
//! They are what the simulator is held against. Times are in seconds, rates per second, numbers are
//! time averages of the stationary regime. Nothing here knows of scenarios; each form states its
//! assumptions and its source. Where no stationary regime exists (as much work arrives as can be
//! served, or more) means and quantiles are infinite.

mod erlang;
mod mm1;
mod mmc;

pub use erlang::ErlangB;
pub use mm1::Mm1;
pub use mmc::Mmc;
