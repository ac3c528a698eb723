//! What a sweep looks like: the table, the files, which charts there are and what they say.

use super::{chosen, render, terminal};
use crate::experiment::{Estimate, Figure, Layout, Note, PointLayout, PointResults, SweepResults};
use crate::metrics::Unit;
use crate::scenario::Dimension;

/// A grid over `dimensions`; the latency of a point is a hundredth of the sum of its levels'
/// positions and one.
fn grid(dimensions: &[(&str, &[&str])]) -> SweepResults {
    let dimensions: Vec<Dimension> = dimensions
        .iter()
        .map(|(name, levels)| Dimension {
            name: (*name).to_owned(),
            levels: levels.iter().map(ToString::to_string).collect(),
        })
        .collect();
    let mut coordinates = vec![Vec::new()];
    for dimension in &dimensions {
        coordinates = coordinates
            .iter()
            .flat_map(|one: &Vec<usize>| {
                (0..dimension.levels.len()).map(|level| [one.clone(), vec![level]].concat())
            })
            .collect();
    }
    let points = coordinates.iter().zip(0..).map(|(coordinates, number)| {
        let values = coordinates.iter().zip(&dimensions);
        PointLayout {
            name: format!("point {}", number + 1),
            values: values
                .map(|(&level, dimension)| Some(dimension.levels[level].clone()))
                .collect(),
            coordinates: coordinates.clone(),
            changes: Vec::new(),
            seed: 1,
            replications: 5,
            not_modelled: vec!["`spark.x` is not modelled".to_owned()],
            fingerprint: number,
        }
    });
    let found = coordinates.iter().map(|coordinates| {
        let mean = 0.01 * (coordinates.iter().sum::<usize>() + 1) as f64;
        PointResults {
            figures: vec![
                figure("services.desk.utilization", Unit::Ratio, mean),
                figure("services.desk.latency.mean", Unit::Seconds, mean),
                figure("services.desk.latency.p95", Unit::Seconds, 2.0 * mean),
            ],
            notes: Vec::new(),
        }
    });
    SweepResults {
        layout: Layout {
            version: "0".to_owned(),
            title: "A desk".to_owned(),
            scenario: "desk".to_owned(),
            columns: dimensions.iter().map(|one| one.name.clone()).collect(),
            points: points.collect(),
            grid: true,
            dimensions,
        },
        points: found.collect(),
    }
}

fn figure(metric: &str, unit: Unit, mean: f64) -> Figure {
    Figure {
        metric: metric.to_owned(),
        unit,
        estimate: Ok(Estimate {
            mean,
            interval: Some((0.9 * mean, 1.1 * mean)),
            std_dev: Some(0.1 * mean),
            replications: 5,
            doubt: None,
        }),
        per_replication: vec![Some(mean); 2],
    }
}

const REPLICAS: (&str, &[&str]) = ("services.desk.replicas", &["2", "4", "8"]);
const RATE: (&str, &[&str]) = ("workloads.users.arrivals.poisson.rate", &["10/s", "20/s"]);
const BALANCER: (&str, &[&str]) = ("services.desk.balancer", &["random", "round-robin"]);
const QUEUE: (&str, &[&str]) = ("services.desk.queue", &["central", "per-replica"]);

const P95: &str = "services.desk.latency.p95";

/// The names of the charts, and the texts of the first in the order of drawing.
fn charts(results: &SweepResults) -> (Vec<String>, Vec<String>) {
    let files = render(results, &[P95.to_owned()]);
    let svg: Vec<_> = files
        .iter()
        .filter(|file| file.0.ends_with(".svg"))
        .collect();
    let names = svg.iter().map(|file| file.0.clone()).collect();
    let texts = svg.first().map_or_else(Vec::new, |file| {
        let text = String::from_utf8(file.1.clone()).unwrap();
        let texts = text.split("<text ").skip(1);
        let inner = texts.filter_map(|text| text.split(">\n").nth(1)?.split("\n<").next());
        inner.map(str::to_owned).collect()
    });
    (names, texts)
}

fn has(texts: &[String], wanted: &[&str]) {
    for text in wanted {
        assert!(
            texts.iter().any(|one| one.contains(text)),
            "`{text}` is not in {texts:?}"
        );
    }
}

