//! Every figure that a scenario has, by name, without running it; and which way each gets worse.

use super::names::{Figures, STATISTICS, walk};
use super::{Metrics, Unit, is_like};
use crate::model::{Model, Worse};
use crate::stats::Histogram;
use crate::units::Time;
use std::fmt::Arguments;

/// Whether `pattern` names the figure called `name`: part by part, where `*` is any one name, or any part of one.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut names = name.split('.');
    let all = pattern.split('.').all(|part| {
        let name = names.next();
        name.is_some_and(|name| is_like(part, name))
    });
    all && names.next().is_none()
}

/// Quantities of which less is better.
const COSTLY: &[&str] = &[
    "latency",
    "wait",
    "pending_time",
    "pull_time",
    "unpack_time",
    "start_time",
    "transfer_time",
    "attach_time",
    "volume_bytes",
    "cross_zone_bytes",
    "start_delay",
    "run_time",
    "job_span",
    "job_time",
    "batch_time",
    "delay",
    "rejected",
    "reneged",
    "timed_out",
    "failed",
    "cancelled",
    "retries",
    "queue_length",
    "in_system",
    "found",
    "wasted_seconds",
    "cold_starts",
    "setting_up",
    "down",
    "unfinished",
    "skipped",
    "deadline_miss_ratio",
    "failed_tasks",
    "speculative_tasks",
    "contended_seconds",
    "executor_seconds",
    "pending_containers",
    "placed_by_best_fit",
    "preemptions",
    "oom_kills",
    "node_failures",
    "containers_lost",
    "container_restarts",
    "bytes_pulled",
    "shuffle_bytes",
    "shuffle_remote_bytes",
    "spilled_bytes",
    "gc_seconds",
    "broadcast_bytes",
    "uncached_partitions",
    "cost",
    "cost_per_hour",
    "idle_cost",
    "mttr",
    "shortfall",
    "starved_seconds",
    "reclaimed",
];

/// Quantities of which more is better.
const WELCOME: &[&str] = &[
    "throughput",
    "goodput",
    "completed",
    "finished",
    "cache_hit_ratio",
    "availability",
    "fairness",
];

/// The names and units of all figures of `model`, in the order in which they are written.
pub fn catalogue(model: &Model) -> Vec<(String, Unit)> {
    let mut names = Names(Vec::new());
    walk(model, &Metrics::new(model), Time::ZERO, &mut names);
    names.0
}

/// Which way a figure gets worse; `None` where that depends on what one wants.
pub fn worse(metric: &str) -> Option<Worse> {
    let is_statistic =
        |part: &str| part == "positive" || STATISTICS.iter().any(|(name, _)| *name == part);
    let quantity = metric.rsplit('.').find(|part| !is_statistic(part))?;
    if COSTLY.contains(&quantity) {
        Some(Worse::Higher)
    } else if WELCOME.contains(&quantity) {
        Some(Worse::Lower)
    } else {
        None
    }
}

struct Names(Vec<(String, Unit)>);

impl Figures for Names {
    fn value(&mut self, name: Arguments<'_>, unit: Unit, _: Option<f64>) {
        self.0.push((name.to_string(), unit));
    }

    fn distribution(&mut self, name: Arguments<'_>, _: &Histogram) {
        let all = STATISTICS.iter();
        let names = all.map(|(statistic, _)| (format!("{name}.{statistic}"), Unit::Seconds));
        self.0.extend(names);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_direction_is_that_of_the_quantity_not_of_the_thing() {
        assert_eq!(worse("services.a.latency.p99"), Some(Worse::Higher));
        assert_eq!(worse("services.a.wait.positive"), Some(Worse::Higher));
        assert_eq!(worse("services.cost.goodput"), Some(Worse::Lower));
        assert_eq!(worse("services.latency.utilization"), None);
        assert_eq!(worse("cluster.cost"), Some(Worse::Higher));
    }
}
