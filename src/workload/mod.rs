//! Where requests and submissions come from, and where their outcomes return to.
//!
//! A workload draws what belongs to a request when it creates it: the gap before it and the word
//! that decides its work, each from a stream of its own, so two policies see the same requests.

mod sources;

pub use sources::Workloads;
