//! What each budget holds, claims and may hold.
//!
//! A container is charged to its budget and to the groups that it is in: what it asks for from the
//! moment it is asked for, what it holds from the moment it has a node. It is placed only where that
//! leaves all of them within their caps. A cap is the quota and, where the nodes are allocated, the
//! share that the policy gives; a group's share is then shared among its members in the same way.
//!
//! # Invariants
//! * What a budget holds is the sum over its containers with a node.
//! * No container is placed beyond a cap. A cap that falls below what is held takes nothing away,
//!   unless the budget says so.

use super::container::Container;
use super::state::ClusterState;
use crate::effect::{LossReason, Owner};
use crate::event::Event;
use crate::id::{BudgetId, ContainerId, IdVec, KindId, NodeId};
use crate::kernel::Kernel;
use crate::metrics::BudgetState;
use crate::model::{Amount, Kind, Model, OnExceed, Reclaiming, ResourceBudget};
use crate::units::Time;

/// So many containers refused in a row, with nothing else happening to any budget, and the run ends:
/// whoever asks would go on for ever.
const MOST_REFUSALS: u32 = 100_000;

/// All budgets.
#[derive(Debug)]
pub(super) struct Budgets<'m> {
    pub(super) model: &'m Model,
    /// By kind of container: what one is charged, and to whom.
    charges: IdVec<KindId, Charge>,
    pub(super) accounts: IdVec<BudgetId, Account>,
    /// What is shared among members, those of a group after the group.
    pub(super) groups: Vec<Group>,
    /// What the nodes have for containers.
    pub(super) whole: Amount,
    /// Whether ephemeral storage is shared too.
    pub(super) shares_disk: bool,
    /// Whether a `ClaimsChanged` is on its way.
    changed: bool,
    /// Containers that were refused since anything else has happened.
    refused_in_a_row: u32,
    /// Containers that were placed beyond a cap: a bug of ours.
    overdrawn: u64,
}

/// What a container of a kind is charged, and to whom.
#[derive(Clone, Copy, Debug)]
struct Charge {
    budget: Option<BudgetId>,
    amount: Amount,
    /// What it claims while it waits: with its gang, where it has one.
    claim: Amount,
    /// Whether it is a service's.
    is_replica: bool,
}

/// A budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Account {
    pub(super) held: Amount,
    pub(super) waiting: Amount,
    waiting_count: u64,
    /// What it may hold.
    pub(super) cap: Amount,
}

/// Budgets that share what their group may hold.
#[derive(Debug)]
pub(super) struct Group {
    /// `None`: all there is.
    pub(super) of: Option<BudgetId>,
    pub(super) members: Vec<BudgetId>,
}

impl<'m> Budgets<'m> {
    pub(super) fn new(model: &'m Model, kinds: &IdVec<KindId, Kind>) -> Self {
        let budgets = &model.budgets;
        let parents = [None].into_iter().chain(budgets.ids().map(Some));
        let groups = parents.map(|of| {
            let members = budgets
                .enumerate()
                .filter(|(_, budget)| budget.parent == of);
            Group {
                of,
                members: members.map(|(id, _)| id).collect(),
            }
        });
        let mut groups: Vec<Group> = groups.filter(|it| !it.members.is_empty()).collect();
        groups.sort_by_key(|group| group.of.map(|id| budgets[id].depth));
        let accounts = budgets.iter().map(|budget| Account {
            held: Amount::default(),
            waiting: Amount::default(),
            waiting_count: 0,
            // Nobody has anything before the first allocation.
            cap: model.allocation.map_or(budget.quota, |_| Amount::default()),
        });
        let nodes = model.cluster.as_ref().filter(|_| !budgets.is_empty());
        let charges = kinds.enumerate().map(|(id, kind)| {
            let amount = kind.resources.into();
            // Executors are the kind after drivers.
            let gang = kind
                .gang
                .map(|min| (kinds[KindId(id.0 + 1)].resources.into(), min));
            let gang = gang.map(|(executor, min)| Amount::times(executor, min));
            Charge {
                budget: model.budget_of(kind),
                amount,
                claim: gang.map_or(amount, |gang| gang.plus(amount)),
                is_replica: kind.service.is_some(),
            }
        });
        Self {
            model,
            charges: charges.collect(),
            accounts: accounts.collect(),
            groups,
            shares_disk: model
                .allocation
                .zip(nodes)
                .is_some_and(|(allocation, nodes)| allocation.shares_disk(nodes)),
            whole: nodes.map_or(Amount::default(), |nodes| nodes.allocatable().into()),
            changed: false,
            refused_in_a_row: 0,
            overdrawn: 0,
        }
    }

