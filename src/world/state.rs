//! All state of one replication, and what each event does to it.

use super::audit::audit;
use super::route;
use crate::cluster::ClusterState;
use crate::engine::{Calendar, Flow, Simulation};
use crate::event::Event;
use crate::kernel::Kernel;
use crate::metrics::{Metrics, Sampling};
use crate::model::{Horizon, Model};
use crate::record::Sink;
use crate::service::Services;
use crate::spark::Spark;
use crate::units::Time;
use crate::workload::Workloads;
use std::fmt;

/// One replication while it runs.
#[derive(Debug)]
pub(super) struct World<'m> {
    pub(super) kernel: Kernel<'m>,
    pub(super) workloads: Workloads<'m>,
    pub(super) services: Services<'m>,
    pub(super) spark: Spark<'m>,
    pub(super) cluster: ClusterState<'m>,
    pub(super) sampling: Sampling,
    /// Whether the run ends when nothing is open and nothing will arrive.
    drains: bool,
    ending: bool,
    /// Whether the scenario has nodes.
    clustered: bool,
    /// Who takes the figures of each batch; nobody, as a rule.
    batching: Option<Batching<'m>>,
    stuck: Stuck,
}

/// Takes the figures of a batch.
pub(super) type BatchTaker<'m> = Box<dyn FnMut(&Metrics, Time) + 'm>;

/// A window that is cut into batches.
struct Batching<'m> {
    taken: BatchTaker<'m>,
    /// Whether a batch has begun: the warm-up is over.
    is_open: bool,
    breaches: Vec<String>,
}

impl fmt::Debug for Batching<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batching").finish_non_exhaustive()
    }
}

/// How long arrivals have come, or replicas been looked at, and nothing else has happened.
#[derive(Clone, Copy, Debug, Default)]
struct Stuck {
    arrivals: u32,
    outcomes: u64,
}

/// So many arrivals in a row to a world in which nothing goes on, and the run ends: it would go on
/// filling up for ever.
const STUCK_ARRIVALS: u32 = 1000;

impl<'m> World<'m> {
    /// The world at time zero: containers are asked for, first arrivals are due.
    pub(super) fn new(model: &'m Model, replication: u32, sink: Option<&'m mut dyn Sink>) -> Self {
        let kernel = Kernel::new(model, replication, sink);
        let mut world = Self {
            workloads: Workloads::new(model, &kernel.streams),
            services: Services::new(model, &kernel.streams, kernel.is_traced()),
            spark: Spark::new(model, &kernel.streams),
            cluster: ClusterState::new(model, &kernel.streams),
            sampling: Sampling::new(model),
            drains: !matches!(model.run.horizon, Horizon::Duration { .. }),
            ending: false,
            clustered: model.cluster.is_some(),
            batching: None,
            stuck: Stuck::default(),
            kernel,
        };
        world.cluster.start_allocation(&mut world.kernel);
        world.cluster.start_faults(&mut world.kernel);
        world.cluster.start_up(&mut world.kernel);
        world.services.start(&mut world.kernel);
        world.spark.start(&mut world.kernel);
        route::drain(&mut world);
        world.services.settle_in(&mut world.kernel);
        world.workloads.start(&mut world.kernel);
        world
            .kernel
            .schedule_after(world.sampling.interval(), Event::SampleDue);
        world
    }

    /// A point of the time series. Sampling alone does not keep a run alive.
    fn on_sample_due(&mut self) {
        let now = self.kernel.now();
        self.sampling.sample(&self.kernel.metrics, now);
        if !self.kernel.calendar().is_empty() {
            self.kernel
                .schedule_after(self.sampling.interval(), Event::SampleDue);
        }
    }

    /// From now on the window is cut into `batches`, and `taken` is shown the meters of the window so
    /// far at its beginning and at the end of each batch but the last.
    pub(super) fn cut_window(&mut self, batches: u32, taken: BatchTaker<'m>) {
        self.kernel.cut_window(batches);
        self.batching = Some(Batching {
            taken,
            is_open: !self.kernel.model.run.horizon.has_warmup(),
            breaches: Vec::new(),
        });
    }

    /// What did not add up at the end of a batch.
    pub(super) fn batch_breaches(&mut self) -> Vec<String> {
        let batching = self.batching.as_mut();
        batching.map_or_else(Vec::new, |it| std::mem::take(&mut it.breaches))
    }

