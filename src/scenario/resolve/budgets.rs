//! `[budgets]` and `[allocation]`.

use super::Context;
use crate::id::{AppId, BudgetId, Id, IdVec, ServiceId};
use crate::model::{
    Allocation, AllocationKind, Amount, App, Cluster, ResourceBudget, Resources, Service,
    UnitPrices,
};
use crate::scenario::diagnostic::Diagnostic;
use crate::scenario::located::{Located, Span};
use crate::scenario::spec::{
    AllocationSpec, BudgetSpec, Entity, PricesSpec, QuotaSpec, ScenarioSpec,
};
use crate::scenario::units_spec::Quantity;
use crate::units::Bytes;
use std::fmt::Write;

/// The lack of a core for an hour costs so much where nothing else is said.
const DEFAULT_PENALTY: UnitPrices = UnitPrices {
    cpu: 1.0,
    memory: 0.0,
    disk: 0.0,
    gpus: 0.0,
};

/// All budgets, and how the nodes are shared among them.
pub(crate) fn resolve(
    spec: &ScenarioSpec,
    cluster: Option<&Cluster>,
    context: &mut Context<'_>,
) -> (IdVec<BudgetId, ResourceBudget>, Option<Allocation>) {
    if let (Some(first), None) = (spec.budgets.in_file_order().first(), cluster)
        && !context.was_removed(&[], "nodes")
    {
        context.problem(
            Diagnostic::at(first.span, "a budget is a part of nodes, and there are none")
                .label("without `[nodes]` containers never wait for resources")
                .help("add a node pool, e.g. `[nodes.general]` with `cpu = \"16\"` and `memory = \"64Gi\"`"),
        );
    }
    let names = spec.budgets.names();
    let budgets = spec.budgets.iter();
    let mut budgets: IdVec<BudgetId, ResourceBudget> = budgets
        .map(|entity| resolve_budget(entity, &names, context))
        .collect();
    set_depths(spec, &mut budgets, context);
    let allocation = spec.allocation.as_ref();
    let allocation = allocation.and_then(|it| resolve_allocation(it, context));
    check_guarantees(spec, &budgets, cluster, allocation.as_ref(), context);
    (budgets, allocation)
}

/// The budget that a service or an application names.
pub(crate) fn reference(
    name: Option<&Located<String>>,
    spec: &ScenarioSpec,
    context: &mut Context<'_>,
) -> Option<BudgetId> {
    let position = context.reference("budget", &["budgets"], name?, &spec.budgets.names())?;
    Some(BudgetId::new(position))
}

/// Reports groups that somebody draws on directly, and what can never be held within a quota.
pub(crate) fn check_members(
    spec: &ScenarioSpec,
    budgets: &IdVec<BudgetId, ResourceBudget>,
    (services, apps): (&IdVec<ServiceId, Service>, &IdVec<AppId, App>),
    context: &mut Context<'_>,
) {
    for (entity, service) in spec.services.iter().zip(services) {
        let what = format!("a replica of `services.{}`", service.name);
        let member = Member {
            written: entity.spec.budget.as_ref(),
            budget: service.budget,
            needs: service.requests.into(),
            what,
        };
        member.check(spec, budgets, context);
    }
    for (entity, app) in spec.apps.iter().zip(apps) {
        let executors = &app.conf.executors;
        let any = executors.initial > 0 || executors.dynamic.is_some();
        let together = app.gang.unwrap_or(u32::from(any));
        let executors = Amount::from(app.conf.executor).times(together);
        let plural = if together == 1 { "" } else { "s" };
        let what = format!(
            "the driver of `apps.{}` with {together} executor{plural}",
            app.name
        );
        let member = Member {
            written: entity.spec.budget.as_ref(),
            budget: app.budget,
            needs: Amount::from(app.conf.driver).plus(executors),
            what,
        };
        member.check(spec, budgets, context);
    }
}

