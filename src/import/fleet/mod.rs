//! The logs of many applications: what a history server keeps.
//!
//! ```text
//! logs.rs       which of a directory's entries are logs
//! names.rs      which runs are of one application
//! runs.rs       what is kept of each run, and which of an application's runs stands for it
//! write.rs      the scenario as TOML, recorded submissions as CSV
//! import.rs     from a directory to all of that
//! ```

mod import;
mod logs;
mod names;
mod runs;
mod write;

pub use import::{Fleet, FleetApplication, FleetOptions, import};
pub use logs::find;
