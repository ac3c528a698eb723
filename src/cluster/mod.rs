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
//! * A layer that is on a node, or on its way there, is not pulled again, and none leaves while
//!   somebody needs it.

mod autoscale;
mod books;
mod budgets;
mod consolidation;
mod container;
mod cores;
mod draining;
mod faults;
mod filling;
mod gangs;
mod images;
mod lifecycle;
mod links;
mod moving;
mod node;
mod nodes;
mod owners;
mod pending;
mod preemption;
mod presence;
mod pulls;
mod rounds;
mod shares;
mod sharing;
mod spot;
mod state;
mod story;
mod transfers;
mod volumes;
mod waiting;

pub use state::ClusterState;
pub use transfers::{Counted, MAX_LINKS, Path, Transfer, Transfers};