/// Somebody who draws on a budget.
struct Member<'s> {
    written: Option<&'s Located<String>>,
    budget: Option<BudgetId>,
    /// What must be held at once for anything to happen.
    needs: Amount,
    what: String,
}

impl Member<'_> {
    fn check(
        &self,
        spec: &ScenarioSpec,
        budgets: &IdVec<BudgetId, ResourceBudget>,
        context: &mut Context<'_>,
    ) {
        let (Some(written), Some(id)) = (self.written, self.budget) else {
            return;
        };
        let mut parts = budgets.iter().filter(|budget| budget.parent == Some(id));
        if let Some(part) = parts.next() {
            let message = format!("`budgets.{}` has parts of its own", written.value);
            context.problem(
                Diagnostic::at(written.span, message)
                    .label("nobody draws on it directly")
                    .help(format!("draw on one of its parts, e.g. \"{}\"", part.name)),
            );
            return;
        }
        for id in ancestry(budgets, id) {
            let budget = &budgets[id];
            let quota = spec.budgets.0[id.index()].spec.quota.as_ref();
            let Some(quota) = quota.filter(|_| !budget.quota.fits(self.needs)) else {
                continue;
            };
            context.problem(
                Diagnostic::at(
                    quota.span,
                    format!(
                        "{} is more than all of `budgets.{}`",
                        self.what, budget.name
                    ),
                )
                .label(format!("needs {}", words(self.needs)))
                .help("with this quota it would wait for ever"),
            );
        }
    }
}

/// A budget and the groups that it is in.
fn ancestry(
    budgets: &IdVec<BudgetId, ResourceBudget>,
    id: BudgetId,
) -> impl Iterator<Item = BudgetId> {
    std::iter::successors(Some(id), |&id| budgets[id].parent)
}

fn words(amount: Amount) -> String {
    let mut words = format!(
        "{} cores and {}",
        amount.cpu.as_cores(),
        amount.memory.human()
    );
    if 0 < amount.gpus {
        let plural = if amount.gpus == 1 { "" } else { "s" };
        let _ = write!(words, ", {} gpu{plural}", amount.gpus);
    }
    // A node may have any.
    if (1..Resources::ANY_DISK.0).contains(&amount.disk.0) {
        let _ = write!(words, ", {} of ephemeral storage", amount.disk.human());
    }
    words
}

fn resolve_budget(
    entity: &Entity<BudgetSpec>,
    names: &[&str],
    context: &mut Context<'_>,
) -> ResourceBudget {
    let name = entity.name.as_str();
    let spec = &entity.spec;
    let parent = spec
        .parent
        .as_ref()
        .and_then(|parent| context.reference("budget", &["budgets"], parent, names));
    let weight = spec.weight.as_ref();
    if let Some(wrong) = weight.filter(|weight| !(weight.value.is_finite() && 0.0 < weight.value)) {
        let message = format!("`budgets.{name}.weight` must be above 0");
        context.problem(Diagnostic::at(wrong.span, message).label("it would never get anything"));
    }
    let quota = amount(spec.quota.as_ref(), Amount::UNLIMITED);
    let guaranteed = amount(spec.guaranteed.as_ref(), Amount::default());
    if let Some(asked) = spec.guaranteed.as_ref().filter(|_| !quota.fits(guaranteed)) {
        let message = format!("`budgets.{name}.guaranteed` is more than its quota");
        context.problem(Diagnostic::at(asked.span, message).label("it could never hold so much"));
    }
    let path = format!("budgets.{name}");
    ResourceBudget {
        name: name.to_owned(),
        parent: parent.map(BudgetId::new),
        depth: 0,
        quota,
        on_exceed: spec
            .on_exceed
            .as_ref()
            .map_or_else(Default::default, |it| it.value.0),
        reclaim: spec
            .reclaim
            .as_ref()
            .map_or_else(Default::default, |it| it.value.0),
        weight: weight.map_or(1.0, |weight| weight.value),
        priority: spec.priority.as_ref().map_or(0, |priority| priority.value),
        guaranteed,
        cost: prices(spec.cost.as_ref(), &format!("{path}.cost"), context).unwrap_or_default(),
        shortfall_penalty: prices(
            spec.shortfall_penalty.as_ref(),
            &format!("{path}.shortfall-penalty"),
            context,
        )
        .unwrap_or(DEFAULT_PENALTY),
    }
}

