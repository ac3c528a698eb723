//! `[layers]`, `[images]`, `[registry]`, and what nodes keep of them.

use super::Context;
use super::network::limit;
use crate::id::{Id, IdVec, ImageId, LayerId, ZoneId};
use crate::model::{Image, ImageCache, Layer, PullPolicy, Registry};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{Entity, ImageSpec, LayerSpec, NodesSpec, ScenarioSpec};
use crate::units::{Bytes, Duration};

/// kubelet's `imageGCHighThresholdPercent` and `imageGCLowThresholdPercent`, as shares.
const GC_THRESHOLDS: (f64, f64) = (0.85, 0.8);

/// All layers.
pub(super) fn layers(spec: &ScenarioSpec, context: &mut Context<'_>) -> IdVec<LayerId, Layer> {
    let layers = spec.layers.iter();
    layers.map(|layer| resolve_layer(layer, context)).collect()
}

/// All images.
pub(super) fn all(spec: &ScenarioSpec, context: &mut Context<'_>) -> IdVec<ImageId, Image> {
    let layer_names = spec.layers.names();
    let images = spec.images.iter();
    let images = images.map(|image| resolve_image(image, &layer_names, context));
    images.collect()
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

/// The images that are in the machine image of a pool.
pub(super) fn of_pool(
    entity: &Entity<NodesSpec>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Vec<ImageId> {
    let mut found = Vec::new();
    for name in entity.spec.images.iter().flat_map(|list| &list.value) {
        if let Some(image) = image(Some(name), spec, context).filter(|it| !found.contains(it)) {
            found.push(image);
        }
    }
    found
}

/// What a pool's nodes keep of images.
pub(super) fn cache(entity: &Entity<NodesSpec>, context: &mut Context<'_>) -> Option<ImageCache> {
    let name = &entity.name.value;
    let spec = &entity.spec;
    let thresholds = spec.image_gc.as_ref().map(|gc| &gc.value);
    let high = thresholds.and_then(|gc| gc.high.as_ref());
    let low = thresholds.and_then(|gc| gc.low.as_ref());
    for (key, value) in [("high", high), ("low", low)] {
        if let Some(wrong) = value.filter(|it| !(0.0 < it.value && it.value <= 1.0)) {
            let message = format!("`nodes.{name}.image-gc.{key}` must be above 0 and at most 1");
            context.problem(Diagnostic::at(wrong.span, message).label("a share of `image-cache`"));
        }
    }
    let share = |value: Option<&Located<f64>>, default| value.map_or(default, |it| it.value);
    let (high, low) = (share(high, GC_THRESHOLDS.0), share(low, GC_THRESHOLDS.1));
    if let Some(gc) = spec.image_gc.as_ref().filter(|_| high < low) {
        context.problem(
            Diagnostic::at(gc.span, format!("`nodes.{name}.image-gc` frees nothing"))
                .label(format!("`low` is {low}, which is above `high`, {high}")),
        );
    }
    let Some(size) = &spec.image_cache else {
        if let Some(gc) = &spec.image_gc {
            let message = format!("`nodes.{name}.image-gc` needs `image-cache`");
            context.problem(
                Diagnostic::at(gc.span, message)
                    .label("shares of what?")
                    .help("add the room for unpacked images, e.g. `image-cache = \"100Gi\"`"),
            );
        }
        return None;
    };
    let size_of = |share: f64| Bytes((size.value.0.0 as f64 * share) as u64);
    Some(ImageCache {
        size: size.value.0,
        high: size_of(high),
        low: size_of(low),
    })
}

/// Where images are pulled from.
pub(super) fn registry(
    spec: &ScenarioSpec,
    zones: &IdVec<ZoneId, String>,
    context: &mut Context<'_>,
) -> Registry {
    let Some(registry) = spec.registry.as_ref().map(|it| &it.value) else {
        return Registry::default();
    };
    let mut mirrors = Vec::new();
    for mirror in registry.mirrors.iter() {
        let Some(zone) = zones.iter().position(|zone| *zone == mirror.name.value) else {
            let names: Vec<_> = zones.iter().map(|zone| format!("`{zone}`")).collect();
            let known = if names.is_empty() {
                "no node pool has `zones`".to_owned()
            } else {
                format!("zones of node pools: {}", names.join(", "))
            };
            let message = format!("there is no zone named `{}`", mirror.name.value);
            context.problem(
                Diagnostic::at(mirror.name.span, message)
                    .label("no node is there")
                    .help(known),
            );
            continue;
        };
        let located = Located {
            value: mirror.spec,
            span: mirror.span,
        };
        let path = format!("registry.mirrors.{}", mirror.name.value);
        if let Some(bandwidth) = limit(Some(&located), &path, context) {
            mirrors.push((ZoneId::new(zone), bandwidth));
        }
    }
    Registry {
        bandwidth: limit(registry.bandwidth.as_ref(), "registry.bandwidth", context),
        latency: registry
            .latency
            .as_ref()
            .map_or(Duration::ZERO, |it| it.value.0),
        mirrors,
    }
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
    entity: &Entity<ImageSpec>,
    layer_names: &[&str],
    context: &mut Context<'_>,
) -> Image {
    let name = entity.name.as_str();
    let spec = &entity.spec;
    if spec.layers.is_none() && !context.was_removed(&["images", name], "layers") {
        context.problem(
            Diagnostic::at(entity.span, format!("`images.{name}` lacks `layers`"))
                .label("`layers` is missing")
                .help("name them, base first, e.g. `layers = [\"debian\", \"jre\"]`"),
        );
    }
    let mut layers: Vec<LayerId> = Vec::new();
    for layer in spec.layers.iter().flatten() {
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
        name: name.to_owned(),
        layers,
        pull: spec
            .pull
            .as_ref()
            .map_or(PullPolicy::default(), |it| it.value.0),
        pre_pull: spec.pre_pull.as_ref().is_some_and(|it| it.value),
    }
}
