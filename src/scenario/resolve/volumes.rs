//! `volumes` of services and applications.

use super::Context;
use super::network::price;
use crate::model::{Cluster, Volumes};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::VolumesSpec;
use crate::units::{Bytes, Duration};

/// Hours of a month, as the large providers count them.
pub(super) const MONTH: f64 = 730.0;

/// What is attached to each container; `path` is the key, `moves` whether a container's volumes stay
/// when another takes its place.
pub(super) fn resolve(
    spec: Option<&Located<VolumesSpec>>,
    (path, moves): (&str, bool),
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Option<Volumes> {
    let spec = spec?;
    let Some(cluster) = cluster else {
        if context.was_removed(&[], "nodes") {
            return None;
        }
        let message = format!("`{path}` needs nodes, and the scenario has none");
        context.problem(Diagnostic::at(spec.span, message).help(
            "say what the cluster is made of, e.g. `[nodes.general]` with `cpu` and `memory`",
        ));
        return None;
    };
    let mut all = Volumes {
        size: Bytes(0),
        attach_time: Duration::ZERO,
        zone_bound: false,
        price: 0.0,
    };
    for volume in &spec.value.0 {
        let parts: Vec<&str> = path.split('.').collect();
        let size = context.required(
            volume.size.as_ref(),
            (&parts, "size"),
            spec.span,
            "\"100GB\"",
        );
        let size = size.map_or(Bytes(0), |size| size.value.0);
        all.size += size;
        let attach = volume.attach_time.as_ref();
        let attach = attach.map_or(Duration::ZERO, |it| it.value.0);
        all.attach_time = all.attach_time.max(attach);
        let per_month = price(volume.price.as_ref(), &format!("{path}.price"), context);
        all.price += per_month.unwrap_or(0.0) * (size.0 as f64 / 1e9) / MONTH;
        let Some(bound) = volume.zone_bound.as_ref().filter(|bound| bound.value) else {
            continue;
        };
        if !moves {
            let message = format!("`{path}.zone-bound` binds nothing");
            context.problem(
                Diagnostic::at(bound.span, message)
                    .label("each executor has a new volume, where it is placed"),
            );
        } else if cluster.zones.is_empty() {
            context.problem(
                Diagnostic::at(bound.span, "no node is in a zone")
                    .label("to which?")
                    .help("say where nodes are, e.g. `zones = [\"a\", \"b\"]` in `[nodes.NAME]`"),
            );
        }
        all.zone_bound = true;
    }
    Some(all)
}
