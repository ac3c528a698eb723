//! The same scenario under more load, or with fewer nodes.

use crate::id::PoolId;
use crate::model::{Arrivals, Model};
use crate::units::Rate;

/// `model` with `factor` times the arrivals; `None` if none of its workloads can be scaled.
pub(super) fn with_load(model: &Model, factor: f64) -> Option<Model> {
    let mut model = model.clone();
    let mut scaled = 0;
    for workload in &mut model.workloads {
        scaled += u32::from(scale(&mut workload.arrivals, factor));
    }
    (scaled > 0).then_some(model)
}

/// Makes arrivals come `factor` times as fast, where they have a rate; whether they have.
fn scale(arrivals: &mut Arrivals, factor: f64) -> bool {
    let faster = |rate: &mut Rate| rate.0 *= factor;
    match arrivals {
        Arrivals::Poisson { rate } => faster(rate),
        Arrivals::Renewal { interarrival } => *interarrival = interarrival.scaled(1.0 / factor),
        Arrivals::Mmpp { states } => states.iter_mut().for_each(|state| faster(&mut state.rate)),
        Arrivals::Diurnal(diurnal) => faster(&mut diurnal.rate),
        Arrivals::Steps { steps } => steps.iter_mut().for_each(|step| faster(&mut step.rate)),
        Arrivals::Batch { of, .. } => return scale(of, factor),
        Arrivals::Closed { users, .. } => *users = (f64::from(*users) * factor).round() as u32,
        // What comes at given times has no rate.
        Arrivals::Trace(_) | Arrivals::Cron { .. } | Arrivals::At { .. } => return false,
    }
    true
}

/// For each node pool that has nodes: its name, and `model` with `count` of them gone; none where no
/// node would be left.
pub(super) fn with_fewer_nodes(model: &Model, count: u32) -> Vec<(String, Model)> {
    let Some(cluster) = &model.cluster else {
        return Vec::new();
    };
    let all: u32 = cluster.pools.iter().map(|pool| pool.count).sum();
    let pools = cluster.pools.enumerate().filter(|(_, pool)| 0 < pool.count);
    let without = |id: PoolId| {
        let mut model = model.clone();
        let pool = &mut model.cluster.as_mut()?.pools[id];
        let lost = pool.count.min(count);
        pool.count -= lost;
        (lost < all).then_some(model)
    };
    pools
        .filter_map(|(id, pool)| Some((pool.name.clone(), without(id)?)))
        .collect()
}
