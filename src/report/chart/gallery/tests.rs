//! The charts as files: what they say, and that no data breaks them.

use proptest::prelude::*;

use super::*;
use crate::experiment::{Distribution, Figure, NumberInSystem, NumberShare, Point, Series, Share};
use crate::metrics::Unit;
use crate::report::chart::style::{HEIGHT, LINES_MAX, WIDTH};
use crate::report::sample::{self, Noise};

const STEMS: [&str; 8] = [
    "in-system",
    "queue-length",
    "utilization",
    "executors",
    "pending-containers",
    "welch",
    "in-system-distribution",
    "latency-distribution",
];

fn svg(results: &Results, stem: &str) -> String {
    let name = format!("{stem}.svg");
    let found = render(results).into_iter().find(|file| file.0 == name);
    let (_, bytes) = found.unwrap_or_else(|| panic!("no {name}"));
    String::from_utf8(bytes).unwrap()
}

fn is(name: &str, format: &str) -> bool {
    name.rsplit('.').next() == Some(format)
}

/// Texts of a picture in the order of drawing.
fn texts(svg: &str) -> Vec<&str> {
    let texts = svg.split("<text ").skip(1);
    texts
        .map(|text| {
            text.split(">\n")
                .nth(1)
                .unwrap()
                .split("\n<")
                .next()
                .unwrap()
        })
        .collect()
}

fn pixels(png: &[u8]) -> Vec<u8> {
    let mut reader = ::png::Decoder::new(png).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height), (WIDTH, HEIGHT));
    pixels
}

fn series(metric: &str, kind: SeriesKind, points: Vec<Point>) -> Series {
    Series {
        metric: metric.to_owned(),
        unit: Unit::Count,
        kind,
        points,
    }
}

fn flat(mean: f64) -> Vec<Point> {
    let point = |time| Point {
        time,
        mean,
        band: None,
    };
    vec![point(60.0), point(120.0)]
}

#[test]
fn every_chart_comes_as_svg_and_as_png() {
    let files = render(&sample::results());
    let names: Vec<&str> = files.iter().map(|file| file.0.as_str()).collect();
    let expected: Vec<String> = STEMS
        .iter()
        .flat_map(|stem| [format!("{stem}.svg"), format!("{stem}.png")])
        .collect();
    assert_eq!(names, expected);
    for (name, bytes) in files {
        if is(&name, "png") {
            // Something is drawn in colour: pixels whose channels differ.
            let colored = pixels(&bytes)
                .chunks(3)
                .filter(|rgb| rgb[0] != rgb[2])
                .count();
            assert!(colored > 1000, "{name}: {colored}");
        }
    }
}

#[test]
fn a_chart_names_the_scenario_its_axes_and_its_lines() {
    let drawn = svg(&sample::results(), "queue-length");
    assert_eq!(
        texts(&drawn),
        [
            "REST front end that submits SparkPi to a small cluster",
            "Queue length: requests that wait at each service. Mean of 20 replications, shaded: \
             95 % confidence interval",
            "0",
            "15",
            "30",
            "45",
            "60",
            "75",
            "90",
            "105",
            "120",
            "0",
            "5",
            "10",
            "15",
            "20",
            "Time since the start (min)",
            "Waiting requests",
            "warm-up ends",
            "gateway",
            "auth",
        ]
    );
    assert_eq!(
        drawn.matches("<polyline ").count(),
        2,
        "one for each service"
    );
    let bands = drawn.matches("<polygon opacity=\"0.2\"").count();
    assert_eq!(bands, 2, "one for each service");
}

#[test]
fn the_latency_chart_shows_the_percentiles_that_figures_have() {
    let drawn = svg(&sample::results(), "latency-distribution");
    let texts = texts(&drawn);
    for expected in [
        "Not slower (%)",
        "Latency (logarithmic)",
        "p50",
        "p95",
        "p99",
        "gateway (service)",
        "p50 4.30 ms, p95 18.6 ms, p99 –",
        "pi (application)",
        "p50 28.4 s, p95 123 s, p99 189 s",
    ] {
        assert!(texts.contains(&expected), "{expected}: {texts:?}");
    }
    assert_eq!(drawn.matches("<polyline ").count(), 3);
    // A disc and its rim: two on the curve, for p99 is absent, and one in the legend.
    assert_eq!(drawn.matches("<circle ").count(), 2 * 3);
}

