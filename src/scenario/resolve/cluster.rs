//! `[cluster]`, `[nodes]`.
//!
//! Without `[nodes]` there is no cluster in the model: containers are ready at once and nothing is
//! pulled. Images and layers are checked all the same.

use super::network::limit;
use super::{Context, idle, images, network, node_scaling, placing, storage, zones};
use crate::id::{IdVec, PoolId, ZoneId};
use crate::model::{
    AutoscalerKind, Cluster, CpuModelKind, Deploy, ExpanderKind, ManagerKind, NetworkKind,
    PendingKind, PlacementKind, Pool, Resources,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{ClusterSpec, Entity, NodesSpec, ResourcesSpec, ScenarioSpec};
use crate::units::{Bytes, Cpu, Duration};

/// Time between programmes where nothing else is said.
const DEFAULT_PERIOD: Duration = Duration::from_secs(1);

/// The manager, whose habits hold without nodes too, and the cluster where there is one.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> (ManagerKind, Option<Cluster>) {
    idle::list(spec, context);
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
        .map_or(manager.placement(), |placement| placement.value.0);
    let sharing = habits
        .and_then(|cluster| cluster.network.as_ref())
        .map_or(NetworkKind::MaxMin, |network| network.value.0);
    let pending = habits.and_then(|cluster| cluster.queue.as_ref());
    let pending = pending.map_or(PendingKind::default(), |queue| queue.value.0);
    let registry = images::registry(spec, &zones, context);
    let shared_links = network::shared_links(spec, &pools, context);
    let cluster = Cluster {
        manager,
        placement,
        placement_period: habits.and_then(|cluster| period(placement, cluster, spec, context)),
        network: sharing,
        shared_links,
        cpu_model: cpu_model(spec, context),
        pending,
        zones,
        pools,
        layers,
        images,
        autoscaler: habits
            .and_then(|cluster| cluster.autoscaler.as_ref())
            .map_or(AutoscalerKind::default(), |it| it.value.0),
        expander: habits
            .and_then(|cluster| cluster.expander.as_ref())
            .map_or(ExpanderKind::default(), |it| it.value.0),
        registry,
        storages: storage::all(spec, context),
    };
    (manager, (!spec.nodes.is_empty()).then_some(cluster))
}

/// What containers may use of their node's processor, and what does not go with sharing it.
fn cpu_model(spec: &ScenarioSpec, context: &mut Context<'_>) -> CpuModelKind {
    let habits = spec.cluster.as_ref();
    let Some(written) = habits.and_then(|cluster| cluster.cpu_model.as_ref()) else {
        return CpuModelKind::default();
    };
    let kind = written.value.0;
    if kind == CpuModelKind::Reserved {
        return kind;
    }
    let mut problem = |message: &str, label: &str| {
        context.problem(Diagnostic::at(written.span, message).label(label));
    };
    if spec.nodes.is_empty() {
        let message = "`cpu-model = \"shared\"` needs nodes";
        problem(message, "there is no processor to share");
    }
    let apps = spec.apps.iter();
    let mut deploys = apps.filter_map(|app| app.spec.deploy.as_ref());
    if deploys.any(|deploy| deploy.value.0 == Deploy::InReplica) {
        let message = "`cpu-model = \"shared\"` is not modelled with `deploy = \"in-replica\"`";
        problem(message, "what shares a container shares no node");
    }
    let mut services = spec.services.iter();
    if services.any(|service| service.spec.breakdowns.is_some()) {
        let message = "`cpu-model = \"shared\"` is not modelled with `breakdowns`";
        problem(message, "replicas that stand still share nothing");
    }
    kind
}

/// Time between programmes, where containers are placed by one.
fn period(
    placement: PlacementKind,
    cluster: &ClusterSpec,
    scenario: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<Duration> {
    let written = cluster.lp_period.as_ref();
    if let Some(period) = written.filter(|_| scenario.nodes.is_empty()) {
        let message = "`cluster.lp-period` needs nodes, and the scenario has none";
        context.problem(Diagnostic::at(period.span, message).label("containers are ready at once"));
        return None;
    }
    if placement != PlacementKind::Lp {
        if let Some(period) = written {
            let message = "`cluster.lp-period` is for `placement = \"lp\"`";
            context.problem(
                Diagnostic::at(period.span, message)
                    .label(format!("containers are placed by `{}`", placement.name())),
            );
        }
        return None;
    }
    if let Some(none) = written.filter(|period| period.value.0.is_zero()) {
        let message = "`cluster.lp-period` must be more than nothing";
        context.problem(Diagnostic::at(none.span, message).label("time would stand still"));
    }
    let strict = cluster.queue.as_ref();
    if let Some(strict) = strict.filter(|it| it.value.0 == PendingKind::StrictFifo) {
        let message = "`placement = \"lp\"` does not keep to the order of a strict queue";
        context.problem(
            Diagnostic::at(strict.span, message)
                .label("the programme chooses who is placed")
                .help("leave `queue` out, or take another policy, e.g. \"best-fit\""),
        );
    }
    let period = written.map_or(DEFAULT_PERIOD, |period| period.value.0);
    (!period.is_zero()).then_some(period)
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
    let (count, autoscale) = node_scaling::size(entity, context);
    Pool {
        name: name.to_owned(),
        count,
        zones: zones::of_pool(entity, zones, context),
        capacity,
        reserved,
        speed,
        price: node_scaling::price(entity, context),
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
        disk: limit(spec.disk.as_ref(), &format!("nodes.{name}.disk"), context),
        parallel_pulls: context.count(
            spec.parallel_pulls.as_ref(),
            &format!("`nodes.{name}.parallel-pulls`"),
        ),
        image_cache: images::cache(entity, context),
        images: images::of_pool(entity, scenario, context),
        autoscale,
        spot: node_scaling::spot(entity, context),
    }
}
