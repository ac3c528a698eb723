//! `[cluster]`, `[nodes]`, `[layers]`, `[images]`, `[registry]`.
//!
//! Without `[nodes]` there is no cluster in the model: containers are ready at once and nothing is
//! pulled. Images and layers are checked all the same.

use super::{Context, placing};
use crate::id::{ImageId, LayerId, ZoneId};
use crate::model::{
    Cluster, Image, Layer, ManagerKind, NetworkKind, PendingKind, PlacementKind, Pool, Registry,
    Resources,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{Entity, LayerSpec, NodesSpec, ResourcesSpec, ScenarioSpec};
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes, Cpu};
use std::collections::BTreeSet;

/// The manager, whose habits hold without nodes too, and the cluster where there is one.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> (ManagerKind, Option<Cluster>) {
    let layers = spec
        .layers
        .iter()
        .map(|layer| resolve_layer(layer, context));
    let layers = layers.collect();
    let layer_names = spec.layers.names();
    let images = spec.images.iter();
    let images = images
        .map(|image| resolve_image(image, &layer_names, context))
        .collect();
    let zones = zones(spec);
    let pools = spec.nodes.iter();
    let pools = pools.map(|pool| resolve_pool(pool, &zones, context));
    let pools = pools.collect();
    let habits = spec.cluster.as_ref().map(|cluster| &cluster.value);
    let manager = habits
        .and_then(|cluster| cluster.manager.as_ref())
        .map_or(ManagerKind::Kubernetes, |manager| manager.value.0);
    let placement = habits
        .and_then(|cluster| cluster.placement.as_ref())
        // A standalone master spreads executors over workers too (`spark.deploy.spreadOut`), and of
        // the policies that there are this one spreads.
        .map_or(PlacementKind::KubeDefault, |placement| placement.value.0);
    let network = habits
        .and_then(|cluster| cluster.network.as_ref())
        .map_or(NetworkKind::MaxMin, |network| network.value.0);
    let pending = habits.and_then(|cluster| cluster.queue.as_ref());
    let pending = pending.map_or(PendingKind::default(), |queue| queue.value.0);
    let bandwidth = spec.registry.as_ref().and_then(|it| it.bandwidth.as_ref());
    let registry = Registry {
        bandwidth: limit(bandwidth, "registry.bandwidth", context),
    };
    let cluster = Cluster {
        manager,
        placement,
        network,
        pending,
        zones: zones.into_iter().map(str::to_owned).collect(),
        pools,
        layers,
        images,
        registry,
    };
    (manager, (!spec.nodes.is_empty()).then_some(cluster))
}

