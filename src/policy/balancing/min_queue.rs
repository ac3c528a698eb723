//! `min-queue`: a fixed split that makes the sum of the mean queue lengths least, so that no
//! replica gets more than it can serve; each request is drawn by these shares.
//!
//! With Poisson arrivals of rate λ and exponential service of rates μᵢ, the sum of λᵢ/(μᵢ − λᵢ)
//! under Σλᵢ = λ and λᵢ < μᵢ is least for λᵢ = μᵢ − √μᵢ · (Σμ − λ)/Σ√μ, the sums over those replicas
//! for which that is above 0: the fastest ones (J. Buzen and P. Chen, "Optimal load balancing in
//! memory hierarchies", IFIP Congress 1974; A. Tantawi and D. Towsley, Journal of the ACM 32, 1985).
//! The rates are the weights, in any unit, and λ is a given share of their sum. O(log n) a pick,
//! O(n log n) when replicas come or go.

use super::shares::{Shares, fixed};
use super::{Balancer, Load, View};
use crate::id::ReplicaId;
use crate::random::Draw;
use crate::units::Time;
use std::collections::BTreeMap;

/// Draws by the best shares.
#[derive(Clone, Debug)]
pub(super) struct MinQueue {
    /// λ/Σμ.
    load: f64,
    /// μ by replica.
    rates: BTreeMap<ReplicaId, f64>,
    shares: Shares,
    /// Whether the shares are those of the rates.
    fresh: bool,
}

impl MinQueue {
    pub(super) fn new(load: f64) -> Self {
        Self {
            load,
            rates: BTreeMap::new(),
            shares: Shares::default(),
            fresh: true,
        }
    }

    fn split(&mut self) {
        let rates: Vec<f64> = self.rates.values().copied().collect();
        let split = split(&rates, self.load);
        let whole: f64 = split.iter().sum();
        for (replica, part) in self.rates.keys().zip(split) {
            // Finer than a weight, and nothing at all for those that stay out.
            let share = part / whole * 1024.0;
            let share = if share > 0.0 { fixed(share) } else { 0 };
            self.shares.set(*replica, share);
        }
        self.fresh = true;
    }
}

/// The part of λ = `load` · Σμ that each replica gets, in units of μ.
fn split(rates: &[f64], load: f64) -> Vec<f64> {
    let mut fastest: Vec<f64> = rates.to_vec();
    fastest.sort_by(|a, b| b.total_cmp(a));
    let mut surplus = -load * rates.iter().sum::<f64>();
    let mut roots = 0.0;
    let mut slack = 0.0;
    for rate in fastest {
        // One more takes part if it is fast enough beside those that do.
        if roots > 0.0 && rate.sqrt() <= surplus / roots {
            break;
        }
        surplus += rate;
        roots += rate.sqrt();
        slack = surplus / roots;
    }
    let part = |rate: &f64| (rate - rate.sqrt() * slack).max(0.0);
    rates.iter().map(part).collect()
}

impl Balancer for MinQueue {
    fn added(&mut self, replica: ReplicaId, weight: f64, _now: Time) {
        self.rates.insert(replica, weight);
        self.fresh = false;
    }

    fn removed(&mut self, replica: ReplicaId) {
        self.rates.remove(&replica);
        self.shares.set(replica, 0);
        self.fresh = false;
    }

    fn changed(&mut self, _replica: ReplicaId, _load: Load) {}

    fn pick(&mut self, _view: View, draw: &mut Draw) -> Option<ReplicaId> {
        if !self.fresh {
            self.split();
        }
        self.shares.pick(draw)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queues(rates: &[f64], parts: &[f64]) -> f64 {
        let each = rates.iter().zip(parts);
        each.map(|(rate, part)| part / (rate - part)).sum()
    }

    #[test]
    fn equal_replicas_get_equal_parts_and_slow_ones_none_at_low_load() {
        for part in split(&[2.0; 4], 0.7) {
            assert!((part - 1.4).abs() < 1e-12);
        }
        // λ = 0.5 on rates 4 and 1: √1 < (4 − 0.5)/√4, the slow one stays out.
        assert_eq!(split(&[4.0, 1.0], 0.1), [0.5, 0.0]);
        // λ = 4: slack (5 − 4)/3, so 4 − 2/3 and 1 − 1/3.
        let parts = split(&[1.0, 4.0], 0.8);
        assert!((parts[0] - 2.0 / 3.0).abs() < 1e-12 && (parts[1] - 10.0 / 3.0).abs() < 1e-12);
    }

    /// Moving a little of the load from any replica to any other makes the sum no smaller.
    #[test]
    fn no_other_split_is_better() {
        let rates = [1.0, 2.5, 0.2, 7.0, 3.0];
        for load in [0.05, 0.3, 0.6, 0.9, 0.99] {
            let parts = split(&rates, load);
            let total: f64 = parts.iter().sum();
            assert!(
                (total - load * rates.iter().sum::<f64>()).abs() < 1e-9,
                "{parts:?}"
            );
            let best = queues(&rates, &parts);
            for from in 0..rates.len() {
                for to in 0..rates.len() {
                    let mut other = parts.clone();
                    let moved = (parts[from] * 0.01).min((rates[to] - parts[to]) * 0.01);
                    other[from] -= moved;
                    other[to] += moved;
                    assert!(
                        best <= queues(&rates, &other) + 1e-9,
                        "{from} to {to} at {load}"
                    );
                }
            }
        }
    }
}
