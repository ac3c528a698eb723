//! Time series: cumulative areas read at regular instants.
//!
//! What is stored at each instant is the exact integral of every tracked level so far, so the
//! average over any interval is one subtraction, and halving the resolution is dropping every
//! second row. A run of known length has [`POINTS`] intervals. A run of unknown length starts fine
//! and doubles its interval whenever twice as many are full.

use super::budget::WHOLE;
use super::{Level, Metrics, Unit};
use crate::id::{AppId, BudgetId, PoolId, ServiceId};
use crate::model::{Cluster, Horizon, Model};
use crate::units::{Duration, Time};

/// Intervals of a series, where the length of the run is known; at least as many otherwise, unless
/// the run is shorter than that many milliseconds.
const POINTS: usize = 240;
const FIRST_INTERVAL: Duration = Duration::from_millis(1);

/// Which chart a series belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SeriesKind {
    /// Requests that wait or hold a place at each service.
    InSystem,
    /// Waiting requests of each service.
    QueueLength,
    /// Shares in use: of service places, of cluster processors and memory, of Spark slots.
    Utilization,
    /// Replicas that take requests, of each service that scales.
    Replicas,
    /// Running executors of each application.
    Executors,
    /// Containers that wait to be placed.
    PendingContainers,
    /// Dominant shares of budgets.
    DominantShare,
    /// Nodes of each pool, where their number changes.
    Nodes,
}

/// What a series is called and made from.
#[derive(Clone, Debug)]
pub struct SeriesSpec {
    /// The figure of the same name is the average over the whole window.
    pub metric: String,
    /// What it is measured in.
    pub unit: Unit,
    /// Which chart it belongs to.
    pub kind: SeriesKind,
    source: Source,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    InSystem(ServiceId),
    QueueLength(ServiceId),
    Utilization(ServiceId),
    Replicas(ServiceId),
    Executors(AppId),
    SlotUtilization(AppId),
    Cpu {
        capacity: u64,
    },
    Memory {
        capacity: u64,
    },
    /// Where the number of nodes changes.
    Elastic(Elastic),
    Pending,
    DominantShare(BudgetId),
}

#[derive(Clone, Copy, Debug)]
enum Elastic {
    Cpu,
    Memory,
    Nodes(PoolId),
}

/// The cumulative areas of what is in use and, for shares of something that itself comes and goes,
/// of what could have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Areas {
    part: u128,
    whole: u128,
}

impl Source {
    /// What a share is taken of, where that does not change: 1 for levels that are no shares.
    fn capacity(self) -> Option<u64> {
        match self {
            Self::InSystem(_)
            | Self::QueueLength(_)
            | Self::Replicas(_)
            | Self::Executors(_)
            | Self::Elastic(Elastic::Nodes(_))
            | Self::Pending => Some(1),
            Self::Cpu { capacity } | Self::Memory { capacity } => Some(capacity),
            Self::DominantShare(_) => Some(WHOLE as u64),
            Self::Utilization(_)
            | Self::SlotUtilization(_)
            | Self::Elastic(Elastic::Cpu | Elastic::Memory) => None,
        }
    }

    fn read(self, metrics: &Metrics, now: Time) -> Areas {
        let level = |level: &Level| level.area(now);
        let share = |part: &Level, whole: &Level| (part.area(now), whole.area(now));
        let (part, whole) = match self {
            Self::InSystem(id) => (metrics.services[id].in_system.area(now), 0),
            Self::QueueLength(id) => (metrics.services[id].queue_area(now), 0),
            Self::Utilization(id) => {
                let meter = &metrics.services[id];
                share(&meter.held, &meter.places)
            }
            Self::Replicas(id) => (level(&metrics.services[id].replicas), 0),
            Self::Executors(id) => (level(&metrics.apps[id].executors), 0),
            Self::SlotUtilization(id) => {
                let meter = &metrics.apps[id];
                share(&meter.running_tasks, &meter.slots)
            }
            Self::Cpu { .. } => (level(&metrics.cluster.cpu), 0),
            Self::Memory { .. } => (level(&metrics.cluster.memory), 0),
            Self::Pending => (level(&metrics.cluster.pending), 0),
            Self::DominantShare(id) => (level(&metrics.budgets[id].dominant_share), 0),
            Self::Elastic(what) => {
                let Some(elastic) = &metrics.nodes else {
                    return Areas::default();
                };
                match what {
                    Elastic::Cpu => share(&metrics.cluster.cpu, &elastic.cpu),
                    Elastic::Memory => share(&metrics.cluster.memory, &elastic.memory),
                    Elastic::Nodes(id) => (level(&elastic.pools[id].ready), 0),
                }
            }
        };
        Areas { part, whole }
    }
}

