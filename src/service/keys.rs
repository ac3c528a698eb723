//! What requests are about: keys, by which a balancer may keep requests together.
//!
//! The key of a request is that of everything it leads to: attempts and calls.

use super::attempt::Root;
use crate::model;
use crate::random::{Keyed, Purpose, Streams};

/// The keys of a workload's requests.
#[derive(Debug)]
pub(super) struct Keys {
    words: Keyed,
    law: Law,
}

#[derive(Debug)]
enum Law {
    /// Each request has its own.
    Own,
    /// So many keys, equally likely.
    Uniform(u32),
    /// By key: how likely it is that a request has this one or an earlier one.
    Cumulative(Vec<f64>),
}

impl Keys {
    /// Those of the workload.
    pub(super) fn new(streams: &Streams, workload: &model::Workload) -> Self {
        let path = format!("workloads.{}", workload.name);
        Self {
            words: streams.keyed(&path, Purpose::Key),
            law: match workload.keys {
                None => Law::Own,
                Some(model::Keys { count, zipf: 0.0 }) => Law::Uniform(count),
                Some(model::Keys { count, zipf }) => Law::Cumulative(cumulative(count, zipf)),
            },
        }
    }

    /// The key of a request.
    #[inline]
    pub(super) fn key(&self, root: Root) -> u64 {
        let word = self.words.word(root.number, 0);
        match &self.law {
            Law::Own => word.0,
            Law::Uniform(count) => u64::from(word.below(*count)),
            Law::Cumulative(cumulative) => {
                let drawn = word.uniform();
                cumulative.partition_point(|upto| *upto < drawn) as u64
            }
        }
    }
}

/// Zipf's law: the k-th key is as likely as k^-s says.
fn cumulative(count: u32, s: f64) -> Vec<f64> {
    let weights = (1..=count).map(|rank| libm::pow(f64::from(rank), -s));
    let mut sum = 0.0;
    let mut sums: Vec<f64> = weights
        .map(|weight| {
            sum += weight;
            sum
        })
        .collect();
    for upto in &mut sums {
        *upto /= sum;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_s_law_of_three_keys_is_six_three_two() {
        let sums = cumulative(3, 1.0);
        for (upto, expected) in sums.iter().zip([6.0 / 11.0, 9.0 / 11.0, 1.0]) {
            assert!((upto - expected).abs() < 1e-12, "{sums:?}");
        }
    }
}
