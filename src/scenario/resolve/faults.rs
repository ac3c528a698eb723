//! `[faults]`.

use super::{Context, distributions};
use crate::id::{AppId, KindId, PoolId, ServiceId, ZoneId};
use crate::model::{Cluster, Fault, FaultKind, Occurrences, Takeback, Where};
use crate::record::Part;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::nearest::nearest;
use crate::scenario::spec::{
    DistributionSpec, Entity, FaultSpec, KillSpec, ScenarioSpec, TakebackSpec,
};
use crate::scenario::units_spec::Quantity;
use crate::units::Duration;

/// Kubernetes' `node-monitor-grace-period` and its default toleration of nodes that are not ready.
const EVICT_AFTER: Duration = Duration::from_millis(340_000);
const SLOW: f64 = 0.5;

/// When something happens and for how long, as it is written.
struct Times<'s> {
    at: &'s [Located<Quantity<Duration>>],
    every: Option<&'s Located<DistributionSpec>>,
    repair: Option<&'s Located<DistributionSpec>>,
}

/// A fault of one kind, its parameters checked.
struct Written<'s> {
    kind: Option<FaultKind>,
    times: Times<'s>,
    span: Span,
    /// What it is called.
    key: &'static str,
    /// Whether it happens to nodes.
    needs_nodes: bool,
}

/// All that goes wrong, in the order of the names.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Vec<Fault> {
    let faults = spec.faults.iter();
    faults
        .filter_map(|entity| resolve_fault(entity, spec, cluster, context))
        .collect()
}

fn resolve_fault(
    entity: &Entity<FaultSpec>,
    spec: &ScenarioSpec,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Option<Fault> {
    let name = entity.name.as_str();
    let mut written = read(entity, spec, cluster, context);
    if written.len() != 1 {
        if !context.was_removed_within(entity.span) {
            let message = match written.len() {
                0 => format!("`faults.{name}` does not say what happens"),
                _ => format!("`faults.{name}` says more than one thing"),
            };
            context.problem(
                Diagnostic::at(entity.span, message)
                    .label("exactly one kind of fault belongs here")
                    .help(
                        "one of `node-crash`, `zone-outage`, `slow-node`, `partition`, \
                         `registry-outage`, `container-kill` and `spot-reclaim`, e.g. `node-crash \
                         = { pool = \"general\", every = { exponential = { mean = \"4h\" } }, repair \
                         = \"10m\" }`",
                    ),
            );
        }
        return None;
    }
    let written = written.pop()?;
    let path = format!("faults.{name}.{}", written.key);
    if written.needs_nodes && cluster.is_none() {
        let message = format!("`{path}` needs nodes, and the scenario has none");
        context.problem(Diagnostic::at(written.span, message).help(
            "say what the cluster is made of, e.g. `[nodes.general]` with `cpu` and `memory`",
        ));
        return None;
    }
    let when = occurrences(&path, &written, context);
    let repair = written.times.repair;
    let repair = repair.and_then(|repair| distributions::resolve(repair, context));
    Some(Fault {
        name: name.to_owned(),
        kind: written.kind?,
        when: when?,
        repair,
    })
}

fn read<'s>(
    entity: &'s Entity<FaultSpec>,
    spec: &ScenarioSpec,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Vec<Written<'s>> {
    let fault = &entity.spec;
    let mut found = Vec::new();
    macro_rules! times {
        ($it:expr, $repair:expr) => {
            Times {
                at: &$it.at,
                every: $it.every.as_ref(),
                repair: $repair,
            }
        };
    }
    macro_rules! until_repair {
        ($it:expr) => {
            times!($it, $it.repair.as_ref())
        };
    }
    let mut add = |key, span, kind, times, needs_nodes| {
        found.push(Written {
            kind,
            times,
            span,
            key,
            needs_nodes,
        });
    };
    if let Some(it) = &fault.node_crash {
        let nodes = nodes(it.pool.as_ref(), it.node.as_ref(), (spec, cluster), context);
        let kind = nodes.map(FaultKind::NodeCrash);
        add("node-crash", it.span, kind, until_repair!(it), true);
    }
    if let Some(it) = &fault.zone_outage {
        let path = ["faults", entity.name.as_str(), "zone-outage"];
        let zone = context.required(it.zone.as_ref(), (&path, "zone"), it.span, "\"a\"");
        let zone = zone.and_then(|zone| zone_of(zone, cluster, context));
        let kind = zone.map(FaultKind::ZoneOutage);
        add("zone-outage", it.span, kind, until_repair!(it), true);
    }
    if let Some(it) = &fault.slow_node {
        let nodes = nodes(it.pool.as_ref(), it.node.as_ref(), (spec, cluster), context);
        let speed = it.speed.as_ref().map_or(SLOW, |speed| speed.value);
        if let Some(wrong) = it.speed.as_ref().filter(|_| !(0.0 < speed && speed < 1.0)) {
            let message = "`speed` must be between 0 and 1";
            context.problem(
                Diagnostic::at(wrong.span, message).label("multiplies the speed of the node"),
            );
        }
        let kind = nodes.map(|nodes| FaultKind::SlowNode(nodes, speed));
        add("slow-node", it.span, kind, until_repair!(it), true);
    }
    if let Some(it) = &fault.partition {
        let nodes = match &it.zone {
            Some(zone) => zone_of(zone, cluster, context).map(Where::Zone),
            None => nodes(it.pool.as_ref(), it.node.as_ref(), (spec, cluster), context),
        };
        if let (Some(zone), true) = (&it.zone, it.pool.is_some() || it.node.is_some()) {
            let message = "`zone` is given instead of `pool` and `node`, not beside them";
            context.problem(Diagnostic::at(zone.span, message));
        }
        let evict_after = it.evict_after.as_ref();
        let evict_after = evict_after.map_or(EVICT_AFTER, |it| it.value.0);
        let kind = nodes.map(|nodes| FaultKind::Partition(nodes, evict_after));
        add("partition", it.span, kind, until_repair!(it), true);
    }
    if let Some(it) = &fault.registry_outage {
        let kind = Some(FaultKind::RegistryOutage);
        add("registry-outage", it.span, kind, until_repair!(it), true);
    }
    if let Some(it) = &fault.container_kill {
        let kind = killed(entity.name.as_str(), it, spec, context);
        let kind = kind.map(FaultKind::ContainerKill);
        add("container-kill", it.span, kind, times!(it, None), false);
    }
    if let Some(it) = &fault.spot_reclaim {
        let name = entity.name.as_str();
        let kind = taken_back(name, it, (spec, cluster), context).map(FaultKind::SpotReclaim);
        add("spot-reclaim", it.span, kind, times!(it, None), true);
    }
    found
}

