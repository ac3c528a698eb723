//! Who pays for nodes: what each kind of container holds of each pool, and the costs that follow.
//!
//! As the `OpenCost` specification has it, a container pays for what it requests as long as it has a
//! node, and what nobody requests is idle (with what kubelet and system keep). The price of a node is
//! split between its processors, memory and graphics processors in the ratio of their usual prices
//! ([`CORE`], [`GIB`], [`GPU`]: those of `OpenCost`, from a public cloud's list), scaled so that the
//! parts make up the price.
//!
//! The costs of services, applications and idle add up to that of the cluster, and so do those of
//! pools, and those of budgets with what is charged to none and idle.

use super::names::{Figures, Window};
use super::since::{Since, since};
use super::{Level, Metrics, Unit};
use crate::id::{BudgetId, Id, IdVec, KindId, PoolId};
use crate::model::{Kind, Model, Pool, Resources};
use crate::units::{Bytes, Time};
use std::fmt::Arguments;

/// Usual price of a core-hour.
const CORE: f64 = 0.031_611;
/// Usual price of a GiB-hour.
const GIB: f64 = 0.004_237;
/// Usual price of an hour of a graphics processor.
const GPU: f64 = 0.95;

/// What is held of what, where nodes have prices.
#[derive(Clone, Debug)]
pub struct CostMeter {
    /// By pool and kind, the kinds of a pool adjacent.
    held: Vec<Held>,
    kinds: usize,
}

/// What containers of a kind hold of the nodes of a pool.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Thousandths of a core.
    cpu: Level,
    /// Bytes.
    memory: Level,
    /// Graphics processors.
    gpus: Level,
}

since! { Held { cpu, memory, gpus } }

impl Since for CostMeter {
    fn open_window(&mut self, now: Time) {
        self.held.iter_mut().for_each(|held| held.open_window(now));
    }

    fn since(&self, earlier: &Self, at: Time) -> Self {
        let held = self.held.iter().zip(&earlier.held);
        Self {
            held: held.map(|(now, earlier)| now.since(earlier, at)).collect(),
            kinds: self.kinds,
        }
    }
}

impl CostMeter {
    /// Nobody holds anything; `None` where no node has a price.
    pub(super) fn new(model: &Model) -> Option<Box<Self>> {
        let cluster = model.cluster.as_ref()?;
        cluster.pools.iter().find(|pool| pool.price.is_some())?;
        let kinds = model.kinds().len();
        Some(Box::new(Self {
            held: vec![Held::default(); cluster.pools.len() * kinds],
            kinds,
        }))
    }

    /// A container of a kind has got a node of a pool.
    pub fn placed(&mut self, pool: PoolId, kind: KindId, resources: Resources, now: Time) {
        let held = &mut self.held[pool.index() * self.kinds + kind.index()];
        held.cpu.rise(now, resources.cpu.0);
        held.memory.rise(now, resources.memory.0);
        held.gpus.rise(now, u64::from(resources.gpus));
    }

    /// It has given it back.
    pub fn left(&mut self, pool: PoolId, kind: KindId, resources: Resources, now: Time) {
        let held = &mut self.held[pool.index() * self.kinds + kind.index()];
        held.cpu.fall(now, resources.cpu.0);
        held.memory.fall(now, resources.memory.0);
        held.gpus.fall(now, u64::from(resources.gpus));
    }

    fn held(&self, pool: PoolId, kind: KindId) -> &Held {
        &self.held[pool.index() * self.kinds + kind.index()]
    }
}

/// Hands the costs to `figures`, where nodes have prices.
pub(super) fn walk(
    model: &Model,
    metrics: &Metrics,
    end: Time,
    window: Window,
    figures: &mut impl Figures,
) {
    let (Some(costs), Some(cluster)) = (
        Costs::new(model, metrics, end, window),
        model.cluster.as_ref(),
    ) else {
        return;
    };
    let kinds = model.kinds();
    let mut value = |name: Arguments<'_>, cost| figures.value(name, Unit::Currency, Some(cost));
    for (id, service) in model.services.enumerate() {
        let cost = costs.of(&kinds, |kind| kind.service == Some(id));
        value(format_args!("services.{}.cost", service.name), cost);
    }
    for (id, app) in model.apps.enumerate() {
        let cost = costs.of(&kinds, |kind| kind.app == Some(id));
        value(format_args!("apps.{}.cost", app.name), cost);
    }
    for (budget, cost) in model.budgets.iter().zip(&costs.budgets) {
        value(format_args!("budgets.{}.cost", budget.name), *cost);
    }
    for (pool, cost) in cluster.pools.iter().zip(&costs.pools) {
        value(format_args!("nodes.{}.cost", pool.name), *cost);
    }
    value(format_args!("cluster.cost"), costs.whole);
    value(format_args!("cluster.cost_per_hour"), costs.per_hour);
    value(format_args!("cluster.idle_cost"), costs.idle);
    if !model.budgets.is_empty() {
        value(format_args!("cluster.unbudgeted_cost"), costs.unbudgeted);
    }
}

