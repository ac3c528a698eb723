//! Sweeps: all replications of many points of one scenario.
//!
//! `run.rs` runs them, `layout.rs` says what they are, `journal.rs` keeps what is done so that a
//! killed sweep can be resumed, and `merge.rs` puts shards together. *Invariant:* neither threads,
//! interruptions nor shards change a byte of the results.

mod journal;
mod layout;
mod merge;
mod run;

pub use journal::{Journal, JournalError};
pub use layout::{Layout, PointLayout};
pub use merge::{MergeError, merge, write_shard};
pub use run::{PointResults, Shard, Sweep, SweepError, SweepResults};
