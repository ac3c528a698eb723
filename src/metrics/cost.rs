//! Who pays: what each kind of container holds of each pool and moves there, and the costs that follow.
//!
//! As the `OpenCost` specification has it, a container pays for what it requests as long as it has a
//! node, and what nobody requests is idle (with what kubelet and system keep). The price of a node is
//! split between its processors, memory and graphics processors in the ratio of their usual prices
//! ([`CORE`], [`GIB`], [`GPU`]: those of `OpenCost`, from a public cloud's list), scaled so that the
//! parts make up the price.
//!
//! Whoever has bytes moved from one zone to another, or asks an object store, pays for that; it is
//! counted with the pool whose nodes get the bytes, or send them to the store. Volumes are paid for
//! as long as they exist: those of a replica from its first placement on, in the pool of the nodes
//! that it is or was on; those of an executor while it has a node.
//!
//! Whoever writes to an object store pays for what it keeps of that, from then on, with the pool of
//! the nodes that sent it. What a store held from the beginning is nobody's: that is shared.
//!
//! The costs of services, applications, idle and shared add up to that of the cluster; so do those of
//! pools and shared; and those of budgets with what is charged to none, idle and shared.

use super::names::{Figures, Window};
use super::since::{Since, since};
use super::{Level, Metrics, Unit};
use crate::id::{BudgetId, Id, IdVec, KindId, PoolId, StorageId};
use crate::model::{Cluster, Kind, Model, Pool, Resources, Storage};
use crate::units::{Bytes, Time};
use std::fmt::Arguments;

/// Usual price of a core-hour.
const CORE: f64 = 0.031_611;
/// Usual price of a GiB-hour.
const GIB: f64 = 0.004_237;
/// Usual price of an hour of a graphics processor.
const GPU: f64 = 0.95;

/// What is held and moved, where anything has a price.
#[derive(Clone, Debug)]
pub struct CostMeter {
    /// By pool and kind, the kinds of a pool adjacent.
    held: Vec<Held>,
    kinds: usize,
}

/// What containers of a kind hold of the nodes of a pool, and have moved there.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Thousandths of a core.
    cpu: Level,
    /// Bytes.
    memory: Level,
    /// Graphics processors.
    gpus: Level,
    /// Containers whose volumes exist.
    volumes: Level,
    /// Bytes from other zones.
    cross_zone: u64,
    /// By object store: requests.
    requests: IdVec<StorageId, u64>,
    /// By object store: bytes that it keeps for them. Empty where none has a price.
    stored: IdVec<StorageId, Level>,
}

since! { Held { cpu, memory, gpus, volumes, cross_zone, requests, stored } }

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
    /// Nobody holds anything; `None` where nothing has a price.
    pub(super) fn new(model: &Model) -> Option<Box<Self>> {
        let cluster = model.cluster.as_ref()?;
        let kinds = model.kinds();
        let has_prices = cluster.pools.iter().any(|pool| pool.price.is_some())
            || cluster.shared_links.cross_zone_price.is_some()
            || cluster.storages.iter().any(is_priced)
            || kinds.iter().any(|kind| volume_price(kind) > 0.0);
        let kinds = kinds.len();
        let none = Held {
            requests: cluster.storages.iter().map(|_| 0).collect(),
            stored: if cluster.storages.iter().any(|it| it.price.is_some()) {
                cluster.storages.iter().map(|_| Level::default()).collect()
            } else {
                IdVec::default()
            },
            ..Held::default()
        };
        has_prices.then(|| {
            Box::new(Self {
                held: vec![none; cluster.pools.len() * kinds],
                kinds,
            })
        })
    }

    /// The volumes of a container of a kind exist from now on, in a pool.
    pub fn attached(&mut self, pool: PoolId, kind: KindId, now: Time) {
        let held = &mut self.held[pool.index() * self.kinds + kind.index()];
        held.volumes.rise(now, 1);
    }

    /// They are gone, or now in another pool.
    pub fn detached(&mut self, pool: PoolId, kind: KindId, now: Time) {
        let held = &mut self.held[pool.index() * self.kinds + kind.index()];
        held.volumes.fall(now, 1);
    }

    /// Containers of a kind on nodes of a pool have had bytes moved from another zone.
    pub fn crossed_zones(&mut self, pool: PoolId, kind: KindId, bytes: Bytes) {
        self.held[pool.index() * self.kinds + kind.index()].cross_zone += bytes.0;
    }

    /// They have asked an object store.
    pub fn asked(&mut self, pool: PoolId, kind: KindId, storage: StorageId, requests: u64) {
        self.held[pool.index() * self.kinds + kind.index()].requests[storage] += requests;
    }

    /// An object store keeps what they have written.
    pub fn stored(
        &mut self,
        (pool, kind): (PoolId, KindId),
        storage: StorageId,
        bytes: Bytes,
        now: Time,
    ) {
        let held = &mut self.held[pool.index() * self.kinds + kind.index()];
        if let Some(level) = held.stored.get_mut(storage) {
            level.rise(now, bytes.0);
        }
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

/// Hands the costs to `figures`, where anything has a price.
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
    if cluster.shared_links.cross_zone_price.is_some() {
        value(format_args!("cluster.cross_zone_cost"), costs.cross_zone);
    }
    if kinds.iter().any(|kind| volume_price(kind) > 0.0) {
        value(format_args!("cluster.volume_cost"), costs.volumes);
    }
    if cluster.storages.iter().any(|it| it.price.is_some()) {
        value(format_args!("cluster.stored_cost"), costs.stored);
    }
    if cluster.storages.iter().any(has_shared) {
        value(format_args!("cluster.shared_cost"), costs.shared);
    }
    for (storage, cost) in cluster.storages.iter().zip(&costs.storages) {
        value(format_args!("storage.{}.cost", storage.name), *cost);
    }
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
    /// Of bytes that went from one zone to another.
    cross_zone: f64,
    /// Of volumes.
    volumes: f64,
    /// By object store: of requests, and of what it holds.
    storages: IdVec<StorageId, f64>,
    /// Of what object stores hold.
    stored: f64,
    /// Of what they held from the beginning.
    shared: f64,
    /// Of what nobody requested.
    idle: f64,
    /// In all.
    whole: f64,
    /// In all, for an hour, on average.
    per_hour: f64,
}

