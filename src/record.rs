//! What has happened, as facts: the one stream that figures and traces are made from.
//!
//! A record is written when something is over and everything about it is known. Handlers hand it
//! to [`Kernel::record`](crate::kernel::Kernel::record) and do no bookkeeping of figures
//! themselves, except for levels that change over time (queue lengths, held places).
//!
//! A [`Step`] is for whoever follows a replication by hand. It is told only where a [`Sink`] reads
//! along, and no figure is made from it.

use crate::id::{
    AppId, CellId, ClassId, EndpointId, JobId, KindId, NodeId, ReplicaId, ServiceId, StageId,
    WorkflowId, WorkloadId,
};
use crate::model::Model;
use crate::units::{Bytes, Duration, Time};

/// A fact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Record {
    /// A workload sent a request.
    RequestSent {
        /// Which workload.
        workload: WorkloadId,
    },
    /// A request had its final answer.
    RequestAnswered {
        /// Who sent it.
        workload: WorkloadId,
        /// How it ended.
        outcome: Outcome,
        /// When its first attempt was sent.
        sent: Time,
        /// When it ended.
        ended: Time,
    },
    /// An attempt reached its service.
    AttemptArrived {
        /// Where it is counted.
        cell: CellId,
        /// The service time that it asks for.
        work: Duration,
    },
    /// An attempt had its outcome.
    AttemptEnded {
        /// Where it is counted.
        cell: CellId,
        /// How it ended.
        outcome: Outcome,
        /// When it was sent.
        sent: Time,
        /// Time without a place; `None`: it was never let in.
        waited: Option<Duration>,
        /// When it ended.
        ended: Time,
    },
    /// A workload submitted an application, or a workflow, itself.
    SubmissionArrived {
        /// Who submitted it.
        workload: WorkloadId,
    },
    /// An application that a workload submitted itself has ended.
    SubmissionEnded {
        /// Who submitted it.
        workload: WorkloadId,
        /// Whether it ran to its end.
        outcome: Outcome,
        /// When it was submitted.
        arrived: Time,
        /// When it ended.
        ended: Time,
    },
    /// A task has run to its end.
    TaskEnded {
        /// Whose it was.
        app: AppId,
        /// The stage that it was part of.
        stage: StageId,
        /// When it took its slot.
        started: Time,
        /// When it freed it.
        ended: Time,
    },
    /// A job has ended.
    JobEnded {
        /// Which.
        job: JobId,
        /// When it was submitted.
        submitted: Time,
        /// When its last stage ended.
        ended: Time,
    },
    /// An application's run through its jobs was submitted.
    ExecutionArrived {
        /// Which application.
        app: AppId,
    },
    /// An application's run through its jobs has ended.
    ExecutionEnded {
        /// Which application.
        app: AppId,
        /// Its milestones.
        times: ExecutionTimes,
    },
    /// A service is to have another number of replicas.
    Scaled {
        /// Which service.
        service: ServiceId,
        /// How many it was to have.
        from: u32,
        /// How many it is to have.
        to: u32,
        /// Why.
        reason: ScalingReason,
    },
    /// An application's run through its jobs was called off.
    ExecutionCalledOff {
        /// Which application.
        app: AppId,
        /// When it was submitted.
        submitted: Time,
        /// When it was called off.
        ended: Time,
    },
    /// An application's run through its jobs has failed.
    ExecutionFailed {
        /// Which application.
        app: AppId,
        /// When it was submitted.
        submitted: Time,
        /// When it failed.
        ended: Time,
    },
    /// A run of a workflow was submitted.
    WorkflowArrived {
        /// Which workflow.
        workflow: WorkflowId,
    },
    /// An application of a run of a workflow has ended.
    MemberEnded {
        /// Which workflow.
        workflow: WorkflowId,
        /// The how-many-th run, from 1.
        run: u64,
        /// Which application.
        app: AppId,
        /// How.
        outcome: Outcome,
        /// When the run submitted it.
        submitted: Time,
        /// When it ended.
        ended: Time,
    },
    /// A run of a workflow has ended.
    WorkflowEnded {
        /// Which workflow.
        workflow: WorkflowId,
        /// The how-many-th run, from 1.
        run: u64,
        /// Whether all its applications ran to their ends.
        outcome: Outcome,
        /// When it was submitted.
        submitted: Time,
        /// When the last of its applications ended.
        ended: Time,
    },
    /// A container's process is ready.
    ContainerStarted {
        /// Whose it is.
        part: Part,
        /// Where.
        node: NodeId,
        /// When each phase began.
        times: ContainerTimes,
        /// When it was ready.
        running: Time,
    },
    /// A container was given a node, and its image was looked up there.
    LayersLookedUp {
        /// Layers that the image has.
        lookups: u64,
        /// Layers that the node already had.
        hits: u64,
    },
    /// A node's cache was too full.
    ImagesEvicted {
        /// Images that left it.
        images: u64,
    },
    /// A node has pulled what it lacked of an image.
    ImagePulled {
        /// Bytes that came over the network.
        bytes: Bytes,
    },
}

/// How an attempt, or a request, ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Served.
    Completed,
    /// Refused: every waiting place was taken.
    Rejected,
    /// Its patience ended while it waited.
    Reneged,
    /// Nobody waits for it any more.
    TimedOut,
    /// No replica was running, or something that it needed failed.
    Failed,
    /// Another attempt was faster.
    Cancelled,
}

