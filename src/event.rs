//! Everything that can happen at an instant of its own.
//!
//! One closed enum: whoever wants to know what drives the simulation reads this file. What follows
//! from an event at the same instant in another domain is an [`Effect`](crate::effect::Effect),
//! never an event with no delay.

use crate::engine::Ranked;
use crate::id::{
    AppId, AttemptId, CallId, ConnectionPoolId, ContainerId, ExecutionId, ExecutorId, FaultId,
    JobRunId, MoveId, NodeId, OutageId, PoolId, PullId, ReclaimId, ServiceId, StationId,
    SubmissionId, TaskId, TripId, UserId, WorkloadId,
};

/// An event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The service time of a request that takes the direct way is over.
    ServedDirectly(AttemptId),
    /// The service time of an attempt is over.
    Served(AttemptId),
    /// Somebody who shares a replica is done.
    ShareEnded(StationId),
    /// An answer has reached its client.
    Returned(TripId),
    /// A connection can be used.
    Connected(ConnectionPoolId),
    /// A task has run to its end.
    TaskEnded(TaskId),
    /// A task that goes step by step has done what took a given time.
    TaskMovedOn(TaskId),
    /// The driver has done what precedes a job: the job is submitted.
    JobDue(JobRunId),
    /// The driver has done what follows the last job: the application ends.
    ApplicationDue(ExecutionId),
    /// At least one transfer has delivered its last byte.
    TransferEnded,
    /// A storage answers: bytes that were asked for begin to move.
    MoveDue(MoveId),
    /// The volumes of a container are attached to its node.
    Attached(ContainerId),
    /// The registry answers, or a pull that was put off is tried again.
    PullDue(PullId),
    /// What a pull has brought is unpacked.
    Unpacked(PullId),
    /// A node that was asked for takes containers.
    NodeBooted(NodeId),
    /// The provider takes nodes back.
    ReclaimDue(ReclaimId),
    /// A node that was to be taken back is gone.
    NodeReclaimed(NodeId),
    /// The provider is asked for another node.
    ReplacementDue(PoolId),
    /// Containers that wait are placed many at once.
    PlacementDue,
    /// Containers wait for room: the autoscaler of nodes looks.
    NodesWanted,
    /// The autoscaler looks for nodes that are not needed.
    IdleNodesDue,
    /// A container's process is ready.
    Started(ContainerId),
    /// Something goes wrong.
    FaultDue(FaultId),
    /// Something that went wrong is over.
    FaultOver(OutageId),
    /// Containers that cannot be reached are given up.
    EvictionDue(OutageId),
    /// The driver asks for its next batch of executors.
    ExecutorsDue(SubmissionId),
    /// The driver has waited for its first executors long enough.
    ExecutorsWaited(SubmissionId),
    /// The driver looks at whether it has the executors that it needs.
    AllocationDue(SubmissionId),
    /// The driver looks for slow tasks.
    SpeculationDue(SubmissionId),
    /// Slots that no task would take are offered again.
    ReviveDue(SubmissionId),
    /// An executor that was told to go moves what it holds, or leaves.
    LeaveDue(ExecutorId),
    /// An executor that the driver has given up is gone.
    ExecutorRemoved(ExecutorId),
    /// A task set that no executor may run has waited long enough.
    AbortDue(SubmissionId),
    /// Stages that found what they were to read gone are submitted again.
    ResubmitDue(JobRunId),
    /// An application that has failed is submitted again.
    RestartDue(ExecutionId),
    /// A shared application that has failed is submitted again.
    SharedRestartDue(AppId),
    /// The time that a replica had to finish what it has is over.
    GraceOver(StationId),
    /// A replica has been set up.
    SetUp(StationId),
    /// A replica has idled long enough to switch off.
    IdledOut(StationId),
    /// A replica breaks down.
    BrokeDown(StationId),
    /// A replica has been repaired.
    Repaired(StationId),
    /// The patience of an attempt ends.
    Reneged(AttemptId),
    /// The time that a client gave an attempt is over.
    TimedOut(AttemptId),
    /// The time that a client gave an attempt on its way is over.
    TripTimedOut(TripId),
    /// A request has reached its service.
    Delivered(TripId),
    /// A client tries again.
    RetryDue(CallId),
    /// A client sends a second attempt beside a slow one.
    HedgeDue(CallId),
    /// The next request or submission of a workload.
    Arrival(WorkloadId),
    /// A user has thought long enough and sends the next one.
    Thought(UserId),
    /// The number of replicas of a service is looked at.
    ScalingDue(ServiceId),
    /// Somebody claims more or less than before: what each budget may hold is worked out anew.
    ClaimsChanged,
    /// What each budget may hold is worked out anew, as each period.
    SharesDue,
    /// A point of the time series.
    SampleDue,
    /// The window opens.
    WarmupEnded,
    /// The run ends.
    RunEnded,
}

