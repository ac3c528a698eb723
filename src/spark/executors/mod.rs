//! Executors: which are asked for, which go, which may get tasks.

pub(in crate::spark) mod allocation;
pub(in crate::spark) mod decommission;
pub(in crate::spark) mod exclusion;
pub(in crate::spark) mod heartbeats;
pub(in crate::spark) mod migration;
pub(in crate::spark) mod numbers;
pub(in crate::spark) mod registration;
pub(in crate::spark) mod removal;
pub(in crate::spark) mod timeline;
pub(in crate::spark) mod unschedulable;
