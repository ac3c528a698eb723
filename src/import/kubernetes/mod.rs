//! Kubernetes manifests: from what a cluster is told to run to scenario tables.
//!
//! ```text
//! yaml.rs         the text of a manifest to a tree that remembers its places
//! reading.rs      what all mappings share: sources, problems, what is not mapped
//! objects.rs      documents and `kubectl` lists to single objects
//! pod.rs          what the containers of a pod template reserve
//! labels.rs       labels, and what selects them
//! placement.rs    where pods may go; priorities.rs: who goes first
//! nodes.rs        Node manifests to node pools of equal nodes; quotas.rs: namespaces to budgets
//! services.rs     Deployment, StatefulSet to services; autoscalers.rs, volumes.rs: what they have
//! apps.rs         SparkApplication, ScheduledSparkApplication; schedule.rs: when they run
//! images.rs       images whose size a node has told
//! tables.rs       the scenario as plain data; import.rs: from files to that
//! write.rs        the scenario as TOML
//! ```
//!
//! # Invariants
//! * Nothing that a manifest contains makes the importer panic.
//! * What has a consequence for the simulation and is not mapped is listed with file and line.
//! * What is written is a scenario that validates; what a manifest cannot say stands there as
//!   nothing (no work, no time) and is listed as to be filled in.

mod apps;
mod autoscalers;
mod images;
mod import;
mod labels;
mod nodes;
mod objects;
mod placement;
mod pod;
mod priorities;
mod quotas;
mod reading;
mod schedule;
mod services;
mod tables;
mod volumes;
mod write;
mod yaml;

pub use import::{Imported, import, import_texts};
