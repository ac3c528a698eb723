//! One replication, from the model to its figures.

use super::audit::audit;
use super::state::World;
use crate::effect::Owner;
use crate::engine::{Flow, run};
use crate::metrics::{Metrics, SampledSeries};
use crate::model::Model;
use crate::units::Time;

/// What one replication found.
#[derive(Clone, Debug)]
pub struct Replication {
    /// Its meters.
    pub metrics: Metrics,
    /// Its time series.
    pub series: SampledSeries,
    /// When it ended.
    pub end: Time,
    /// Why it ended early: nothing was left to happen. `None` if it ran as long as it should.
    pub stalled: Option<String>,
    /// What did not add up; a bug of ours, if there is any.
    pub breaches: Vec<String>,
}

/// Runs replication number `replication` of `model`.
pub fn replicate(model: &Model, replication: u32) -> Replication {
    let mut world = World::new(model, replication);
    let stalled = match run(&mut world) {
        Flow::Stop => None,
        Flow::Continue => Some(why_stalled(&world)),
    };
    let breaches = audit(&mut world);
    let end = world.kernel.now();
    let series = world.sampling.finish(&world.kernel.metrics, end);
    Replication {
        metrics: world.kernel.metrics,
        series,
        end,
        stalled,
        breaches,
    }
}

/// Who waits for what when nothing can happen any more.
fn why_stalled(world: &World<'_>) -> String {
    let now = world.kernel.now();
    let mut drivers = 0;
    let mut executors = 0;
    let mut replicas = 0;
    for (owner, _) in world.cluster.pending() {
        match owner {
            Owner::Driver(_) => drivers += 1,
            Owner::Executor(_) => executors += 1,
            Owner::Replica(..) => replicas += 1,
        }
    }
    if drivers + executors + replicas == 0 {
        let outcomes = world.kernel.outcomes();
        return format!("after {outcomes} outcomes, at {now}, no arrivals were left");
    }
    format!(
        "at {now} nothing could make progress: {drivers} drivers, {executors} executors and \
         {replicas} replicas wait for room on a node that nobody will free; more or larger nodes, \
         or smaller requests, would help"
    )
}
