//! `[services]`.

use super::balancer::{BalancerSpec, OutlierEjectionSpec, SlowStartSpec, ViewSpec};
use super::choice::{Choice, Named};
use super::client::{CallsSpec, RetriesSpec};
use super::cluster::ResourcesSpec;
use super::distribution::DistributionSpec;
use super::entities::Entities;
use super::placing::PlacingSpec;
use super::scaling::AutoscaleSpec;
use super::tagged::Choose;
use super::transport::{BreakerSpec, MeshSpec, ProtocolSpec, RateLimitSpec, SheddingSpec};
use super::volume::VolumesSpec;
use crate::model::{AttemptWork, DisciplineKind, QueueKind};
use crate::scenario::located::Located;
use crate::scenario::units_spec::Quantity;
use crate::units::{Bytes, Cpu, Duration};
use macro_rules_attribute::apply;

/// A service: replicas behind a balancer. It has either a `service-time` of its own or
/// `endpoints`.
#[apply(table)]
pub(crate) struct ServiceSpec {
    /// What its containers are made from; nothing is pulled where it is left out.
    pub(crate) image: Option<Located<String>>,
    /// Number of replicas; 1 where it is left out.
    pub(crate) replicas: Option<Located<u32>>,
    /// The budget that its containers draw on; none where it is left out.
    pub(crate) budget: Option<Located<String>>,
    /// What changes the number of replicas, instead of `replicas`.
    pub(crate) autoscale: Option<Located<AutoscaleSpec>>,
    /// Requests that one replica serves at once; 1 where it is left out.
    pub(crate) concurrency: Option<Located<u32>>,
    /// Which waiting request is served next; "fifo" where it is left out.
    pub(crate) discipline: Option<Located<Choice<DisciplineKind>>>,
    /// Where requests wait: at the replica that the balancer picked ("per-replica", the default)
    /// or in one queue of the service ("central").
    pub(crate) queue: Option<Located<Choice<QueueKind>>>,
    /// Waiting places of one replica, or of the central queue; unbounded where it is left out.
    pub(crate) queue_capacity: Option<Located<u32>>,
    /// How long a request waits for a place before it gives up; for ever where it is left out.
    pub(crate) patience: Option<Located<DistributionSpec>>,
    /// Replicas switch off when idle and have to be set up again.
    pub(crate) setup: Option<Located<SetupSpec>>,
    /// Replicas break down.
    pub(crate) breakdowns: Option<Located<BreakdownsSpec>>,
    /// How long clients wait for an attempt; its server goes on working.
    pub(crate) timeout: Option<Located<Quantity<Duration>>>,
    /// Further attempts after one that was rejected, failed or timed out.
    pub(crate) retries: Option<Located<RetriesSpec>>,
    /// When clients send a second attempt beside a slow one; the first answer wins.
    pub(crate) hedge_after: Option<Located<Quantity<Duration>>>,
    /// Whether the slower of two attempts gives its place back at once; false where it is left out.
    pub(crate) hedge_cancel: Option<Located<bool>>,
    /// Whether retries and hedges draw a service time of their own ("per-attempt", the default) or
    /// take that of the first attempt ("per-request").
    pub(crate) attempt_work: Option<Located<Choice<AttemptWork>>>,
    /// What clients may have out at once, all of them together; anything where it is left out.
    pub(crate) circuit_breaker: Option<Located<BreakerSpec>>,
    /// How many attempts per time the service takes; as many as come where it is left out.
    pub(crate) rate_limit: Option<Located<RateLimitSpec>>,
    /// Which attempts the service refuses although it has room; none where it is left out.
    pub(crate) load_shedding: Option<Located<SheddingSpec>>,
    /// How clients talk to the service; "none" where it is left out: messages take no time.
    pub(crate) protocol: Option<Located<ProtocolSpec>>,
    /// Proxies beside clients and replicas.
    pub(crate) mesh: Option<Located<MeshSpec>>,
    /// What one replica reserves on its node.
    pub(crate) requests: Option<Located<ResourcesSpec>>,
    /// What one replica may use at most.
    pub(crate) limits: Option<Located<LimitsSpec>>,
    /// The memory that a replica uses; out of memory is not modelled where it is left out.
    pub(crate) memory_use: Option<Located<MemoryUseSpec>>,
    /// Where its replicas may go and who goes first.
    pub(crate) placement: Option<Located<PlacingSpec>>,
    /// What each replica keeps when it moves, and has to be attached to its node; nothing where it is
    /// left out.
    pub(crate) volumes: Option<Located<VolumesSpec>>,
    /// How long a replica that is scaled in, or whose node leaves, may finish what it has: it takes
    /// nothing new, and what it still has then fails. Where it is left out, a replica that is scaled in
    /// finishes all, and one whose node leaves nothing.
    pub(crate) termination_grace: Option<Located<Quantity<Duration>>>,
    /// From unpacked to running; no time where it is left out.
    pub(crate) start_time: Option<Located<DistributionSpec>>,
    /// How requests are spread over replicas; "random" where it is left out.
    pub(crate) balancer: Option<Located<Choose<BalancerSpec>>>,
    /// What the balancer knows of how much replicas have to do: "exact" (the default), "own" (what
    /// its client has sent there), or { stale = { by = "100ms" } }.
    pub(crate) view: Option<Located<Choose<ViewSpec>>>,
    /// Independent clients, each with a balancer of its own; 1 where it is left out.
    pub(crate) clients: Option<Located<u32>>,
    /// Shares of the replicas, in turns, for balancers that look at them; 1 each where it is left
    /// out.
    pub(crate) weights: Option<Located<Vec<f64>>>,
    /// By how much replicas divide service times, in turns; 1 each where it is left out.
    pub(crate) speeds: Option<Located<Vec<f64>>>,
    /// New replicas get their weight little by little.
    pub(crate) slow_start: Option<Located<SlowStartSpec>>,
    /// Replicas that fail again and again get no requests for a while.
    pub(crate) outlier_ejection: Option<Located<OutlierEjectionSpec>>,
    /// How long a request holds its place, before all else.
    pub(crate) service_time: Option<Located<DistributionSpec>>,
    /// Then: time of one core that it needs, shared with the others at its replica.
    pub(crate) cpu_time: Option<Located<DistributionSpec>>,
    /// Then: calls to other services, one after the other; an inner array is made at once.
    pub(crate) calls: Option<Vec<Located<CallsSpec>>>,
    /// The application that each request submits at the end.
    pub(crate) submits: Option<Located<SubmitsSpec>>,
    /// Size of a request; 0 where it is left out.
    pub(crate) request_size: Option<Located<Quantity<Bytes>>>,
    /// Size of its answer; 0 where it is left out.
    pub(crate) response_size: Option<Located<Quantity<Bytes>>>,
    /// Endpoints by name.
    pub(crate) endpoints: Entities<EndpointSpec>,
}

