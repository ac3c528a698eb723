//! What one domain asks of another or tells it, at the same instant.
//!
//! Handlers push effects; `world/route.rs` drains them first in, first out, before the next event.
//! Facts that the receiver needs travel in the effect: domains never read each other's state.

use crate::id::{
    AppId, AttemptId, ClassId, EndpointId, ExecutorId, KindId, NodeId, ReplicaId, ServiceId,
    StorageId, SubmissionId, TaskId, TicketId, WorkflowId, WorkflowRunId, WorkloadId,
};
use crate::random::Word;
use crate::record::{Outcome, Part};
use crate::units::{Bytes, Duration};

/// A message between domains.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// To a service: a request.
    Send(Request),
    /// To a workload: its request or submission has had its outcome.
    Answered {
        /// Whose it was.
        workload: WorkloadId,
        /// The how-many-th it was, as the workload said.
        number: u64,
        /// How it ended.
        outcome: Outcome,
    },
    /// To Spark: run an application.
    Submit {
        /// Which.
        app: AppId,
        /// Who is told of its end.
        caller: Caller,
        /// Divides compute times where the caller runs.
        speed: f64,
    },
    /// To Spark: run a workflow.
    StartWorkflow {
        /// Which.
        workflow: WorkflowId,
        /// Who is told of its end.
        caller: Caller,
    },
    /// To Spark: call off the application that this caller submitted; the caller is not told.
    CallOff {
        /// Who submitted it.
        caller: Caller,
    },
    /// To the caller: the application, or the workflow, that it submitted has ended.
    ApplicationEnded {
        /// Who submitted it.
        caller: Caller,
        /// Whether it ran to its end or failed.
        outcome: Outcome,
    },
    /// To the cluster: find a node for a container and start it there.
    Place {
        /// Whose container.
        owner: Owner,
        /// What it needs.
        request: ContainerRequest,
    },
    /// To the cluster: the owner's container is no longer needed, whatever its phase.
    Release {
        /// Whose container.
        owner: Owner,
    },
    /// To the owner: the process of its container is gone, and the container will start again where
    /// it is once the owner has said how long that takes.
    ContainerRestarts {
        /// Whose container.
        owner: Owner,
        /// Why.
        why: LossReason,
    },
    /// To the owner: its container's node leaves; it is to finish what it has, and to release the
    /// container then.
    Evict {
        /// Whose container.
        owner: Owner,
    },
    /// To the cluster: the owner's container uses more memory than it may.
    OutOfMemory {
        /// Whose container.
        owner: Owner,
    },
    /// To the cluster: the owner's container, whose process is gone, is to start again.
    Restart {
        /// Whose container.
        owner: Owner,
        /// From the end of its back-off to running.
        start_time: Duration,
    },
    /// To the owner: its container's node computes at another speed.
    SpeedChanged {
        /// Whose container.
        owner: Owner,
        /// Divides compute times from now on.
        speed: f64,
    },
    /// To the cluster, from itself: everything of this instant that frees room has been heard, so
    /// what waits for room is tried.
    PlacePending,
    /// To the cluster, from itself: all transfers that begin or end at this instant are known so
    /// far, so links are shared anew.
    ShareLinks,
    /// To the cluster: the owner's container needs so much of its node's processor from now on.
    NeedCores {
        /// Whose container.
        owner: Owner,
        /// Thousandths of a core.
        need: u64,
    },
    /// To the cluster, from itself: what is needed of processors at this instant is known so far, so
    /// they are shared anew.
    ShareCores,
    /// To the owner: its container may use so much of its node's processor from now on.
    CoresChanged {
        /// Whose container.
        owner: Owner,
        /// Thousandths of a core; `None`: all that it needs.
        cores: Option<u64>,
    },
    /// To the cluster: move bytes. The mover is told once the last of them is there, unless it has
    /// called that off or the node that they were to go to is gone.
    Transfer(Movement),
    /// To the cluster: whatever moves for the mover stops, and it is not told. Nothing may move.
    CancelTransfers {
        /// Who asked for it.
        mover: Mover,
    },
    /// To the mover: bytes that it asked for have come, or will not.
    TransferDone {
        /// Who asked for it.
        mover: Mover,
        /// Its mark.
        tag: u32,
        /// How that ended.
        outcome: TransferOutcome,
    },
    /// To the owner: its container runs.
    ContainerRunning {
        /// Whose container.
        owner: Owner,
        /// Where; `None`: there are no nodes.
        node: Option<NodeId>,
        /// Divides compute times there.
        speed: f64,
        /// Which of the owner's containers: an owner that is gone by now may have left its name to
        /// another one.
        sequence: u64,
    },
    /// To the owner: its container has been granted and waits for the command to start.
    ContainerGranted {
        /// Whose container.
        owner: Owner,
        /// Which of the owner's containers.
        sequence: u64,
    },
    /// To the cluster: the owner's container, which was granted, is to start.
    Launch {
        /// Whose container.
        owner: Owner,
    },
    /// To the owner: the provider takes the node of its container back in a while.
    NodeLeaving {
        /// Whose container.
        owner: Owner,
    },
    /// To the owner: its container is gone from the cluster already, whatever its phase was; the
    /// owner must not release it.
    ContainerLost {
        /// Whose container.
        owner: Owner,
        /// Why.
        why: LossReason,
    },
}

