//! One server and classes of different priority.
//!
//! Poisson arrivals of each class, independent service times with the class's own law, waiting room
//! without bound; within a class first in first out. Either who is served is never interrupted, or a
//! higher class takes the server at once and the interrupted request resumes where it was.
//!
//! Sources: A. Cobham, Operations Research 2 (1954) 70–76; L. Kleinrock, Queueing Systems, vol. 2,
//! chapter 3; several servers with one exponential law: O. Kella and U. Yechiali, Naval Research
//! Logistics 32 (1985).

use super::{Mmc, Moments};

/// A class of requests.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorityClass {
    /// Arrivals per second.
    pub arrival_rate: f64,
    /// Of its service time.
    pub service: Moments,
}

/// Mean wait of each class, in seconds, highest first; never interrupted.
pub fn nonpreemptive_waits(classes: &[PriorityClass]) -> Vec<f64> {
    let residual: f64 = classes.iter().map(residual).sum();
    loads(classes)
        .map(|(above, with)| ratio(residual, (1.0 - above) * (1.0 - with), with))
        .collect()
}

/// Mean latency of each class, in seconds, highest first; interrupted and resumed.
pub fn preemptive_latencies(classes: &[PriorityClass]) -> Vec<f64> {
    let mut sum = 0.0;
    let mut latencies = Vec::new();
    for (class, (above, with)) in classes.iter().zip(loads(classes)) {
        sum += residual(class);
        let wait = ratio(sum, (1.0 - above) * (1.0 - with), with);
        let service = ratio(class.service.mean, 1.0 - above, above);
        latencies.push(wait + service);
    }
    latencies
}

/// Mean wait of each class, in seconds, highest first, at `servers` servers; never interrupted, all
/// service times exponential with one rate.
pub fn nonpreemptive_waits_of_servers(rates: &[f64], service_rate: f64, servers: u32) -> Vec<f64> {
    let all = Mmc {
        arrival_rate: rates.iter().sum(),
        service_rate,
        servers,
    };
    let capacity = f64::from(servers) * service_rate;
    let mut above = 0.0;
    let mut waits = Vec::new();
    for rate in rates {
        let with = above + rate / capacity;
        let spare = capacity * (1.0 - above) * (1.0 - with);
        waits.push(ratio(all.wait_probability(), spare, with));
        above = with;
    }
    waits
}

/// The load of all higher classes, and that with the class itself.
fn loads(classes: &[PriorityClass]) -> impl Iterator<Item = (f64, f64)> {
    classes.iter().scan(0.0, |sum, class| {
        let above = *sum;
        *sum += class.arrival_rate * class.service.mean;
        Some((above, *sum))
    })
}

/// Mean work left of whoever of the class is in service.
fn residual(class: &PriorityClass) -> f64 {
    class.arrival_rate * class.service.square / 2.0
}

/// `part / whole`, infinite where `load` leaves nothing.
fn ratio(part: f64, whole: f64, load: f64) -> f64 {
    if load < 1.0 {
        part / whole
    } else {
        f64::INFINITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    fn class(arrival_rate: f64, mean: f64, cv2: f64) -> PriorityClass {
        PriorityClass {
            arrival_rate,
            service: Moments {
                mean,
                square: mean * mean * (1.0 + cv2),
            },
        }
    }

    fn assert_all(found: &[f64], expected: &[f64]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert_close(*found, *expected, 1e-12);
        }
    }

    #[test]
    fn means_are_those_of_the_table() {
        // PRIO-PR-a, PRIO-PR-b.
        let a = [class(0.3, 1.0, 1.0), class(0.5, 1.0, 1.0)];
        assert_all(
            &preemptive_latencies(&a),
            &[1.428_571_428_571_429, 7.142_857_142_857_143],
        );
        let b = [class(0.4, 0.5, 1.0), class(0.15, 2.0, 1.0)];
        assert_all(&preemptive_latencies(&b), &[0.625, 4.25]);
        // PRIO-MG1-NP.
        let patient = [class(0.4, 1.0, 0.0), class(0.3, 1.0, 4.0)];
        assert_all(
            &nonpreemptive_waits(&patient),
            &[1.583_333_333_333_333, 5.277_777_777_777_778],
        );
        // PRIO-MMC-NP.
        assert_all(
            &nonpreemptive_waits_of_servers(&[1.2, 2.0], 1.0, 4),
            &[0.213_011_597_066_930_2, 1.065_057_985_334_651],
        );
    }

    #[test]
    fn an_overload_leaves_the_higher_class_unharmed() {
        let classes = [class(0.5, 1.0, 1.0), class(0.6, 1.0, 1.0)];
        let latencies = preemptive_latencies(&classes);
        assert_close(latencies[0], 2.0, 1e-12);
        assert!(latencies[1].is_infinite());
    }
}
