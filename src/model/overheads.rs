//! What Spark itself needs besides the work of the tasks.

use super::ManagerKind;
use crate::units::Duration;

/// What an application's tasks cost besides their own time. Each is zero unless the scenario says
/// otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overheads {
    /// From the end of a stage's parents, or the submission of its job, to its first task.
    pub stage_submit: Duration,
    /// What the driver needs to send one task on its way: one after the other.
    pub dispatch: Duration,
    /// From the launch of a task to the beginning of its work: the message, deserialization.
    pub task_launch: Duration,
    /// From the end of a task's work to the free slot: serialization and transfer of the result.
    pub result: Duration,
    /// What an executor's first task brings: classes are loaded, connections made.
    pub first_task_on_executor: Duration,
    /// What an executor's first task of a stage takes instead of `task_launch`: the stage's binary
    /// is fetched.
    pub first_task_of_stage: Duration,
    /// How much longer that takes for every other executor of the node that does it at the same
    /// instant.
    pub first_task_of_stage_beside: Duration,
    /// From when the driver gives an executor up, because dynamic allocation does not need it, to when
    /// it is gone.
    pub executor_removal: Duration,
}

impl Overheads {
    /// What real clusters need, where nothing is known of the one at hand: medians over the event
    /// logs of several Spark 2 and 3 clusters, for executors' going of one standalone and one YARN
    /// cluster each. On Kubernetes the driver forgets an executor at once, and how long its process
    /// takes to end was not measured.
    pub const fn measured(manager: ManagerKind) -> Self {
        Self {
            stage_submit: Duration::from_millis(15),
            dispatch: Duration::ZERO,
            task_launch: Duration::from_millis(17),
            result: Duration::ZERO,
            first_task_on_executor: Duration::from_millis(1500),
            first_task_of_stage: Duration::from_millis(250),
            first_task_of_stage_beside: Duration::ZERO,
            executor_removal: match manager {
                ManagerKind::Standalone => Duration::from_millis(5070),
                ManagerKind::Yarn => Duration::from_millis(13_150),
                ManagerKind::Kubernetes | ManagerKind::Swarm => Duration::ZERO,
            },
        }
    }
}

/// Executors that come and go at given times, whatever the application asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecutorSpan {
    /// When they register, since the driver runs.
    pub from: Duration,
    /// When they are to go, since the driver runs: they finish what they are at. `None`: they stay.
    pub until: Option<Duration>,
    /// How many there are.
    pub count: u32,
    /// Tasks that each of them runs at once.
    pub slots: u32,
}