/// An endpoint of a service.
#[apply(table)]
pub(crate) struct EndpointSpec {
    /// How long a request holds its place, before all else.
    pub(crate) service_time: Option<Located<DistributionSpec>>,
    /// Then: time of one core that it needs, shared with the others at its replica.
    pub(crate) cpu_time: Option<Located<DistributionSpec>>,
    /// Then: calls to other services, one after the other; an inner array is made at once.
    pub(crate) calls: Option<Vec<Located<CallsSpec>>>,
    /// The application that each request submits at the end.
    pub(crate) submits: Option<Located<SubmitsSpec>>,
    /// Size of a request; 0 where it is left out.
    pub(crate) request_size: Option<Located<Quantity<Bytes>>>,
    /// Size of its answer; 0 where it is left out.
    pub(crate) response_size: Option<Located<Quantity<Bytes>>>,
}

/// What a request submits.
#[apply(table)]
pub(crate) struct SubmitsSpec {
    /// The application.
    pub(crate) app: Option<Located<String>>,
    /// Whether the request holds its place until the application has ended; false where it is
    /// left out.
    pub(crate) wait: Option<Located<bool>>,
    /// Whether the application is called off when nobody waits for the request any more; false
    /// where it is left out.
    pub(crate) cancel_on_timeout: Option<Located<bool>>,
    /// Whether further attempts at a request join the application that an earlier one submitted;
    /// false where it is left out.
    pub(crate) idempotent: Option<Located<bool>>,
}

/// Replicas that switch off when idle.
#[apply(table)]
pub(crate) struct SetupSpec {
    /// From the request that finds a replica off to ready.
    pub(crate) time: Option<Located<DistributionSpec>>,
    /// How long it stays on without work; no time where it is left out.
    pub(crate) keep_alive: Option<Located<DistributionSpec>>,
}

/// Replicas that break down, busy or not; what is being served goes on after the repair.
#[apply(table)]
pub(crate) struct BreakdownsSpec {
    /// From ready to the next breakdown.
    pub(crate) every: Option<Located<DistributionSpec>>,
    /// From the breakdown to ready.
    pub(crate) repair: Option<Located<DistributionSpec>>,
}

/// What one replica may use at most.
#[apply(table)]
pub(crate) struct LimitsSpec {
    /// Processor; a core for each place where it is left out.
    pub(crate) cpu: Option<Located<Quantity<Cpu>>>,
    /// Memory; any where it is left out.
    pub(crate) memory: Option<Located<Quantity<Bytes>>>,
}

/// The memory that a replica uses.
#[apply(table)]
pub(crate) struct MemoryUseSpec {
    /// Without requests; none where it is left out.
    pub(crate) base: Option<Located<Quantity<Bytes>>>,
    /// For each request that holds a place; none where it is left out.
    pub(crate) per_request: Option<Located<Quantity<Bytes>>>,
}

impl Named for DisciplineKind {
    const SET: &'static str = "Discipline";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}

impl Named for QueueKind {
    const SET: &'static str = "Queue";
    const NAMES: &'static [(&'static str, Self)] = Self::NAMES;
}
