//! Integration tests, one binary: house rules, models against theory and by hand, determinism, the
//! command line.
#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::float_cmp, reason = "timelines by hand are exact")]

mod allocation;
mod arrivals;
mod autoscaling_nodes;
mod backtest;
mod balancers;
mod budgets;
mod calls;
mod cli;
mod closed;
mod cluster;
mod connections;
mod conservation;
mod containers;
mod cost;
mod decisions;
mod deployments;
mod determinism;
mod direct;
mod disciplines;
mod estimation;
mod faults;
mod fleet;
mod for_each;
mod history;
mod images;
mod initial;
mod kubernetes;
mod learning;
mod network;
mod oracles;
mod overheads;
mod predict;
mod protection;
mod queueing;
mod replay;
mod scaling;
mod servers;
mod simulate;
mod spark_allocation;
mod spark_decommission;
mod spark_failures;
mod spark_locality;
mod spark_losses;
mod spark_order;
mod spark_recorded;
mod spark_reference;
mod spark_yarn;
mod students;
mod sweep;
mod theory;
mod tidy;
mod trace;
mod workflows;
