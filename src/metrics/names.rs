//! The catalogue: which figures exist, what each is called, and how it is made from the meters.
//!
//! Names are `<path>.<quantity>[.<statistic>]` (DESIGN §6). [`walk`] goes through all figures in
//! the order in which they are written; it is the only place where names meet ids. Statistics of a
//! distribution (`mean`, `p95`, …) are appended by whoever turns distributions into figures, from
//! [`STATISTICS`].

use super::{AppMeter, Cell, Metrics, Unit};
use crate::id::{AppId, EndpointId, ServiceId, WorkloadId};
use crate::model::{Cluster, Model, Target};
use crate::stats::Histogram;
use crate::units::Time;
use std::fmt::{Arguments, Display};

/// A statistic of a distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Statistic {
    /// The mean.
    Mean,
    /// The smallest value that at least this share of the observations does not exceed.
    Percentile(f64),
    /// The largest observation.
    Max,
}

/// The statistics of every distribution, with the last part of their names.
pub const STATISTICS: [(&str, Statistic); 7] = [
    ("mean", Statistic::Mean),
    ("p50", Statistic::Percentile(0.5)),
    ("p90", Statistic::Percentile(0.9)),
    ("p95", Statistic::Percentile(0.95)),
    ("p99", Statistic::Percentile(0.99)),
    ("p999", Statistic::Percentile(0.999)),
    ("max", Statistic::Max),
];

/// Who takes the figures.
pub trait Figures {
    /// A figure with one value in each replication; `None`: this one has none.
    fn value(&mut self, name: Arguments<'_>, unit: Unit, value: Option<f64>);
    /// A distribution of times, in nanoseconds.
    fn distribution(&mut self, name: Arguments<'_>, histogram: &Histogram);
}

/// Hands every figure of a replication that ended at `end` to `figures`.
pub fn walk(model: &Model, metrics: &Metrics, end: Time, figures: &mut impl Figures) {
    let window = Window {
        nanos: u128::from(end.saturating_since(metrics.window_start).nanos()),
    };
    for service in model.services.ids() {
        walk_service(model, metrics, (service, end), window, figures);
    }
    for workload in model.workloads.ids() {
        walk_workload(model, &metrics.cells[workload], workload, figures);
    }
    for app in model.apps.ids() {
        walk_app(model, metrics, (app, end), window, figures);
    }
    if let Some(cluster) = &model.cluster {
        walk_cluster(cluster, metrics, end, window, figures);
    }
}

/// The length of the window.
#[derive(Clone, Copy)]
struct Window {
    nanos: u128,
}

impl Window {
    /// The time average of a level from its integral.
    fn average(self, area: u128) -> Option<f64> {
        ratio(area, self.nanos)
    }

    /// Occurrences per second.
    fn rate(self, count: u64) -> Option<f64> {
        ratio(u128::from(count) * 1_000_000_000, self.nanos)
    }
}

fn ratio(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn count(number: u64) -> f64 {
    number as f64
}

fn seconds(nanos: u128) -> f64 {
    nanos as f64 / 1e9
}

fn walk_service(
    model: &Model,
    metrics: &Metrics,
    (id, end): (ServiceId, Time),
    window: Window,
    figures: &mut impl Figures,
) {
    let service = &model.services[id];
    let meter = &metrics.services[id];
    let path = format!("services.{}", service.name);
    let cell = merged(model, metrics, |endpoint| {
        model.endpoints[endpoint].service == id
    });
    walk_cell(&path, &cell, window, figures);
    let places = meter.places.window_area(end);
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("{path}.{name}"), unit, value);
    value("offered_load", Unit::Ratio, ratio(cell.offered, places));
    value(
        "utilization",
        Unit::Ratio,
        ratio(meter.held.window_area(end), places),
    );
    value(
        "queue_length",
        Unit::Count,
        window.average(meter.queue_length.window_area(end)),
    );
    value(
        "in_system",
        Unit::Count,
        window.average(meter.in_system.window_area(end)),
    );
    value("in_flight", Unit::Count, Some(count(meter.in_system.now())));
    for endpoint in service.endpoint_ids() {
        let Some(name) = model
            .endpoints
            .get(endpoint)
            .filter(|e| e.named)
            .map(|e| &e.name)
        else {
            continue;
        };
        let path = format!("{path}.endpoints.{name}");
        let cell = merged(model, metrics, |other| other == endpoint);
        walk_cell(&path, &cell, window, figures);
        let mut value =
            |name: &str, area| figures.value(format_args!("{path}.{name}"), Unit::Count, area);
        value("queue_length", window.average(cell.waiting));
        value("in_system", window.average(cell.presence));
    }
}

/// The cells of all workloads whose endpoint is one of those asked for, as one.
fn merged(model: &Model, metrics: &Metrics, wanted: impl Fn(EndpointId) -> bool) -> Cell {
    let mut sum = Cell::default();
    for (workload, cell) in metrics.cells.enumerate() {
        if matches!(model.workloads[workload].target, Target::Endpoint(id) if wanted(id)) {
            sum.merge(cell);
        }
    }
    sum
}

/// What a service and each of its endpoints have alike.
fn walk_cell(path: &dyn Display, cell: &Cell, window: Window, figures: &mut impl Figures) {
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("{path}.{name}"), unit, value);
    value("arrivals", Unit::Count, Some(count(cell.arrivals)));
    value("completed", Unit::Count, Some(count(cell.completed)));
    value("rejected", Unit::Count, Some(count(cell.rejected)));
    value("failed", Unit::Count, Some(count(cell.failed)));
    value("throughput", Unit::PerSecond, window.rate(cell.completed));
    figures.distribution(format_args!("{path}.latency"), &cell.latency);
    figures.distribution(format_args!("{path}.wait"), &cell.wait);
}

fn walk_workload(model: &Model, cell: &Cell, id: WorkloadId, figures: &mut impl Figures) {
    let path = format!("workloads.{}", model.workloads[id].name);
    let mut value = |name: &str, number| {
        figures.value(
            format_args!("{path}.{name}"),
            Unit::Count,
            Some(count(number)),
        );
    };
    value("arrivals", cell.arrivals);
    value("completed", cell.completed);
    value("rejected", cell.rejected);
    value("failed", cell.failed);
    figures.distribution(format_args!("{path}.latency"), &cell.latency);
}

fn walk_app(
    model: &Model,
    metrics: &Metrics,
    (id, end): (AppId, Time),
    window: Window,
    figures: &mut impl Figures,
) {
    let app = &model.apps[id];
    let meter: &AppMeter = &metrics.apps[id];
    let path = format!("apps.{}", app.name);
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("{path}.{name}"), unit, value);
    let executors = meter.executors.window_area(end);
    let tasks = meter.running_tasks.window_area(end);
    value("submitted", Unit::Count, Some(count(meter.submitted)));
    value("finished", Unit::Count, Some(count(meter.finished)));
    value(
        "unfinished",
        Unit::Count,
        Some(count(meter.unfinished.now())),
    );
    value("executors", Unit::Count, window.average(executors));
    value(
        "executor_seconds",
        Unit::CountSeconds,
        Some(seconds(executors)),
    );
    value("task_seconds", Unit::CountSeconds, Some(seconds(tasks)));
    value("tasks", Unit::Count, Some(count(meter.tasks)));
    value(
        "slot_utilization",
        Unit::Ratio,
        ratio(tasks, meter.slots.window_area(end)),
    );
    for (name, histogram) in [
        ("latency", &meter.latency),
        ("run_time", &meter.run_time),
        ("start_delay", &meter.start_delay),
        ("job_span", &meter.job_span),
        ("job_time", &meter.job_time),
    ] {
        figures.distribution(format_args!("{path}.{name}"), histogram);
    }
    for id in app.job_ids() {
        let job = &model.jobs[id];
        if job.named {
            let name = format_args!("{path}.jobs.{}.latency", job.name);
            figures.distribution(name, &metrics.jobs[id]);
        }
    }
}

