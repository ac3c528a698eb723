//! The catalogue: which figures exist, what each is called, and how it is made from the meters.
//!
//! Names are `<path>.<quantity>[.<statistic>]` (DESIGN §6). [`walk`] goes through all figures in
//! the order in which they are written; it is the only place where names meet ids. Statistics of a
//! distribution (`mean`, `p95`, …) are appended by whoever turns distributions into figures, from
//! [`STATISTICS`].

use super::{AppMeter, Cell, CellKey, Level, Metrics, Outcomes, ServiceMeter, Unit};
use super::{budget, cost, losses, nodes, storage, workflow};
use crate::id::{AppId, ServiceId, WorkloadId};
use crate::model::{
    Autoscale, Cluster, DisciplineKind, Model, Overlap, PlacementKind, Service, Target, Workflow,
};
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

/// Percentiles of the number in system over time: names and shares.
const IN_SYSTEM: [(&str, f64); 3] = [
    ("in_system.p50", 0.5),
    ("in_system.p95", 0.95),
    ("in_system.p99", 0.99),
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
        walk_workload(model, metrics, workload, figures);
    }
    for app in model.apps.ids() {
        walk_app(model, metrics, (app, end), window, figures);
    }
    for (id, spec) in model.workflows.enumerate() {
        workflow::walk(spec, &metrics.workflows[id], figures);
    }
    if let Some(cluster) = &model.cluster {
        walk_cluster((model, cluster), metrics, end, window, figures);
        storage::walk(cluster, metrics, end, window, figures);
        cost::walk(model, metrics, end, window, figures);
        budget::walk((model, cluster), metrics, end, window, figures);
    }
    if model.loses_containers() {
        losses::walk(model, metrics, (window, end), figures);
    }
}

/// The length of the window.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) nanos: u128,
}

impl Window {
    /// The time average of a level from its integral.
    pub(super) fn average(self, area: u128) -> Option<f64> {
        ratio(area, self.nanos)
    }

    /// Occurrences per second.
    fn rate(self, count: u64) -> Option<f64> {
        ratio(u128::from(count) * 1_000_000_000, self.nanos)
    }
}

pub(super) fn ratio(part: u128, whole: u128) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

pub(super) fn count(number: u64) -> f64 {
    number as f64
}

pub(super) fn seconds(nanos: u128) -> f64 {
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
    let of_service = |key: CellKey| model.endpoints[key.endpoint].service == id;
    let cell = metrics.cells.merged(of_service);
    walk_cell(&path, &cell, window, figures);
    let places = meter.places.window_area(end);
    let held = meter.held.window_area(end);
    let blocked = meter.blocked.window_area(end);
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("{path}.{name}"), unit, value);
    value("retries", Unit::Count, Some(count(meter.retries)));
    value("offered_load", Unit::Ratio, ratio(cell.offered, places));
    value("utilization", Unit::Ratio, ratio(held, places));
    let cpu_utilization = if model.uses_cpu(id) {
        let limit = places / u128::from(service.concurrency) * u128::from(service.cpu_limit);
        ratio(meter.cpu.window_area(end), limit)
    } else {
        ratio(held - blocked, places)
    };
    value("cpu_utilization", Unit::Ratio, cpu_utilization);
    let average = |level: &Level| window.average(level.window_area(end));
    let (queue, present) = (
        meter.queue_window_area(end),
        meter.in_system.window_area(end),
    );
    value("queue_length", Unit::Count, window.average(queue));
    value("in_system", Unit::Count, window.average(present));
    let numbers = meter.in_system.numbers(end);
    for (name, share) in IN_SYSTEM {
        value(name, Unit::Count, numbers.quantile(share).map(count));
    }
    let found = ratio(meter.in_system.found_sum(), u128::from(meter.arrivals));
    value("found", Unit::Count, found);
    value("interarrival.mean", Unit::Seconds, meter.gaps.mean());
    value("interarrival.cv", Unit::Ratio, meter.gaps.cv());
    value("in_flight", Unit::Count, Some(count(meter.in_system.now())));
    value("replicas", Unit::Count, average(&meter.replicas));
    let starts_cold = service
        .autoscale
        .as_ref()
        .is_some_and(Autoscale::starts_cold);
    if service.setup.is_some() || starts_cold {
        value("cold_starts", Unit::Count, Some(count(meter.cold_starts)));
    }
    if service.autoscale.is_some() {
        value("scale_ups", Unit::Count, Some(count(meter.scale_ups)));
        value("scale_downs", Unit::Count, Some(count(meter.scale_downs)));
    }
    if service.setup.is_some() {
        value("setting_up", Unit::Count, average(&meter.setting_up));
        value("off", Unit::Count, average(&meter.off));
    }
    if service.balancing.outlier_ejection.is_some() {
        value("ejections", Unit::Count, Some(count(meter.ejections)));
    }
    let mut endpoints = service.endpoint_ids().map(|id| &model.endpoints[id]);
    if endpoints.any(|endpoint| endpoint.submits.is_some()) && !service.client.is_plain() {
        value("duplicates", Unit::Count, Some(count(meter.duplicates)));
    }
    if service.breakdowns.is_some() {
        value("down", Unit::Count, average(&meter.down));
    }
    walk_protection(service, meter, &path, (window, end), figures);
    let shared = service.discipline == DisciplineKind::ProcessorSharing;
    for endpoint in service.endpoint_ids() {
        if model.endpoints[endpoint].named {
            let path = format!("{path}.endpoints.{}", model.endpoints[endpoint].name);
            let cell = metrics.cells.merged(|key| key.endpoint == endpoint);
            walk_part(&path, &cell, shared, window, figures);
        }
    }
    for (class, spec) in model.classes.enumerate() {
        let of_class = |key: CellKey| of_service(key) && key.class == class;
        // Unmarked requests are a class of their own only beside others.
        let counted = metrics.cells.iter().any(|(key, _)| of_class(key));
        if counted && model.classes.len() > 1 {
            let path = format!("{path}.classes.{}", spec.name);
            let cell = metrics.cells.merged(of_class);
            walk_part(&path, &cell, shared, window, figures);
        }
    }
}

