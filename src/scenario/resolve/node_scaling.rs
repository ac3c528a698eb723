//! `nodes.X.autoscale` and `nodes.X.spot`, and with them how many nodes a pool has and what they cost.

use super::{Context, distributions};
use crate::model::{NodeScaling, Reclaim, Spot};
use crate::random::Distribution;
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::spec::{Entity, NodeScalingSpec, NodesSpec, ReclaimSpec, SpotSpec};
use crate::units::Duration;

/// What a node takes from being asked for to taking containers, where nothing is said.
const BOOT: f64 = 90.0;
/// Cluster Autoscaler's `--scale-down-unneeded-time`.
const SCALE_DOWN_AFTER: Duration = Duration::from_secs(600);
/// The warning of the large providers' spot machines.
const NOTICE: Duration = Duration::from_secs(120);

/// How many nodes a pool has at the start and how that changes.
pub(super) fn size(
    entity: &Entity<NodesSpec>,
    context: &mut Context<'_>,
) -> (u32, Option<NodeScaling>) {
    let name = entity.name.as_str();
    let spec = &entity.spec;
    let Some(autoscale) = &spec.autoscale else {
        let what = format!("`nodes.{name}.count`");
        return (context.population(spec.count.as_ref(), &what), None);
    };
    let Some(scaling) = scaling(name, autoscale, context) else {
        return (1, None);
    };
    let count = spec.count.as_ref();
    if let Some(wrong) = count.filter(|it| !(scaling.min..=scaling.max).contains(&it.value)) {
        let (min, max) = (scaling.min, scaling.max);
        context.problem(
            Diagnostic::at(
                wrong.span,
                format!("`nodes.{name}.count` is not between `min` and `max`"),
            )
            .label(format!(
                "the pool begins with so many nodes, and may have {min} to {max}"
            )),
        );
    }
    (count.map_or(scaling.min, |it| it.value), Some(scaling))
}

fn scaling(
    name: &str,
    located: &Located<NodeScalingSpec>,
    context: &mut Context<'_>,
) -> Option<NodeScaling> {
    let spec = &located.value;
    let path = ["nodes", name, "autoscale"];
    let max = context.required(spec.max.as_ref(), (&path, "max"), located.span, "20")?;
    let min = spec.min.as_ref().map_or(0, |it| it.value);
    let most = context.population(Some(max), &format!("`nodes.{name}.autoscale.max`"));
    if most < min {
        context.problem(
            Diagnostic::at(
                max.span,
                format!("`nodes.{name}.autoscale.max` is below `min`"),
            )
            .label(format!("at least {min} nodes stay")),
        );
        return None;
    }
    let boot = spec.boot.as_ref();
    let boot = boot.and_then(|boot| distributions::resolve(boot, context));
    Some(NodeScaling {
        min,
        max: most,
        boot: boot.unwrap_or(Distribution::Constant { value: BOOT }),
        scale_down_after: spec
            .scale_down_after
            .as_ref()
            .map_or(SCALE_DOWN_AFTER, |it| it.value.0),
        priority: spec.priority.as_ref().map_or(0, |it| it.value),
    })
}

/// What the provider may take back.
pub(super) fn spot(entity: &Entity<NodesSpec>, context: &mut Context<'_>) -> Option<Spot> {
    let name = entity.name.as_str();
    let spec: &SpotSpec = &entity.spec.spot.as_ref()?.value;
    let reclaim = spec.reclaim.as_ref();
    Some(Spot {
        reclaim: reclaim.and_then(|it| reclaims(name, it, context)),
        notice: spec.notice.as_ref().map_or(NOTICE, |it| it.value.0),
        replacement_delay: spec
            .replacement_delay
            .as_ref()
            .map_or(Duration::ZERO, |it| it.value.0),
    })
}

fn reclaims(
    name: &str,
    located: &Located<ReclaimSpec>,
    context: &mut Context<'_>,
) -> Option<Reclaim> {
    let path = ["nodes", name, "spot", "reclaim"];
    let spec = &located.value;
    let every = spec.every.as_ref();
    let example = "{ exponential = { mean = \"6h\" } }";
    let every = context.required(every, (&path, "every"), located.span, example)?;
    let law = distributions::resolve(every, context)?;
    if distributions::is_all_the_time(&law) {
        context.problem(
            Diagnostic::at(
                every.span,
                format!("`{}.every` must be 1 ms or more on average", path.join(".")),
            )
            .label("nodes would be taken back all the time"),
        );
    }
    let fraction = spec.fraction.as_ref();
    if let Some(wrong) = fraction.filter(|it| !(0.0 < it.value && it.value <= 1.0)) {
        let message = format!(
            "`{}.fraction` must be above 0 and at most 1",
            path.join(".")
        );
        context.problem(
            Diagnostic::at(wrong.span, message).label("a share of the pool's nodes in a zone"),
        );
    }
    Some(Reclaim {
        every: law,
        fraction: fraction.map_or(1.0, |it| it.value),
    })
}

/// What a node of a pool costs for an hour; `None`: nobody asks.
pub(super) fn price(entity: &Entity<NodesSpec>, context: &mut Context<'_>) -> Option<f64> {
    let name = entity.name.as_str();
    let spot = entity.spec.spot.as_ref().map(|spot| &spot.value);
    let own = (entity.spec.price.as_ref(), format!("nodes.{name}.price"));
    let spot = (
        spot.and_then(|spot| spot.price.as_ref()),
        format!("nodes.{name}.spot.price"),
    );
    for (price, path) in [&own, &spot] {
        if let Some(wrong) = price.filter(|it| !(it.value.is_finite() && 0.0 <= it.value)) {
            context.problem(
                Diagnostic::at(wrong.span, format!("`{path}` must be 0 or more"))
                    .label("the price of a node, per hour"),
            );
        }
    }
    spot.0.or(own.0).map(|price| price.value)
}
