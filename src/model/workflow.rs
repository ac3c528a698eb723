//! Workflows: applications that are run together, each when those that it comes after have ended.

use super::{Deadline, Overlap};
use crate::id::AppId;

/// A workflow: what an arrival at it runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workflow {
    /// Its name.
    pub name: String,
    /// Its applications, in the order in which those that may start at one instant do; at least one.
    pub members: Vec<Member>,
    /// Whether its runs may overlap.
    pub overlap: Overlap,
    /// By when its runs are to have ended; `None`: whenever they do.
    pub deadline: Option<Deadline>,
}

/// An application of a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which.
    pub app: AppId,
    /// Those of the same workflow that have run to their ends before it starts, by position; there
    /// are no cycles.
    pub after: Vec<u32>,
}
