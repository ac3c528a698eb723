//! What has happened, as facts: the one stream that figures and traces are made from.
//!
//! A record is written when something is over and everything about it is known. Handlers hand it
//! to [`Kernel::record`](crate::kernel::Kernel::record) and do no bookkeeping of figures
//! themselves, except for levels that change over time (queue lengths, held places).

use crate::id::{AppId, CellId, JobId, ServiceId, WorkloadId};
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
    /// A workload submitted an application itself.
    SubmissionArrived {
        /// Who submitted it.
        workload: WorkloadId,
    },
    /// An application that a workload submitted itself has ended.
    SubmissionEnded {
        /// Who submitted it.
        workload: WorkloadId,
        /// When it was submitted.
        arrived: Time,
        /// When it ended.
        ended: Time,
    },
    /// A task has run to its end.
    TaskEnded {
        /// Whose it was.
        app: AppId,
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
    /// A container's process is ready.
    ContainerStarted {
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
    /// The pull of its image ended.
    pub pulled: Time,
    /// The image was unpacked.
    pub unpacked: Time,
}