/// Which nodes are taken back.
fn taken_back(
    name: &str,
    it: &Located<TakebackSpec>,
    (spec, cluster): (&ScenarioSpec, Option<&Cluster>),
    context: &mut Context<'_>,
) -> Option<Takeback> {
    let path = ["faults", name, "spot-reclaim"];
    let named = context.required(it.pool.as_ref(), (&path, "pool"), it.span, "\"spot\"")?;
    let pool = context.reference("node pool", &["nodes"], named, &spec.nodes.names())?;
    let pool = PoolId(pool as u32);
    let zone = match &it.zone {
        Some(zone) => Some(zone_of(zone, cluster, context)?),
        None => None,
    };
    let fraction = it.fraction.as_ref();
    if let Some(wrong) = fraction.filter(|it| !(0.0 < it.value && it.value <= 1.0)) {
        let message = format!(
            "`{}.fraction` must be above 0 and at most 1",
            path.join(".")
        );
        context.problem(
            Diagnostic::at(wrong.span, message).label("a share of the pool's nodes that are there"),
        );
    }
    let of_pool = &cluster?.pools[pool];
    let Some(spot) = &of_pool.spot else {
        let message = format!("`nodes.{}` has no `spot`", of_pool.name);
        if !context.was_removed(&["nodes", &of_pool.name], "spot") {
            context.problem(
                Diagnostic::at(named.span, message)
                    .label("nobody takes its nodes back")
                    .help(format!(
                        "add it, e.g. `nodes.{}.spot = {{ notice = \"2m\" }}`, or use `node-crash`",
                        of_pool.name
                    )),
            );
        }
        return None;
    };
    Some(Takeback {
        pool,
        zone,
        fraction: fraction.map_or(1.0, |it| it.value),
        notice: it.notice.as_ref().map_or(spot.notice, |it| it.value.0),
    })
}

