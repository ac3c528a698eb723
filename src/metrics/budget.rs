//! What is kept of one budget, and the figures of all.

use super::names::{Figures, Window, count, seconds};
use super::since::since;
use super::{Level, Metrics, Unit};
use crate::model::{Amount, Cluster, Model, OnExceed, Reclaiming, ResourceBudget, Resources};
use crate::units::{Bytes, Time};

/// A whole, in the integers that shares are counted in.
pub(super) const WHOLE: u128 = 1_000_000_000;

/// Levels of one budget.
#[derive(Clone, Debug, Default)]
pub struct BudgetMeter {
    /// Held processor, in thousandths of a core.
    pub cpu: Level,
    /// Held memory, in bytes.
    pub memory: Level,
    /// Held ephemeral storage, in bytes, where it is limited.
    pub disk: Level,
    /// Held graphics processors, where there are any.
    pub gpus: Level,
    /// The largest of the held shares of each kind of resource, in billionths of the whole.
    pub dominant_share: Level,
    /// The largest share of what its waiting containers ask for, in billionths.
    pub shortfall: Level,
    /// 1 while it starves.
    pub starved: Level,
    /// Containers that wait.
    pub pending: Level,
    /// Containers that were refused.
    pub rejected: u64,
    /// Containers that were taken away.
    pub reclaimed: u64,
    /// 1 while it claims anything.
    pub claiming: Level,
}

since! { BudgetMeter { cpu, memory, disk, gpus, dominant_share, shortfall, starved, pending, rejected, reclaimed, claiming } }

/// How a budget stands.
#[derive(Clone, Copy, Debug)]
pub struct BudgetState {
    /// What its containers hold.
    pub held: Amount,
    /// What its waiting containers ask for.
    pub waiting: Amount,
    /// How many wait.
    pub waiting_count: u64,
    /// What there is in all.
    pub whole: Amount,
}

impl BudgetMeter {
    /// From `now` on the budget stands like this.
    pub fn set(&mut self, now: Time, state: &BudgetState, budget: &ResourceBudget) {
        let BudgetState {
            held,
            waiting,
            waiting_count,
            whole,
        } = *state;
        let claim = held.plus(waiting);
        let promised = budget.guaranteed.min(claim);
        let starves = 0 < waiting_count && (held == Amount::default() || !held.fits(promised));
        for (level, value) in [
            (&mut self.cpu, held.cpu.0),
            (&mut self.memory, held.memory.0),
            (&mut self.dominant_share, dominant(held, whole)),
            (&mut self.shortfall, dominant(waiting, whole)),
            (&mut self.starved, u64::from(starves)),
            (&mut self.pending, waiting_count),
            (&mut self.claiming, u64::from(claim != Amount::default())),
        ] {
            level.set(now, value);
        }
        if is_limited(whole.disk) {
            self.disk.set(now, held.disk.0);
        }
        if 0 < whole.gpus {
            self.gpus.set(now, held.gpus);
        }
    }
}

/// Whether there is an end to so much ephemeral storage: nodes that say nothing have any.
fn is_limited(disk: Bytes) -> bool {
    disk < Bytes(Resources::ANY_DISK.0 / 2)
}

/// The largest share of any kind of resource.
fn dominant(part: Amount, whole: Amount) -> u64 {
    // Of nothing nobody has a share.
    let share = |part: u64, whole: u64| match whole {
        0 => 0,
        whole => (u128::from(part) * WHOLE / u128::from(whole)).min(u128::from(u64::MAX)) as u64,
    };
    let disk = if is_limited(whole.disk) {
        share(part.disk.0, whole.disk.0)
    } else {
        0
    };
    share(part.cpu.0, whole.cpu.0)
        .max(share(part.memory.0, whole.memory.0))
        .max(disk)
        .max(share(part.gpus, whole.gpus))
}

/// Hands the figures of all budgets to `figures`.
pub(super) fn walk(
    (model, cluster): (&Model, &Cluster),
    metrics: &Metrics,
    end: Time,
    window: Window,
    figures: &mut impl Figures,
) {
    if model.budgets.is_empty() {
        return;
    }
    let mut shares = Vec::new();
    for (id, budget) in model.budgets.enumerate() {
        let meter = &metrics.budgets[id];
        let average = |level: &Level, unit: f64| {
            window
                .average(level.window_area(end))
                .map(|average| average / unit)
        };
        let share = average(&meter.dominant_share, WHOLE as f64);
        let is_group = model.budgets.iter().any(|part| part.parent == Some(id));
        let claimed = 0 < meter.claiming.window_area(end);
        if claimed && !is_group {
            shares.extend(share.map(|share| share / budget.weight));
        }
        let starved = seconds(meter.starved.window_area(end));
        for (name, unit, value) in [
            ("cpu", Unit::Cores, average(&meter.cpu, 1000.0)),
            ("memory", Unit::Bytes, average(&meter.memory, 1.0)),
            ("dominant_share", Unit::Ratio, share),
            (
                "shortfall",
                Unit::Ratio,
                average(&meter.shortfall, WHOLE as f64),
            ),
            ("starved_seconds", Unit::Seconds, Some(starved)),
            (
                "pending_containers",
                Unit::Count,
                average(&meter.pending, 1.0),
            ),
        ] {
            figures.value(format_args!("budgets.{}.{name}", budget.name), unit, value);
        }
        for (name, unit, level, exists) in [
            (
                "ephemeral_storage",
                Unit::Bytes,
                &meter.disk,
                cluster.limits_disk(),
            ),
            ("gpus", Unit::Count, &meter.gpus, cluster.has_gpus()),
        ] {
            if exists {
                let name = format_args!("budgets.{}.{name}", budget.name);
                figures.value(name, unit, average(level, 1.0));
            }
        }
        for (name, number, exists) in [
            (
                "rejected",
                meter.rejected,
                budget.on_exceed == OnExceed::Reject,
            ),
            (
                "reclaimed",
                meter.reclaimed,
                budget.reclaim == Reclaiming::Preempt,
            ),
        ] {
            if exists {
                let name = format_args!("budgets.{}.{name}", budget.name);
                figures.value(name, Unit::Count, Some(count(number)));
            }
        }
    }
    figures.value(format_args!("budgets.fairness"), Unit::Ratio, jain(&shares));
}

/// R. Jain, D. Chiu and W. Hawe, A Quantitative Measure of Fairness (DEC TR-301, 1984): 1 where all
/// are equal, 1/n where one has all; `None` where nobody has anything.
fn jain(shares: &[f64]) -> Option<f64> {
    let sum: f64 = shares.iter().sum();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    (0.0 < squares).then(|| sum * sum / (count(shares.len() as u64) * squares))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_is_one_for_equals_and_a_quarter_where_one_of_four_has_all() {
        assert_eq!(jain(&[0.3, 0.3]), Some(1.0));
        assert_eq!(jain(&[0.0, 2.0, 0.0, 0.0]), Some(0.25));
        assert_eq!(jain(&[0.0]), None);
    }
}
