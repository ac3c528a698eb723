//! A scenario as it is written: a mirror of the file, kebab-case, every value with its place.
//!
//! Nothing is filled in and nothing is checked beyond the form of each value: whatever may be left
//! out is an `Option`, and so is what must be given, because `resolve/` says better than a parser
//! what is missing and what to write. Choices are externally tagged, as other taggings lose
//! spans. The doc comments here are the descriptions of the JSON schema.

macro_rules_attribute::attribute_alias! {
    // A table all of whose keys may be left out.
    #[apply(table)] =
        #[derive(Clone, Debug, Default, serde::Deserialize, schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields, default, expecting = "a table")];
}

mod app;
mod arrivals;
mod balancer;
mod budget;
mod choice;
mod client;
mod cluster;
mod conf;
mod data;
mod distribution;
mod entities;
mod fault;
mod image;
mod locality;
mod network;
mod node_scaling;
mod overheads;
mod placing;
mod probability;
mod promise;
mod run;
mod scaling;
mod service;
mod size;
mod storage;
mod tagged;
mod transport;
mod volume;
mod workflow;
mod workload;

mod for_each;
mod sweep;

pub(crate) use app::{AppSpec, GcSpec, RestartSpec, SparkSpec, StageSpec};
pub(crate) use arrivals::{
    ArrivalsSpec, BatchSpec, Closed, Cron, DiurnalSpec, Mmpp, Step, TraceSpec,
};
pub(crate) use balancer::{BalancerSpec, OutlierEjectionSpec, SlowStartSpec, ViewSpec};
pub(crate) use budget::{AllocationSpec, BudgetSpec, PricesSpec, QuotaSpec};
pub(crate) use choice::Choice;
pub(crate) use client::{CallSpec, CallsSpec, RetriesSpec};
pub(crate) use cluster::{ClusterSpec, NodesSpec, ResourcesSpec};
pub(crate) use conf::{ConfEntry, ConfSpec};
pub(crate) use data::{InputSpec, InputTable, OutputSpec, SizeOr, SkewSpec};
pub(crate) use distribution::{
    DistributionSpec, Empirical, Measure, Parameters, RecordedOrder, Recording, TaskTimeSpec,
};
pub(crate) use entities::{Entities, Entity};
pub(crate) use fault::{FaultSpec, KillSpec, TakebackSpec};
pub(crate) use image::{ImageSpec, LayerSpec, RegistrySpec};
pub(crate) use locality::{BlocksSpec, CachedSpec, LocalitySpec};
pub(crate) use network::NetworkSpec;
pub(crate) use node_scaling::{NodeScalingSpec, ReclaimSpec, SpotSpec};
pub(crate) use overheads::{ExecutorSpanSpec, OverheadTimes, OverheadsSpec};
pub(crate) use placing::PlacingSpec;
pub(crate) use probability::ProbabilitySpec;
pub(crate) use promise::{Amount, CheckSpec, PrecisionSpec, WarmupSpec};
pub(crate) use run::{InitialKind, RunSpec};
pub(crate) use scaling::{
    AutoscaleSpec, ConcurrencySpec, HpaSpec, HybridHistogramSpec, KeepAliveSpec, PaceSpec,
    ScheduleStepSpec,
};
pub(crate) use service::{ServiceSpec, SubmitsSpec};
pub(crate) use size::{BatchSizeSpec, SizeLaw};
pub(crate) use storage::StorageSpec;
pub(crate) use tagged::Choose;
pub(crate) use transport::{FiguresSpec, MeshSpec, ProtocolSpec, SheddingSpec};
pub(crate) use volume::VolumesSpec;
pub(crate) use workflow::WorkflowSpec;
pub(crate) use workload::{ClassSpec, KeysSpec, WorkloadSpec};

pub(crate) use for_each::ForEachSpec;
pub(crate) use sweep::{SweepSpec, VariantSpec};

use super::located::Located;
use macro_rules_attribute::apply;

/// A scenario of sparksim: nodes, images, services, Spark applications and workloads.
#[apply(table)]
#[schemars(title = "sparksim scenario")]
pub(crate) struct ScenarioSpec {
    /// What charts and reports are headed with; the file's name where it is left out.
    pub(crate) title: Option<Located<String>>,
    /// How long and how often to run.
    pub(crate) run: Option<Located<RunSpec>>,
    /// Another scenario, relative to this file: what is said here goes over what that says.
    pub(crate) extends: Option<Located<String>>,
    /// Whose habits the cluster has.
    pub(crate) cluster: Option<Located<ClusterSpec>>,
    /// Node pools by name. Without any, containers are ready at once on unlimited resources.
    pub(crate) nodes: Entities<NodesSpec>,
    /// Image layers by name: a compressed size, or a table.
    pub(crate) layers: Entities<LayerSpec>,
    /// Images by name: the names of their layers, base first, or a table.
    pub(crate) images: Entities<ImageSpec>,
    /// Where layers are pulled from.
    pub(crate) registry: Option<Located<RegistrySpec>>,
    /// Budgets by name: what tenants may hold of the nodes.
    pub(crate) budgets: Entities<BudgetSpec>,
    /// How the nodes are shared among budgets; where it is left out only quotas limit them.
    pub(crate) allocation: Option<Located<AllocationSpec>>,
    /// Links that several nodes share, besides their own.
    pub(crate) network: Option<Located<NetworkSpec>>,
    /// Object stores by name.
    pub(crate) storage: Entities<StorageSpec>,
    /// Several changes under one name: what `variant = [...]` in a sweep or `--vary variant=a,b`
    /// tries.
    pub(crate) variants: Entities<VariantSpec>,
    /// What is written once and made for each row: tables whose name holds `${NAME.name}`.
    pub(crate) for_each: Entities<ForEachSpec>,
    /// What `sparksim sweep` tries.
    pub(crate) sweep: Option<SweepSpec>,
    /// What holds for every application.
    pub(crate) spark: Option<Located<SparkSpec>>,
    /// Services by name.
    pub(crate) services: Entities<ServiceSpec>,
    /// Spark applications by name.
    pub(crate) apps: Entities<AppSpec>,
    /// Workflows by name: applications that run together, in the order of what comes after what.
    pub(crate) workflows: Entities<WorkflowSpec>,
    /// Classes of requests by name: what the marks of workloads mean.
    pub(crate) classes: Entities<ClassSpec>,
    /// What goes wrong, by name.
    pub(crate) faults: Entities<FaultSpec>,
    /// Workloads by name: where requests and submissions come from.
    pub(crate) workloads: Entities<WorkloadSpec>,
    /// Events by name: what happens in some replications and not in others.
    pub(crate) probabilities: Entities<ProbabilitySpec>,
    /// What is promised of figures: what `sparksim check` checks.
    pub(crate) checks: Vec<Located<CheckSpec>>,
}