#[test]
fn the_chart_of_numbers_has_a_line_for_time_and_markers_for_arrivals() {
    let drawn = svg(&sample::results(), "in-system-distribution");
    let texts = texts(&drawn);
    for expected in ["Requests in system", "Share (%)", "gateway", "auth"] {
        assert!(texts.contains(&expected), "{expected}: {texts:?}");
    }
    assert_eq!(drawn.matches("<polyline ").count(), 2);
    // A disc and its rim at each number from 0 to 19, which is not exceeded 99.9 % of the time,
    // and in the legend.
    assert_eq!(drawn.matches("<circle ").count(), 2 * 21);
}

#[test]
fn the_welch_plot_draws_the_warm_up_in_and_needs_one() {
    let mut results = sample::results();
    let drawn = svg(&results, "welch");
    let texts = texts(&drawn);
    for expected in ["warm-up ends", "Requests in system, smoothed"] {
        assert!(texts.contains(&expected), "{expected}: {texts:?}");
    }
    results.window_start = None;
    assert!(
        render(&results)
            .iter()
            .all(|(name, _)| !name.contains("welch"))
    );
}

#[test]
fn narrow_distributions_have_a_linear_axis() {
    let mut results = sample::results();
    let points = vec![(0.02, 0.25), (0.03, 0.5), (0.05, 0.75), (0.09, 1.0)];
    results.distributions = vec![Distribution {
        metric: "services.gateway.latency".to_owned(),
        points,
        count: 4,
    }];
    let drawn = svg(&results, "latency-distribution");
    let texts = texts(&drawn);
    assert!(texts.contains(&"Latency (ms)"), "{texts:?}");
    assert!(texts.contains(&"100"), "{texts:?}");
}

#[test]
fn without_data_no_chart_is_made() {
    let mut results = sample::results();
    results.distributions.clear();
    results.numbers.clear();
    results.series = vec![series(
        "services.a.queue_length",
        SeriesKind::QueueLength,
        vec![],
    )];
    assert!(render(&results).is_empty());
}

#[test]
fn of_too_many_lines_the_largest_are_drawn_and_the_rest_is_counted() {
    let mut results = sample::results();
    results.series = (0..LINES_MAX as u32 + 7)
        .map(|index| {
            let metric = format!("services.s{index}.queue_length");
            series(&metric, SeriesKind::QueueLength, flat(f64::from(index)))
        })
        .collect();
    let drawn = svg(&results, "queue-length");
    assert_eq!(drawn.matches("<polyline ").count(), LINES_MAX);
    let texts = texts(&drawn);
    assert!(
        texts.contains(&"s18") && !texts.contains(&"s6"),
        "{texts:?}"
    );
    let caption = "The 12 largest on average, and 7 more; see series.csv";
    assert_eq!(texts.last(), Some(&caption));
}

#[test]
fn an_interval_that_is_missing_leaves_a_gap_in_the_band_only() {
    let mut results = sample::results();
    let mut points = sample::results().series[0].points.clone();
    points[100].band = None;
    results.series = vec![series(
        "services.a.queue_length",
        SeriesKind::QueueLength,
        points,
    )];
    let drawn = svg(&results, "queue-length");
    assert_eq!(drawn.matches("<polygon opacity=\"0.2\"").count(), 2);
    assert_eq!(drawn.matches("<polyline ").count(), 1);
}

#[test]
fn markup_in_a_title_is_text() {
    let mut results = sample::results();
    results.title = "a < b & \"c\" \u{1} <script>".to_owned();
    let drawn = svg(&results, "queue-length");
    assert!(
        drawn.contains("<title>a &lt; b &amp; \"c\"   &lt;script&gt;</title>"),
        "{drawn}"
    );
    assert!(!drawn.contains('\u{1}') && !drawn.contains("<script"));
}

