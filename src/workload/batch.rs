//! How many arrive at once.

use crate::model::BatchSize;
use crate::random::{Purpose, Sequence, Streams, Word};

/// No batch is larger: the law of its size is cut there.
const LARGEST: u32 = 1_000_000;

/// The sizes of a workload's batches.
#[derive(Debug)]
pub(super) struct Batch {
    size: BatchSize,
    words: Sequence,
}

impl Batch {
    /// The sizes of the workload at `path`.
    pub(super) fn new(size: &BatchSize, path: &str, streams: &Streams) -> Self {
        let mut size = size.clone();
        if let BatchSize::Empirical(sizes) = &mut size {
            sizes.sort_unstable_by(|a, b| b.cmp(a));
        }
        Self {
            size,
            words: streams.sequence(path, Purpose::BatchSize),
        }
    }

    /// The size of the next batch.
    pub(super) fn next(&mut self) -> u32 {
        sample(&self.size, self.words.word())
    }
}

/// The size that a word makes: larger for smaller words, as with every law.
fn sample(size: &BatchSize, word: Word) -> u32 {
    match size {
        BatchSize::Constant(size) => *size,
        BatchSize::Uniform { min, max } => max - word.below(max - min + 1),
        BatchSize::Geometric { mean } if *mean <= 1.0 => 1,
        BatchSize::Geometric { mean } => {
            // P(more than n) = (1 − p)^n, so the n-th power that is below the word ends it.
            let powers = word.exponential() / -libm::log1p(-1.0 / mean);
            (powers as u32).saturating_add(1).min(LARGEST)
        }
        BatchSize::Empirical(sizes) => sizes[word.below(sizes.len() as u32) as usize],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of the sizes that evenly spread words make.
    fn moments(size: &BatchSize) -> (f64, f64) {
        const WORDS: u64 = 1 << 17;
        let spread = |i: u64| Word((2 * i + 1) * (u64::MAX / (2 * WORDS)));
        let sizes: Vec<f64> = (0..WORDS).map(|i| sample(size, spread(i)).into()).collect();
        let mean = sizes.iter().sum::<f64>() / WORDS as f64;
        let square = |size: &f64| (size - mean) * (size - mean);
        (mean, sizes.iter().map(square).sum::<f64>() / WORDS as f64)
    }

    #[test]
    fn sizes_have_the_moments_of_their_laws() {
        let near = |size: BatchSize, mean: f64, variance: f64| {
            let (ours, spread) = moments(&size);
            let good = (ours - mean).abs() < 1e-3 * mean && (spread - variance).abs() < 0.01 * mean;
            assert!(good, "{size:?}: {ours}, {spread}");
        };
        near(BatchSize::Constant(4), 4.0, 0.0);
        near(BatchSize::Uniform { min: 2, max: 5 }, 3.5, 1.25);
        near(BatchSize::Geometric { mean: 1.0 }, 1.0, 0.0);
        // Variance (1 − p)/p².
        near(BatchSize::Geometric { mean: 3.0 }, 3.0, 6.0);
        near(BatchSize::Empirical(vec![1, 1, 4]), 2.0, 2.0);
    }

    #[test]
    fn no_batch_is_empty_or_endless() {
        let endless = BatchSize::Geometric { mean: 1e9 };
        assert_eq!(sample(&endless, Word(0)), LARGEST);
        for word in [Word(0), Word(u64::MAX)] {
            assert!(sample(&BatchSize::Geometric { mean: 1.001 }, word) > 0);
            assert!((2..=3).contains(&sample(&BatchSize::Uniform { min: 2, max: 3 }, word)));
        }
    }
}
