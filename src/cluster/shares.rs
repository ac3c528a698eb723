//! What each budget may hold where the nodes are allocated: claims go to the policy, its answers become
//! caps, group by group from the outermost.
//!
//! Processor, memory and graphics processors are shared, and ephemeral storage where every node (or
//! the allocation's `capacity`) says how much there is. What is not shared is capped by quotas alone.

use super::budgets::Budgets;
use crate::id::BudgetId;
use crate::model::{Allocation, AllocationKind, Amount, ResourceBudget, UnitPrices};
use crate::policy::allocation::{Amounts, Claim, Share, Why, allocate};
use crate::units::{Bytes, Cpu};

impl Budgets<'_> {
    /// Works out what each may hold; answers whether anybody may hold more than before.
    pub(super) fn allocate(&mut self, allocation: &Allocation) -> bool {
        let mut rises = false;
        for number in 0..self.groups.len() {
            let group = &self.groups[number];
            let capacity = group
                .of
                .map_or_else(|| allocation.shared(self.whole), |id| self.accounts[id].cap);
            let caps = self.share(allocation.policy, &group.members, capacity);
            for (position, cap) in caps.into_iter().enumerate() {
                let account = &mut self.accounts[self.groups[number].members[position]];
                rises |= !account.cap.fits(cap);
                account.cap = cap;
            }
        }
        rises
    }

    /// What each of these members may hold of `capacity`.
    fn share(&self, kind: AllocationKind, members: &[BudgetId], capacity: Amount) -> Vec<Amount> {
        let demands = members.iter().map(|&id| {
            let account = &self.accounts[id];
            let claim = account.held.plus(account.waiting);
            claim.min(self.model.budgets[id].quota)
        });
        let demands: Vec<Amount> = demands.collect();
        let together = demands
            .iter()
            .fold(Amount::default(), |sum, demand| sum.plus(*demand));
        if capacity.fits(together) && self.gives_all(kind, members) {
            return demands;
        }
        let claims: Vec<Claim> = members
            .iter()
            .zip(&demands)
            .map(|(&id, demand)| self.claim(&self.model.budgets[id], *demand))
            .collect();
        let shares = allocate(kind, &claims, &self.amounts(capacity));
        let caps = members.iter().zip(&demands).zip(&shares);
        caps.map(|((&id, demand), share)| self.cap(&self.model.budgets[id], *demand, share))
            .collect()
    }

    /// Whether the policy gives everybody all that is claimed where there is enough of it.
    fn gives_all(&self, kind: AllocationKind, members: &[BudgetId]) -> bool {
        match kind {
            AllocationKind::Static => false,
            AllocationKind::Lp => members.iter().all(|&id| {
                let ResourceBudget {
                    cost,
                    shortfall_penalty: penalty,
                    ..
                } = self.model.budgets[id];
                let kinds = unit_prices(cost).into_iter().zip(unit_prices(penalty));
                kinds.into_iter().all(|(cost, penalty)| cost <= penalty)
            }),
            _ => true,
        }
    }

    fn amounts(&self, amount: Amount) -> Amounts {
        let disk = if self.shares_disk { amount.disk.0 } else { 0 };
        [amount.cpu.0, amount.memory.0, disk, amount.gpus].map(|amount| amount as f64)
    }

    fn claim(&self, budget: &ResourceBudget, demand: Amount) -> Claim {
        Claim {
            demand: self.amounts(demand),
            guaranteed: self.amounts(budget.guaranteed),
            weight: budget.weight,
            cost: unit_prices(budget.cost),
            penalty: unit_prices(budget.shortfall_penalty),
            priority: budget.priority,
        }
    }

    /// What a share allows to hold: to the nearest thousandth of a core and byte.
    fn cap(&self, budget: &ResourceBudget, demand: Amount, share: &Share) -> Amount {
        if share.why == Why::Whole {
            return demand;
        }
        let [cpu, memory, disk, gpus] = share.amounts.map(|amount| amount.round() as u64);
        let cap = Amount {
            cpu: Cpu(cpu),
            memory: Bytes(memory),
            disk: if self.shares_disk {
                Bytes(disk)
            } else {
                budget.quota.disk
            },
            gpus,
        };
        cap.min(budget.quota)
    }
}

/// Of a thousandth of a core, a byte, a byte, and a graphics processor.
fn unit_prices(prices: UnitPrices) -> Amounts {
    let gib = Bytes::GIB.0 as f64;
    [
        prices.cpu / 1000.0,
        prices.memory / gib,
        prices.disk / gib,
        prices.gpus,
    ]
}