#[test]
fn equal_results_give_equal_bytes() {
    assert_eq!(render(&sample::results()), render(&sample::results()));
}

#[test]
fn no_part_of_a_picture_leaves_the_paper() {
    let mut results = sample::results();
    results.title = "Ünïcödé Кластер ".repeat(10);
    for one in &mut results.series {
        one.metric = one.metric.replace("gateway", &"long-name-".repeat(20));
    }
    for (name, bytes) in render(&results) {
        if !is(&name, "png") {
            continue;
        }
        let pixels = pixels(&bytes);
        let row = WIDTH as usize * 3;
        let is_paper = |rgb: &[u8]| rgb.iter().all(|channel| *channel == 255);
        let margin = 20;
        for (y, line) in pixels.chunks(row).enumerate() {
            let edge = y < 12 || y >= HEIGHT as usize - 12;
            let cleared = if edge { line } else { &line[..margin * 3] };
            assert!(cleared.chunks(3).all(is_paper), "{name}: row {y}");
            let right = &line[row - margin * 3 / 2..];
            assert!(
                right.chunks(3).all(is_paper),
                "{name}: row {y} on the right"
            );
        }
    }
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => 0.0..100.0_f64,
        1 => Just(0.0),
        1 => -1.0..1.0_f64,
        1 => any::<f64>(),
        1 => Just(1e-300),
        1 => Just(f64::MAX),
        1 => Just(f64::NAN),
        1 => Just(f64::INFINITY),
    ]
}

fn points() -> impl Strategy<Value = Vec<Point>> {
    let point = (value(), value(), proptest::option::of((value(), value())));
    proptest::collection::vec(point, 0..6).prop_map(|points| {
        let points = points.into_iter();
        let mut points: Vec<Point> = points
            .map(|(time, mean, band)| Point { time, mean, band })
            .collect();
        points.sort_by(|a, b| a.time.total_cmp(&b.time));
        points
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_data_breaks_a_chart(
        title in any::<String>(),
        name in "[A-Za-z0-9_-]{1,200}",
        all in proptest::collection::vec((points(), 0..4_usize), 0..4),
        latencies in proptest::collection::vec((value(), value()), 0..8),
        shares in proptest::collection::vec((value(), value()), 0..4),
        percentile in value(),
        seed in any::<u64>(),
    ) {
        let kinds = [
            SeriesKind::InSystem,
            SeriesKind::Utilization,
            SeriesKind::Executors,
            SeriesKind::PendingContainers,
        ];
        let mut results = sample::results();
        results.title = title;
        results.series = all
            .into_iter()
            .map(|(points, kind)| series(&format!("services.{name}.x"), kinds[kind], points))
            .collect();
        results.distributions = vec![Distribution {
            metric: format!("services.{name}.latency"),
            points: latencies,
            count: Noise(seed).next().to_bits() % 10,
        }];
        let share = |mean| Share { mean, band: Some((mean, -mean)) };
        let shares = shares.into_iter().map(|(time, found)| NumberShare {
            time: share(time),
            found: share(found),
        });
        results.numbers = vec![NumberInSystem {
            metric: format!("services.{name}.in_system"),
            shares: shares.collect(),
        }];
        results.figures.push(Figure {
            metric: format!("services.{name}.latency.p50"),
            ..results.figures[2].clone()
        });
        if let Some(Ok(estimate)) = results.figures.last_mut().map(|figure| &mut figure.estimate) {
            estimate.mean = percentile;
        }
        for (name, bytes) in render(&results) {
            if is(&name, "svg") {
                let drawn = String::from_utf8(bytes).unwrap();
                prop_assert!(!drawn.contains("NaN") && drawn.ends_with("</svg>\n"));
            } else {
                pixels(&bytes);
            }
        }
    }
}
