//! From records and levels to the figures of one replication.
//!
//! A meter per service, workload, application and cluster keeps integers only: counts, histograms
//! and integrals over time. [`names`] is the one catalogue that says which figures exist, what they
//! are called, and how each is made from a meter. Nothing here decides when the window opens: the
//! kernel says so.

mod app;
mod budget;
pub mod catalogue;
mod cells;
mod cluster;
mod cost;
mod data;
mod deadlines;
mod level;
mod losses;
pub mod names;
mod nodes;
mod pattern;
mod population;
mod series;
mod service;
mod since;
mod storage;
mod unit;
mod workflow;

pub use app::AppMeter;
pub use budget::{BudgetMeter, BudgetState};
pub use cells::{Cell, CellKey, Cells, Outcomes, WorkloadMeter};
pub use cluster::ClusterMeter;
pub use cost::CostMeter;
pub use data::DataMeter;
pub use deadlines::Deadlines;
pub use level::Level;
pub use nodes::{NodeMeter, PoolMeter};
pub use pattern::is_like;
pub use population::{MANY, Numbers, Population};
pub use series::{SampledSeries, Sampling, SeriesKind, SeriesSpec, specs};
pub use service::{ConnectionMeter, Refusals, ServiceMeter};
pub use storage::StorageMeter;
pub use unit::Unit;
pub use workflow::WorkflowMeter;

use self::since::Since;
use crate::id::{
    AppId, BudgetId, CellId, IdVec, JobId, ServiceId, StorageId, WorkflowId, WorkloadId,
};
use crate::model::Model;
use crate::record::Record;
use crate::stats::Histogram;
use crate::units::{Duration, Time};

/// All meters of a replication.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Start of the window: nothing before it counts.
    pub window_start: Time,
    /// By service: what changes over time.
    pub services: IdVec<ServiceId, ServiceMeter>,
    /// What became of attempts.
    pub cells: Cells,
    /// By workload: what became of its requests and submissions, where that is not what became of
    /// its attempts.
    pub workloads: IdVec<WorkloadId, WorkloadMeter>,
    /// By application.
    pub apps: IdVec<AppId, AppMeter>,
    /// By job: latencies.
    pub jobs: IdVec<JobId, Histogram>,
    /// By workflow.
    pub workflows: IdVec<WorkflowId, WorkflowMeter>,
    /// The cluster.
    pub cluster: ClusterMeter,
    /// Who holds what of priced nodes; `None`: no node has a price.
    pub costs: Option<Box<CostMeter>>,
    /// By budget.
    pub budgets: IdVec<BudgetId, BudgetMeter>,
    /// Its nodes, where their number changes.
    pub nodes: Option<Box<NodeMeter>>,
    /// By object store.
    pub storages: IdVec<StorageId, StorageMeter>,
}

impl Metrics {
    /// Meters at zero for everything that `model` names.
    pub fn new(model: &Model) -> Self {
        Self {
            window_start: Time::ZERO,
            services: model
                .services
                .iter()
                .map(|service| ServiceMeter {
                    connections: service.client.protocol.map(|_| Box::default()),
                    ..ServiceMeter::default()
                })
                .collect(),
            cells: Cells::new(model),
            workloads: model
                .workloads
                .iter()
                .map(|_| WorkloadMeter::default())
                .collect(),
            apps: model
                .apps
                .iter()
                .map(|app| AppMeter {
                    deadlines: Deadlines {
                        rule: app.deadline,
                        ..Deadlines::default()
                    },
                    ..AppMeter::default()
                })
                .collect(),
            jobs: model.jobs.iter().map(|_| Histogram::new()).collect(),
            workflows: model.workflows.iter().map(WorkflowMeter::new).collect(),
            cluster: ClusterMeter::default(),
            costs: CostMeter::new(model),
            budgets: model
                .budgets
                .iter()
                .map(|_| BudgetMeter::default())
                .collect(),
            nodes: model
                .cluster
                .as_ref()
                .filter(|cluster| cluster.is_elastic())
                .map(|cluster| Box::new(NodeMeter::new(cluster))),
            storages: model
                .cluster
                .iter()
                .flat_map(|cluster| cluster.storages.iter())
                .map(|_| StorageMeter::default())
                .collect(),
        }
    }

    /// Opens the window: what has been counted is forgotten, what is present stays present.
    pub fn open_window(&mut self, now: Time) {
        self.window_start = now;
        self.services.open_window(now);
        self.cells.open_window(now);
        self.workloads.open_window(now);
        self.apps.open_window(now);
        self.jobs.open_window(now);
        self.workflows.open_window(now);
        self.cluster.open_window(now);
        self.costs.open_window(now);
        self.budgets.open_window(now);
        self.nodes.open_window(now);
        self.storages.open_window(now);
    }

