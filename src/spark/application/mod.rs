//! From submission to end: what applications, workflows, jobs and stages do as wholes.

pub(in crate::spark) mod after;
pub(in crate::spark) mod call_off;
pub(in crate::spark) mod jobs;
pub(in crate::spark) mod lifecycle;
pub(in crate::spark) mod overlap;
pub(in crate::spark) mod process;
pub(in crate::spark) mod restart;
pub(in crate::spark) mod stage_run;
pub(in crate::spark) mod workflows;
