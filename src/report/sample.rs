//! Results that look like those of a real run, for the tests of this folder.

use crate::experiment::{
    Distribution, Estimate, Figure, Note, NumberInSystem, NumberShare, Point, Results, Series,
    SeriesKind, Share,
};
use crate::metrics::Unit;

/// A gateway, a second service and three applications over two hours.
pub(super) fn results() -> Results {
    Results {
        title: "REST front end that submits SparkPi to a small cluster".to_owned(),
        name: "quickstart".to_owned(),
        seed: 1,
        replications: 20,
        figures: figures(),
        series: series(),
        window_start: Some(1200.0),
        numbers: vec![
            number_in_system("services.gateway.in_system", 0.4),
            number_in_system("services.auth.in_system", 0.7),
        ],
        distributions: vec![
            distribution("services.gateway.latency", 0.0062, 84_000),
            distribution("services.auth.latency", 0.021, 42_000),
            distribution("apps.pi.latency", 41.0, 12_000),
        ],
        notes: vec![
            Note::NotModelled("spark.eventLog.enabled in apps.pi".to_owned()),
            Note::Warning(
                "services.auth is offered 1.04 times what it can serve: its queue grows without \
                 bound, and its figures depend on the duration of the run"
                    .to_owned(),
            ),
            Note::NotModelled("memory use of containers (no limit can be exceeded)".to_owned()),
        ],
    }
}

fn figures() -> Vec<Figure> {
    use Unit::{Bytes, Cores, Count, PerSecond, Ratio, Seconds};
    let mut figures = vec![
        figure("workloads.users.arrivals", Count, 720.35, 12.1),
        figure("workloads.users.completed", Count, 719.9, 12.1),
    ];
    figures.extend(latencies("workloads.users", 0.0062));
    figures.extend([
        figure("services.gateway.throughput", PerSecond, 0.1, 0.001),
        figure("services.gateway.utilization", Ratio, 0.000_31, 0.000_01),
    ]);
    figures.extend(latencies("services.gateway", 0.0062));
    let p99 = figures.last_mut().unwrap();
    p99.estimate = Err("fewer than 200 observations exceed it".to_owned());
    figures.extend([
        figure("services.gateway.queue_length", Count, 0.0, 0.0),
        figure("services.gateway.rejected", Count, 0.0, 0.0),
        figure(
            "services.gateway.endpoints.submit.utilization",
            Ratio,
            0.0003,
            0.0,
        ),
        figure("services.auth.throughput", PerSecond, 39.984, 0.1),
        figure("services.auth.utilization", Ratio, 0.9984, 0.001),
    ]);
    figures.extend(latencies("services.auth", 0.021));
    figures.extend([
        figure("services.auth.queue_length", Count, 496.2, 61.0),
        figure("services.auth.rejected", Count, 1204.5, 80.0),
        figure("apps.pi.finished", Count, 718.1, 11.0),
    ]);
    figures.extend(latencies("apps.pi", 41.0));
    figures.extend([
        figure("apps.pi.executors", Count, 16.43, 0.4),
        figure("apps.pi.unfinished", Count, 1.25, 0.4),
        figure("apps.nightly.finished", Count, 1.0, 0.0),
    ]);
    figures.extend(latencies("apps.nightly", 1843.2));
    for percentile in figures.iter_mut().rev().take(3) {
        percentile.estimate = Err("fewer than 200 observations exceed it".to_owned());
    }
    figures.extend([
        figure("apps.nightly.executors", Count, 2.05, 0.02),
        figure("apps.nightly.unfinished", Count, 0.0, 0.0),
        figure("cluster.cpu_allocated", Cores, 38.4, 0.9),
        figure("cluster.memory_allocated", Bytes, 171.2e9, 4e9),
        figure("cluster.bytes_pulled", Bytes, 2.86e9, 0.0),
        figure("cluster.pending_time.mean", Seconds, 3.42, 0.61),
    ]);
    figures
}

/// Latency figures of an exponential distribution.
fn latencies(thing: &str, mean: f64) -> Vec<Figure> {
    let statistics = [("mean", 1.0), ("p50", 0.5), ("p95", 0.05), ("p99", 0.01)];
    let figures = statistics.map(|(statistic, exceeding)| {
        let value = match statistic {
            "mean" => mean,
            _ => -mean * libm::log(exceeding),
        };
        let metric = format!("{thing}.latency.{statistic}");
        figure(&metric, Unit::Seconds, value, value * 0.013)
    });
    figures.into()
}

