//! Where the start of a run stops to matter: MSER.
//!
//! Of all beginnings that could be cut off, the one is best that leaves the smallest standard error
//! of the mean of the rest; observations are taken by fives, which smooths the search (K. White,
//! Simulation 69, 1997; White, Cobb and Spratt, Winter Simulation Conference 2000). Applied to one
//! short run it cuts too eagerly and lowers coverage; it belongs on the average over replications.

use super::mean::mean;

/// Observations in a batch.
const BATCH: usize = 5;

/// What to cut off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// Observations before those that are kept, a multiple of five.
    pub observations: usize,
    /// Squared standard error of what is kept, in batches.
    pub statistic: f64,
    /// Whether the best cut is the latest that was looked at, in the middle: then the run has not
    /// shown that its beginning is over.
    pub too_short: bool,
}

/// The truncation of a series of equally spaced observations, by MSER-5; `None` below four
/// batches. What does not fill a batch at the end is not looked at.
pub fn mser(values: &[f64]) -> Option<Truncation> {
    let batches: Vec<f64> = values.chunks_exact(BATCH).map(mean).collect();
    let count = batches.len();
    if count < 4 {
        return None;
    }
    let latest = count / 2;
    let mut best: Option<(usize, f64)> = None;
    // From the end, so that mean and squares of the rest are carried along (Welford 1962).
    let (mut kept, mut centre, mut squares) = (0.0, 0.0, 0.0);
    for (index, value) in batches.iter().enumerate().rev() {
        kept += 1.0;
        let distance = value - centre;
        centre += distance / kept;
        squares += distance * (value - centre);
        let statistic = squares / (kept * kept);
        // Of equals the earliest cut.
        if index <= latest && best.is_none_or(|(_, least)| statistic <= least) {
            best = Some((index, statistic));
        }
    }
    best.map(|(index, statistic)| Truncation {
        observations: index * BATCH,
        statistic,
        too_short: index == latest,
    })
}

#[cfg(test)]
mod tests {
    use super::super::golden::autoregression;
    use super::*;

    #[test]
    fn the_golden_transient_is_cut_at_the_golden_place() {
        // STAT-mser5-d, -n, -v, -mean: White 1997; White, Cobb & Spratt 2000.
        let values: Vec<f64> = autoregression()
            .iter()
            .zip(1..)
            .map(|(y, i)| y + 4.0 * libm::exp(-f64::from(i) / 60.0))
            .collect();
        let found = mser(&values).unwrap();
        assert_eq!((found.observations, found.too_short), (145, false));
        assert!((found.statistic - 0.000_374_103_153_082_826_3).abs() < 1e-15);
        assert!((mean(&values[145..]) - 1.678_688_939_243_008).abs() < 1e-13);
    }

    #[test]
    fn a_run_that_never_settles_is_too_short() {
        let climbing: Vec<f64> = (0..200).map(f64::from).collect();
        let found = mser(&climbing).unwrap();
        assert!(found.too_short);
        assert_eq!(found.observations, 100);
    }

    #[test]
    fn a_run_that_is_steady_from_the_start_keeps_everything() {
        let steady = vec![3.0; 100];
        assert_eq!(mser(&steady).unwrap().observations, 0);
        assert_eq!(mser(&steady[..19]), None);
    }
}
