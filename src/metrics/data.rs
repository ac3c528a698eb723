//! What is kept of the bytes that the tasks of an application read, spilled and wrote.

use super::names::{Figures, count, seconds};
use super::since::since;
use super::unit::Unit;
use crate::id::AppId;
use crate::model::Model;

/// Bytes of steps of tasks that ended within the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DataMeter {
    /// Read before they computed, besides shuffles.
    pub input: u64,
    /// Read of what earlier stages had written.
    pub shuffle_read: u64,
    /// Of that, from other nodes.
    pub shuffle_remote: u64,
    /// Written for later stages.
    pub shuffle_written: u64,
    /// Written for good.
    pub output: u64,
    /// Written to disk, and read again, because memory was short.
    pub spilled: u64,
    /// Read by executors of what their drivers send.
    pub broadcast: u64,
    /// Partitions that found no room in memory, or lost it.
    pub uncached: u64,
    /// Nanoseconds that tasks were held up while garbage was collected.
    pub collecting: u64,
}

since!(DataMeter {
    input,
    shuffle_read,
    shuffle_remote,
    shuffle_written,
    output,
    spilled,
    broadcast,
    uncached,
    collecting,
});

impl DataMeter {
    /// Its figures under `path`: those that the application can have.
    pub(super) fn walk(
        &self,
        (model, id): (&Model, AppId),
        path: &str,
        figures: &mut impl Figures,
    ) {
        let mut value = |name, unit, value| {
            figures.value(format_args!("{path}.{name}"), unit, Some(value));
        };
        if model.apps[id].gc.is_some() {
            let held_up = seconds(self.collecting.into());
            value("gc_seconds", Unit::CountSeconds, held_up);
        }
        if model.sizes_caches(id) {
            value("uncached_partitions", Unit::Count, count(self.uncached));
        }
        if model.broadcasts(id) {
            value("broadcast_bytes", Unit::Bytes, count(self.broadcast));
        }
        if !model.moves_data(id) {
            return;
        }
        for (name, bytes) in [
            ("input_bytes", self.input),
            ("shuffle_bytes", self.shuffle_read),
            ("shuffle_remote_bytes", self.shuffle_remote),
            ("shuffle_written_bytes", self.shuffle_written),
            ("output_bytes", self.output),
            ("spilled_bytes", self.spilled),
        ] {
            value(name, Unit::Bytes, count(bytes));
        }
    }
}
