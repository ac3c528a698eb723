//! What is kept of object stores.

use super::names::{Figures, Window, count, ratio};
use super::since::since;
use super::{Level, Metrics, Unit};
use crate::model::Cluster;
use crate::stats::Histogram;
use crate::units::{Bytes, Time};

/// What is kept of one object store, of transfers that have ended.
#[derive(Clone, Debug, Default)]
pub struct StorageMeter {
    /// Bytes that came from it.
    pub bytes_read: u64,
    /// Bytes that went to it.
    pub bytes_written: u64,
    /// Requests that this took.
    pub requests: u64,
    /// From asking to the last byte, of transfers that were not called off.
    pub transfer_time: Histogram,
    /// Bytes that it holds beside what it held from the beginning, where it grows.
    pub grown: Level,
}

since!(StorageMeter {
    bytes_read,
    bytes_written,
    requests,
    transfer_time,
    grown,
});

/// Hands the figures of all object stores to `figures`.
pub(super) fn walk(
    cluster: &Cluster,
    metrics: &Metrics,
    end: Time,
    window: Window,
    figures: &mut impl Figures,
) {
    for (id, storage) in cluster.storages.enumerate() {
        let meter = &metrics.storages[id];
        let path = format!("storage.{}", storage.name);
        let mut value =
            |name: &str, unit, value| figures.value(format_args!("{path}.{name}"), unit, value);
        for (name, unit, number) in [
            ("bytes_read", Unit::Bytes, meter.bytes_read),
            ("bytes_written", Unit::Bytes, meter.bytes_written),
            ("requests", Unit::Count, meter.requests),
        ] {
            value(name, unit, Some(count(number)));
        }
        let bytes = meter.bytes_read + meter.bytes_written;
        let moved = ratio(u128::from(bytes) * 1_000_000_000, window.nanos);
        if let Some(bandwidth) = storage.bandwidth {
            let share = moved.map(|moved| moved / count(bandwidth.0));
            value("utilization", Unit::Ratio, share);
        }
        let asked = ratio(u128::from(meter.requests) * 1_000_000_000, window.nanos);
        if let Some(rate) = storage.request_rate {
            let share = asked.map(|asked| asked / rate.0);
            value("request_utilization", Unit::Ratio, share);
        }
        if storage.is_measured() {
            let grown = window.average(meter.grown.window_area(end));
            let before = count(storage.stored.unwrap_or(Bytes(0)).0);
            value("stored_bytes", Unit::Bytes, grown.map(|it| before + it));
        }
        figures.distribution(format_args!("{path}.transfer_time"), &meter.transfer_time);
    }
}
