//! What a scenario needs that asks how the recorded application would run elsewhere: room for more
//! executors, overheads as parameters, tasks by their work.

use super::deployment::{Deployment, HostGroup};
use super::measured::Measured;
use super::text::{duration, quoted};
use std::fmt::Write;
use std::str::FromStr;

/// What a scenario made of a log is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The recorded run, once more.
    Replay,
    /// The same application on other clusters.
    WhatIf(TaskOrder),
}

/// Which partition takes which recorded time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TaskOrder {
    /// Neighbours trade them, anew in each replication: what is slow comes about as late as it did, so
    /// the mean is that of the recorded data, and it has an interval.
    #[default]
    Resampled,
    /// Each partition its own: every replication is the same, but for what else is left to chance.
    Recorded,
    /// They are dealt to any partition of their stage: other data, of which as much is slow.
    Shuffled,
}

/// Times are dealt to partitions fewer places away than this: to neighbours.
const NEIGHBOURS: u32 = 2;

impl FromStr for TaskOrder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "resampled" => Ok(Self::Resampled),
            "recorded" => Ok(Self::Recorded),
            "shuffled" => Ok(Self::Shuffled),
            _ => Err("expected `resampled`, `recorded` or `shuffled`".to_owned()),
        }
    }
}

impl TaskOrder {
    /// The law of the task times of a stage in that file.
    pub(super) fn task_time(self, file: &str, stage: u32) -> String {
        let (law, within) = match self {
            Self::Resampled => ("resampled", format!(", within = {NEIGHBOURS}")),
            Self::Shuffled => ("resampled", String::new()),
            Self::Recorded => ("recorded", String::new()),
        };
        let file = quoted(file);
        format!(
            "{{ {law} = {{ file = {file}, stage = {stage}, column = \"work_time\"{within} }} }}"
        )
    }

    /// How often to run the scenario.
    pub(super) const fn replications(self) -> u32 {
        match self {
            Self::Resampled | Self::Shuffled => 20,
            Self::Recorded => 1,
        }
    }
}

impl Purpose {
    /// Properties that would decide again what has been decided: in a replay what speculation did is in
    /// the times, in a prediction whoever asks decides how many executors there are, unless they follow
    /// the tasks.
    pub(super) const fn left_out(self, is_dynamic: bool) -> &'static [&'static str] {
        match self {
            Self::Replay => &["spark.speculation"],
            Self::WhatIf(_) if is_dynamic => &["spark.cores.max"],
            Self::WhatIf(_) => &["spark.dynamicAllocation.enabled", "spark.cores.max"],
        }
    }
}

/// A prediction has room for so many times the recorded executors, and for [`ROOM_MIN`].
const ROOM_FACTOR: u64 = 8;

/// As many executors as small recorded runs are asked about.
const ROOM_MIN: u64 = 64;

/// How many times the recorded executors there is room for.
fn room(deployment: &Deployment) -> u64 {
    let recorded = u64::from(deployment.instances.max(1));
    ROOM_FACTOR.max(ROOM_MIN.div_ceil(recorded))
}

/// The nodes of a prediction: as many times the recorded hosts as there is room for, or, where all
/// ran on one host that was the log's own machine, that host with as much room.
pub(super) fn nodes(deployment: &Deployment) -> Vec<(HostGroup, u64)> {
    let room = room(deployment);
    deployment
        .pools
        .iter()
        .map(|group| {
            if group.hosts.len() == 1 && is_this_machine(&group.hosts[0]) {
                (group.with_room(room), 1)
            } else {
                (group.with_room(1), group.hosts.len() as u64 * room)
            }
        })
        .collect()
}

fn is_this_machine(host: &str) -> bool {
    host.starts_with("127.") || host == "localhost" || host == "::1"
}

/// The share of executors that a driver waits for before it goes on.
pub(super) const MIN_REGISTERED: &str = "spark.scheduler.minRegisteredResourcesRatio";

/// Recorded start times as a distribution, in milliseconds.
pub(super) fn start_times(millis: &[u64]) -> String {
    let values: Vec<String> = millis.iter().map(|&it| quoted(&duration(it))).collect();
    format!("{{ empirical = {{ values = [{}] }} }}", values.join(", "))
}

/// The table of overheads, of an application with that name.
pub(super) fn overheads(app: &str, measured: &Measured) -> String {
    let mut out = format!("\n[apps.{app}.overheads]\n");
    let lines = [
        ("task-launch", measured.task_launch),
        ("result", measured.result),
        ("first-task-on-executor", measured.first_task_on_executor),
        (
            "first-task-of-stage-on-executor",
            measured.first_task_of_stage,
        ),
        (
            "first-task-of-stage-beside",
            measured.first_task_of_stage_beside,
        ),
    ];
    for (key, millis) in lines {
        let _ = writeln!(out, "{key} = \"{:.1}ms\"", millis.max(0.0));
    }
    out
}
