//! The logs of many applications: what a history server keeps.
//!
//! ```text
//! logs.rs       which of a directory's entries are logs
//! ```

mod logs;

pub use logs::find;