impl Costs {
    /// `None` where nothing has a price.
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
            let costs = pools.map(|(id, pool)| {
                let held = meter.held(id, kind);
                let volumes = held.volumes.window_area(end) as f64 / 3.6e12;
                paid(pool, held, end)
                    + moved(cluster, held)
                    + volumes * volume_price(&kinds[kind])
                    + kept(cluster, held, end)
            });
            costs.sum::<f64>()
        });
        let of_kinds: IdVec<KindId, f64> = of_kinds.collect();
        let (budgets, unbudgeted) = by_budget(model, &kinds, &of_kinds);
        let moved_to = |id: PoolId| -> f64 {
            let kinds = kinds.ids();
            kinds.map(|kind| moved(cluster, meter.held(id, kind))).sum()
        };
        let volumes_on = |id: PoolId| -> f64 {
            let costs = kinds.enumerate().map(|(kind, spec)| {
                let hours = meter.held(id, kind).volumes.window_area(end) as f64 / 3.6e12;
                hours * volume_price(spec)
            });
            costs.sum()
        };
        let kept_from = |id: PoolId| -> f64 {
            let kinds = kinds.ids();
            let costs = kinds.map(|kind| kept(cluster, meter.held(id, kind), end));
            costs.sum()
        };
        let volumes: f64 = cluster.pools.ids().map(volumes_on).sum();
        let storages = cluster.storages.enumerate().map(|(id, storage)| {
            let requests: u64 = meter.held.iter().map(|held| held.requests[id]).sum();
            requests as f64 * storage.request_price
                + kept_by(storage, id, &meter.held, end)
                + shared(storage, hours)
        });
        let stored = cluster
            .storages
            .enumerate()
            .map(|(id, storage)| kept_by(storage, id, &meter.held, end) + shared(storage, hours));
        let crossed: u64 = meter.held.iter().map(|held| held.cross_zone).sum();
        let cross_zone = crossed as f64 * cluster.shared_links.cross_zone_price.unwrap_or(0.0);
        let storages: IdVec<StorageId, f64> = storages.collect();
        let nobodys = cluster.storages.iter().map(|it| shared(it, hours)).sum();
        let moving = cross_zone + storages.iter().sum::<f64>() + volumes;
        let whole = per_hour * hours + moving;
        let per_hour = per_hour + if hours > 0.0 { moving / hours } else { 0.0 };
        let pools = pools.enumerate();
        Some(Self {
            pools: pools
                .map(|(id, pool)| pool * hours + (moved_to(id) + volumes_on(id) + kept_from(id)))
                .collect(),
            cross_zone,
            volumes,
            storages,
            stored: stored.sum(),
            shared: nobodys,
            idle: whole - nobodys - of_kinds.iter().sum::<f64>(),
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

/// What the volumes of a container cost for an hour.
fn volume_price(kind: &Kind) -> f64 {
    kind.placing.volumes.map_or(0.0, |volumes| volumes.price)
}

/// What containers of a kind on nodes of a pool paid for what they had moved.
fn moved(cluster: &Cluster, held: &Held) -> f64 {
    let storages = cluster.storages.iter().zip(&held.requests);
    let requests: f64 = storages
        .map(|(storage, requests)| *requests as f64 * storage.request_price)
        .sum();
    held.cross_zone as f64 * cluster.shared_links.cross_zone_price.unwrap_or(0.0) + requests
}

fn is_priced(storage: &Storage) -> bool {
    storage.request_price > 0.0 || storage.price.is_some()
}

/// Whether it holds something from the beginning that has a price.
fn has_shared(storage: &Storage) -> bool {
    storage.price.is_some() && storage.stored.is_some()
}

/// What it costs for so many hours that a store holds what it held from the beginning.
fn shared(storage: &Storage, hours: f64) -> f64 {
    let bytes = storage.stored.map_or(0.0, |bytes| bytes.0 as f64);
    bytes * hours * storage.price.unwrap_or(0.0)
}

/// What they paid for what a store keeps of what they have written.
fn kept_by(storage: &Storage, id: StorageId, held: &[Held], end: Time) -> f64 {
    let Some(price) = storage.price else {
        return 0.0;
    };
    let levels = held.iter().filter_map(|held| held.stored.get(id));
    let area: u128 = levels.map(|level| level.window_area(end)).sum();
    area as f64 / 3.6e12 * price
}

/// What containers of a kind on nodes of a pool paid for what stores keep of what they have written.
fn kept(cluster: &Cluster, held: &Held, end: Time) -> f64 {
    let storages = cluster.storages.enumerate();
    storages
        .map(|(id, storage)| kept_by(storage, id, std::slice::from_ref(held), end))
        .sum()
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
