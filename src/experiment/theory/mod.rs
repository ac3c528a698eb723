//! Closed forms beside simulation: which model of `theory/` a service is, whether its assumptions
//! hold, and how far its figures are from those of the run.
//!
//! `facts.rs` reads a service in the words of queueing theory, `streams.rs` follows requests along
//! calls, `assumptions.rs` checks what models assume, `losses.rs` what they all do. The models themselves are in `single.rs` (one
//! server), `ordered.rs` (one that looks at requests to choose the next), `interrupted.rs` (one that
//! is not always there), `markov.rs` (several servers), `replicas.rs` (behind a balancer) and `closed.rs` (finite
//! populations); `network.rs` is for requests that visit several services. `compare.rs`
//! chooses and puts theory beside simulation. An exact model that fits is preferred to bounds and approximations; where nothing fits, the nearest
//! model is named with what it lacks.

mod assumptions;
mod closed;
mod compare;
mod facts;
mod interrupted;
mod losses;
mod markov;
mod network;
mod ordered;
mod prediction;
mod replicas;
mod single;
mod streams;

pub use assumptions::{Assumption, Held};
pub use compare::{Comparison, Row, RunLength, compare};
pub use prediction::Label;