    fn on_warmup_ended(&mut self) {
        let now = self.kernel.now();
        if let Some(mut batching) = self.batching.take() {
            if batching.is_open {
                // The audit books what is present as if the run ended here.
                let metrics = self.kernel.metrics.clone();
                batching.breaches.extend(audit(self));
                (batching.taken)(&self.kernel.metrics, now);
                self.kernel.metrics = metrics;
            } else {
                batching.is_open = true;
                self.kernel.metrics.open_window(now);
                (batching.taken)(&self.kernel.metrics, now);
            }
            self.batching = Some(batching);
        } else {
            self.kernel.metrics.open_window(now);
        }
    }

    /// Whether nothing present goes on by itself and something waits for room.
    pub(super) fn is_stuck(&self) -> bool {
        !self.kernel.progresses() && self.cluster.has_pending()
    }

    /// After an arrival, or a look at replicas: whether nothing else has happened for too long.
    fn is_stuck_for_good(&mut self) -> bool {
        let outcomes = self.kernel.outcomes();
        if self.kernel.progresses() || outcomes != self.stuck.outcomes {
            self.stuck = Stuck {
                arrivals: 0,
                outcomes,
            };
            return false;
        }
        self.stuck.arrivals += 1;
        STUCK_ARRIVALS <= self.stuck.arrivals && self.is_stuck()
    }

    /// Ends a run of no given length when nothing is open and nothing will arrive.
    #[inline(never)]
    fn end_if_drained(&mut self) {
        if self.workloads.exhausted() && !self.ending {
            self.ending = true;
            self.kernel.schedule(self.kernel.now(), Event::RunEnded);
        }
    }
}

impl Simulation for World<'_> {
    type Event = Event;

    #[inline]
    fn calendar(&mut self) -> &mut Calendar<Event> {
        self.kernel.calendar()
    }

    #[inline]
    fn happen(&mut self, event: Event) -> Flow {
        if self.kernel.now() == Time::MAX {
            return Flow::Stop;
        }
        // The two that there are most of stay in the run loop.
        match event {
            Event::ServedDirectly(attempt) => {
                self.kernel.taken(Event::ServedDirectly(attempt));
                let answer = self.services.on_served_directly(attempt, &mut self.kernel);
                route::answered(self, answer);
                self.follow_up();
                Flow::Continue
            }
            Event::Arrival(workload) => {
                self.kernel.taken(Event::Arrival(workload));
                if let Some(request) = self.workloads.on_arrival(workload, &mut self.kernel) {
                    self.services.on_send(&request, &mut self.kernel);
                }
                self.follow_up();
                self.stop_if_stuck(self.clustered)
            }
            event => self.happen_otherwise(event),
        }
    }
}