    /// Whether a container is more than a quota that refuses it; if so, that is counted. Replicas are
    /// never refused: whoever keeps their number asks again until there is room.
    pub(super) fn refuses(&mut self, kind: KindId, kernel: &mut Kernel<'_>) -> bool {
        let amount = self.charges[kind].claim;
        if self.charges[kind].is_replica {
            return false;
        }
        let too_much = self.model.ancestry(self.charges[kind].budget).find(|&id| {
            let (budget, account) = (&self.model.budgets[id], &self.accounts[id]);
            let claim = account.held.plus(account.waiting).plus(amount);
            budget.on_exceed == OnExceed::Reject && !budget.quota.fits(claim)
        });
        if let Some(id) = too_much {
            kernel.metrics.budgets[id].rejected += 1;
            self.refused_in_a_row += 1;
        }
        too_much.is_some()
    }

    /// What a container is charged to that holds more than its share and has it taken away, the
    /// innermost first.
    fn too_much(&self, kind: KindId) -> Option<BudgetId> {
        self.model.ancestry(self.charges[kind].budget).find(|&id| {
            let account = &self.accounts[id];
            let reclaims = self.model.budgets[id].reclaim == Reclaiming::Preempt;
            reclaims && !account.cap.fits(account.held)
        })
    }

    /// A container has been asked for.
    pub(super) fn asked(&mut self, kind: KindId, kernel: &mut Kernel<'_>) {
        let amount = self.charges[kind].claim;
        self.change(kind, kernel, |account| {
            account.waiting = account.waiting.plus(amount);
            account.waiting_count += 1;
        });
        self.claims_changed(kind, kernel);
    }

    /// A container that waited is not wanted any more.
    pub(super) fn withdrawn(&mut self, kind: KindId, kernel: &mut Kernel<'_>) {
        let amount = self.charges[kind].claim;
        self.change(kind, kernel, |account| {
            account.waiting = account.waiting.less(amount);
            account.waiting_count -= 1;
        });
        self.claims_changed(kind, kernel);
    }

    /// Whether a container would leave all that it is charged to within their caps.
    pub(super) fn admits(&self, kind: KindId) -> bool {
        self.full_for(kind).is_none()
    }

    /// Nothing, of each budget.
    pub(super) fn tally(&self) -> IdVec<BudgetId, Amount> {
        self.accounts.iter().map(|_| Amount::default()).collect()
    }

    /// Whether a container would leave all that it is charged to within their caps, beside what is
    /// tallied; if so, it is tallied too.
    pub(super) fn admits_beside(&self, kind: KindId, tally: &mut IdVec<BudgetId, Amount>) -> bool {
        let Charge { budget, claim, .. } = self.charges[kind];
        let admits = self.model.ancestry(budget).all(|id| {
            let account = &self.accounts[id];
            account.cap.fits(account.held.plus(tally[id]).plus(claim))
        });
        if admits {
            for id in self.model.ancestry(budget) {
                tally[id] = tally[id].plus(claim);
            }
        }
        admits
    }