fn figure(metric: &str, unit: Unit, mean: f64, half_width: f64) -> Figure {
    Figure {
        metric: metric.to_owned(),
        unit,
        estimate: Ok(Estimate {
            mean,
            interval: Some((mean - half_width, mean + half_width)),
            std_dev: Some(half_width * 2.0),
            replications: 20,
            doubt: None,
        }),
        per_replication: (0..20)
            .map(|index| Some(mean + half_width * f64::from(index - 10) / 5.0))
            .collect(),
    }
}

/// A small generator: the pictures need noise that is the same every time.
pub(super) struct Noise(pub(super) u64);

impl Noise {
    /// Uniform on [0, 1).
    pub(super) fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn series() -> Vec<Series> {
    use SeriesKind::{Executors, InSystem, PendingContainers, QueueLength, Utilization};
    use Unit::{Count, Ratio};
    let mut noise = Noise(7);
    let mut wave = |metric: &str, unit, kind, level: fn(f64) -> f64, spread: f64| {
        let mut drift = 0.0;
        let most = if unit == Ratio { 1.0 } else { f64::MAX };
        let points = (1..=240)
            .map(|index| {
                let share = f64::from(index) / 240.0;
                drift = 0.8 * drift + (noise.next() - 0.5) * spread;
                let mean = (level(share) + drift).clamp(0.0, most);
                let half = spread * (0.4 + 0.3 * noise.next());
                Point {
                    time: share * 7200.0,
                    mean,
                    band: Some(((mean - half).max(0.0), mean + half)),
                }
            })
            .collect();
        Series {
            metric: metric.to_owned(),
            unit,
            kind,
            points,
        }
    };
    vec![
        wave(
            "services.gateway.queue_length",
            Count,
            QueueLength,
            |x| 2.0 + 3.0 * x * (1.0 - x),
            0.8,
        ),
        wave(
            "services.auth.queue_length",
            Count,
            QueueLength,
            |x| 14.0 * x,
            1.6,
        ),
        wave(
            "services.gateway.utilization",
            Ratio,
            Utilization,
            |_| 0.36,
            0.04,
        ),
        wave(
            "services.auth.utilization",
            Ratio,
            Utilization,
            |x| (0.7 + x).min(0.97),
            0.03,
        ),
        wave(
            "cluster.cpu_allocated",
            Ratio,
            Utilization,
            |x| 0.5 + 0.2 * x,
            0.05,
        ),
        wave(
            "apps.pi.executors",
            Count,
            Executors,
            |x| if x > 0.02 { 16.0 } else { 0.0 },
            1.2,
        ),
        wave(
            "apps.nightly.executors",
            Count,
            Executors,
            |x| if (0.3..0.6).contains(&x) { 8.0 } else { 0.0 },
            0.3,
        ),
        wave(
            "apps.etl.executors",
            Count,
            Executors,
            |x| if x > 0.7 { 4.0 } else { 0.0 },
            0.4,
        ),
        wave(
            "cluster.pending_containers",
            Count,
            PendingContainers,
            |x| if (0.3..0.4).contains(&x) { 9.0 } else { 0.5 },
            0.9,
        ),
        wave(
            "services.auth.in_system",
            Count,
            InSystem,
            |x| 16.0 * x / (x + 0.1),
            2.4,
        ),
    ]
}

/// A geometric distribution; arrivals find it but for a little.
pub(super) fn number_in_system(metric: &str, ratio: f64) -> NumberInSystem {
    let mut share = 1.0 - ratio;
    let shares = (0..30).map(|_| {
        let mean = share;
        share *= ratio;
        NumberShare {
            time: Share {
                mean,
                band: Some((0.9 * mean, 1.1 * mean)),
            },
            found: Share {
                mean: 1.02 * mean,
                band: None,
            },
        }
    });
    NumberInSystem {
        metric: metric.to_owned(),
        shares: shares.collect(),
    }
}

/// An exponential distribution, as a run would have measured it.
pub(super) fn distribution(metric: &str, mean: f64, count: u64) -> Distribution {
    let mut points: Vec<(f64, f64)> = (0..300)
        .map(|index| {
            let share = f64::from(index) / 300.0 + 1.0 / 600.0;
            (-mean * libm::log(1.0 - share), share)
        })
        .collect();
    points
        .extend([5.0, 7.0, 9.0].map(|times| (mean * (times + 1.5), 1.0 - libm::exp(-times - 1.5))));
    points.push((mean * libm::log(count as f64), 1.0));
    Distribution {
        metric: metric.to_owned(),
        points,
        count,
    }
}
