//! How long a queue remembers its start.
//!
//! Source: J. W. Cohen, The Single Server Queue (1982); J. Abate and W. Whitt, Queueing Systems 2
//! (1987).

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
}
