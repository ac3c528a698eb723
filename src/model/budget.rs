//! Budgets: what tenants may hold, and how capacity is shared among them.

use super::{AllocationKind, Cluster, Kind, Model, OnExceed, Reclaiming, Resources};
use crate::id::BudgetId;
use crate::units::{Bytes, Cpu, Duration};

/// What a budget holds, may hold, or is promised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Processor.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Bytes,
    /// Ephemeral storage.
    pub disk: Bytes,
    /// Graphics processors.
    pub gpus: u64,
}

impl Amount {
    /// More than anything.
    pub const UNLIMITED: Self = Self {
        cpu: Cpu(u64::MAX),
        memory: Bytes(u64::MAX),
        disk: Bytes(u64::MAX),
        gpus: u64::MAX,
    };

    /// Whether `other` fits into this.
    pub fn fits(self, other: Self) -> bool {
        other.cpu <= self.cpu
            && other.memory <= self.memory
            && other.disk <= self.disk
            && other.gpus <= self.gpus
    }

    /// Of each kind the smaller.
    pub fn min(self, other: Self) -> Self {
        Self {
            cpu: self.cpu.min(other.cpu),
            memory: self.memory.min(other.memory),
            disk: self.disk.min(other.disk),
            gpus: self.gpus.min(other.gpus),
        }
    }

    /// Both together; more than can be counted is [`Self::UNLIMITED`].
    pub fn plus(self, other: Self) -> Self {
        Self {
            cpu: Cpu(self.cpu.0.saturating_add(other.cpu.0)),
            memory: Bytes(self.memory.0.saturating_add(other.memory.0)),
            disk: Bytes(self.disk.0.saturating_add(other.disk.0)),
            gpus: self.gpus.saturating_add(other.gpus),
        }
    }

    /// So many of it.
    pub fn times(self, number: u32) -> Self {
        Self {
            cpu: Cpu(self.cpu.0.saturating_mul(number.into())),
            memory: Bytes(self.memory.0.saturating_mul(number.into())),
            disk: Bytes(self.disk.0.saturating_mul(number.into())),
            gpus: self.gpus.saturating_mul(number.into()),
        }
    }

    /// What is left of this; nothing where `other` is more.
    pub fn less(self, other: Self) -> Self {
        Self {
            cpu: Cpu(self.cpu.0.saturating_sub(other.cpu.0)),
            memory: Bytes(self.memory.0.saturating_sub(other.memory.0)),
            disk: Bytes(self.disk.0.saturating_sub(other.disk.0)),
            gpus: self.gpus.saturating_sub(other.gpus),
        }
    }
}

impl From<Resources> for Amount {
    fn from(resources: Resources) -> Self {
        Self {
            cpu: resources.cpu,
            memory: resources.memory,
            disk: resources.disk,
            gpus: resources.gpus.into(),
        }
    }
}

/// `[budgets.NAME]`: a tenant, or a group of tenants.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceBudget {
    /// Its name.
    pub name: String,
    /// The group that it belongs to; a group holds what its members hold.
    pub parent: Option<BudgetId>,
    /// How many groups it is in.
    pub depth: u32,
    /// What its containers may hold together.
    pub quota: Amount,
    /// What becomes of a container that the quota has no room for.
    pub on_exceed: OnExceed,
    /// What becomes of containers that are more than its share.
    pub reclaim: Reclaiming,
    /// How fast its share grows compared with others of its group; above 0.
    pub weight: f64,
    /// Higher goes first where the allocation goes by priority.
    pub priority: i32,
    /// What it gets whoever else claims something; its group's members together no more than it.
    pub guaranteed: Amount,
    /// Price of a unit of what it is given.
    pub cost: UnitPrices,
    /// Price of a unit of what it claims and is not given.
    pub shortfall_penalty: UnitPrices,
}

/// Prices of resources.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct UnitPrices {
    /// Of a core, per hour.
    pub cpu: f64,
    /// Of a GiB, per hour.
    pub memory: f64,
    /// Of a GiB of ephemeral storage, per hour.
    pub disk: f64,
    /// Of a graphics processor, per hour.
    pub gpus: f64,
}

/// `[allocation]`: how capacity is shared among budgets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Allocation {
    /// By which rule.
    pub policy: AllocationKind,
    /// Time between shares that are worked out anew in any case.
    pub period: Option<Duration>,
    /// Whether they are worked out whenever somebody claims something else.
    pub on_change: bool,
    /// What is shared; of a kind that is unlimited here, what the nodes have for containers.
    pub capacity: Amount,
}

impl Allocation {
    /// What is shared where nodes have so much for containers.
    pub fn shared(&self, nodes: Amount) -> Amount {
        let Amount {
            cpu,
            memory,
            disk,
            gpus,
        } = Amount::UNLIMITED;
        let own = self.capacity;
        Amount {
            cpu: if own.cpu == cpu { nodes.cpu } else { own.cpu },
            memory: if own.memory == memory {
                nodes.memory
            } else {
                own.memory
            },
            disk: if own.disk == disk {
                nodes.disk
            } else {
                own.disk
            },
            gpus: if own.gpus == gpus {
                nodes.gpus
            } else {
                own.gpus
            },
        }
    }

    /// Whether ephemeral storage is shared: there is a limit to it.
    pub fn shares_disk(&self, cluster: &Cluster) -> bool {
        self.capacity.disk != Amount::UNLIMITED.disk || cluster.limits_disk()
    }
}

impl Model {
    /// The budget that containers of a kind are charged to.
    pub fn budget_of(&self, kind: &Kind) -> Option<BudgetId> {
        let of_service = kind.service.and_then(|id| self.services[id].budget);
        let of_app = kind.app.and_then(|id| self.apps[id].budget);
        of_service.or(of_app)
    }

    /// A budget and the groups that it is in.
    pub fn ancestry(&self, budget: Option<BudgetId>) -> impl Iterator<Item = BudgetId> {
        std::iter::successors(budget, |&id| self.budgets[id].parent)
    }
}
