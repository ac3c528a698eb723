//! How long a queue remembers its start.
//!
//! Source: J. W. Cohen, The Single Server Queue (1982); J. Abate and W. Whitt, Queueing Systems 2
//! (1987).

/// How long a queue of `servers` that holds `places` requests at most remembers its start, in seconds:
/// 1/(λ + cμ − 2√(λcμ) cos(π/(places + 1))), exact for one server, and 1/(√(cμ) − √λ)² where `None`
/// bounds it. Infinite where the queue grows without bound.
pub fn relaxation_time(
    arrival_rate: f64,
    service_rate: f64,
    servers: u32,
    places: Option<u32>,
) -> f64 {
    let capacity = f64::from(servers) * service_rate;
    if arrival_rate >= capacity && places.is_none() {
        return f64::INFINITY;
    }
    let spare = capacity.sqrt() - arrival_rate.sqrt();
    let half = places.map_or(0.0, |places| {
        libm::sin(std::f64::consts::FRAC_PI_2 / (f64::from(places) + 1.0))
    });
    // 1 − cos x is 2 sin²(x/2), without the difference.
    let rate = spare * spare + 4.0 * (arrival_rate * capacity).sqrt() * half * half;
    // Never below a service time: many servers forget no faster than one of them.
    (1.0 / rate).max(1.0 / service_rate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn the_relaxation_time_is_that_of_the_table() {
        // MM1-0.5-relax, MM1-0.8-relax, MM1-0.95-relax.
        for (load, seconds) in [
            (0.5, 11.656_854_249_492_38),
            (0.8, 89.721_359_549_995_79),
            (0.95, 1_559.743_547_584_717),
        ] {
            assert_close(relaxation_time(load, 1.0, 1, None), seconds, 1e-12);
        }
        assert!(relaxation_time(1.0, 1.0, 1, None).is_infinite());
        assert_close(relaxation_time(1.0, 2.0, 100, None), 0.5, 1e-12);
    }

    #[test]
    fn bounds_make_a_queue_forget_also_when_it_is_overloaded() {
        // M/M/1/2 at 1: the rates down from the stationary law are 1 and 3.
        assert_close(relaxation_time(1.0, 1.0, 1, Some(2)), 1.0, 1e-12);
        assert!(relaxation_time(1.2, 1.0, 1, Some(10)) < relaxation_time(0.9, 1.0, 1, None));
    }
}
