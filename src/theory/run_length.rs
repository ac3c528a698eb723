//! How long to run: the length at which an interval is as narrow as wanted.
//!
//! The time average of a stationary process over t seconds has about the variance σ²/t; σ² is its
//! asymptotic variance. Wanted is z² σ² / t = (ε · mean)², so t follows before anything is run. Where
//! σ² is not known, a run tells it.
//!
//! Sources: W. Whitt, Planning queueing simulations, Management Science 35 (1989) 1341–1366; the
//! relaxation time of M/M/1: J. W. Cohen, The Single Server Queue (1982).

/// Two-sided 95 % of the standard normal law.
const Z: f64 = 1.959_963_984_540_054;

/// The length, in seconds or observations as `asymptotic_variance` is, at which half the width of the
/// 95 % interval is the share `relative` of the `mean`.
pub fn run_length(asymptotic_variance: f64, mean: f64, relative: f64) -> f64 {
    let half_width = relative * mean;
    Z * Z * asymptotic_variance / (half_width * half_width)
}

/// How often a run must be repeated, or how many times longer it must be, so that half the width of its
/// interval shrinks from `half_width` to the share `relative` of the `mean`.
pub fn run_length_factor(half_width: f64, mean: f64, relative: f64) -> f64 {
    let ratio = half_width / (relative * mean);
    ratio * ratio
}

/// How long a queue of `servers` remembers its start, in seconds: 1/(√(cμ) − √λ)², exact for one
/// server. Infinite where the queue grows without bound.
pub fn relaxation_time(arrival_rate: f64, service_rate: f64, servers: u32) -> f64 {
    let capacity = f64::from(servers) * service_rate;
    if arrival_rate >= capacity {
        return f64::INFINITY;
    }
    let spare = capacity.sqrt() - arrival_rate.sqrt();
    let service = 1.0 / service_rate;
    // Never below a service time: many servers forget no faster than one of them.
    (1.0 / (spare * spare)).max(service)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn plans_are_those_of_the_table() {
        // STAT-plan-0.8, STAT-plan-0.9, STAT-plan-0.95: σ² = 2ρ(1 + ρ)/(1 − ρ)⁴.
        for (load, seconds) in [
            (0.8, 172_865.646_931_235_6),
            (0.9, 648_779.711_939_452_3),
            (0.95, 2_523_231.899_066_457),
        ] {
            let spare: f64 = 1.0 - load;
            let variance = 2.0 * load * (1.0 + load) / (spare * spare * spare * spare);
            assert_close(run_length(variance, load / spare, 0.05), seconds, 1e-12);
        }
    }

    #[test]
    fn the_relaxation_time_is_that_of_the_table() {
        // MM1-0.5-relax, MM1-0.8-relax, MM1-0.95-relax.
        for (load, seconds) in [
            (0.5, 11.656_854_249_492_38),
            (0.8, 89.721_359_549_995_79),
            (0.95, 1_559.743_547_584_717),
        ] {
            assert_close(relaxation_time(load, 1.0, 1), seconds, 1e-12);
        }
        assert!(relaxation_time(1.0, 1.0, 1).is_infinite());
        assert_close(relaxation_time(1.0, 2.0, 100), 0.5, 1e-12);
    }

    #[test]
    fn half_the_width_needs_four_times_the_run() {
        assert_close(run_length_factor(0.2, 10.0, 0.01), 4.0, 1e-12);
    }
}
