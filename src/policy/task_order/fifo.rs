//! FIFO: the job that was submitted first, within it the lowest stage
//! (`FIFOSchedulingAlgorithm`).

use crate::id::StageId;

/// What decides between two sets of tasks: the smaller goes first.
pub type Key = (u64, StageId);

/// The key of a stage of the `job`-th job of an application.
#[inline]
pub fn key(job: u64, stage: StageId) -> Key {
    (job, stage)
}
