//! Where containers may go: labels, taints and `placement`.

use super::Context;
use crate::id::{IdVec, PoolId};
use crate::model::{Apart, Placing, Spread};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::Located;
use crate::scenario::nearest::quoted_list;
use crate::scenario::spec::{NodesSpec, PlacingSpec, ScenarioSpec};

/// What a taint does to containers that do not tolerate it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TaintEffect {
    /// It keeps them out.
    Keeps,
    /// It lets them in where no other node will do.
    Avoids,
}

/// A taint of a node pool, as kubectl writes it: `KEY[=VALUE]:EFFECT`.
#[derive(Clone, Copy, Debug)]
struct Taint<'s> {
    key: &'s str,
    value: &'s str,
    effect: TaintEffect,
}

impl<'s> Taint<'s> {
    fn read(text: &'s str) -> Option<Self> {
        let (pair, effect) = text.rsplit_once(':')?;
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let effect = match effect {
            // Containers that are there when a taint is set are the only ones that both treat
            // differently, and taints are there from the start.
            "NoSchedule" | "NoExecute" => TaintEffect::Keeps,
            "PreferNoSchedule" => TaintEffect::Avoids,
            _ => return None,
        };
        (!key.is_empty()).then_some(Self { key, value, effect })
    }

    fn is_tolerated(self, tolerations: &[Located<String>]) -> bool {
        tolerations.iter().any(|toleration| {
            let text = toleration.value.as_str();
            match text.split_once('=') {
                Some(pair) => pair == (self.key, self.value),
                None => text == "*" || text == self.key,
            }
        })
    }
}

/// Reports taints that are none.
pub(super) fn check_taints(name: &str, pool: &NodesSpec, context: &mut Context<'_>) {
    for taint in &pool.taints {
        if Taint::read(&taint.value).is_none() {
            context.problem(
                Diagnostic::at(taint.span, format!("`{}` is not a taint", taint.value))
                    .label("expected `KEY:EFFECT` or `KEY=VALUE:EFFECT`")
                    .help(format!(
                        "e.g. `nodes.{name}.taints = [\"dedicated=spark:NoSchedule\"]`; effects \
                         are `NoSchedule`, `PreferNoSchedule` and `NoExecute`"
                    )),
            );
        }
    }
}

/// What `placement` says, or would where it is left out.
pub(super) fn resolve(
    what: &str,
    given: Option<&Located<PlacingSpec>>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Placing {
    let nothing = PlacingSpec::default();
    let own = given.map_or(&nothing, |given| &given.value);
    let pools: IdVec<PoolId, &NodesSpec> = spec.nodes.iter().map(|pool| &pool.spec).collect();
    let taints = |pool: &NodesSpec, effect: TaintEffect| {
        let taints = pool.taints.iter();
        let read = taints.filter_map(|taint| Taint::read(&taint.value));
        read.filter(|taint| taint.effect == effect && !taint.is_tolerated(&own.tolerations))
            .count() as u32
    };
    let has_labels = |pool: &NodesSpec| {
        let mut wanted = own.node_selector.iter();
        wanted.all(|(key, value)| {
            pool.labels
                .get(key)
                .is_some_and(|it| it.value == value.value)
        })
    };
    let mut unknown = false;
    for (key, value) in &own.node_selector {
        let carries = |pool: &&NodesSpec| {
            let label = pool.labels.get(key);
            label.is_some_and(|label| label.value == value.value)
        };
        if !pools.is_empty() && !pools.iter().any(carries) {
            unknown = true;
            let text = format!(
                "{what} selects `{key} = \"{}\"`, which no node has",
                value.value
            );
            let labels = pools.iter().flat_map(|pool| &pool.labels);
            let mut known: Vec<String> = labels
                .map(|(key, value)| format!("{key} = \"{}\"", value.value))
                .collect();
            known.sort();
            known.dedup();
            let problem = Diagnostic::at(value.span, text).label("it could never be placed");
            context.problem(if known.is_empty() {
                problem.help("nodes get labels by `nodes.NAME.labels = { KEY = \"VALUE\" }`")
            } else {
                let known = quoted_list(known.iter().map(String::as_str));
                problem.help(format!("nodes have {known}"))
            });
        }
    }
    let allowed: IdVec<PoolId, bool> = pools
        .iter()
        .map(|pool| has_labels(pool) && taints(pool, TaintEffect::Keeps) == 0)
        .collect();
    let all = allowed.iter().all(|allowed| *allowed);
    if !pools.is_empty() && !unknown && !allowed.iter().any(|allowed| *allowed) {
        let message = format!("{what} may go to no node");
        let problem = match given {
            Some(given) => {
                Diagnostic::at(given.span, message).label("labels and taints leave none")
            }
            None => Diagnostic::whole(message),
        };
        context.problem(
            problem.help(
                "let it tolerate a taint, e.g. `placement = { tolerations = [\"dedicated\"] }`",
            ),
        );
    }
    let avoided: IdVec<PoolId, u32> = pools
        .iter()
        .map(|pool| taints(pool, TaintEffect::Avoids))
        .collect();
    let avoids = avoided.iter().any(|avoided| *avoided > 0);
    let spread = own.spread.as_ref().map(|spread| Spread {
        over: spread
            .over
            .as_ref()
            .map_or(Apart::Zones, |over| over.value.0),
        max_skew: context.count(spread.max_skew.as_ref(), "`max-skew`"),
    });
    Placing {
        priority: own.priority.as_ref().map_or(0, |it| it.value),
        preempts: own
            .preempts
            .as_ref()
            .map_or(own.priority.is_some(), |it| it.value),
        pools: if all { IdVec::new() } else { allowed },
        avoided: if avoids { avoided } else { IdVec::new() },
        apart: own.anti_affinity.as_ref().map(|it| it.value.0),
        spread,
        pinned: own.safe_to_evict.as_ref().is_some_and(|it| !it.value),
        volumes: None,
    }
}