/// So much of each kind, `absent` of what is left out.
fn amount(spec: Option<&Located<QuotaSpec>>, absent: Amount) -> Amount {
    let Some(spec) = spec else { return absent };
    let bytes = |size: &Option<Located<Quantity<Bytes>>>, absent: Bytes| {
        size.as_ref().map_or(absent, |size| size.value.0)
    };
    Amount {
        cpu: spec.cpu.as_ref().map_or(absent.cpu, |cpu| cpu.value.0),
        memory: bytes(&spec.memory, absent.memory),
        disk: bytes(&spec.ephemeral_storage, absent.disk),
        gpus: spec.gpus.as_ref().map_or(absent.gpus, |it| it.value.into()),
    }
}

fn prices(
    spec: Option<&Located<PricesSpec>>,
    path: &str,
    context: &mut Context<'_>,
) -> Option<UnitPrices> {
    let spec = spec?;
    let PricesSpec(prices) = spec.value;
    let UnitPrices {
        cpu,
        memory,
        disk,
        gpus,
    } = prices;
    if [cpu, memory, disk, gpus]
        .iter()
        .any(|price| !(price.is_finite() && 0.0 <= *price))
    {
        let problem = Diagnostic::at(spec.span, format!("`{path}` must be 0 or more"));
        context.problem(problem.label("a price for an hour"));
        return None;
    }
    Some(prices)
}

/// Counts the groups that each is in; reports budgets that are part of themselves.
fn set_depths(
    spec: &ScenarioSpec,
    budgets: &mut IdVec<BudgetId, ResourceBudget>,
    context: &mut Context<'_>,
) {
    let mut circular = Vec::new();
    for id in budgets.ids() {
        let above = ancestry(budgets, id).skip(1);
        let above: Vec<BudgetId> = above.take(budgets.len()).collect();
        if above.contains(&id) {
            circular.push(id);
        }
        budgets[id].depth = above.len() as u32;
    }
    if let Some(&first) = circular.first()
        && let Some(parent) = &spec.budgets.0[first.index()].spec.parent
    {
        let message = format!("`budgets.{}` is part of itself", budgets[first].name);
        let names: Vec<&str> = circular
            .iter()
            .map(|&id| budgets[id].name.as_str())
            .collect();
        context.problem(
            Diagnostic::at(parent.span, message)
                .label(format!("around goes: {}", names.join(", "))),
        );
    }
    for id in circular {
        budgets[id].parent = None;
        budgets[id].depth = 0;
    }
}

fn resolve_allocation(
    spec: &Located<AllocationSpec>,
    context: &mut Context<'_>,
) -> Option<Allocation> {
    let path = (&["allocation"][..], "policy");
    let policy = context.required(spec.policy.as_ref(), path, spec.span, "\"drf\"");
    let period = spec.period.as_ref();
    if let Some(none) = period.filter(|period| period.value.0.is_zero()) {
        context.problem(
            Diagnostic::at(none.span, "`allocation.period` must be more than nothing")
                .label("time would stand still"),
        );
        return None;
    }
    let on_change = spec.on_change.as_ref();
    if let (Some(never), None) = (on_change.filter(|it| !it.value), period) {
        context.problem(
            Diagnostic::at(never.span, "nothing would ever be allocated")
                .label("neither on change nor each period")
                .help("add a period, e.g. `period = \"1m\"`"),
        );
        return None;
    }
    check_capacity(spec.capacity.as_ref(), context);
    Some(Allocation {
        policy: policy.map_or(AllocationKind::Drf, |policy| policy.value.0),
        period: period.map(|period| period.value.0),
        on_change: on_change.is_none_or(|it| it.value),
        capacity: amount(spec.capacity.as_ref(), Amount::UNLIMITED),
    })
}