/// Why a container is gone that nobody released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LossReason {
    /// Its process was killed or crashed.
    Killed,
    /// Its node is gone, with all that was kept there.
    NodeLost,
    /// It used more memory than its limit.
    OutOfMemory,
    /// A container of higher priority took its room.
    Preempted,
    /// Its node was asked to give it up.
    Evicted,
    /// Its budget has no room for it: it never was.
    Refused,
    /// Its budget holds more than its share, and others claim theirs.
    Reclaimed,
}

/// Where bytes come from or go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// The image registry, or the mirror in the other site's zone; only as a source.
    Registry,
    /// An object store, outside of all zones.
    Storage(StorageId),
    /// The memory of a node.
    Memory(NodeId),
    /// The disk of a node.
    Disk(NodeId),
}

/// Who wants bytes to be moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mover {
    /// A task that runs.
    Task(TaskId),
    /// An executor that is to go.
    Executor(ExecutorId),
}

/// Bytes to be moved.
#[derive(Clone, Copy, Debug)]
pub struct Movement {
    /// Who is told.
    pub mover: Mover,
    /// A mark of the mover's own that comes back with the answer: ids of movers are given out again.
    pub tag: u32,
    /// Whose containers pay for it.
    pub payer: KindId,
    /// Where they are.
    pub from: Site,
    /// Where they are wanted.
    pub to: Site,
    /// How many.
    pub bytes: Bytes,
    /// What it gets of a full link, in proportion; at least 1.
    pub weight: u32,
}

/// How a transfer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferOutcome {
    /// The last byte is there.
    Moved,
    /// The node that they came from is gone.
    SourceLost,
}

/// A request on its way to a service.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Who sent it.
    pub workload: WorkloadId,
    /// Where it goes.
    pub endpoint: EndpointId,
    /// What it is marked with.
    pub class: ClassId,
    /// The how-many-th request of its workload, from 0.
    pub number: u64,
    /// Its service time.
    pub work: Work,
}

/// How much a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// What its endpoint's distribution makes of a random word.
    Word(Word),
    /// So much.
    Size(Duration),
}

/// Who submitted an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A workload, as the arrival of that number.
    Workload(WorkloadId, u64),
    /// An attempt that holds its place until the end; its serial number tells whether it still
    /// is that attempt.
    Attempt(AttemptId, u64),
    /// A request of which all attempts share one application; the serial number tells whether it
    /// still is that request.
    Ticket(TicketId, u64),
    /// A run of a workflow; the number tells which of its applications, and whether it still is
    /// that run.
    Workflow(WorkflowRunId, u64),
    /// A request that did not wait.
    Nobody,
}

/// Whose a container is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A service's.
    Replica(ServiceId, ReplicaId),
    /// An application's driver.
    Driver(SubmissionId),
    /// One of an application's executors.
    Executor(ExecutorId),
}

/// A container that is asked for. What it reserves, what it is made from and where it may go is
/// what the scenario says of its part.
#[derive(Clone, Copy, Debug)]
pub struct ContainerRequest {
    /// What it is part of, by the scenario.
    pub part: Part,
    /// The application that it is part of, while that runs.
    pub submission: Option<SubmissionId>,
    /// From unpacked to running.
    pub start_time: Duration,
    /// Whether it starts only when its owner, told that it was granted, says so.
    pub on_command: bool,
}

const _: () = assert!(
    size_of::<Effect>() <= 64,
    "effects are copied at every event"
);
