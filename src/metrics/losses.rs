//! Figures of what goes wrong in the cluster.

use super::Metrics;
use super::names::{Figures, Window, count, ratio};
use super::unit::Unit;
use crate::model::{FaultKind, Model};
use crate::units::Time;

/// Availability, repairs, lost containers: those that the scenario can have.
pub(super) fn walk(
    model: &Model,
    metrics: &Metrics,
    (window, end): (Window, Time),
    figures: &mut impl Figures,
) {
    let meter = &metrics.cluster;
    let mut value =
        |name: &str, unit, value| figures.value(format_args!("cluster.{name}"), unit, value);
    let crashes = model.faults.iter().any(|fault| {
        matches!(
            fault.kind,
            FaultKind::NodeCrash(_) | FaultKind::ZoneOutage(_)
        )
    });
    if let Some(cluster) = model.cluster.as_ref().filter(|_| crashes) {
        let nodes: u64 = cluster.pools.iter().map(|pool| u64::from(pool.count)).sum();
        let down = meter.nodes_down.window_area(end);
        let all = match &metrics.nodes {
            Some(elastic) => {
                let ready = elastic.pools.iter().map(|pool| pool.ready.window_area(end));
                ready.sum()
            }
            None => window.nanos * u128::from(nodes),
        };
        // A node may leave while it is down.
        let up = all.saturating_sub(down);
        value("availability", Unit::Ratio, ratio(up, all));
        let failures = Some(count(meter.node_failures));
        value("node_failures", Unit::Count, failures);
        let (repairs, nanos) = meter.repairs;
        let mttr = (repairs > 0).then(|| nanos as f64 / 1e9 / repairs as f64);
        value("mttr", Unit::Seconds, mttr);
    }
    for (name, number) in [
        ("containers_lost", meter.containers_lost),
        ("container_restarts", meter.container_restarts),
        ("preemptions", meter.preemptions),
    ] {
        value(name, Unit::Count, Some(count(number)));
    }
    if model.kills_for_memory() {
        value("oom_kills", Unit::Count, Some(count(meter.oom_kills)));
    }
}