    /// What the meters would hold had the window opened at `at`, when they were `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self, at: Time) -> Self {
        Self {
            window_start: at,
            services: self.services.since(&earlier.services, at),
            cells: self.cells.since(&earlier.cells, at),
            workloads: self.workloads.since(&earlier.workloads, at),
            apps: self.apps.since(&earlier.apps, at),
            jobs: self.jobs.since(&earlier.jobs, at),
            workflows: self.workflows.since(&earlier.workflows, at),
            cluster: self.cluster.since(&earlier.cluster, at),
            costs: self.costs.since(&earlier.costs, at),
            budgets: self.budgets.since(&earlier.budgets, at),
            nodes: self.nodes.since(&earlier.nodes, at),
            storages: self.storages.since(&earlier.storages, at),
        }
    }

    /// An attempt has left its service.
    #[inline]
    pub fn left(&mut self, cell: CellId, arrived: Time, now: Time) {
        self.cells.present(cell, self.window_start, arrived, now);
    }

    /// An attempt has been without a place.
    #[inline]
    pub fn waited(&mut self, cell: CellId, since: Time, now: Time) {
        self.cells.waited(cell, self.window_start, since, now);
    }

    /// An attempt has held a place for nothing, and was `served` to the end nevertheless or not.
    pub fn wasted(&mut self, cell: CellId, held: Duration, served: bool) {
        let cell = &mut self.cells[cell];
        cell.wasted += u128::from(held.nanos());
        cell.served_late += u64::from(served);
    }

    /// Books a record.
    #[expect(
        clippy::inline_always,
        reason = "twice a request; a constant record needs no match"
    )]
    #[inline(always)]
    pub fn record(&mut self, record: &Record) {
        // What there are millions of is booked where it is written down.
        match *record {
            Record::AttemptArrived { cell, work } => self.cells[cell].arrived(work),
            Record::AttemptEnded {
                cell,
                outcome,
                sent,
                waited,
                ended,
            } => self.cells[cell].ended(outcome, sent, waited, ended),
            _ => self.record_other(record),
        }
    }

    fn record_other(&mut self, record: &Record) {
        let start = self.window_start;
        match *record {
            // Booked already, or in the figures of its application.
            Record::AttemptArrived { .. }
            | Record::AttemptEnded { .. }
            | Record::MemberEnded { .. } => {}
            Record::RequestSent { workload } | Record::SubmissionArrived { workload } => {
                self.workloads[workload].arrivals += 1;
            }
            Record::RequestAnswered {
                workload,
                outcome,
                sent,
                ended,
            } => self.workloads[workload].answered(outcome, sent, ended),
            Record::SubmissionEnded {
                workload,
                outcome,
                arrived,
                ended,
            } => {
                self.workloads[workload].answered(outcome, arrived, ended);
            }
            Record::TaskEnded {
                app,
                started,
                ended,
                ..
            } => {
                self.apps[app].task_ended(start, started, ended);
            }
            Record::JobEnded {
                job,
                submitted,
                ended,
            } => {
                self.jobs[job].record((ended - submitted).nanos());
            }
            Record::ExecutionArrived { app } => self.apps[app].submitted += 1,
            Record::ExecutionEnded { app, ref times } => self.apps[app].ended(start, times),
            Record::Scaled {
                service, from, to, ..
            } => self.services[service].scaled(from < to),
            Record::ExecutionCalledOff {
                app,
                submitted,
                ended,
            } => self.apps[app].called_off(start, submitted, ended),
            Record::ExecutionFailed {
                app,
                submitted,
                ended,
            } => self.apps[app].execution_failed(start, submitted, ended),
            Record::WorkflowArrived { workflow } => self.workflows[workflow].submitted += 1,
            Record::WorkflowEnded {
                workflow,
                outcome,
                submitted,
                ended,
                ..
            } => self.workflows[workflow].ended(start, outcome, (submitted, ended)),
            Record::ContainerStarted {
                ref times, running, ..
            } => {
                self.cluster.started(times, running);
            }
            Record::LayersLookedUp { lookups, hits } => {
                self.cluster.layer_lookups += lookups;
                self.cluster.layer_hits += hits;
            }
            Record::ImagesEvicted { images } => self.cluster.image_evictions += images,
            Record::ImagePulled { bytes } => self.cluster.bytes_pulled += bytes.0,
        }
    }
}

/// Time from `from` to `to`, the part before `window_start` left out, in nanoseconds.
#[inline]
fn clipped(window_start: Time, from: Time, to: Time) -> u128 {
    u128::from(to.saturating_since(from.max(window_start)).nanos())
}
