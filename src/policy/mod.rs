//! Policies: one algorithm a file.
//!
//! A policy keeps its own index, is fed what changes, and answers when asked. It changes nothing
//! itself, and it cannot tell whether what it is fed is fresh. A new policy is its file, a line in
//! the `mod.rs` of its kind, and a variant in `model/choices.rs` or `model/balancing.rs`.

pub mod allocation;
pub mod balancing;
pub mod node_scaling;
pub mod placement;
pub mod scaling;
pub mod task_order;