    /// The name of what a container is charged to and has no room for it, the innermost.
    pub(super) fn full_for(&self, kind: KindId) -> Option<&'m str> {
        let Charge { budget, claim, .. } = self.charges[kind];
        let full = self.model.ancestry(budget).find(|&id| {
            let account = &self.accounts[id];
            !account.cap.fits(account.held.plus(claim))
        });
        full.map(|id| self.model.budgets[id].name.as_str())
    }

    /// Notes whether a container is about to be placed beyond a cap.
    pub(super) fn check(&mut self, kind: KindId) {
        self.overdrawn += u64::from(!self.admits_alone(kind));
    }

    /// Whether a container without its gang, which is held already, is within all caps.
    fn admits_alone(&self, kind: KindId) -> bool {
        let Charge { budget, amount, .. } = self.charges[kind];
        self.model.ancestry(budget).all(|id| {
            let account = &self.accounts[id];
            account.cap.fits(account.held.plus(amount))
        })
    }

    /// A container that waited has a node.
    pub(super) fn served(&mut self, kind: KindId, kernel: &mut Kernel<'_>) {
        let amount = self.charges[kind].claim;
        self.change(kind, kernel, |account| {
            account.waiting = account.waiting.less(amount);
            account.waiting_count -= 1;
        });
    }

    /// A container holds something.
    fn held(&mut self, kind: KindId, kernel: &mut Kernel<'_>) {
        let amount = self.charges[kind].amount;
        self.change(kind, kernel, |account| {
            account.held = account.held.plus(amount);
        });
    }

    /// A container holds nothing any more.
    fn left(&mut self, kind: KindId, kernel: &mut Kernel<'_>) {
        let amount = self.charges[kind].amount;
        self.change(kind, kernel, |account| {
            account.held = account.held.less(amount);
        });
        self.claims_changed(kind, kernel);
    }

    /// Changes all accounts that a container is charged to.
    fn change(
        &mut self,
        kind: KindId,
        kernel: &mut Kernel<'_>,
        mut change: impl FnMut(&mut Account),
    ) {
        self.refused_in_a_row = 0;
        for id in self.model.ancestry(self.charges[kind].budget) {
            let account = &mut self.accounts[id];
            change(account);
            self.book(id, kernel);
        }
    }

    /// Tells the meter of a budget how it stands.
    fn book(&self, id: BudgetId, kernel: &mut Kernel<'_>) {
        let account = &self.accounts[id];
        let state = BudgetState {
            held: account.held,
            waiting: account.waiting,
            waiting_count: account.waiting_count,
            whole: self.whole,
        };
        let now = kernel.now();
        kernel.metrics.budgets[id].set(now, &state, &self.model.budgets[id]);
    }

    /// Nodes have so much for containers from now on.
    fn set_whole(&mut self, whole: Amount, kernel: &mut Kernel<'_>) {
        self.whole = whole;
        for id in self.accounts.ids() {
            self.book(id, kernel);
        }
        self.announce(kernel);
    }

    /// Shares are worked out anew at the end of this instant, where that is wanted.
    fn claims_changed(&mut self, kind: KindId, kernel: &mut Kernel<'_>) {
        if self.charges[kind].budget.is_some() {
            self.announce(kernel);
        }
    }

    fn announce(&mut self, kernel: &mut Kernel<'_>) {
        let on_change = self.model.allocation.is_some_and(|it| it.on_change);
        if on_change && !self.changed {
            self.changed = true;
            kernel.schedule(kernel.now(), Event::ClaimsChanged);
        }
    }

    /// Names of the budgets whose containers wait, and how many do.
    pub(super) fn waiting(&self) -> impl Iterator<Item = (&'m str, u64)> {
        let budgets = self.model.budgets.iter().zip(&self.accounts);
        let waiting = budgets.filter(|(_, account)| 0 < account.waiting_count);
        waiting.map(|(budget, account)| (budget.name.as_str(), account.waiting_count))
    }

    /// What does not add up, for the audit.
    pub(super) fn breaches<'c>(
        &self,
        containers: impl Iterator<Item = &'c Container>,
        kept: impl Iterator<Item = KindId>,
    ) -> Vec<String> {
        let mut sums: IdVec<BudgetId, (Amount, Amount)> =
            self.accounts.iter().map(|_| Default::default()).collect();
        let kept = kept.map(|kind| (kind, true));
        let containers = containers.map(|it| (it.kind, it.node.is_some()));
        for (kind, holds) in containers.chain(kept) {
            let Charge {
                budget,
                amount,
                claim,
                ..
            } = self.charges[kind];
            for id in self.model.ancestry(budget) {
                let (held, waiting) = &mut sums[id];
                if holds {
                    *held = held.plus(amount);
                } else {
                    *waiting = waiting.plus(claim);
                }
            }
        }
        let mut breaches = Vec::new();
        for ((id, account), (held, waiting)) in self.accounts.enumerate().zip(&sums) {
            if account.held != *held || account.waiting != *waiting {
                breaches.push(format!(
                    "budgets.{}: {account:?} is not what its containers hold, {held:?}, and wait \
                     for, {waiting:?}",
                    self.model.budgets[id].name
                ));
            }
        }
        if 0 < self.overdrawn {
            breaches.push(format!(
                "{} containers were placed beyond a cap",
                self.overdrawn
            ));
        }
        breaches
    }
}

