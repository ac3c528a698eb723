//! What tasks do from launch to end, how long it takes, and what becomes of those that are lost.

pub(in crate::spark) mod attempts;
pub(in crate::spark) mod collector;
pub(in crate::spark) mod cores;
pub(in crate::spark) mod deals;
pub(in crate::spark) mod draws;
pub(in crate::spark) mod losses;
pub(in crate::spark) mod overheads;
pub(in crate::spark) mod retries;
pub(in crate::spark) mod steps;
