//! What students look at: how many are in system, and what arrivals find.

use crate::simulate::{mean, text};
use sparksim::experiment::{Results, Share};

fn shares(results: &Results, of: impl Fn(usize) -> Share, expected: &[f64]) {
    let replications = f64::from(results.replications);
    for (number, value) in expected.iter().enumerate() {
        let share = of(number);
        // The half-width is 2.093 standard errors at 20 replications.
        let error = (share.band.unwrap().1 - share.mean) / 2.093;
        let t = (share.mean - value) / error;
        assert!(
            t.abs() < 6.5,
            "{number}: {} is not {value} (t = {t:.2})",
            share.mean
        );
        assert!(
            (share.mean / value - 1.0).abs() < 0.08,
            "{number}: {} is not {value}",
            share.mean
        );
    }
    assert_eq!(replications, 20.0);
}

fn one_server(arrivals: &str) -> Results {
    text(&format!(
        "[run]\nseed = 3\nrequests = 60000\nwarmup-requests = 5000\nreplications = 20\n\
         [services.desk]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\narrivals = {arrivals}\n"
    ))
}

/// M/M/1 at 80 %: the number in system is geometric, and arrivals find the same (PASTA).
#[test]
fn poisson_arrivals_see_time_averages() {
    let results = one_server("{ poisson = { rate = \"0.8/s\" } }");
    let numbers = &results.numbers[0];
    assert_eq!(numbers.metric, "services.desk.in_system");
    let geometric = [0.2, 0.16, 0.128, 0.1024, 0.08192];
    shares(&results, |number| numbers.shares[number].time, &geometric);
    shares(&results, |number| numbers.shares[number].found, &geometric);
    let mean_of = |of: fn(&sparksim::experiment::NumberShare) -> f64| -> f64 {
        let shares = numbers.shares.iter().enumerate();
        shares
            .map(|(number, share)| number as f64 * of(share))
            .sum()
    };
    let (time, found) = (
        mean_of(|share| share.time.mean),
        mean_of(|share| share.found.mean),
    );
    assert!((time - mean(&results, "services.desk.in_system")).abs() < 1e-9);
    assert!((found - mean(&results, "services.desk.found")).abs() < 1e-9);
    // 1 - 0.8^(n+1) passes 0.5, 0.95 and 0.99 at n = 3, 13 and 20.
    for (percentile, number, tolerance) in
        [("p50", 3.0, 0.5), ("p95", 13.0, 1.0), ("p99", 20.0, 2.0)]
    {
        let estimate = mean(&results, &format!("services.desk.in_system.{percentile}"));
        assert!(
            (estimate - number).abs() < tolerance,
            "{percentile}: {estimate}"
        );
    }
}

/// D/M/1 at 80 %: arrivals find a geometric number with σ = exp(-(1-σ)/0.8) = 0.62863 (L. Kleinrock,
/// Queueing Systems 1, section 6.4), while the server idles 20 % of the time.
#[test]
fn regular_arrivals_find_less_than_there_is_on_average() {
    let results = one_server("{ deterministic = { interval = \"1.25s\" } }");
    let numbers = &results.numbers[0];
    let sigma: f64 = 0.628_63;
    let found = [1.0, sigma, sigma * sigma].map(|power| (1.0 - sigma) * power);
    shares(&results, |number| numbers.shares[number].found, &found);
    shares(&results, |number| numbers.shares[number].time, &[0.2]);
}
