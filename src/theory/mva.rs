//! Closed networks by mean value analysis, exact.
//!
//! Each class has a fixed number of users who think, visit the stations and think again. Stations
//! have one server: first in first out with exponential service times, the same for all classes, or
//! processor sharing, or preemptive last in first out, with any. What matters of a station is the
//! demand of each class: visits times mean service time.
//!
//! Sources: M. Reiser and S. S. Lavenberg, Journal of the ACM 27 (1980) 313–322; bounds: E. D.
//! Lazowska and others, Quantitative System Performance (1984), chapter 5.

/// A class of users.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedClass {
    /// Number of users.
    pub users: u32,
    /// Mean think time, in seconds.
    pub think_time: f64,
    /// Demand at each station, in seconds: visits times mean service time.
    pub demands: Vec<f64>,
}

/// What a closed network comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedNetwork {
    /// Cycles per second of each class.
    pub throughputs: Vec<f64>,
    /// Mean time of a cycle without thinking, of each class, in seconds.
    pub latencies: Vec<f64>,
    /// Mean number of requests at each station, of all classes.
    pub in_system: Vec<f64>,
}

/// Populations that are looked at, at most.
const POPULATIONS_MAX: u64 = 20_000_000;

/// Solves the network. `None` where there are too many combinations of users to go through.
pub fn mva(classes: &[ClosedClass], stations: usize) -> Option<ClosedNetwork> {
    // Populations as mixed-radix numbers: one user more of a class is `stride` further.
    let mut strides = Vec::new();
    let mut count = 1_u64;
    for class in classes {
        strides.push(count as usize);
        count = count.checked_mul(u64::from(class.users) + 1)?;
    }
    if count.checked_mul(stations as u64)? > POPULATIONS_MAX {
        return None;
    }
    let count = count as usize;
    let mut queues = vec![0.0; count * stations];
    let mut result = ClosedNetwork {
        throughputs: vec![0.0; classes.len()],
        latencies: vec![0.0; classes.len()],
        in_system: vec![0.0; stations],
    };
    for population in 1..count {
        for (index, class) in classes.iter().enumerate() {
            let users = population / strides[index] % (class.users as usize + 1);
            if users == 0 {
                continue;
            }
            // What an arrival finds is what there would be without it.
            let without = (population - strides[index]) * stations;
            let times: Vec<f64> = (0..stations)
                .map(|station| class.demands[station] * (1.0 + queues[without + station]))
                .collect();
            let latency: f64 = times.iter().sum();
            let throughput = users as f64 / (class.think_time + latency);
            for (station, time) in times.iter().enumerate() {
                queues[population * stations + station] += throughput * time;
            }
            if population + 1 == count {
                result.throughputs[index] = throughput;
                result.latencies[index] = latency;
            }
        }
    }
    result
        .in_system
        .copy_from_slice(&queues[(count - 1) * stations..]);
    Some(result)
}

/// The throughput that no number of users passes: one over the largest demand.
pub fn throughput_bound(demands: &[f64]) -> f64 {
    1.0 / demands.iter().copied().fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::{MachineRepair, assert_close};

    #[test]
    fn one_class_is_that_of_the_table() {
        // MVA-10-*, MVA-50-*, MVA-100-*: Reiser & Lavenberg 1980; X, R, Q of the bottleneck.
        for (users, throughput, latency, queue) in [
            (
                10,
                0.650_092_044_025_621_7,
                0.382_437_136_249_395_8,
                0.130_599_251_788_109_7,
            ),
            (
                50,
                3.196_606_977_005_778,
                0.641_585_080_576_396_4,
                1.282_115_515_965_61,
            ),
            (
                100,
                5.483_474_541_925_025,
                3.236_612_431_667_105,
                15.823_211_425_570_05,
            ),
        ] {
            let class = ClosedClass {
                users,
                think_time: 15.0,
                demands: vec![0.105, 0.180, 0.067],
            };
            let network = mva(&[class], 3).unwrap();
            assert_close(network.throughputs[0], throughput, 1e-12);
            assert_close(network.latencies[0], latency, 1e-12);
            assert_close(network.in_system[1], queue, 1e-12);
        }
        // MVA-Xmax.
        assert_close(
            throughput_bound(&[0.105, 0.180, 0.067]),
            5.555_555_555_555_556,
            1e-12,
        );
    }

    #[test]
    fn two_classes_are_those_of_the_table() {
        // MVA2-{XA,XB,RA,RB}.
        let class = |users, think_time, demands: [f64; 2]| ClosedClass {
            users,
            think_time,
            demands: demands.to_vec(),
        };
        let classes = [class(4, 2.0, [0.2, 0.5]), class(3, 1.0, [0.6, 0.1])];
        let network = mva(&classes, 2).unwrap();
        assert_close(network.throughputs[0], 1.112_847_063_906_583, 1e-12);
        assert_close(network.throughputs[1], 1.101_925_861_327_824, 1e-12);
        assert_close(network.latencies[0], 1.594_384_286_694_56, 1e-12);
        assert_close(network.latencies[1], 1.722_506_209_614_674, 1e-12);
    }

    #[test]
    fn one_station_is_machine_repair_and_too_many_users_are_refused() {
        let class = |users| ClosedClass {
            users,
            think_time: 4.0,
            demands: vec![1.0],
        };
        let repair = MachineRepair {
            users: 12,
            think_time: 4.0,
            service_rate: 1.0,
            servers: 1,
        };
        let network = mva(&[class(12)], 1).unwrap();
        assert_close(network.latencies[0], repair.latency(), 1e-12);
        assert_close(network.in_system[0], repair.in_system(), 1e-12);
        assert_eq!(mva(&[class(100_000), class(100_000)], 1), None);
    }
}
