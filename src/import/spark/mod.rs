//! Spark event logs: from the lines that a driver wrote to a scenario that replays them.
//!
//! ```text
//! source.rs       which files make up the log (one file, or a directory in one of three layouts)
//! codec.rs        bytes of a file, whatever it is compressed with; zstd.rs: frames; blocks.rs: what
//!                 lz4.rs, snappy.rs and lzf.rs have in common
//! lines.rs        bytes to numbered lines
//! events.rs       a line to the few fields that are needed, borrowed from the line
//! collect.rs      events to an `Application`; derive.rs: what old versions did not write;
//!                 reader.rs: the loop, and what damage means
//! application.rs  what was recorded, as plain data
//! plan.rs         what a replay runs; work.rs: which attempts are the work of a stage;
//!                 order.rs: which jobs wait for which; scale.rs: more or less data
//!                 free.rs: when slots were free; timeline.rs: when executors came and went
//! profile.rs      where the time of a run went
//! measured.rs     what tasks cost besides their work; what_if.rs: what a prediction needs
//! deployment.rs   the cluster and the properties that a replay needs; properties.rs: their rules;
//!                 slots.rs: how many tasks ran at once
//! write.rs        the scenario as TOML; tasks.rs: the tasks as CSV; ../text.rs: quoting
//! ```
//!
//! # Invariants
//! * Memory grows with the number of tasks, never with the length of the log.
//! * Nothing that a log contains makes the importer panic.
//! * What is damaged, missing or guessed is an error, unless the caller asked for what can be read;
//!   then it is listed in the report and at the head of the scenario.
//!
//! The format is Spark's `JsonProtocol`; unknown events and keys are ignored.

mod application;
mod blocks;
mod codec;
mod collect;
mod deployment;
mod derive;
mod error;
mod events;
mod free;
mod lines;
mod lz4;
mod lzf;
mod measured;
mod order;
mod plan;
mod profile;
mod properties;
mod reader;
mod removals;
mod report;
mod scale;
mod slots;
mod snappy;
mod source;
mod starts;
mod tasks;
mod timeline;
mod what_if;
mod work;
mod write;
mod zstd;

#[cfg(test)]
mod tests;

use super::text;

pub use application::{
    Application, Executor, Job, JobOutcome, Locality, Stage, StageOutcome, Task, TaskStatus,
    Timestamp,
};
pub use error::ImportError;
pub use profile::{Profile, StageProfile, profile};
pub(super) use properties::{is_kept, refusal};
pub use reader::{ReadOptions, read};
pub use report::ReadReport;
pub use scale::DataScale;
pub(super) use source::is_log;
pub use what_if::{Purpose, TaskOrder};
pub use write::{Imported, Recorded, ScenarioOptions, to_scenario, to_scenario_for};
