//! The single-server queue M/M/1.
//!
//! Poisson arrivals, exponential service times, one server, first in first out, waiting room
//! without bound, nobody leaves before being served.
//!
//! Sources: L. Kleinrock, Queueing Systems, vol. 1 (1975), chapter 3; M. Harchol-Balter,
//! Performance Modeling and Design of Computer Systems (2013), chapter 13; the asymptotic variances:
//! W. Whitt, Management Science 35 (1989), and D. J. Daley, Journal of Applied Probability 5 (1968).

/// The queue M/M/1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mm1 {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Services per second of a busy server.
    pub service_rate: f64,
}

impl Mm1 {
    /// The share of time that the server is busy.
    pub fn utilization(&self) -> f64 {
        (self.arrival_rate / self.service_rate).min(1.0)
    }

    /// The share of requests that wait: as arrivals are Poisson, the share of time that the server
    /// is busy.
    pub fn wait_probability(&self) -> f64 {
        self.utilization()
    }

    /// Mean number of requests, waiting or in service (L).
    pub fn in_system(&self) -> f64 {
        self.arrival_rate * self.latency()
    }

    /// Mean number of waiting requests (Lq).
    pub fn queue_length(&self) -> f64 {
        self.arrival_rate * self.wait()
    }

    /// Mean time from arrival to departure (W), in seconds.
    pub fn latency(&self) -> f64 {
        1.0 / self.spare_rate()
    }

    /// Mean time before service (Wq), zeros included, in seconds.
    pub fn wait(&self) -> f64 {
        self.wait_probability() / self.spare_rate()
    }

    /// The latency that a share `p` of requests does not exceed, in seconds: latency is
    /// exponential.
    pub fn latency_quantile(&self, p: f64) -> f64 {
        -libm::log1p(-p) / self.spare_rate()
    }

    /// The wait that a share `p` of requests does not exceed, in seconds; zero where so many do not
    /// wait at all.
    pub fn wait_quantile(&self, p: f64) -> f64 {
        libm::log(self.wait_probability() / (1.0 - p)).max(0.0) / self.spare_rate()
    }

    /// The limit of t · Var(time average of the number in system over t), in seconds.
    pub fn asymptotic_variance_in_system(&self) -> f64 {
        let (load, spare) = (self.utilization(), 1.0 - self.utilization());
        2.0 * load * (1.0 + load) / (spare * spare * spare * spare) / self.service_rate
    }

    /// The limit of n · Var(average wait of n requests), in seconds².
    pub fn asymptotic_variance_wait(&self) -> f64 {
        let (load, spare) = (self.utilization(), 1.0 - self.utilization());
        let top = load * (2.0 + load * (5.0 - load * (4.0 - load)));
        top / (spare * spare * spare * spare) / (self.service_rate * self.service_rate)
    }

    /// Service rate less arrival rate; zero where the queue grows without bound.
    fn spare_rate(&self) -> f64 {
        (self.service_rate - self.arrival_rate).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_close(found: f64, expected: f64) {
        assert!(
            (found / expected - 1.0).abs() < 1e-12,
            "{found} against {expected}"
        );
    }

    #[test]
    fn means_are_those_of_the_textbooks() {
        // MM1-0.9-{L,Lq,T,Wq}, MM1-0.95-{L,Lq,T,Wq}: Kleinrock v1 ch.3; Harchol-Balter ch.13.
        for (arrival_rate, in_system, queue_length, latency, wait) in
            [(0.9, 9.0, 8.1, 10.0, 9.0), (0.95, 19.0, 18.05, 20.0, 19.0)]
        {
            let queue = Mm1 {
                arrival_rate,
                service_rate: 1.0,
            };
            assert_close(queue.in_system(), in_system);
            assert_close(queue.queue_length(), queue_length);
            assert_close(queue.latency(), latency);
            assert_close(queue.wait(), wait);
            assert_close(queue.utilization(), arrival_rate);
            assert_close(queue.wait_probability(), arrival_rate);
        }
    }

    #[test]
    fn asymptotic_variances_are_those_of_the_table() {
        // MM1-*-AVN (Whitt 1989), MM1-*-AVW (Daley 1968).
        for (arrival_rate, in_system, wait) in [
            (0.8, 1800.0, None),
            (0.9, 34_200.0, Some(35_901.0)),
            (0.95, 592_800.0, Some(607_601.0)),
        ] {
            let queue = Mm1 {
                arrival_rate,
                service_rate: 1.0,
            };
            assert!((queue.asymptotic_variance_in_system() / in_system - 1.0).abs() < 1e-10);
            if let Some(wait) = wait {
                assert!((queue.asymptotic_variance_wait() / wait - 1.0).abs() < 1e-10);
            }
        }
    }

    #[test]
    fn quantiles_are_those_of_the_textbooks() {
        // MM1-0.9-{T,Wq}-p*: Kleinrock v1 ch.3; Harchol-Balter ch.13.
        let queue = Mm1 {
            arrival_rate: 0.9,
            service_rate: 1.0,
        };
        for (p, latency, wait) in [
            (0.5, 6.931_471_805_599_453, 5.877_866_649_021_19),
            (0.9, 23.025_850_929_940_46, 21.972_245_773_362_19),
            (0.95, 29.957_322_735_539_91, 28.903_717_578_961_65),
            (0.99, 46.051_701_859_880_91, 44.998_096_703_302_65),
            (0.999, 69.077_552_789_821_37, 68.023_947_633_243_11),
        ] {
            assert_close(queue.latency_quantile(p), latency);
            assert_close(queue.wait_quantile(p), wait);
        }
        assert!(queue.wait_quantile(0.05).abs() < 1e-15);
    }

    #[test]
    fn rates_are_per_second_and_an_overloaded_queue_has_no_mean() {
        let fast = Mm1 {
            arrival_rate: 90.0,
            service_rate: 100.0,
        };
        assert_close(fast.latency(), 0.1);
        assert_close(fast.in_system(), 9.0);
        let overloaded = Mm1 {
            arrival_rate: 2.0,
            service_rate: 1.0,
        };
        assert_close(overloaded.utilization(), 1.0);
        assert!(overloaded.latency().is_infinite() && overloaded.queue_length().is_infinite());
        assert!(overloaded.latency_quantile(0.5).is_infinite());
    }
}
