//! How many were in system: shares of the time and of the arrivals, over replications.

use super::outcome::Outcome;
use super::results::{NumberInSystem, NumberShare, Share};
use crate::id::Id;
use crate::model::Model;
use crate::stats::mean_interval;

const CONFIDENCE: f64 = 0.95;

/// The distributions of all services in which time has passed.
pub(super) fn numbers(model: &Model, outcomes: &[Outcome]) -> Vec<NumberInSystem> {
    let of_service = model.services.enumerate().map(|(id, service)| {
        let own = || outcomes.iter().map(|outcome| &outcome.numbers[id.index()]);
        let times: Vec<&[u64]> = own().map(|numbers| &numbers.time[..]).collect();
        let found: Vec<&[u64]> = own().map(|numbers| &numbers.found[..]).collect();
        let (times, found) = (shares(&times), shares(&found));
        let most = times.len().max(found.len());
        NumberInSystem {
            metric: format!("services.{}.in_system", service.name),
            shares: (0..most)
                .map(|number| NumberShare {
                    time: times.get(number).copied().unwrap_or_default(),
                    found: found.get(number).copied().unwrap_or_default(),
                })
                .collect(),
        }
    });
    of_service.filter(|one| !one.shares.is_empty()).collect()
}

/// By number: the mean over replications of its share.
fn shares(counts: &[&[u64]]) -> Vec<Share> {
    let wholes: Vec<u64> = counts.iter().map(|counts| counts.iter().sum()).collect();
    let most = counts.iter().map(|counts| counts.len()).max().unwrap_or(0);
    let share = |number: usize| {
        let values: Vec<f64> = counts
            .iter()
            .zip(&wholes)
            .filter(|(_, whole)| **whole > 0)
            .map(|(counts, whole)| {
                let count = counts.get(number).copied().unwrap_or(0);
                count as f64 / *whole as f64
            })
            .collect();
        mean_interval(&values, CONFIDENCE).map_or_else(Share::default, |mean| Share {
            mean: mean.mean,
            band: mean.interval,
        })
    };
    (0..most).map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_averaged_over_the_replications_that_saw_something() {
        let shares = shares(&[&[1, 3], &[0, 1, 3], &[0, 0]]);
        let means: Vec<f64> = shares.iter().map(|share| share.mean).collect();
        assert_eq!(means, [0.125, 0.5, 0.375]);
        assert!(shares.iter().all(|share| share.band.is_some()));
    }
}