fn walk_cluster(
    cluster: &Cluster,
    metrics: &Metrics,
    end: Time,
    window: Window,
    figures: &mut impl Figures,
) {
    let meter = &metrics.cluster;
    let nodes: u64 = cluster.pools.iter().map(|pool| u64::from(pool.count)).sum();
    let allocatable = cluster.allocatable();
    let (cpu, memory) = (allocatable.cpu.0, allocatable.memory.0);
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("cluster.{name}"), unit, value);
    let share = |area, capacity: u64| ratio(area, window.nanos * u128::from(capacity));
    value("nodes", Unit::Count, Some(count(nodes)));
    value(
        "cpu_allocated",
        Unit::Ratio,
        share(meter.cpu.window_area(end), cpu),
    );
    value(
        "memory_allocated",
        Unit::Ratio,
        share(meter.memory.window_area(end), memory),
    );
    value(
        "pending_containers",
        Unit::Count,
        window.average(meter.pending.window_area(end)),
    );
    value("bytes_pulled", Unit::Bytes, Some(count(meter.bytes_pulled)));
    let hits = ratio(
        u128::from(meter.layer_hits),
        u128::from(meter.layer_lookups),
    );
    value("cache_hit_ratio", Unit::Ratio, hits);
    for (name, histogram) in [
        ("pending_time", &meter.pending_time),
        ("pull_time", &meter.pull_time),
        ("unpack_time", &meter.unpack_time),
        ("start_time", &meter.start_time),
    ] {
        figures.distribution(format_args!("cluster.{name}"), histogram);
    }
}