/// Every series that `model` has, in the order of its columns.
pub fn specs(model: &Model) -> Vec<SeriesSpec> {
    let mut specs = Vec::new();
    let mut add = |metric: String, unit, kind, source| {
        specs.push(SeriesSpec {
            metric,
            unit,
            kind,
            source,
        });
    };
    for (id, service) in model.services.enumerate() {
        let path = format!("services.{}", service.name);
        let (queue, share) = (Source::QueueLength(id), Source::Utilization(id));
        add(
            format!("{path}.in_system"),
            Unit::Count,
            SeriesKind::InSystem,
            Source::InSystem(id),
        );
        add(
            format!("{path}.queue_length"),
            Unit::Count,
            SeriesKind::QueueLength,
            queue,
        );
        add(
            format!("{path}.utilization"),
            Unit::Ratio,
            SeriesKind::Utilization,
            share,
        );
        if service.autoscale.is_some() {
            add(
                format!("{path}.replicas"),
                Unit::Count,
                SeriesKind::Replicas,
                Source::Replicas(id),
            );
        }
    }
    for (id, app) in model.apps.enumerate() {
        let path = format!("apps.{}", app.name);
        let (executors, share) = (Source::Executors(id), Source::SlotUtilization(id));
        add(
            format!("{path}.executors"),
            Unit::Count,
            SeriesKind::Executors,
            executors,
        );
        add(
            format!("{path}.slot_utilization"),
            Unit::Ratio,
            SeriesKind::Utilization,
            share,
        );
    }
    if let Some(cluster) = &model.cluster {
        let (cpu, memory) = allocated(cluster);
        add(
            "cluster.cpu_allocated".into(),
            Unit::Ratio,
            SeriesKind::Utilization,
            cpu,
        );
        add(
            "cluster.memory_allocated".into(),
            Unit::Ratio,
            SeriesKind::Utilization,
            memory,
        );
        let kind = SeriesKind::PendingContainers;
        add(
            "cluster.pending_containers".into(),
            Unit::Count,
            kind,
            Source::Pending,
        );
        let pools = cluster.pools.enumerate();
        for (id, pool) in pools.filter(|(_, pool)| pool.is_elastic()) {
            add(
                format!("nodes.{}.nodes", pool.name),
                Unit::Count,
                SeriesKind::Nodes,
                Source::Elastic(Elastic::Nodes(id)),
            );
        }
    }
    specs.extend(of_budgets(model));
    specs
}

/// Where the shares of processor and memory that containers hold come from.
fn allocated(cluster: &Cluster) -> (Source, Source) {
    if cluster.is_elastic() {
        let elastic = Source::Elastic;
        return (elastic(Elastic::Cpu), elastic(Elastic::Memory));
    }
    let allocatable = cluster.allocatable();
    let cpu = Source::Cpu {
        capacity: allocatable.cpu.0,
    };
    let memory = Source::Memory {
        capacity: allocatable.memory.0,
    };
    (cpu, memory)
}

fn of_budgets(model: &Model) -> impl Iterator<Item = SeriesSpec> {
    let budgets = model.budgets.enumerate();
    budgets.map(|(id, budget)| SeriesSpec {
        metric: format!("budgets.{}.dominant_share", budget.name),
        unit: Unit::Ratio,
        kind: SeriesKind::DominantShare,
        source: Source::DominantShare(id),
    })
}

