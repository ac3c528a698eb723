//! `sparksim`: a deterministic discrete-event simulator of containerised Spark clusters and of the
//! services that stand beside them.
//!
//! A scenario file goes in; figures with confidence intervals, CSV files and charts come out.
//!
//! # Code map
//!
//! A module uses only what stands on a lower line; `tests/it/tidy.rs` reads every `crate::` path
//! and fails on a forbidden edge or a cycle. The lines themselves are in [`ARCHITECTURE.md`].
//!
//! ```text
//! cli/          one file per subcommand, printer, exit status
//! report/       results -> bytes: csv, svg, png, terminal table
//! experiment/   replications in parallel, figures with intervals; sweeps
//! import/       Spark event logs -> scenario
//! scenario/     text -> Spec (serde mirror of the file, spans kept) -> model; diagnostics
//! world/        owns all state: event dispatch, effect routing, audit
//! cluster/ service/ spark/ workload/    state and rules of one thing each
//! policy/       placement/ balancing/ scaling/: one algorithm per file
//! kernel.rs     clock, calendar, effects, streams, metrics: all that a handler may touch
//! metrics/      records -> figures; names.rs is the one catalogue of metric names
//! effect.rs
//! record.rs
//! event.rs
//! model/        the checked scenario as plain data
//! engine/ stats/ theory/
//! random/ files.rs
//! units/ id.rs
//! ```
//!
//! [`ARCHITECTURE.md`]: https://docs.rs/crate/sparksim/latest/source/ARCHITECTURE.md

pub mod cli;
pub mod cluster;
pub mod effect;
pub mod engine;
pub mod event;
pub mod experiment;
pub mod files;
pub mod id;
pub mod import;
pub mod kernel;
pub mod metrics;
pub mod model;
pub mod policy;
pub mod random;
pub mod record;
pub mod report;
pub mod scenario;
pub mod service;
pub mod spark;
pub mod stats;
pub mod theory;
pub mod units;
pub mod workload;
pub mod world;