/// Reports kinds of resources of which nothing is shared.
fn check_capacity(spec: Option<&Located<QuotaSpec>>, context: &mut Context<'_>) {
    let Some(spec) = spec else { return };
    let (memory, disk) = (spec.memory.as_ref(), spec.ephemeral_storage.as_ref());
    for (key, nothing) in [
        (
            "cpu",
            spec.cpu
                .as_ref()
                .filter(|it| it.value.0.0 == 0)
                .map(|it| it.span),
        ),
        (
            "memory",
            memory.filter(|it| it.value.0.0 == 0).map(|it| it.span),
        ),
        (
            "ephemeral-storage",
            disk.filter(|it| it.value.0.0 == 0).map(|it| it.span),
        ),
        (
            "gpus",
            spec.gpus
                .as_ref()
                .filter(|it| it.value == 0)
                .map(|it| it.span),
        ),
    ] {
        if let Some(span) = nothing {
            let message = format!("`allocation.capacity.{key}` must be above 0");
            context.problem(
                Diagnostic::at(span, message)
                    .label("there is nothing to share")
                    .help("quotas of 0 keep budgets from it"),
            );
        }
    }
}

/// Reports promises that are more than there is: of all, or of the parts of a group.
fn check_guarantees(
    spec: &ScenarioSpec,
    budgets: &IdVec<BudgetId, ResourceBudget>,
    cluster: Option<&Cluster>,
    allocation: Option<&Allocation>,
    context: &mut Context<'_>,
) {
    let Some(cluster) = cluster else { return };
    let asked = spec
        .budgets
        .iter()
        .filter_map(|entity| entity.spec.guaranteed.as_ref());
    let Some(first) = asked.map(|it| it.span).min() else {
        return;
    };
    if spec.allocation.is_none() {
        context.problem(
            Diagnostic::at(first, "a guarantee needs an allocation")
                .label("quotas alone keep nothing free for anybody")
                .help("add e.g. `[allocation]` with `policy = \"drf\"`"),
        );
        return;
    }
    let shares_disk = allocation.is_some_and(|it| it.shares_disk(cluster));
    let disks = spec.budgets.iter().filter_map(|entity| {
        let guaranteed = entity.spec.guaranteed.as_ref()?;
        guaranteed.value.ephemeral_storage.as_ref()
    });
    if let Some(disk) = disks.map(|it| it.span).min().filter(|_| !shares_disk) {
        context.problem(
            Diagnostic::at(disk, "nobody runs out of ephemeral storage")
                .label("a promise of what has no limit")
                .help("say how much there is: `ephemeral-storage` of every node pool, or of `allocation.capacity`"),
        );
    }
    let everything = Amount::from(cluster.allocatable());
    let whole = allocation.map_or(everything, |it| it.shared(everything));
    for parent in [None].into_iter().chain(budgets.ids().map(Some)) {
        let room = parent.map_or(whole, |id| budgets[id].quota.min(whole));
        let mut sum = Amount::default();
        let mut last: Option<Span> = None;
        for (entity, budget) in spec.budgets.iter().zip(budgets) {
            let own = entity.spec.guaranteed.as_ref();
            if let Some(own) = own.filter(|_| budget.parent == parent) {
                sum = sum.plus(budget.guaranteed);
                last = last.max(Some(own.span));
            }
        }
        if let Some(last) = last.filter(|_| !room.fits(sum)) {
            let of = parent.map_or("the nodes".to_owned(), |id| {
                format!("`budgets.{}`", budgets[id].name)
            });
            context.problem(
                Diagnostic::at(last, format!("more is guaranteed than {of} can hold"))
                    .label(format!("together {}", words(sum)))
                    .help(format!("there are {}", words(room))),
            );
        }
    }
}