/// Why a service has as many replicas as it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalingReason {
    /// The load is near enough to its target.
    WithinTolerance,
    /// Nothing is known of the load: no replica ran.
    NoMetric,
    /// The load asks for so many.
    Load,
    /// The load has asked for others not long ago.
    Stabilized,
    /// No more are added or removed at once.
    RateLimited,
    /// The scenario allows no more or no fewer.
    Bounded,
    /// A burst: none is removed until it is over.
    Panic,
    /// There was no load; the last replica stays a little longer.
    Grace,
    /// A request found no replica, or no free place.
    ColdStart,
    /// A request is expected.
    Prewarmed,
    /// A replica had nothing to do for long enough.
    Idle,
    /// It is that time.
    Scheduled,
}

/// When an application's run reached what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutionTimes {
    /// Submitted.
    pub submitted: Time,
    /// The first task took a slot.
    pub first_task: Time,
    /// The first job was submitted.
    pub first_job: Time,
    /// The last job ended.
    pub last_job: Time,
    /// Time with at least one job running.
    pub job_time: Duration,
    /// The application's end.
    pub ended: Time,
}

/// When each phase of a container's life began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerTimes {
    /// It was asked for.
    pub pending: Time,
    /// It was given a node.
    pub placed: Time,
    /// Its volumes were attached; when it was placed, where it has none.
    pub attached: Time,
    /// The pull of its image ended.
    pub pulled: Time,
    /// The image was unpacked.
    pub unpacked: Time,
}

/// Who reads along while a replication runs: what a trace is written from.
pub trait Sink: std::fmt::Debug {
    /// Something is over, and figures are made from it.
    fn record(&mut self, record: &Record);
    /// Something has happened at a service.
    fn step(&mut self, step: &Step);
    /// A container has ended, or is still there at the end of the run.
    fn container(&mut self, _: &ContainerStory<'_>) {}
}

/// All that can be told of a container; times that it did not reach are absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerStory<'a> {
    /// Whose it is.
    pub part: Part,
    /// Where it went.
    pub node: Option<NodeId>,
    /// When it was asked for.
    pub pending: Time,
    /// When it was given its node.
    pub placed: Option<Time>,
    /// When the pull of its image ended.
    pub pulled: Option<Time>,
    /// When its image was unpacked.
    pub unpacked: Option<Time>,
    /// When its process was ready for the first time.
    pub running: Option<Time>,
    /// When and how it ended; `None`: it is still there.
    pub ended: Option<ContainerEnd>,
    /// Why that node.
    pub placed_because: &'a str,
    /// How often it was tried and no node could have it.
    pub refusals: u32,
    /// Why, the last time.
    pub refused_because: &'a str,
}

/// When and how a container ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContainerEnd {
    /// When.
    pub at: Time,
    /// How, as traces write it.
    pub how: &'static str,
}

/// Something that has happened at a service, with what is needed to follow it by hand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// When.
    pub time: Time,
    /// Where.
    pub service: ServiceId,
    /// The replica, where it is known which.
    pub replica: Option<ReplicaId>,
    /// What.
    pub happened: Happened,
    /// Attempts at the service without a place, right after it.
    pub queue_length: u64,
    /// Attempts at the service, right after it.
    pub in_system: u64,
}

/// What has happened at a service.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Happened {
    /// To one attempt.
    ToAttempt(AttemptStep, Subject),
    /// To one replica.
    ToReplica(ReplicaStep),
}

/// A step in the life of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptStep {
    /// It was let in.
    Arrived,
    /// It waits, because no place is free.
    Queued,
    /// It has a place.
    Started,
    /// Its place went to another: it waits again.
    Preempted,
    /// It had its outcome.
    Ended(Outcome),
    /// It had its outcome before and has given its place back now.
    Freed,
}

/// A step in the life of a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaStep {
    /// Its container runs.
    Running,
    /// It begins to be set up.
    SettingUp,
    /// It has been set up.
    SetUp,
    /// It has been switched off.
    SwitchedOff,
    /// It has broken down.
    BrokeDown,
    /// It has been repaired.
    Repaired,
    /// Its container is given back.
    Stopped,
}

/// Which attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Subject {
    /// The workload that everything began with.
    pub workload: WorkloadId,
    /// The how-many-th request of the workload, from 0; `None`: it was there from the start.
    pub request: Option<u64>,
    /// The how-many-th attempt at all services, from 1; `None`: it was not let in.
    pub attempt: Option<u64>,
    /// What it asked for.
    pub endpoint: EndpointId,
    /// What it is marked with.
    pub class: ClassId,
    /// When it arrived.
    pub arrived: Time,
    /// Time without a place so far; `None`: it was not let in.
    pub waited: Option<Duration>,
    /// Its service time.
    pub work: Duration,
}

/// Whose a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// A replica.
    Replica(ServiceId, ReplicaId),
    /// The driver of an application.
    Driver(AppId),
    /// An executor of an application.
    Executor(AppId),
}

impl Part {
    /// Its kind, in the order of [`Model::kinds`](crate::model::Model::kinds).
    #[inline]
    pub fn kind(self, model: &Model) -> KindId {
        self.kind_among(model.services.len())
    }

    /// The same, where there are so many services.
    #[inline]
    pub fn kind_among(self, services: usize) -> KindId {
        let services = services as u32;
        KindId(match self {
            Self::Replica(service, _) => service.0,
            Self::Driver(app) => services + 2 * app.0,
            Self::Executor(app) => services + 2 * app.0 + 1,
        })
    }
}