/// The order of events at one instant (DESIGN §3): departures free places before arrivals ask for
/// them, and whoever looks, looks last.
#[derive(Clone, Copy)]
enum Class {
    Departure,
    Container,
    Timeout,
    Arrival,
    Scaling,
    Sampling,
    Ending,
}

impl Ranked for Event {
    #[inline]
    fn class(self) -> u8 {
        let class = match self {
            Self::ServedDirectly(_)
            | Self::Served(_)
            | Self::ShareEnded(_)
            | Self::Returned(_)
            | Self::Connected(_)
            | Self::TaskEnded(_)
            | Self::TaskMovedOn(_)
            | Self::JobDue(_)
            | Self::ApplicationDue(_)
            | Self::ResubmitDue(_) => Class::Departure,
            Self::TransferEnded
            | Self::MoveDue(_)
            | Self::Attached(_)
            | Self::PullDue(_)
            | Self::Unpacked(_)
            | Self::NodeBooted(_)
            | Self::ReclaimDue(_)
            | Self::NodeReclaimed(_)
            | Self::ReplacementDue(_)
            | Self::Started(_)
            | Self::FaultDue(_)
            | Self::FaultOver(_)
            | Self::EvictionDue(_)
            | Self::ExecutorsDue(_)
            | Self::ExecutorsWaited(_)
            | Self::LeaveDue(_)
            | Self::ExecutorRemoved(_)
            | Self::RestartDue(_)
            | Self::SharedRestartDue(_)
            | Self::GraceOver(_)
            | Self::SetUp(_)
            | Self::IdledOut(_)
            | Self::BrokeDown(_)
            | Self::Repaired(_) => Class::Container,
            Self::Reneged(_) | Self::TimedOut(_) | Self::TripTimedOut(_) | Self::AbortDue(_) => {
                Class::Timeout
            }
            Self::Delivered(_)
            | Self::RetryDue(_)
            | Self::HedgeDue(_)
            | Self::Arrival(_)
            | Self::Thought(_) => Class::Arrival,
            Self::ScalingDue(_)
            | Self::PlacementDue
            | Self::NodesWanted
            | Self::IdleNodesDue
            | Self::AllocationDue(_)
            | Self::SpeculationDue(_)
            | Self::ReviveDue(_)
            | Self::ClaimsChanged
            | Self::SharesDue => Class::Scaling,
            Self::SampleDue => Class::Sampling,
            Self::WarmupEnded | Self::RunEnded => Class::Ending,
        };
        class as u8
    }
}

impl Event {
    /// Whether it is something present that goes on by itself: no new arrival, nobody who only
    /// looks, and nothing that happens to replicas whether they have work or not.
    #[inline]
    pub fn is_progress(self) -> bool {
        match self {
            Self::Arrival(_)
            | Self::Thought(_)
            | Self::ScalingDue(_)
            | Self::SharesDue
            | Self::IdleNodesDue
            | Self::ReclaimDue(_)
            | Self::SampleDue
            | Self::WarmupEnded
            | Self::RunEnded
            | Self::IdledOut(_)
            | Self::FaultDue(_)
            | Self::BrokeDown(_) => false,
            _ => true,
        }
    }
}

const _: () = assert!(
    size_of::<Event>() <= 8,
    "events are copied millions of times a second"
);
