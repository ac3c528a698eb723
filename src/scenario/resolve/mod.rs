//! From the spec to the model: defaults filled in, names turned into ids, everything checked that
//! the form of a value does not say.
//!
//! One file per table. Nothing stops at the first problem: what cannot be resolved is replaced by a
//! placeholder so that the rest is still looked at, and no model comes out while there is a problem.

mod apps;
mod arrivals;
mod balancing;
mod budgets;
mod classes;
mod clients;
mod cluster;
mod collector;
mod compression;
mod conf;
mod conf_data;
mod conf_gpus;
mod conf_scheduling;
mod conf_values;
mod context;
mod cron;
mod data;
mod deadlines;
mod disciplines;
mod distributions;
mod endpoints;
mod faults;
mod file_splits;
mod fit;
mod gangs;
mod graph;
mod idle;
mod images;
mod in_replica;
mod initial;
mod kept;
mod loads;
mod locality;
mod model;
mod network;
mod node_scaling;
mod overheads;
mod placing;
mod pools;
mod probabilities;
mod promises;
mod run;
mod scaling;
mod services;
mod storage;
mod submits;
mod tables;
mod trace;
mod transport;
mod volumes;
mod workflows;
mod workloads;
mod zones;

pub(crate) use context::Context;
pub(crate) use model::resolve;