impl World<'_> {
    /// What follows from an event at the same instant.
    #[inline]
    fn follow_up(&mut self) {
        if self.kernel.has_effects() {
            route::drain(self);
        }
        if self.drains && self.kernel.open() == 0 {
            self.end_if_drained();
        }
    }

    /// Ends a run in which somebody `may` wait for ever.
    #[inline]
    fn stop_if_stuck(&mut self, may: bool) -> Flow {
        if may && self.is_stuck_for_good() {
            Flow::Stop
        } else {
            Flow::Continue
        }
    }

    #[inline(never)]
    fn happen_otherwise(&mut self, event: Event) -> Flow {
        let kernel = &mut self.kernel;
        kernel.taken(event);
        match event {
            Event::ServedDirectly(_) | Event::Arrival(_) => {
                unreachable!("{event:?} happens in the run loop")
            }
            Event::Served(attempt) => self.services.on_served(attempt, kernel),
            Event::ShareEnded(station) => self.services.on_share_ended(station, kernel),
            Event::GraceOver(station) => self.services.on_grace_over(station, kernel),
            Event::SetUp(station) => self.services.on_set_up(station, kernel),
            Event::IdledOut(station) => self.services.on_idled_out(station, kernel),
            Event::BrokeDown(station) => self.services.on_broke_down(station, kernel),
            Event::Repaired(station) => self.services.on_repaired(station, kernel),
            Event::Reneged(attempt) => self.services.on_reneged(attempt, kernel),
            Event::TimedOut(attempt) => self.services.on_timed_out(attempt, kernel),
            Event::RetryDue(call) => self.services.on_retry_due(call, kernel),
            Event::HedgeDue(call) => self.services.on_hedge_due(call, kernel),
            Event::Delivered(trip) => self.services.on_delivered(trip, kernel),
            Event::Returned(trip) => self.services.on_returned(trip, kernel),
            Event::Connected(pool) => self.services.on_connected(pool, kernel),
            Event::TripTimedOut(trip) => self.services.on_trip_timed_out(trip, kernel),
            Event::TaskEnded(task) => self.spark.on_task_ended(task, kernel),
            Event::TaskMovedOn(task) => self.spark.on_task_moved_on(task, kernel),
            Event::JobDue(run) => self.spark.on_job_due(run, kernel),
            Event::ApplicationDue(execution) => self.spark.on_application_due(execution, kernel),
            Event::TransferEnded => self.cluster.on_transfer_ended(kernel),
            Event::MoveDue(id) => self.cluster.on_move_due(id, kernel),
            Event::Attached(container) => self.cluster.on_attached(container, kernel),
            Event::PullDue(pull) => self.cluster.on_pull_due(pull, kernel),
            Event::Unpacked(pull) => self.cluster.on_unpacked(pull, kernel),
            Event::NodeBooted(node) => self.cluster.on_node_booted(node, kernel),
            Event::ReclaimDue(reclaim) => self.cluster.on_reclaim_due(reclaim, kernel),
            Event::NodeReclaimed(node) => self.cluster.on_node_reclaimed(node, kernel),
            Event::ReplacementDue(pool) => self.cluster.on_replacement_due(pool, kernel),
            Event::PlacementDue => self.cluster.on_placement_due(kernel),
            Event::NodesWanted => self.cluster.on_nodes_wanted(kernel),
            Event::IdleNodesDue => self.cluster.on_idle_nodes_due(kernel),
            Event::Started(container) => self.cluster.on_started(container, kernel),
            Event::ExecutorsDue(submission) => self.spark.on_executors_due(submission, kernel),
            Event::ExecutorsWaited(submission) => {
                self.spark.on_executors_waited(submission, kernel);
            }
            Event::AllocationDue(submission) => self.spark.on_allocation_due(submission, kernel),
            Event::LeaveDue(executor) => self.spark.on_leave_due(executor, kernel),
            Event::ExecutorRemoved(executor) => self.spark.on_executor_removed(executor, kernel),
            Event::AbortDue(submission) => self.spark.on_abort_due(submission, kernel),
            Event::ReviveDue(submission) => self.spark.on_revive_due(submission, kernel),
            Event::SpeculationDue(submission) => self.spark.on_speculation_due(submission, kernel),
            Event::ResubmitDue(run) => self.spark.on_resubmit_due(run, kernel),
            Event::RestartDue(execution) => self.spark.on_restart_due(execution, kernel),
            Event::SharedRestartDue(app) => self.spark.on_shared_restart_due(app, kernel),
            Event::FaultDue(fault) => self.cluster.on_fault_due(fault, kernel),
            Event::FaultOver(outage) => self.cluster.on_fault_over(outage, kernel),
            Event::EvictionDue(outage) => self.cluster.on_eviction_due(outage, kernel),
            Event::Thought(user) => self.workloads.on_thought(user, kernel),
            Event::ScalingDue(service) => self.services.on_scaling_due(service, kernel),
            Event::ClaimsChanged => self.cluster.on_claims_changed(kernel),
            Event::SharesDue => self.cluster.on_shares_due(kernel),
            Event::SampleDue => self.on_sample_due(),
            Event::WarmupEnded => self.on_warmup_ended(),
            Event::RunEnded => return Flow::Stop,
        }
        self.follow_up();
        let may_be_stuck = self.clustered
            && match event {
                Event::Thought(_) => true,
                // Where somebody waits and nothing else ends the run, those who look must not keep
                // it going.
                Event::ScalingDue(_) | Event::FaultDue(_) | Event::SharesDue => {
                    self.drains && self.kernel.open() > 0
                }
                _ => false,
            };
        if self.clustered && self.cluster.refuses_for_ever() {
            return Flow::Stop;
        }
        self.stop_if_stuck(may_be_stuck)
    }
}