/// `at` or `every`, one of them.
fn occurrences(
    path: &str,
    written: &Written<'_>,
    context: &mut Context<'_>,
) -> Option<Occurrences> {
    let Times { at, every, .. } = written.times;
    let problem = match (at, every) {
        ([], None) => format!("`{path}` does not say when"),
        ([_, ..], Some(_)) => format!("`{path}` has both `at` and `every`"),
        ([], Some(every)) => {
            let law = distributions::resolve(every, context)?;
            if distributions::is_all_the_time(&law) {
                let message = format!("`{path}.every` must be 1 ms or more on average");
                context.problem(
                    Diagnostic::at(every.span, message).label("it would happen all the time"),
                );
            }
            return Some(Occurrences::Every(law));
        }
        (at, None) => {
            let mut times: Vec<Duration> = at.iter().map(|at| at.value.0).collect();
            times.sort_unstable();
            return Some(Occurrences::At(times));
        }
    };
    if !context.was_removed_within(written.span) {
        context.problem(Diagnostic::at(written.span, problem).help(
            "give `at = [\"1h\", \"90m\"]` or `every = { exponential = { mean = \"4h\" } }`",
        ));
    }
    None
}

fn nodes(
    pool: Option<&Located<String>>,
    node: Option<&Located<u32>>,
    (spec, cluster): (&ScenarioSpec, Option<&Cluster>),
    context: &mut Context<'_>,
) -> Option<Where> {
    let found = match pool {
        Some(pool) => {
            let pool = context.reference("node pool", &["nodes"], pool, &spec.nodes.names())?;
            Some(PoolId(pool as u32))
        }
        // A node's number says which only where there is one pool.
        None => cluster
            .filter(|cluster| node.is_some() && cluster.pools.len() == 1)
            .map(|_| PoolId(0)),
    };
    let Some(node) = node else {
        return Some(found.map_or(Where::Anywhere, Where::Pool));
    };
    let Some(pool) = found else {
        if cluster.is_some() {
            let message = "the number of a node says nothing without its pool";
            context.problem(
                Diagnostic::at(node.span, message).help("add it, e.g. `pool = \"general\"`"),
            );
        }
        return None;
    };
    let count = cluster?.pools.get(pool)?.most();
    if count <= node.value {
        let message = format!("there is no node number {}", node.value);
        let label = format!("the pool's nodes are 0 to {}", count - 1);
        context.problem(Diagnostic::at(node.span, message).label(label));
        return None;
    }
    Some(Where::Node(pool, node.value))
}

fn zone_of(
    zone: &Located<String>,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> Option<ZoneId> {
    let known: Vec<&str> = cluster?.zones.iter().map(String::as_str).collect();
    if let Some(position) = known.iter().position(|name| *name == zone.value) {
        return Some(ZoneId(position as u32));
    }
    let message = format!("there is no zone named `{}`", zone.value);
    let problem = Diagnostic::at(zone.span, message).label("no node has a `zones` with it");
    context.problem(match nearest(zone, known.iter().copied()) {
        Some(near) => problem.help(format!("did you mean `{near}`?")),
        None => problem,
    });
    None
}

/// Whose containers are killed.
fn killed(
    name: &str,
    kill: &Located<KillSpec>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<KindId> {
    let path = ["faults", name, "container-kill"];
    let target = context.required(
        kill.target.as_ref(),
        (&path, "target"),
        kill.span,
        "\"services.NAME\"",
    )?;
    let mut within = |kind, table, name: &str, known: &[&str]| {
        let name = Located {
            value: name.to_owned(),
            span: target.span,
        };
        context.reference(kind, &[table], &name, known)
    };
    let services = spec.services.names().len();
    let parts: Vec<&str> = target.value.split('.').collect();
    let position = |part: Part| part.kind_among(services);
    match parts[..] {
        ["services", name] => {
            let service = within("service", "services", name, &spec.services.names())?;
            let service = ServiceId(service as u32);
            Some(position(Part::Replica(service, crate::id::ReplicaId(0))))
        }
        ["apps", name] => {
            let app = within("application", "apps", name, &spec.apps.names())?;
            Some(position(Part::Executor(AppId(app as u32))))
        }
        ["apps", name, "driver"] => {
            let app = within("application", "apps", name, &spec.apps.names())?;
            Some(position(Part::Driver(AppId(app as u32))))
        }
        _ => {
            context.problem(
                Diagnostic::at(target.span, format!("`{}` has no containers", target.value))
                    .label("expected `services.NAME`, `apps.NAME` or `apps.NAME.driver`"),
            );
            None
        }
    }
}
