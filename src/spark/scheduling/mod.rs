//! Which task runs where and when: task sets, pools, locality, second copies.

pub(in crate::spark) mod delay;
pub(in crate::spark) mod levels;
pub(in crate::spark) mod pending;
pub(in crate::spark) mod preferences;
pub(in crate::spark) mod scheduler;
pub(in crate::spark) mod speculation;
pub(in crate::spark) mod task_set;
pub(in crate::spark) mod task_sets;
