//! Weights of replicas, and draws in proportion to them in O(log n).
//!
//! The partial sums are those of P. Fenwick, "A new data structure for cumulative frequency
//! tables", Software: Practice and Experience 24, 1994. Weights are counted in whole 2^-20ths, so
//! sums are exact whatever changes in whatever order.

use crate::id::ReplicaId;
use crate::random::Draw;

/// A weight of 1.
pub(super) const ONE: u64 = 1 << 20;

/// A weight in 2^-20ths, at least one of them.
pub(super) fn fixed(weight: f64) -> u64 {
    ((weight * ONE as f64).round() as u64).max(1)
}

/// Weights by replica, 0 where none was set.
#[derive(Clone, Debug, Default)]
pub(super) struct Shares {
    weights: Vec<u64>,
    /// The entry of number i (from 1) is the sum of the i & −i weights that end with it; a power
    /// of two of them.
    sums: Vec<u64>,
    total: u64,
}

impl Shares {
    pub(super) fn get(&self, replica: ReplicaId) -> u64 {
        let weight = self.weights.get(replica.0 as usize);
        weight.copied().unwrap_or_default()
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn set(&mut self, replica: ReplicaId, weight: u64) {
        let index = replica.0 as usize;
        if self.weights.len() <= index {
            self.grow(index + 1);
        }
        let before = std::mem::replace(&mut self.weights[index], weight);
        self.total = self.total - before + weight;
        let mut number = index + 1;
        while number <= self.sums.len() {
            let sum = &mut self.sums[number - 1];
            *sum = *sum - before + weight;
            number += number & number.wrapping_neg();
        }
    }

    fn grow(&mut self, length: usize) {
        let length = length.next_power_of_two();
        self.weights.resize(length, 0);
        self.sums = self.weights.clone();
        for number in 1..=length {
            let above = number + (number & number.wrapping_neg());
            if above <= length {
                self.sums[above - 1] += self.sums[number - 1];
            }
        }
    }

    /// A replica in proportion to the weights; `None` where all are 0.
    pub(super) fn pick(&self, draw: &mut Draw) -> Option<ReplicaId> {
        if self.total == 0 {
            return None;
        }
        let target = (draw.uniform() * self.total as f64) as u64;
        let mut left = target.min(self.total - 1);
        let mut index = 0;
        let mut step = self.sums.len();
        while step > 0 {
            let next = index + step;
            if next <= self.sums.len() && self.sums[next - 1] <= left {
                left -= self.sums[next - 1];
                index = next;
            }
            step /= 2;
        }
        Some(ReplicaId(index as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Word;
    use proptest::prelude::*;

    proptest! {
        /// The one that is picked is where the sum of the weights passes the drawn number.
        #[test]
        fn a_pick_is_what_adding_up_finds(
            changes in prop::collection::vec((0_u32..70, 0_u64..1000), 1..120),
            word in any::<u64>(),
        ) {
            let mut shares = Shares::default();
            let mut weights = vec![0_u64; 70];
            for (index, weight) in changes {
                shares.set(ReplicaId(index), weight);
                weights[index as usize] = weight;
            }
            let total: u64 = weights.iter().sum();
            let mut left = (Draw::new(Word(word)).uniform() * total as f64) as u64;
            let expected = weights.iter().position(|weight| {
                let here = left < *weight;
                left = left.saturating_sub(*weight);
                here
            });
            let picked = shares.pick(&mut Draw::new(Word(word)));
            prop_assert_eq!(picked.map(|replica| replica.0 as usize), expected);
        }
    }
}
