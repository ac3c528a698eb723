//! A sweep of 64 points on one thread and on two, in one run.
//!
//! Prints seconds and the ratio of the two; it asserts nothing about them. Run it on a quiet machine
//! with two processors or more: `cargo bench --bench sweep`.

use sparksim::experiment::{Journal, Layout, PointResults, Shard, Sweep};
use sparksim::scenario::{Points, Variation, load_points_text};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const SCENARIO: &str = r#"
[run]
seed = 1
requests = 40000
warmup-requests = 4000
replications = 10
[services.desk]
service-time = { exponential = { mean = "1s" } }
[workloads.visitors]
target = "services.desk"
arrivals = { poisson = { rate = "0.8/s" } }
[sweep]
"services.desk.replicas" = [1, 2, 3, 4, 5, 6, 7, 8]
"services.desk.concurrency" = [1, 2, 3, 4, 5, 6, 7, 8]
"#;

/// Seconds that all points take on `threads` threads, and what was found.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures time")]
fn run(points: &Points, threads: usize) -> (f64, Vec<Option<PointResults>>) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let path = directory.path().join("sweep.journal");
    let journal = Journal::begin(&path, &Layout::of(points), false).expect("a journal");
    let sweep = Sweep {
        points: &points.points,
        shard: Shard::WHOLE,
        journal: &journal,
        threads,
        stop: &AtomicBool::new(false),
    };
    let begin = Instant::now();
    let found = sweep.run(|| ()).expect("a sweep");
    (begin.elapsed().as_secs_f64(), found)
}

fn main() {
    let variation = Variation {
        sweep: true,
        ..Variation::default()
    };
    let points = load_points_text("bench.toml", SCENARIO, Path::new("."), &variation);
    let points = points.unwrap_or_else(|error| panic!("{error}"));
    println!(
        "{} points of 10 replications of 40,000 requests",
        points.points.len()
    );
    println!(
        "{:>6} {:>10} {:>10} {:>8}",
        "round", "1 thread", "2 threads", "ratio"
    );
    for round in 1..=5 {
        let (one, found) = run(&points, 1);
        let (two, same) = run(&points, 2);
        assert!(found == same, "results depend on the threads");
        println!("{round:>6} {one:>9.2}s {two:>9.2}s {:>7.2}×", one / two);
    }
}
