//! `[cluster]`, `[nodes]`.
//!
//! Without `[nodes]` there is no cluster in the model: containers are ready at once and nothing is
//! pulled. Images and layers are checked all the same.

use super::network::limit;
use super::{Context, images, network, zones};
use crate::id::{IdVec, PoolId, ZoneId};
use crate::model::{Cluster, ManagerKind, NetworkKind, PlacementKind, Pool, Resources};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{Entity, NodesSpec, ResourcesSpec, ScenarioSpec};
use crate::units::{Bytes, Cpu};

/// The manager, whose habits hold without nodes too, and the cluster where there is one.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> (ManagerKind, Option<Cluster>) {
    let layers = images::layers(spec, context);
    let images = images::all(spec, context);
    let zones = zones::all(spec);
    let pools = spec.nodes.iter();
    let pools = pools.map(|pool| resolve_pool(pool, &zones, spec, context));
    let pools: IdVec<PoolId, Pool> = pools.collect();
    let habits = spec.cluster.as_ref().map(|cluster| &cluster.value);
    let manager = habits
        .and_then(|cluster| cluster.manager.as_ref())
        .map_or(ManagerKind::Kubernetes, |manager| manager.value.0);
    let placement = habits
        .and_then(|cluster| cluster.placement.as_ref())
        // A standalone master spreads executors over workers too (`spark.deploy.spreadOut`), and of
        // the policies that there are this one spreads.
        .map_or(PlacementKind::KubeDefault, |placement| placement.value.0);
    let sharing = habits
        .and_then(|cluster| cluster.network.as_ref())
        .map_or(NetworkKind::MaxMin, |network| network.value.0);
    let registry = images::registry(spec, &zones, context);
    let shared_links = network::shared_links(spec, &pools, context);
    let cluster = Cluster {
        manager,
        placement,
        network: sharing,
        shared_links,
        pools,
        zones,
        layers,
        images,
        registry,
    };
    (manager, (!spec.nodes.is_empty()).then_some(cluster))
}

/// Processor and memory, none where they are left out.
pub(crate) fn resources(spec: Option<&Located<ResourcesSpec>>) -> Resources {
    let cpu = spec.and_then(|spec| spec.cpu.as_ref());
    let memory = spec.and_then(|spec| spec.memory.as_ref());
    Resources {
        cpu: cpu.map_or(Cpu(0), |cpu| cpu.value.0),
        memory: memory.map_or(Bytes(0), |memory| memory.value.0),
    }
}

fn resolve_pool(
    entity: &Entity<NodesSpec>,
    zones: &IdVec<ZoneId, String>,
    scenario: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Pool {
    let name = entity.name.as_str();
    let spec = &entity.spec;
    let path = ["nodes", name];
    let cpu = context.required(spec.cpu.as_ref(), (&path, "cpu"), entity.span, "\"16\"");
    let memory = context.required(
        spec.memory.as_ref(),
        (&path, "memory"),
        entity.span,
        "\"64Gi\"",
    );
    if let Some(cpu) = cpu.filter(|cpu| cpu.value.0 == Cpu(0)) {
        let message = format!("`nodes.{name}.cpu` must be more than nothing");
        context.problem(Diagnostic::at(cpu.span, message).label("no container would fit"));
    }
    if let Some(memory) = memory.filter(|memory| memory.value.0 == Bytes(0)) {
        let message = format!("`nodes.{name}.memory` must be more than nothing");
        context.problem(Diagnostic::at(memory.span, message).label("no container would fit"));
    }
    let capacity = Resources {
        cpu: cpu.map_or(Cpu(0), |cpu| cpu.value.0),
        memory: memory.map_or(Bytes(0), |memory| memory.value.0),
    };
    let mut reserved = resources(spec.reserved.as_ref());
    if !capacity.fits(reserved) {
        reserved = Resources::default();
        if let (Some(asked), Some(_), Some(_)) = (&spec.reserved, cpu, memory) {
            let message = format!("`nodes.{name}.reserved` is more than a node has");
            context.problem(Diagnostic::at(asked.span, message).label("no container would fit"));
        }
    }
    let speed = match &spec.speed {
        Some(speed) if !(speed.value.is_finite() && 0.0 < speed.value) => {
            let message = format!("`nodes.{name}.speed` must be above 0");
            context.problem(
                Diagnostic::at(speed.span, message)
                    .label("divides compute times; 1 is the reference machine"),
            );
            1.0
        }
        Some(speed) => speed.value,
        None => 1.0,
    };
    let price = spec.price.as_ref();
    if let Some(wrong) = price.filter(|price| !(price.value.is_finite() && 0.0 <= price.value)) {
        let message = format!("`nodes.{name}.price` must be 0 or more");
        context.problem(Diagnostic::at(wrong.span, message).label("the price of a node, per hour"));
    }
    Pool {
        name: name.to_owned(),
        count: context.population(spec.count.as_ref(), &format!("`nodes.{name}.count`")),
        capacity,
        reserved,
        speed,
        price: price.map(|price| price.value),
        network: limit(
            spec.network.as_ref(),
            &format!("nodes.{name}.network"),
            context,
        ),
        disk: limit(spec.disk.as_ref(), &format!("nodes.{name}.disk"), context),
        zones: zones::of_pool(entity, zones, context),
        unpack: limit(
            spec.unpack.as_ref(),
            &format!("nodes.{name}.unpack"),
            context,
        ),
        parallel_pulls: context.count(
            spec.parallel_pulls.as_ref(),
            &format!("`nodes.{name}.parallel-pulls`"),
        ),
        image_cache: images::cache(entity, context),
        images: images::of_pool(entity, scenario, context),
    }
}
