//! `HorizontalPodAutoscaler` to `autoscale.hpa`: the processor metric, its bounds and its pace.

use super::objects::Object;
use super::pod::Pod;
use super::reading::Reading;
use super::tables::{Hpa, Pace};
use super::yaml::Node;
use crate::units::Cpu;

/// The target where an autoscaler names no metric, in percent.
const TARGET_DEFAULT: u32 = 80;

/// The autoscaler of an object, if there is one.
pub(super) fn of<'o>(target: &Object, autoscalers: &[&'o Object]) -> Option<&'o Object> {
    let mut autoscalers = autoscalers.iter();
    let found = autoscalers.find(|it| {
        let reference = |key| it.node.text_at(&["spec", "scaleTargetRef", key]);
        it.namespace == target.namespace
            && reference("kind") == Some(target.kind.as_str())
            && reference("name") == Some(target.name.as_str())
    });
    found.copied()
}

/// What it does with replicas of such pods; `None`, if that is not mapped.
pub(super) fn read(autoscaler: &Object, pod: &Pod, reading: &mut Reading) -> Option<Hpa> {
    let node = &autoscaler.node;
    let cpu = pod.running_cpu;
    let spec = node.get("spec")?;
    let target_percent = target(spec, cpu, reading)?;
    if cpu == Cpu(0) {
        reading.not_mapped(
            node,
            "autoscalers of containers that request no processor: the replicas stay as many",
        );
        return None;
    }
    let min = reading.count(spec, &["minReplicas"]).unwrap_or(1);
    let max = reading.count(spec, &["maxReplicas"]);
    let Some(max) = max.filter(|&max| max >= min.max(1)) else {
        let path = autoscaler.path();
        reading.problem(
            spec.get("maxReplicas").unwrap_or(spec),
            format!("{path} has no `maxReplicas` that it can reach"),
            format!("expected at least {}", min.max(1)),
        );
        return None;
    };
    if min == 0 {
        reading.not_mapped(spec, "`minReplicas: 0`: one replica is kept");
    }
    // A scenario measures against all that a replica reserves.
    let target = f64::from(target_percent) / 100.0 * cpu.0 as f64 / pod.cpu.0 as f64;
    Some(Hpa {
        target,
        min: min.max(1),
        max,
        scale_up: pace(spec.at(&["behavior", "scaleUp"]), reading),
        scale_down: pace(spec.at(&["behavior", "scaleDown"]), reading),
    })
}

/// The processor's target in percent of what is requested; `None`, if it has none.
fn target(spec: &Node, cpu: Cpu, reading: &mut Reading) -> Option<u32> {
    // autoscaling/v1.
    if let Some(percent) = reading.count(spec, &["targetCPUUtilizationPercentage"]) {
        return (percent > 0).then_some(percent);
    }
    let metrics = spec.items_of("metrics");
    if metrics.is_empty() {
        return Some(TARGET_DEFAULT);
    }
    let mut found = None;
    for metric in metrics {
        let kind = metric.text_at(&["type"]).unwrap_or("?");
        let source = match kind {
            "Resource" => metric.get("resource"),
            "ContainerResource" => metric.get("containerResource"),
            _ => None,
        };
        let name = source.and_then(|source| source.text_at(&["name"]));
        let target = match (name, source) {
            (Some("cpu"), Some(source)) => cpu_target(source, cpu, reading),
            _ => None,
        };
        match target {
            Some(percent) if found.is_none() => found = Some(percent),
            _ => {
                let name = name.unwrap_or(kind);
                let what = format!("autoscalers' metric `{name}`: only the processor's counts");
                reading.not_mapped(metric, what);
            }
        }
    }
    if found.is_none() {
        reading.not_mapped(
            spec,
            "autoscalers without a target for the processor: the replicas stay as many",
        );
    }
    found
}

fn cpu_target(source: &Node, cpu: Cpu, reading: &mut Reading) -> Option<u32> {
    if let Some(percent) = reading.count(source, &["target", "averageUtilization"]) {
        return (percent > 0).then_some(percent);
    }
    let average = reading.cpu(source, &["target", "averageValue"])?;
    let percent = average.0.saturating_mul(100).checked_div(cpu.0)?;
    u32::try_from(percent).ok().filter(|&percent| percent > 0)
}

fn pace(behavior: Option<&Node>, reading: &mut Reading) -> Option<Pace> {
    let behavior = behavior?;
    let mut pace = Pace {
        stabilization: reading.count(behavior, &["stabilizationWindowSeconds"]),
        ..Pace::default()
    };
    if let Some(select) = behavior.get("selectPolicy")
        && select.text() != Some("Max")
    {
        reading.not_mapped(select, "`selectPolicy`: the larger of two steps is taken");
    }
    for policy in behavior.items_of("policies") {
        let period = reading
            .count(policy, &["periodSeconds"])
            .filter(|&it| it > 0);
        let value = reading.count(policy, &["value"]).filter(|&it| it > 0);
        let slot = match policy.text_at(&["type"]) {
            Some("Percent") => &mut pace.percent,
            Some("Pods") => &mut pace.replicas,
            _ => {
                reading.problem(
                    policy,
                    "an unknown kind of policy",
                    "expected Percent or Pods",
                );
                continue;
            }
        };
        let same_period = pace.period.is_none() || pace.period == period;
        if slot.is_none() && same_period && value.is_some() {
            *slot = value;
            pace.period = period;
        } else {
            reading.not_mapped(
                policy,
                "`behavior`: of several periods, and of several policies of a kind, the first counts",
            );
        }
    }
    (pace != Pace::default()).then_some(pace)
}
