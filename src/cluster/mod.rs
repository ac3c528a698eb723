//! Nodes, containers and image pulls: who runs where, and since when.
//!
//! The cluster is asked by effects ([`Place`](crate::effect::Effect::Place),
//! [`Release`](crate::effect::Effect::Release)) and answers with one
//! ([`ContainerRunning`](crate::effect::Effect::ContainerRunning)). It knows neither requests nor
//! tasks.
//!
//! # Invariants
//! * On every node, free + held = allocatable, in every resource.
//! * A container is pending, or it is on exactly one node.
//! * A node pulls one image at a time, in the order in which they were first needed (kubelet's
//!   serial pulls); a layer that is there, or has come with an earlier image, is not pulled again.

mod books;
mod budgets;
mod container;
mod faults;
mod lifecycle;
mod node;
mod nodes;
mod owners;
mod pending;
mod state;
mod transfers;

pub use state::ClusterState;
