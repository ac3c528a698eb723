//! What goes wrong, and what that does to nodes and containers.
//!
//! Each fault is one process, or one for each node that it may happen to: its times and repairs are
//! words of its own stream, named by fault and node, so another node or fault shifts none of them.
//!
//! # Invariants
//! * A node takes containers only while no outage holds it down or cuts it off.
//! * The containers of a node that goes down are lost in the order in which they were asked for.
//! * An owner is told of a loss unless it has released the container at the same instant.

mod kill;
mod outages;
mod schedule;

pub(super) use schedule::Faults;
