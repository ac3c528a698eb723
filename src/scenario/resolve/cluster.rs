//! `[cluster]`, `[nodes]`, `[layers]`, `[images]`, `[registry]`.
//!
//! Without `[nodes]` there is no cluster in the model: containers are ready at once and nothing is
//! pulled. Images and layers are checked all the same.

use super::{Context, zones};
use crate::id::{IdVec, ImageId, LayerId, ZoneId};
use crate::model::{
    Cluster, Image, Layer, ManagerKind, NetworkKind, PlacementKind, Pool, Registry, Resources,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{Entity, LayerSpec, NodesSpec, ResourcesSpec, ScenarioSpec};
use crate::scenario::units_spec::Quantity;
use crate::units::{Bandwidth, Bytes, Cpu};

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
    let zones = zones::all(spec);
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
    let bandwidth = spec.registry.as_ref().and_then(|it| it.bandwidth.as_ref());
    let registry = Registry {
        bandwidth: limit(bandwidth, "registry.bandwidth", context),
    };
    let cluster = Cluster {
        manager,
        placement,
        network,
        pools,
        zones,
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
