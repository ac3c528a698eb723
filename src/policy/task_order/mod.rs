//! Which of an application's waiting tasks are launched first.

pub mod fair;
pub mod fifo;