/// What keeps too much out of a service, and the connections to it: only where there is any.
fn walk_protection(
    service: &Service,
    meter: &ServiceMeter,
    path: &str,
    (window, end): (Window, Time),
    figures: &mut impl Figures,
) {
    let client = &service.client;
    let limits_retries = client.breaker.is_some()
        || client
            .retries
            .is_some_and(|retries| retries.budget.is_some());
    let refusals = &meter.refusals;
    for (name, number, exists) in [
        (
            "rate_limited",
            refusals.rate_limited,
            service.rate_limit.is_some(),
        ),
        ("shed", refusals.shed, service.shedding.is_some()),
        (
            "breaker_open",
            refusals.breaker_open,
            client.breaker.is_some(),
        ),
        ("retries_denied", meter.denied_retries, limits_retries),
    ] {
        if exists {
            let value = Some(count(number));
            figures.value(format_args!("{path}.{name}"), Unit::Count, value);
        }
    }
    if let Some(connections) = &meter.connections {
        let mut value =
            |name: &str, value| figures.value(format_args!("{path}.{name}"), Unit::Count, value);
        let waiting = connections.waiting.window_area(end);
        value("connections_opened", Some(count(connections.opened)));
        value("connection_queue", window.average(waiting));
        let name = format_args!("{path}.connection_wait");
        figures.distribution(name, &connections.wait);
    }
}

/// A part of a service: an endpoint or a class.
fn walk_part(path: &str, cell: &Cell, shared: bool, window: Window, figures: &mut impl Figures) {
    walk_cell(&path, cell, window, figures);
    let mut value =
        |name: &str, area| figures.value(format_args!("{path}.{name}"), Unit::Count, area);
    // Who of those who share a replica waits cannot be said.
    if !shared {
        value("queue_length", window.average(cell.waiting));
    }
    value("in_system", window.average(cell.presence));
}

/// What a service and each of its parts have alike.
fn walk_cell(path: &dyn Display, cell: &Cell, window: Window, figures: &mut impl Figures) {
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("{path}.{name}"), unit, value);
    value("arrivals", Unit::Count, Some(count(cell.arrivals)));
    for (name, number) in outcomes(&cell.outcomes) {
        value(name, Unit::Count, Some(count(number)));
    }
    let completed = cell.outcomes.completed;
    value(
        "throughput",
        Unit::PerSecond,
        window.rate(completed + cell.served_late),
    );
    value("goodput", Unit::PerSecond, window.rate(completed));
    value(
        "wasted_seconds",
        Unit::CountSeconds,
        Some(seconds(cell.wasted)),
    );
    let (zeros, all) = (cell.wait.zeros(), cell.wait.count());
    value(
        "wait.positive",
        Unit::Ratio,
        ratio((all - zeros).into(), all.into()),
    );
    let service_times = cell.service_times();
    value("service.mean", Unit::Seconds, service_times.mean());
    value("service.cv", Unit::Ratio, service_times.cv());
    value("latency.cv", Unit::Ratio, cell.latency.cv());
    value("wait.cv", Unit::Ratio, cell.wait.cv());
    figures.distribution(format_args!("{path}.latency"), &cell.latency);
    figures.distribution(format_args!("{path}.wait"), &cell.wait);
}