/// The image that a service or an application names; `None` also where nothing is pulled.
pub(crate) fn image(
    name: Option<&Located<String>>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<ImageId> {
    let position = context.reference("image", &["images"], name?, &spec.images.names())?;
    (!spec.nodes.is_empty()).then_some(ImageId(position as u32))
}

/// The zones that any node is in, in the order of their names.
fn zones(spec: &ScenarioSpec) -> Vec<&str> {
    let named = spec.nodes.iter().flat_map(|pool| &pool.spec.zones);
    let names: BTreeSet<&str> = named.map(|zone| zone.value.as_str()).collect();
    names.into_iter().collect()
}

/// What is written of amounts, nothing where they are left out; no container.
fn amounts(spec: Option<&Located<ResourcesSpec>>) -> Resources {
    let cpu = spec.and_then(|spec| spec.cpu.as_ref());
    let memory = spec.and_then(|spec| spec.memory.as_ref());
    let disk = spec.and_then(|spec| spec.ephemeral_storage.as_ref());
    let gpus = spec.and_then(|spec| spec.gpus.as_ref());
    Resources {
        cpu: cpu.map_or(Cpu(0), |cpu| cpu.value.0),
        memory: memory.map_or(Bytes(0), |memory| memory.value.0),
        disk: disk.map_or(Bytes(0), |disk| disk.value.0),
        gpus: gpus.map_or(0, |gpus| gpus.value),
        containers: 0,
    }
}

/// What a container asks for.
pub(crate) fn resources(spec: Option<&Located<ResourcesSpec>>) -> Resources {
    Resources {
        containers: 1,
        ..amounts(spec)
    }
}

fn resolve_pool(entity: &Entity<NodesSpec>, zones: &[&str], context: &mut Context<'_>) -> Pool {
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
    let disk = spec.ephemeral_storage.as_ref();
    let containers = spec.max_containers.as_ref();
    let capacity = Resources {
        disk: disk.map_or(Resources::ANY_DISK, |disk| disk.value.0),
        gpus: spec.gpus.as_ref().map_or(0, |gpus| gpus.value),
        containers: containers.map_or(Resources::ANY_CONTAINERS, |_| {
            context.count(containers, &format!("`nodes.{name}.max-containers`"))
        }),
        ..Resources::node(
            cpu.map_or(Cpu(0), |cpu| cpu.value.0),
            memory.map_or(Bytes(0), |memory| memory.value.0),
        )
    };
    placing::check_taints(name, spec, context);
    let mut reserved = amounts(spec.reserved.as_ref());
    reserved += amounts(spec.daemons.as_ref());
    if !capacity.fits(reserved) {
        reserved = Resources::default();
        let asked = spec.reserved.as_ref().or(spec.daemons.as_ref());
        if let (Some(asked), Some(_), Some(_)) = (asked, cpu, memory) {
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
        zones: spec
            .zones
            .iter()
            .filter_map(|zone| zones.iter().position(|it| *it == zone.value))
            .map(|position| ZoneId(position as u32))
            .collect(),
        capacity,
        reserved,
        speed,
        price: price.map(|price| price.value),
        network: limit(
            spec.network.as_ref(),
            &format!("nodes.{name}.network"),
            context,
        ),
        unpack: limit(
            spec.unpack.as_ref(),
            &format!("nodes.{name}.unpack"),
            context,
        ),
    }
}

/// A bandwidth that something can move at.
fn limit(
    value: Option<&Located<Quantity<Bandwidth>>>,
    path: &str,
    context: &mut Context<'_>,
) -> Option<Bandwidth> {
    let bandwidth = value?;
    if bandwidth.value.0.0 == 0 {
        context.problem(
            Diagnostic::at(bandwidth.span, format!("`{path}` must be above 0"))
                .label("nothing would ever arrive")
                .help("leave it out where it is never a limit"),
        );
        return None;
    }
    Some(bandwidth.value.0)
}

fn resolve_layer(entity: &Entity<LayerSpec>, context: &mut Context<'_>) -> Layer {
    let name = entity.name.as_str();
    let size = entity.spec.size.map(|size| size.0);
    if size.is_none() && !context.was_removed(&["layers", name], "size") {
        context.problem(
            Diagnostic::at(entity.span, format!("`layers.{name}` lacks `size`"))
                .label("`size` is missing")
                .help("add it, e.g. `size = \"190MB\"`"),
        );
    }
    let size = size.unwrap_or(Bytes(0));
    // 2.2 is 11/5; whole bytes, rounded down.
    let unpacked = Bytes((u128::from(size.0) * 11 / 5).min(u128::from(u64::MAX)) as u64);
    Layer {
        name: name.to_owned(),
        size,
        unpacked: entity.spec.unpacked.map_or(unpacked, |unpacked| unpacked.0),
    }
}

fn resolve_image(
    entity: &Entity<Vec<Located<String>>>,
    layer_names: &[&str],
    context: &mut Context<'_>,
) -> Image {
    let mut layers: Vec<LayerId> = Vec::with_capacity(entity.spec.len());
    for layer in &entity.spec {
        let Some(position) = context.reference("layer", &["layers"], layer, layer_names) else {
            continue;
        };
        let id = LayerId(position as u32);
        if layers.contains(&id) {
            let message = format!(
                "image `{}` has layer `{}` twice",
                entity.name.value, layer.value
            );
            context.problem(Diagnostic::at(layer.span, message).label("already there"));
        } else {
            layers.push(id);
        }
    }
    Image {
        name: entity.name.value.clone(),
        layers,
    }
}
