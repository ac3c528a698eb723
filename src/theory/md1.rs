//! The single-server queue with constant service times M/D/1: the law of the wait.
//!
//! Poisson arrivals, every request is served for the same time, one server, first in first out,
//! waiting room without bound. Means are those of M/G/1.
//!
//! Sources: A. K. Erlang (1909). His sum alternates and loses all digits at long waits; the sum of
//! positive terms is by G. J. Franx, A simple solution for the M/D/c waiting time distribution,
//! Operations Research Letters 29 (2001) 221–229. The number in system from the balance of ups and
//! downs across each level of the chain at departures.

use super::search;

/// Waits of more services than this are not computed.
const SERVICES_MAX: usize = 3000;

/// The queue M/D/1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Md1 {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Every service time, in seconds.
    pub service_time: f64,
}

impl Md1 {
    /// The wait that a share `p` of requests does not exceed, in seconds. `None` where it is longer
    /// than 3,000 services: the sum is too long there.
    pub fn wait_quantile(&self, p: f64) -> Option<f64> {
        let load = self.arrival_rate * self.service_time;
        if load >= 1.0 {
            return Some(f64::INFINITY);
        }
        let queue = self.queue_law(SERVICES_MAX, p);
        let in_services = search::quantile(1.0 - p, 1.0, |x| 1.0 - within(load, &queue, x));
        (in_services < queue.len() as f64).then_some(in_services * self.service_time)
    }

    /// The probability that at most j requests wait, for j = 0, 1, …, until that is well above `p`.
    fn queue_law(&self, limit: usize, p: f64) -> Vec<f64> {
        let load = self.arrival_rate * self.service_time;
        // P(more than i arrivals during a service).
        let mut more = Vec::new();
        let mut probability = libm::exp(-load);
        let none = probability;
        let mut tail = -libm::expm1(-load);
        while tail > 1e-18 {
            more.push(tail);
            probability *= load / more.len() as f64;
            tail -= probability;
        }
        let more = |i: usize| more.get(i).copied().unwrap_or(0.0);
        let mut law = vec![1.0 - load];
        let mut at_most = vec![];
        let mut sum = law[0];
        let enough = 1.0 - (1.0 - p) * 1e-3;
        for level in 1..=limit {
            // Ups across the level: from the empty system, and from each level below.
            let reach = level.saturating_sub(200).max(1);
            let ups: f64 = (reach..level).map(|k| law[k] * more(level - k)).sum();
            let next = (law[0] * more(level - 1) + ups) / none;
            law.push(next);
            sum += next;
            at_most.push(sum);
            if sum > enough {
                break;
            }
        }
        at_most
    }
}

/// P(wait ≤ `x` services), from the law of the queue length.
fn within(load: f64, at_most: &[f64], x: f64) -> f64 {
    let services = x as usize;
    if services >= at_most.len() {
        return 1.0;
    }
    // The mean number of arrivals in what is left of the last service.
    let rest = load * ((services + 1) as f64 - x);
    let mut poisson = libm::exp(-rest);
    let mut sum = 0.0;
    for j in 0..=services {
        sum += at_most[services - j] * poisson;
        poisson *= rest / (j + 1) as f64;
        if poisson <= 0.0 {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn quantiles_are_those_of_the_table() {
        // MD1-0.5-Wq-p*, MD1-0.9-Wq-p*: Erlang 1909; Prabhu 1965.
        for (load, p, wait) in [
            (0.5, 0.9, 1.515_744_841_381_844),
            (0.5, 0.95, 2.050_638_407_302_648),
            (0.5, 0.99, 3.336_255_957_002_204),
            (0.5, 0.999, 5.168_385_030_961_704),
            (0.9, 0.5, 3.013_047_519_311_559),
            (0.9, 0.9, 10.782_504_956_026_89),
            (0.9, 0.95, 14.128_673_830_202_13),
            (0.9, 0.99, 21.898_237_349_540_11),
            (0.9, 0.999, 33.013_969_743_119_3),
        ] {
            let queue = Md1 {
                arrival_rate: load / 3.0,
                service_time: 3.0,
            };
            assert_close(queue.wait_quantile(p).unwrap(), 3.0 * wait, 1e-9);
        }
    }

    #[test]
    fn the_tail_is_that_of_the_table() {
        // MD1-0.9-tail5, MD1-0.5-tail5: Prabhu 1965.
        for (load, tail) in [
            (0.9, 0.331_290_849_491_559_3),
            (0.5, 0.001_235_729_730_781_69),
        ] {
            let queue = Md1 {
                arrival_rate: load,
                service_time: 1.0,
            };
            let law = queue.queue_law(SERVICES_MAX, 0.999_999_999);
            assert_close(1.0 - within(load, &law, 5.0), tail, 1e-9);
        }
    }

    #[test]
    fn who_does_not_wait_waits_zero_and_too_long_a_wait_is_not_made_up() {
        let queue = |arrival_rate| Md1 {
            arrival_rate,
            service_time: 1.0,
        };
        assert!(queue(0.5).wait_quantile(0.4).unwrap() <= 0.0);
        assert_eq!(queue(0.9999).wait_quantile(0.999), None);
        assert!(queue(1.5).wait_quantile(0.5).unwrap().is_infinite());
    }
}
