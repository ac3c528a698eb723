//! What is kept of the cluster as a whole.

use super::Level;
use super::since::since;
use crate::effect::LossReason;
use crate::record::ContainerTimes;
use crate::stats::Histogram;
use crate::units::{Duration, Time};

/// Levels, counts and phase times of all containers.
#[derive(Clone, Debug, Default)]
pub struct ClusterMeter {
    /// Reserved processor, in thousandths of a core.
    pub cpu: Level,
    /// Reserved memory, in bytes.
    pub memory: Level,
    /// Containers that have no node yet.
    pub pending: Level,
    /// Asked for to placed.
    pub pending_time: Histogram,
    /// Placed to attached, where there are volumes.
    pub attach_time: Histogram,
    /// Bytes of the volumes of containers that have a node.
    pub volume_bytes: Level,
    /// Placed, or attached, to pulled.
    pub pull_time: Histogram,
    /// Pulled to unpacked.
    pub unpack_time: Histogram,
    /// Unpacked to running.
    pub start_time: Histogram,
    /// Bytes that came from the registry.
    pub bytes_pulled: u64,
    /// Bytes that went from one zone to another, of transfers that have ended.
    pub cross_zone_bytes: u64,
    /// Nodes that are down.
    pub nodes_down: Level,
    /// How often a node went down.
    pub node_failures: u64,
    /// Outages of nodes that are over, and their nanoseconds.
    pub repairs: (u64, u128),
    /// Containers that were lost.
    pub containers_lost: u64,
    /// Of those, containers that gave way to others of a higher priority.
    pub preemptions: u64,
    /// How often a container was killed because it used more memory than it may.
    pub oom_kills: u64,
    /// Containers that got their node from a programme.
    pub placed_by_plan: u64,
    /// Containers that got it one by one where there is a programme.
    pub placed_singly: u64,
    /// How often a container started again where it was.
    pub container_restarts: u64,
    /// Images that left a node's cache.
    pub image_evictions: u64,
    /// Layers that placed containers needed.
    pub layer_lookups: u64,
    /// Of those, layers that the node already had.
    pub layer_hits: u64,
}

since!(ClusterMeter {
    cpu,
    memory,
    pending,
    pending_time,
    attach_time,
    volume_bytes,
    pull_time,
    unpack_time,
    start_time,
    bytes_pulled,
    cross_zone_bytes,
    nodes_down,
    node_failures,
    repairs,
    containers_lost,
    preemptions,
    oom_kills,
    placed_by_plan,
    placed_singly,
    container_restarts,
    image_evictions,
    layer_lookups,
    layer_hits,
});

impl ClusterMeter {
    pub(super) fn started(&mut self, times: &ContainerTimes, running: Time) {
        self.pending_time
            .record((times.placed - times.pending).nanos());
        self.pull_time
            .record((times.pulled - times.attached).nanos());
        self.unpack_time
            .record((times.unpacked - times.pulled).nanos());
        self.start_time.record((running - times.unpacked).nanos());
    }

    /// A node has been repaired that was down so long.
    pub fn repaired(&mut self, down: Duration) {
        self.repairs.0 += 1;
        self.repairs.1 += u128::from(down.nanos());
    }

    /// A container was lost.
    pub fn lost(&mut self, why: LossReason) {
        self.containers_lost += 1;
        self.preemptions += u64::from(why == LossReason::Preempted);
        self.oom_kills += u64::from(why == LossReason::OutOfMemory);
    }

    /// A container starts again where it is.
    pub fn restarted(&mut self, why: LossReason) {
        self.container_restarts += 1;
        self.oom_kills += u64::from(why == LossReason::OutOfMemory);
    }
}
