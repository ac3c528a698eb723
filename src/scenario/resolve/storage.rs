//! `[storage]`: object stores.

use super::Context;
use super::network::{limit, price};
use super::volumes::MONTH;
use crate::id::{IdVec, StorageId};
use crate::model::Storage;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::spec::{Entity, ScenarioSpec, StorageSpec};
use crate::units::{Bytes, Duration};

/// All object stores.
pub(super) fn all(spec: &ScenarioSpec, context: &mut Context<'_>) -> IdVec<StorageId, Storage> {
    if let Some(first) = spec.storage.in_file_order().first()
        && spec.nodes.is_empty()
        && !context.was_removed(&[], "nodes")
    {
        let message = format!(
            "`storage.{}` needs nodes, and the scenario has none",
            first.name.value
        );
        context.problem(
            Diagnostic::at(first.span, message)
                .label("what is read and written goes to nodes and comes from them")
                .help("say what the cluster is made of, e.g. `[nodes.general]` with `cpu` and `memory`"),
        );
    }
    let storages = spec.storage.iter();
    storages.map(|it| resolve_storage(it, context)).collect()
}

fn resolve_storage(entity: &Entity<StorageSpec>, context: &mut Context<'_>) -> Storage {
    let name = entity.name.as_str();
    let spec = &entity.spec;
    let path = |key: &str| format!("storage.{name}.{key}");
    if let Some(wrong) = spec.request_rate.as_ref().filter(|it| it.value.0.0 <= 0.0) {
        let message = format!("`{}` must be above 0", path("request-rate"));
        context.problem(
            Diagnostic::at(wrong.span, message)
                .label("no request would ever be answered")
                .help("leave it out where it is never a limit"),
        );
    }
    let size = spec.request_size.as_ref();
    if let Some(wrong) = size.filter(|it| it.value.0 == Bytes(0)) {
        let message = format!("`{}` must be above 0", path("request-size"));
        context.problem(
            Diagnostic::at(wrong.span, message).label("no number of requests would be enough"),
        );
    }
    let per_thousand = price(spec.request_price.as_ref(), &path("request-price"), context);
    let per_month = price(spec.price.as_ref(), &path("price"), context);
    let written = spec.written.as_ref().map(|it| it.value.0);
    if let Some(lost) = spec.written.as_ref()
        && spec.price.is_none()
        && spec.stored.is_none()
    {
        let message = format!("`{}` says nothing", path("written"));
        context.problem(
            Diagnostic::at(lost.span, message)
                .label("it is not counted how much the store holds")
                .help("give it a `price`, or say what is `stored`"),
        );
    }
    Storage {
        name: name.to_owned(),
        bandwidth: limit(spec.bandwidth.as_ref(), &path("bandwidth"), context),
        latency: spec
            .latency
            .as_ref()
            .map_or(Duration::ZERO, |it| it.value.0),
        request_rate: spec.request_rate.as_ref().map(|it| it.value.0),
        request_size: size.map(|it| it.value.0),
        request_price: per_thousand.unwrap_or(0.0) / 1000.0,
        stored: spec.stored.as_ref().map(|it| it.value.0),
        price: per_month.map(|per_month| per_month / 1e9 / MONTH),
        written: written.unwrap_or_default(),
    }
}
