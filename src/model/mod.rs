//! The checked scenario as plain data: what the engine runs.
//!
//! No serde, no spans, no file names, no logic: whoever holds a [`Model`] may rely on every id
//! being in range, every container fitting some node, every graph being free of cycles, and every
//! number being in its domain. `scenario/` is the only place that makes one from a file.

mod app;
mod balancing;
mod budget;
mod choices;
mod cluster;
mod deadline;
mod fault;
mod gc;
mod image;
mod locality;
mod network;
mod node_scaling;
mod overheads;
mod placing;
mod probability;
mod promise;
mod resources;
mod scaling;
mod service;
mod spark;
mod stage_data;
mod storage;
mod transport;
mod workflow;
mod workload;

pub use app::{App, Deploy, Job, Overlap, SparkConf, Stage, TaskTimes};
pub use balancing::{BalancerKind, BalancerView, Balancing, OutlierEjection, Prequal, SlowStart};
pub use budget::{Allocation, Amount, ResourceBudget, UnitPrices};
pub use choices::{
    AllocationKind, AttemptWork, AutoscalerKind, CpuModelKind, DisciplineKind, ExpanderKind,
    HpaMetric, ManagerKind, OnExceed, PendingKind, PlacementKind, QueueKind, Reclaiming,
    TaskOrderKind, WrittenKind,
};
pub use cluster::{Cluster, Pool};
pub use deadline::Deadline;
pub use fault::{Fault, FaultKind, Occurrences, Takeback, Where};
pub use gc::Gc;
pub use image::{Image, ImageCache, Layer, PullPolicy, Registry};
pub use locality::{Locality, LocalityWait, Rack};
pub use network::{Network, NetworkKind, RackUplink, Racks};
pub use node_scaling::{NodeScaling, Reclaim, Spot};
pub use overheads::{ExecutorSpan, Overheads};
pub use placing::{Apart, Kind, Placing, Spread, Volumes};
pub use probability::{Bound, Probability};
pub use promise::{Check, Limit, Precision, PrecisionTarget, Worse};
pub use resources::Resources;
pub use scaling::{
    Autoscale, Concurrency, Hpa, HybridHistogram, KeepAlive, Pace, ScalingPolicy, ScheduledReplicas,
};
pub use service::{
    Breakdowns, Budget, Call, Client, Endpoint, Hedge, MemoryUse, Retries, Service, Setup,
    Stationary, Submits,
};
pub use spark::{
    Decommission, DynamicAllocation, Exclusion, Executors, Heartbeat, JobPool, Restart, Scheduling,
    ShuffleTracking, Speculation,
};
pub use stage_data::{
    AdaptiveKind, AdaptiveRules, Broadcast, Coalescing, ExecutorData, Input, InputSizes, Output,
    Skew, SkewJoin, StageData,
};
pub use storage::Storage;
pub use transport::{Breaker, Mesh, Protocol, RateLimit, Shedding};
pub use workflow::{Member, Workflow};
pub use workload::{
    Arrivals, BatchSize, CivilTime, Class, CronSchedule, Diurnal, Keys, MmppState, RateStep,
    Target, Trace, Workload,
};

use crate::id::{
    AppId, BudgetId, ClassId, EndpointId, IdVec, JobId, ServiceId, StageId, WorkflowId, WorkloadId,
};
use crate::units::Duration;

/// A whole scenario, checked.
#[derive(Clone, Debug)]
pub struct Model {
    /// What the charts are headed with.
    pub title: String,
    /// How long and how often to run.
    pub run: Run,
    /// The nodes and what containers are made from; `None`: containers are ready at once on
    /// unlimited resources.
    pub cluster: Option<Cluster>,
    /// Budgets in the order of their names.
    pub budgets: IdVec<BudgetId, ResourceBudget>,
    /// How capacity is shared among budgets; `None`: only quotas limit them.
    pub allocation: Option<Allocation>,
    /// Services in the order of their names.
    pub services: IdVec<ServiceId, Service>,
    /// Endpoints of all services; those of one service are adjacent.
    pub endpoints: IdVec<EndpointId, Endpoint>,
    /// Classes of requests: first that of unmarked ones (priority 0, weight 1), then the others in
    /// the order of their names.
    pub classes: IdVec<ClassId, Class>,
    /// Applications in the order of their names.
    pub apps: IdVec<AppId, App>,
    /// Jobs of all applications; those of one application are adjacent.
    pub jobs: IdVec<JobId, Job>,
    /// Stages of all jobs; those of one job are adjacent and parents come before children.
    pub stages: IdVec<StageId, Stage>,
    /// Workflows in the order of their names.
    pub workflows: IdVec<WorkflowId, Workflow>,
    /// What goes wrong, in the order of the names.
    pub faults: Vec<Fault>,
    /// Workloads in the order of their names.
    pub workloads: IdVec<WorkloadId, Workload>,
    /// What may happen in a replication or not, in the order of the names.
    pub probabilities: Vec<Probability>,
    /// What is promised of figures, in the order of the file.
    pub checks: Vec<Check>,
}