#[test]
fn the_table_has_a_line_for_each_point_with_the_main_figures() {
    let mut results = grid(&[REPLICAS, BALANCER]);
    results.points[1].figures[2].estimate = Err("too few".to_owned());
    results.points[2].notes = vec![Note::Warning("it is overloaded".to_owned())];
    let metrics = chosen(&results, &[]).unwrap();
    insta::assert_snapshot!(terminal(&results, &metrics, 100), @r"
A desk
6 points of 5 replications, seed 1; ± is half of the 95 % confidence interval

point   replicas      balancer   desk latency p95
───────────────────────────────────────────────────
    1          2        random      20.0 ± 2.0 ms
    2          2   round-robin                  –
    3          4        random      40.0 ± 4.0 ms
    4          4   round-robin      60.0 ± 6.0 ms
    5          8        random      60.0 ± 6.0 ms
    6          8   round-robin      80.0 ± 8.0 ms

– too few

warning: at point 3: it is overloaded
not modelled: `spark.x` is not modelled
");
}

#[test]
fn the_files_are_tidy() {
    let results = grid(&[(REPLICAS.0, &["2", "4"])]);
    let files = render(&results, &[]);
    let text: Vec<_> = files
        .iter()
        .map(|(name, bytes)| format!("{name}\n{}", String::from_utf8_lossy(bytes)))
        .collect();
    insta::assert_snapshot!(text.join("\n"), @r"
sweep.csv
point,services.desk.replicas,metric,unit,mean,ci_low,ci_high,std_dev,replications
1,2,services.desk.utilization,ratio,0.01,0.009000000000000001,0.011000000000000001,0.001,5
1,2,services.desk.latency.mean,s,0.01,0.009000000000000001,0.011000000000000001,0.001,5
1,2,services.desk.latency.p95,s,0.02,0.018000000000000002,0.022000000000000002,0.002,5
2,4,services.desk.utilization,ratio,0.02,0.018000000000000002,0.022000000000000002,0.002,5
2,4,services.desk.latency.mean,s,0.02,0.018000000000000002,0.022000000000000002,0.002,5
2,4,services.desk.latency.p95,s,0.04,0.036000000000000004,0.044000000000000004,0.004,5

runs.csv
point,replication,metric,unit,value
1,1,services.desk.utilization,ratio,0.01
1,1,services.desk.latency.mean,s,0.01
1,1,services.desk.latency.p95,s,0.02
1,2,services.desk.utilization,ratio,0.01
1,2,services.desk.latency.mean,s,0.01
1,2,services.desk.latency.p95,s,0.02
2,1,services.desk.utilization,ratio,0.02
2,1,services.desk.latency.mean,s,0.02
2,1,services.desk.latency.p95,s,0.04
2,2,services.desk.utilization,ratio,0.02
2,2,services.desk.latency.mean,s,0.02
2,2,services.desk.latency.p95,s,0.04
");
}

#[test]
fn a_figure_that_is_asked_for_must_exist() {
    let results = grid(&[REPLICAS]);
    let wanted = vec!["services.desk.latency.p59".to_owned()];
    let error = chosen(&results, &wanted).unwrap_err().to_string();
    insta::assert_snapshot!(error, @"there is no figure `services.desk.latency.p59`: did you mean `services.desk.latency.p95`?");
    assert_eq!(chosen(&results, &[P95.to_owned()]).unwrap(), [P95]);
    let several = ["services.*.latency.p95".to_owned(), P95.to_owned()];
    assert_eq!(chosen(&results, &several).unwrap(), [P95]);
}

#[test]
fn numbers_lie_along_the_axis_and_alternatives_are_lines() {
    let (names, texts) = charts(&grid(&[BALANCER, REPLICAS]));
    assert_eq!(names, ["sweep-services-desk-latency-p95.svg"]);
    has(
        &texts,
        &[
            "over replicas, a line for each balancer",
            "random",
            "round-robin",
            "8",
        ],
    );
}

#[test]
fn two_dimensions_of_numbers_are_a_map_as_well() {
    let (names, texts) = charts(&grid(&[REPLICAS, RATE]));
    assert_eq!(
        names,
        [
            "sweep-services-desk-latency-p95.svg",
            "sweep-services-desk-latency-p95-map.svg"
        ]
    );
    has(&texts, &["rate 10/s", "rate 20/s"]);
}

#[test]
fn more_dimensions_are_panels_and_words_alone_stand_side_by_side() {
    let (names, texts) = charts(&grid(&[BALANCER, REPLICAS, QUEUE, RATE]));
    assert_eq!(names.len(), 1);
    // Numbers along the axis, balancers as lines, the others as panels.
    has(
        &texts,
        &["central, rate 10/s", "per-replica, rate 20/s", "random"],
    );
    let (names, texts) = charts(&grid(&[BALANCER, QUEUE]));
    assert_eq!(names.len(), 1);
    has(&texts, &["over balancer, a mark for each queue"]);
}

#[test]
fn a_sample_is_shown_over_each_dimension_by_itself() {
    let mut results = grid(&[REPLICAS, RATE]);
    results.layout.grid = false;
    let (names, texts) = charts(&results);
    assert_eq!(names.len(), 1);
    has(&texts, &["over each dimension", "replicas", "rate"]);
}

#[test]
fn strange_figures_break_no_chart() {
    for mean in [0.0, f64::NAN, f64::INFINITY, 1e-300, 1e300, -1.0] {
        for dimensions in [
            &[REPLICAS, RATE][..],
            &[BALANCER],
            &[REPLICAS, QUEUE, BALANCER],
        ] {
            let mut results = grid(dimensions);
            results.points[0].figures[2] = figure(P95, Unit::Seconds, mean);
            results.points[1].figures[2].estimate = Err("nothing".to_owned());
            for (name, bytes) in render(&results, &[P95.to_owned()]) {
                let text = String::from_utf8_lossy(&bytes);
                assert!(
                    !name.ends_with("svg") || !text.contains("NaN"),
                    "{name} {mean}"
                );
            }
        }
    }
}
