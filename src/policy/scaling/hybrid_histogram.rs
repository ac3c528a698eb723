//! `keep-alive = { hybrid-histogram = … }`: as long as a service has been without requests so far.
//!
//! M. Shahrad and others, "Serverless in the Wild", USENIX ATC 2020, §4.2: a histogram of idle
//! times in bins of a minute up to four hours. A replica that idles goes at once and is warmed again
//! shortly before the 5th percentile, and then kept until shortly after the 99th. Where the counts
//! have no shape to rely on (their coefficient of variation over the bins is below 2), or most
//! times are beyond the range, it is kept for the whole range. The paper then predicts the latter
//! by ARIMA; that part is left out.

use super::{KeepAlive, Windows};
use crate::model;
use crate::units::Duration;

/// Learns how long to keep.
#[derive(Clone, Debug)]
pub(super) struct HybridHistogram {
    spec: model::HybridHistogram,
    /// By bin.
    counts: Vec<u64>,
    /// Times beyond the last bin.
    beyond: u64,
    total: u64,
    /// Σ count².
    squares: u64,
}

impl HybridHistogram {
    pub(super) fn new(spec: &model::HybridHistogram) -> Self {
        let bins = spec.range.nanos().div_ceil(spec.bin.nanos());
        Self {
            spec: spec.clone(),
            counts: vec![0; bins as usize],
            beyond: 0,
            total: 0,
            squares: 0,
        }
    }

    /// Whether the counts tell anything.
    fn is_representative(&self) -> bool {
        if self.total == 0 || self.total < self.beyond {
            return false;
        }
        let bins = self.counts.len() as f64;
        let mean = self.total as f64 / bins;
        let variance = self.squares as f64 / bins - mean * mean;
        let least = self.spec.min_cv * mean;
        least * least <= variance
    }

    /// The bin of the smallest time that at least `share` of those in the histogram do not exceed.
    fn percentile(&self, share: f64) -> usize {
        let rank = (share * self.total as f64 - 1e-9).ceil().max(1.0) as u64;
        let mut below = 0;
        let reached = self.counts.iter().position(|count| {
            below += count;
            rank <= below
        });
        reached.unwrap_or(self.counts.len() - 1)
    }
}

impl KeepAlive for HybridHistogram {
    fn observe(&mut self, idle: Duration) {
        let bin = (idle.nanos() / self.spec.bin.nanos()) as usize;
        let Some(count) = self.counts.get_mut(bin) else {
            self.beyond += 1;
            return;
        };
        self.squares += 2 * *count + 1;
        *count += 1;
        self.total += 1;
    }

    fn windows(&self) -> Windows {
        if !self.is_representative() {
            return Windows {
                prewarm: None,
                keep: self.spec.range,
            };
        }
        let edge = |bins: usize| self.spec.bin.seconds() * bins as f64;
        let head = edge(self.percentile(self.spec.head)) * (1.0 - self.spec.margin);
        let tail = edge(self.percentile(self.spec.tail) + 1) * (1.0 + self.spec.margin);
        Windows {
            prewarm: (0.0 < head).then(|| Duration::from_seconds(head)),
            keep: Duration::from_seconds(tail - head),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    fn paper() -> HybridHistogram {
        HybridHistogram::new(&model::HybridHistogram {
            bin: minutes(1),
            range: minutes(240),
            head: 0.05,
            tail: 0.99,
            margin: 0.1,
            min_cv: 2.0,
        })
    }

    fn observed(times: impl IntoIterator<Item = u64>) -> Windows {
        let mut histogram = paper();
        for time in times {
            histogram.observe(minutes(time));
        }
        histogram.windows()
    }

    const WHOLE: Windows = Windows {
        prewarm: None,
        keep: Duration::from_secs(240 * 60),
    };

    #[test]
    fn a_timer_is_warmed_shortly_before_it_fires() {
        // Every half hour: from 30 − 3 minutes to 31 + 3.1.
        let windows = observed(vec![30; 50]);
        assert_eq!(windows.prewarm, Some(minutes(27)));
        assert_eq!(windows.keep, Duration::from_secs((34 * 60 + 6) - 27 * 60));
    }

    #[test]
    fn what_comes_at_once_again_is_kept() {
        // The head is in the first minute; 99 of 100 are below the fifth.
        let windows = observed([vec![0; 60], vec![4; 39], vec![100]].concat());
        assert_eq!(windows.prewarm, None);
        assert_eq!(windows.keep, Duration::from_secs(330));
    }

    #[test]
    fn counts_without_shape_and_times_beyond_the_range_are_kept_for_the_whole_range() {
        assert_eq!(observed([]), WHOLE);
        // One in each of 200 bins.
        assert_eq!(observed(0..200), WHOLE);
        // Most are too long; with as many within the range, those count.
        assert_eq!(observed([vec![300; 20], vec![30; 19]].concat()), WHOLE);
        let known = observed([vec![300; 20], vec![30; 20]].concat());
        assert_eq!(known.prewarm, Some(minutes(27)));
    }
}