fn outcomes(outcomes: &Outcomes) -> [(&'static str, u64); 6] {
    [
        ("completed", outcomes.completed),
        ("rejected", outcomes.rejected),
        ("reneged", outcomes.reneged),
        ("timed_out", outcomes.timed_out),
        ("failed", outcomes.failed),
        ("cancelled", outcomes.cancelled),
    ]
}

fn walk_workload(model: &Model, metrics: &Metrics, id: WorkloadId, figures: &mut impl Figures) {
    let workload = &model.workloads[id];
    let path = format!("workloads.{}", workload.name);
    let own = &metrics.workloads[id];
    // Where every request is one attempt, what became of it is in the cells.
    let cell = match workload.target {
        Target::Endpoint(target) if model.is_plain(target) => {
            let targets = workload.endpoints();
            let wanted = |key: CellKey| key.workload == id && targets.contains(&key.endpoint);
            Some(metrics.cells.merged(wanted))
        }
        _ => None,
    };
    let (arrivals, counts, latency) = match &cell {
        Some(cell) => (cell.arrivals, &cell.outcomes, &cell.latency),
        None => (own.arrivals, &own.outcomes, &own.latency),
    };
    let mut value = |name: &str, number| {
        figures.value(
            format_args!("{path}.{name}"),
            Unit::Count,
            Some(count(number)),
        );
    };
    value("arrivals", arrivals);
    for (name, number) in outcomes(counts) {
        // A workload's own request is never cancelled: somebody waits for it.
        if name != "cancelled" {
            value(name, number);
        }
    }
    figures.distribution(format_args!("{path}.latency"), latency);
}

/// Whether anything calls runs of an application off: who submitted them, or what comes after.
fn may_be_cancelled(model: &Model, id: AppId) -> bool {
    let endpoints = &model.endpoints;
    let mut submitted = endpoints.iter().filter_map(|endpoint| endpoint.submits);
    let replaced = |workflow: &Workflow| {
        workflow.overlap == Overlap::Replace && workflow.members.iter().any(|it| it.app == id)
    };
    model.apps[id].overlap == Overlap::Replace
        || submitted.any(|submits| submits.app == id && submits.cancel_on_timeout)
        || model.workflows.iter().any(replaced)
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
    if may_be_cancelled(model, id) {
        value("cancelled", Unit::Count, Some(count(meter.cancelled)));
    }
    if app.overlap == Overlap::Forbid {
        value("skipped", Unit::Count, Some(count(meter.skipped)));
    }
    if model.may_fail(id) || !app.after.is_empty() {
        value("failed", Unit::Count, Some(count(meter.failed)));
    }
    if model.may_fail(id) {
        value("failed_tasks", Unit::Count, Some(count(meter.failed_tasks)));
        let fetch_failures = Some(count(meter.fetch_failures));
        value("fetch_failures", Unit::Count, fetch_failures);
    }
    if app.restart.is_some() {
        value("restarts", Unit::Count, Some(count(meter.restarts)));
    }
    if app.conf.scheduling.speculation.is_some() {
        let copies = Some(count(meter.speculative_tasks));
        value("speculative_tasks", Unit::Count, copies);
    }
    if app.conf.executors.decommission.is_some() {
        let told = Some(count(meter.decommissioned));
        value("decommissioned_executors", Unit::Count, told);
        if model.moves_data(id) {
            value("migrated_bytes", Unit::Bytes, Some(count(meter.migrated)));
        }
    }
    if model.minds_places(id) {
        let [process, node, _, rack, any] = meter.launches;
        value("process_local_tasks", Unit::Count, Some(count(process)));
        value("node_local_tasks", Unit::Count, Some(count(node)));
        value("rack_local_tasks", Unit::Count, Some(count(rack)));
        value("any_tasks", Unit::Count, Some(count(any)));
    }
    let dynamic = app.conf.executors.dynamic;
    if dynamic.is_some_and(|rule| rule.tracking.is_some()) {
        let held = Some(seconds(meter.shuffle_held));
        value("shuffle_held_seconds", Unit::CountSeconds, held);
    }
    value(
        "unfinished",
        Unit::Count,
        Some(count(meter.unfinished.now())),
    );
    if app.deadline.is_some() {
        let decided = meter.deadlines.decided();
        let missed = ratio(meter.deadlines.late.into(), decided.into());
        value("deadlines", Unit::Count, Some(count(decided)));
        value("deadline_miss_ratio", Unit::Ratio, missed);
        let ahead = Some(count(meter.deadlines.ahead));
        value("deadlines_ahead", Unit::Count, ahead);
    }
    value("executors", Unit::Count, window.average(executors));
    value(
        "executor_seconds",
        Unit::CountSeconds,
        Some(seconds(executors)),
    );
    value("task_seconds", Unit::CountSeconds, Some(seconds(tasks)));
    if model.shares_processors() {
        let contended = Some(seconds(meter.contended));
        value("contended_seconds", Unit::CountSeconds, contended);
    }
    value("tasks", Unit::Count, Some(count(meter.tasks)));
    value(
        "slot_utilization",
        Unit::Ratio,
        ratio(tasks, meter.slots.window_area(end)),
    );
    meter.data.walk((model, id), &path, figures);
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
    (model, cluster): (&Model, &Cluster),
    metrics: &Metrics,
    end: Time,
    window: Window,
    figures: &mut impl Figures,
) {
    let meter = &metrics.cluster;
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("cluster.{name}"), unit, value);
    let (cpu, memory) = if let Some(elastic) = &metrics.nodes {
        let ready = elastic.pools.iter().map(|pool| pool.ready.window_area(end));
        value("nodes", Unit::Count, window.average(ready.sum()));
        (
            elastic.cpu.window_area(end),
            elastic.memory.window_area(end),
        )
    } else {
        let nodes = cluster.pools.iter().map(|pool| u64::from(pool.count)).sum();
        value("nodes", Unit::Count, Some(count(nodes)));
        let allocatable = cluster.allocatable();
        let whole = |capacity: u64| window.nanos * u128::from(capacity);
        (whole(allocatable.cpu.0), whole(allocatable.memory.0))
    };
    let share = |level: &Level, whole| ratio(level.window_area(end), whole);
    value("cpu_allocated", Unit::Ratio, share(&meter.cpu, cpu));
    value(
        "memory_allocated",
        Unit::Ratio,
        share(&meter.memory, memory),
    );
    value(
        "pending_containers",
        Unit::Count,
        window.average(meter.pending.window_area(end)),
    );
    if let Some(elastic) = &metrics.nodes {
        nodes::walk(cluster, elastic, (window, end), figures);
    }
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("cluster.{name}"), unit, value);
    value("bytes_pulled", Unit::Bytes, Some(count(meter.bytes_pulled)));
    let hits = ratio(
        u128::from(meter.layer_hits),
        u128::from(meter.layer_lookups),
    );
    value("cache_hit_ratio", Unit::Ratio, hits);
    if cluster.placement == PlacementKind::Lp {
        for (name, number) in [
            ("placed_by_lp", meter.placed_by_plan),
            ("placed_by_best_fit", meter.placed_singly),
        ] {
            value(name, Unit::Count, Some(count(number)));
        }
    }
    if cluster.pools.iter().any(|pool| pool.image_cache.is_some()) {
        let evictions = Some(count(meter.image_evictions));
        value("image_evictions", Unit::Count, evictions);
    }
    if cluster.shared_links.cross_zone_price.is_some() {
        let bytes = Some(count(meter.cross_zone_bytes));
        value("cross_zone_bytes", Unit::Bytes, bytes);
    }
    if model.has_volumes() {
        let bytes = window.average(meter.volume_bytes.window_area(end));
        value("volume_bytes", Unit::Bytes, bytes);
        let name = format_args!("cluster.attach_time");
        figures.distribution(name, &meter.attach_time);
    }
    for (name, histogram) in [
        ("pending_time", &meter.pending_time),
        ("pull_time", &meter.pull_time),
        ("unpack_time", &meter.unpack_time),
        ("start_time", &meter.start_time),
    ] {
        figures.distribution(format_args!("cluster.{name}"), histogram);
    }
}