/// `[run]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Seed of every random stream.
    pub seed: u64,
    /// Number of independent replications, at least 1.
    pub replications: u32,
    /// What ends a replication, and what its figures are taken from.
    pub horizon: Horizon,
    /// Whether the warm-up is to be found; that of `horizon` is zero then.
    pub auto_warmup: bool,
    /// What decides how many replications there are; `None`: `replications`.
    pub precision: Option<Precision>,
}

/// When figures begin to count and when a replication ends (DESIGN §6, the window).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Horizon {
    /// From `warmup` to `duration`, both since the start.
    Duration {
        /// Start of the window.
        warmup: Duration,
        /// End of the window and of the run; later than `warmup`.
        duration: Duration,
    },
    /// From the `warmup`-th to the `requests`-th outcome of outer requests, over all workloads.
    Requests {
        /// Outcomes before the window starts; 0 = from the beginning.
        warmup: u64,
        /// Outcomes after which the run ends; more than `warmup`.
        requests: u64,
    },
    /// Arrivals stop at `arrivals_until`, and the run ends with the last outcome or application.
    Terminating {
        /// When arrivals stop; `None` where every workload is finite.
        arrivals_until: Option<Duration>,
    },
}

impl Horizon {
    /// Whether anything happens before figures begin to count.
    pub fn has_warmup(self) -> bool {
        self.warmup() > 0
    }

    /// What happens before figures begin to count, in nanoseconds or outcomes.
    pub fn warmup(self) -> u64 {
        match self {
            Self::Duration { warmup, .. } => warmup.nanos(),
            Self::Requests { warmup, .. } => warmup,
            Self::Terminating { .. } => 0,
        }
    }
}

impl Model {
    /// Whether anything at a service needs processor time besides its service time.
    pub fn uses_cpu(&self, id: ServiceId) -> bool {
        let mut endpoints = self.services[id].endpoint_ids();
        endpoints.any(|endpoint| self.endpoints[endpoint].cpu_time.is_some())
    }

    /// Whether containers share the processors of their nodes.
    pub fn shares_processors(&self) -> bool {
        let cluster = self.cluster.as_ref();
        cluster.is_some_and(|cluster| cluster.cpu_model == CpuModelKind::Shared)
    }

    /// The stages of all jobs of an application.
    pub fn stages_of(&self, id: AppId) -> impl Iterator<Item = &Stage> {
        let jobs = self.apps[id].job_ids();
        let stages = jobs.flat_map(|job| self.jobs[job].stage_ids());
        stages.map(|stage| &self.stages[stage])
    }

    /// Whether tasks of an application can fail or be lost, and it with them.
    pub fn may_fail(&self, id: AppId) -> bool {
        let mut stages = self.stages_of(id);
        self.loses_containers() || stages.any(|stage| stage.task_failure > 0.0)
    }

    /// Whether tasks of an application read, write or hold anything that is counted.
    pub fn moves_data(&self, id: AppId) -> bool {
        let mut data = self.stages_of(id).filter_map(|stage| stage.data.as_ref());
        data.any(|data| data.moves())
    }

    /// Whether the driver of an application sends something to its executors.
    pub fn broadcasts(&self, id: AppId) -> bool {
        let mut data = self.stages_of(id).filter_map(|stage| stage.data.as_ref());
        data.any(|data| data.broadcast.is_some())
    }

    /// Whether executors of an application may lack memory for partitions that they are to keep.
    pub fn sizes_caches(&self, id: AppId) -> bool {
        let mut data = self.stages_of(id).filter_map(|stage| stage.data.as_ref());
        data.any(|data| data.cached_size.0 > 0)
    }

    /// Whether tasks of an application go step by step.
    pub fn takes_steps(&self, id: AppId) -> bool {
        self.stages_of(id).any(|stage| stage.data.is_some())
    }

    /// What a stage is called by, from the root: what its random words are found by.
    pub fn path_of(&self, stage: &Stage) -> String {
        let job = &self.jobs[stage.job];
        let app = &self.apps[job.app].name;
        format!("apps.{app}.jobs.{}.stages.{}", job.name, stage.name)
    }

    /// Whether a request to `endpoint` is one attempt, whose outcome is its own.
    pub fn is_plain(&self, endpoint: EndpointId) -> bool {
        let service = self.endpoints[endpoint].service;
        self.services[service].client.is_plain()
    }

    /// The endpoints that a workload sends to, and everything that their calls lead to.
    pub fn reached_by(&self, workload: &Workload) -> Vec<EndpointId> {
        let mut found = workload.endpoints();
        let mut next = 0;
        while let Some(&endpoint) = found.get(next) {
            next += 1;
            for call in self.endpoints[endpoint].calls.iter().flatten() {
                if !found.contains(&call.endpoint) {
                    found.push(call.endpoint);
                }
            }
        }
        found
    }
}
