//! What tasks read, hold and write.

pub(in crate::spark) mod aqe;
pub(in crate::spark) mod broadcast;
pub(in crate::spark) mod cache;
pub(in crate::spark) mod fetch;
pub(in crate::spark) mod memory;
pub(in crate::spark) mod moves;
pub(in crate::spark) mod reading;
pub(in crate::spark) mod shares;
pub(in crate::spark) mod shuffle_read;
pub(in crate::spark) mod storage;