/// What was paid within the window, cut in three ways.
#[derive(Clone, Debug, PartialEq)]
struct Costs {
    /// By pool.
    pools: IdVec<PoolId, f64>,
    /// By kind of container.
    kinds: IdVec<KindId, f64>,
    /// By budget; that of a group is that of its members.
    budgets: IdVec<BudgetId, f64>,
    /// Of containers that are charged to no budget.
    unbudgeted: f64,
    /// Of what nobody requested.
    idle: f64,
    /// In all.
    whole: f64,
    /// In all, for an hour, on average.
    per_hour: f64,
}

impl Costs {
    /// `None` where no node has a price.
    fn new(model: &Model, metrics: &Metrics, end: Time, window: Window) -> Option<Self> {
        let meter = metrics.costs.as_ref()?;
        let cluster = model.cluster.as_ref()?;
        let hours = window.nanos as f64 / 3.6e12;
        let per_hour = |(id, pool): (PoolId, &Pool)| {
            let nodes = match &metrics.nodes {
                Some(elastic) => {
                    let paid = elastic.pools[id].paid.window_area(end);
                    window.average(paid).unwrap_or(0.0)
                }
                None => f64::from(pool.count),
            };
            nodes * pool.price.unwrap_or(0.0)
        };
        let pools = cluster.pools.enumerate().map(per_hour);
        let pools: IdVec<PoolId, f64> = pools.collect();
        let per_hour: f64 = pools.iter().sum();
        let kinds = model.kinds();
        let of_kinds = kinds.ids().map(|kind| {
            let pools = cluster.pools.enumerate();
            let costs = pools.map(|(id, pool)| paid(pool, meter.held(id, kind), end));
            costs.sum::<f64>()
        });
        let of_kinds: IdVec<KindId, f64> = of_kinds.collect();
        let (budgets, unbudgeted) = by_budget(model, &kinds, &of_kinds);
        let whole = per_hour * hours;
        Some(Self {
            pools: pools.iter().map(|pool| pool * hours).collect(),
            idle: whole - of_kinds.iter().sum::<f64>(),
            kinds: of_kinds,
            budgets,
            unbudgeted,
            whole,
            per_hour,
        })
    }

    /// Of all containers of the kinds that are `wanted`.
    fn of(&self, kinds: &IdVec<KindId, Kind>, wanted: impl Fn(&Kind) -> bool) -> f64 {
        let pairs = kinds.iter().zip(&self.kinds);
        pairs
            .filter(|(kind, _)| wanted(kind))
            .map(|(_, cost)| cost)
            .sum()
    }
}

/// By budget, and what is charged to none.
fn by_budget(
    model: &Model,
    kinds: &IdVec<KindId, Kind>,
    costs: &IdVec<KindId, f64>,
) -> (IdVec<BudgetId, f64>, f64) {
    let mut budgets: IdVec<BudgetId, f64> = model.budgets.iter().map(|_| 0.0).collect();
    let mut unbudgeted = 0.0;
    for (kind, cost) in kinds.iter().zip(costs) {
        let budget = model.budget_of(kind);
        if budget.is_none() {
            unbudgeted += cost;
        }
        for id in model.ancestry(budget) {
            budgets[id] += cost;
        }
    }
    (budgets, unbudgeted)
}

/// What containers of a kind paid for nodes of a pool.
fn paid(pool: &Pool, held: &Held, end: Time) -> f64 {
    let capacity = pool.capacity;
    let gib = Bytes::GIB.0 as f64;
    let weights = [
        CORE * capacity.cpu.as_cores(),
        GIB * capacity.memory.0 as f64 / gib,
        GPU * f64::from(capacity.gpus),
    ];
    let whole: f64 = weights.iter().sum();
    let shares = [
        (&held.cpu, capacity.cpu.0),
        (&held.memory, capacity.memory.0),
        (&held.gpus, u64::from(capacity.gpus)),
    ];
    let parts = weights.iter().zip(shares).filter(|(_, (_, all))| 0 < *all);
    let hours: f64 = parts
        .map(|(weight, (level, all))| {
            weight / whole * (level.window_area(end) as f64 / all as f64 / 3.6e12)
        })
        .sum();
    hours * pool.price.unwrap_or(0.0)
}
