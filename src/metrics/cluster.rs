//! What is kept of the cluster as a whole.

use super::Level;
use crate::record::ContainerTimes;
use crate::stats::Histogram;
use crate::units::Time;

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
    /// Placed to pulled.
    pub pull_time: Histogram,
    /// Pulled to unpacked.
    pub unpack_time: Histogram,
    /// Unpacked to running.
    pub start_time: Histogram,
    /// Bytes that came from the registry.
    pub bytes_pulled: u64,
    /// Images that left a node's cache.
    pub image_evictions: u64,
    /// Layers that placed containers needed.
    pub layer_lookups: u64,
    /// Of those, layers that the node already had.
    pub layer_hits: u64,
}

impl ClusterMeter {
    pub(super) fn open_window(&mut self, now: Time) {
        let old = std::mem::take(self);
        (self.cpu, self.memory, self.pending) = (old.cpu, old.memory, old.pending);
        for level in [&mut self.cpu, &mut self.memory, &mut self.pending] {
            level.open_window(now);
        }
    }

    pub(super) fn started(&mut self, times: &ContainerTimes, running: Time) {
        self.pending_time
            .record((times.placed - times.pending).nanos());
        self.pull_time.record((times.pulled - times.placed).nanos());
        self.unpack_time
            .record((times.unpacked - times.pulled).nanos());
        self.start_time.record((running - times.unpacked).nanos());
    }
}