/// The series of one replication while it runs.
#[derive(Clone, Debug)]
pub struct Sampling {
    sources: Vec<Source>,
    interval: Duration,
    /// Whether the interval stays as it is.
    fixed: bool,
    rows: Vec<Areas>,
}

impl Sampling {
    /// No rows yet; the first is due after [`Self::interval`].
    pub fn new(model: &Model) -> Self {
        let (interval, fixed) = match model.run.horizon {
            Horizon::Duration { duration, .. } => (
                Duration::from_nanos((duration.nanos() / POINTS as u64).max(1)),
                true,
            ),
            Horizon::Requests { .. } | Horizon::Terminating { .. } => (FIRST_INTERVAL, false),
        };
        let sources = specs(model).into_iter().map(|spec| spec.source).collect();
        Self {
            sources,
            interval,
            fixed,
            rows: Vec::new(),
        }
    }

    /// Time between rows.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Reads all areas at `now`, one interval after the last time.
    pub fn sample(&mut self, metrics: &Metrics, now: Time) {
        self.push(metrics, now);
        let columns = self.sources.len();
        if !self.fixed && columns > 0 && self.rows.len() == 2 * POINTS * columns {
            let rows = std::mem::take(&mut self.rows);
            let second = rows.chunks_exact(columns).skip(1).step_by(2);
            self.rows = second.flatten().copied().collect();
            self.interval = self.interval + self.interval;
        }
    }

    /// The series of a replication that ended at `end`.
    pub fn finish(mut self, metrics: &Metrics, end: Time) -> SampledSeries {
        self.push(metrics, end);
        let last = self.rows.split_off(self.rows.len() - self.sources.len());
        SampledSeries {
            interval: self.interval,
            capacities: self
                .sources
                .iter()
                .map(|source| source.capacity())
                .collect(),
            rows: self.rows,
            last,
        }
    }

    fn push(&mut self, metrics: &Metrics, now: Time) {
        let areas = self.sources.iter().map(|source| source.read(metrics, now));
        self.rows.extend(areas);
    }
}

/// The series of one replication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampledSeries {
    interval: Duration,
    /// By column: what a share is taken of, where that does not change.
    capacities: Vec<Option<u64>>,
    rows: Vec<Areas>,
    /// At the end of the replication.
    last: Vec<Areas>,
}

impl SampledSeries {
    /// Time between rows.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Complete intervals.
    pub fn len(&self) -> usize {
        self.rows.len().checked_div(self.last.len()).unwrap_or(0)
    }

    /// Whether no interval is complete.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same at `factor` times the interval.
    pub fn coarsened(&self, factor: usize) -> Self {
        let rows = self.rows.chunks_exact(self.last.len().max(1));
        let rows = rows
            .skip(factor - 1)
            .step_by(factor)
            .flatten()
            .copied()
            .collect();
        Self {
            interval: Duration::from_nanos(self.interval.nanos().saturating_mul(factor as u64)),
            capacities: self.capacities.clone(),
            rows,
            last: self.last.clone(),
        }
    }

    /// The average of `column` over interval number `index`; zero in intervals after the end.
    /// `None` for a share of something of which there was nothing.
    pub fn average(&self, column: usize, index: usize) -> Option<f64> {
        let at = |index: usize| {
            let cell = self.rows.get(index * self.last.len() + column);
            cell.copied().unwrap_or(self.last[column])
        };
        let after = at(index);
        let before = if index == 0 {
            Areas::default()
        } else {
            at(index - 1)
        };
        let whole = match self.capacities[column] {
            Some(capacity) => u128::from(self.interval.nanos()) * u128::from(capacity),
            None => after.whole - before.whole,
        };
        (whole > 0).then(|| (after.part - before.part) as f64 / whole as f64)
    }
}