impl ClusterState<'_> {
    /// Lets the first allocation happen, where it does not wait for claims.
    pub fn start_allocation(&mut self, kernel: &mut Kernel<'_>) {
        let allocation = self.budgets.model.allocation;
        if allocation.is_some_and(|it| it.period.is_some()) && self.nodes.is_some() {
            kernel.schedule(kernel.now(), Event::SharesDue);
        }
    }

    /// Somebody claims more or less: shares are worked out anew.
    pub fn on_claims_changed(&mut self, kernel: &mut Kernel<'_>) {
        self.budgets.changed = false;
        self.reallocate(kernel);
    }

    /// A period is over: shares are worked out anew.
    pub fn on_shares_due(&mut self, kernel: &mut Kernel<'_>) {
        self.reallocate(kernel);
        if let Some(period) = self.budgets.model.allocation.and_then(|it| it.period) {
            kernel.schedule_after(period, Event::SharesDue);
        }
    }

    fn reallocate(&mut self, kernel: &mut Kernel<'_>) {
        let Some(allocation) = self.budgets.model.allocation else {
            return;
        };
        let rises = self.budgets.allocate(&allocation);
        self.reclaim(kernel);
        if rises {
            self.replan(kernel);
        }
    }

    /// A node takes containers from now on, or none any more: there is more or less to share.
    pub(super) fn nodes_changed(&mut self, kernel: &mut Kernel<'_>) {
        let Some(nodes) = &self.nodes else { return };
        if self.budgets.accounts.is_empty() {
            return;
        }
        let open = nodes.table.enumerate().filter(|(_, node)| node.open);
        let whole = open.fold(Amount::default(), |sum, (_, node)| {
            sum.plus(node.allocatable.into())
        });
        self.budgets.set_whole(whole, kernel);
    }

    /// A container, or room that is kept for one, holds something of a node: who pays for it, and
    /// whose it is.
    pub(super) fn charge(&mut self, node: NodeId, kind: KindId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        if let (Some(costs), Some(nodes)) = (&mut kernel.metrics.costs, &self.nodes) {
            let pool = nodes.nodes[node].pool;
            costs.placed(pool, kind, self.kinds[kind].resources, now);
        }
        self.budgets.held(kind, kernel);
    }

    /// It holds nothing any more.
    pub(super) fn discharge(&mut self, node: NodeId, kind: KindId, kernel: &mut Kernel<'_>) {
        let now = kernel.now();
        if let (Some(costs), Some(nodes)) = (&mut kernel.metrics.costs, &self.nodes) {
            let pool = nodes.nodes[node].pool;
            costs.left(pool, kind, self.kinds[kind].resources, now);
        }
        self.budgets.left(kind, kernel);
    }

    /// Takes away what is more than a share, the youngest containers first. A driver stays: all of
    /// its application would be lost.
    fn reclaim(&mut self, kernel: &mut Kernel<'_>) {
        let accounts = self.budgets.accounts.iter();
        let mut over = accounts.zip(&self.budgets.model.budgets);
        let takes = |(account, budget): (&Account, &ResourceBudget)| {
            budget.reclaim == Reclaiming::Preempt && !account.cap.fits(account.held)
        };
        if !over.any(takes) {
            return;
        }
        // Who holds too little now does so too when others have less.
        let placed = self.containers.enumerate().filter(|(_, container)| {
            container.node.is_some()
                && !matches!(container.owner, Owner::Driver(_))
                && self.budgets.too_much(container.kind).is_some()
        });
        let mut youngest: Vec<(Time, ContainerId)> = placed
            .map(|(id, container)| (container.times.pending, id))
            .collect();
        youngest.sort_unstable();
        for (_, id) in youngest.into_iter().rev() {
            let container = &self.containers[id];
            if let Some(budget) = self.budgets.too_much(container.kind) {
                kernel.metrics.budgets[budget].reclaimed += 1;
                self.lose(id, LossReason::Reclaimed, kernel);
            }
        }
    }

    /// Whether nothing has happened for long but that containers are refused.
    pub fn refuses_for_ever(&self) -> bool {
        MOST_REFUSALS < self.budgets.refused_in_a_row
    }

    /// Names of the budgets whose containers wait, and how many do.
    pub fn waiting_budgets(&self) -> impl Iterator<Item = (&str, u64)> {
        self.budgets.waiting()
    }
}
