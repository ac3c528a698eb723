//! How long and how often to run: warm-up, precision, batches, and what is said of them.

use crate::simulate::{estimate, figure, mean, run, text};
use sparksim::experiment::{Doubt, Experiment, ExperimentError, Note, Results, Watch};
use sparksim::report;
use sparksim::scenario::{Loaded, load_text};
use sparksim::theory::Mm1;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicI32, Ordering};

/// M/M/1 at the given load with these keys in `[run]`.
fn queue(load: f64, run: &str) -> String {
    format!(
        "[run]\n{run}\n[services.desk]\nservice-time = {{ exponential = {{ mean = \"1s\" }} }}\n\
         [workloads.visitors]\ntarget = \"services.desk\"\n\
         arrivals = {{ poisson = {{ rate = \"{load}/s\" }} }}\n"
    )
}

fn loaded(text: &str) -> Loaded {
    load_text("test", text, Path::new("."), &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn half_width(results: &Results, metric: &str) -> f64 {
    let (low, high) = estimate(results, metric).interval.unwrap();
    (high - low) / 2.0
}

fn said(results: &Results) -> Vec<&str> {
    let notes = results.notes.iter().map(|note| match note {
        Note::Warning(text) | Note::Remark(text) | Note::NotModelled(text) => text.as_str(),
    });
    notes.collect()
}

/// A queue at 90 % that starts empty: without a warm-up its mean is too low.
#[test]
fn an_automatic_warm_up_leaves_out_the_same_start_of_every_replication() {
    let run = |warmup: &str| {
        text(&queue(
            0.9,
            &format!("seed = 5\nreplications = 40\nduration = \"4000s\"\nwarmup = {warmup}"),
        ))
    };
    let (none, auto) = (run("0"), run("\"auto\""));
    let notes = said(&auto);
    assert!(
        notes[0].starts_with("warm-up: the first ") && notes[0].ends_with("(MSER-5)"),
        "{notes:?}"
    );
    let truth = 9.0;
    let in_system = |results| mean(results, "services.desk.in_system");
    let (with, without) = (truth - in_system(&auto), truth - in_system(&none));
    assert!(with.abs() < without.abs(), "{with} {without}");
    // The same for all: fewer arrivals in each.
    let arrivals = |results: &Results| figure(results, "services.desk.arrivals").clone();
    let (auto, none) = (arrivals(&auto), arrivals(&none));
    let pairs = auto.per_replication.iter().zip(&none.per_replication);
    assert!(pairs.into_iter().all(|(auto, none)| auto < none));
}

#[test]
fn a_run_that_never_settles_is_called_too_short() {
    let results = text(&queue(
        1.5,
        "replications = 10\nduration = \"2000s\"\nwarmup = \"auto\"",
    ));
    let notes = said(&results);
    assert!(
        notes[0].starts_with("the run is too short to see its warm-up end: services.desk."),
        "{notes:?}"
    );
}

#[test]
fn replications_go_on_until_the_figure_is_known_well_enough() {
    let keys = "requests = 4000\nwarmup-requests = 400\n\
                precision = { metric = \"services.desk.latency.mean\", relative = 0.05 }";
    let loaded = loaded(&queue(0.7, keys));
    let (one, three) = (run(&loaded, 1), run(&loaded, 3));
    let reached = half_width(&one, "services.desk.latency.mean");
    let limit = 0.05 / 1.05 * mean(&one, "services.desk.latency.mean");
    assert!(reached <= limit, "{reached} {limit}");
    assert!(
        (10..500).contains(&one.replications),
        "{}",
        one.replications
    );
    // With five fewer it was narrow enough already, and with six fewer it was not.
    assert_eq!(one.figures, three.figures);
    assert!(
        said(&one)[0].contains("is known to ± 5 %"),
        "{:?}",
        said(&one)
    );
}

#[test]
fn a_precision_out_of_reach_is_said() {
    let keys = "requests = 400\nprecision = { metric = \"services.desk.latency.mean\", \
                relative = 0.001, max-replications = 12 }";
    let results = text(&queue(0.7, keys));
    assert_eq!(results.replications, 12);
    let notes = said(&results);
    assert!(
        notes[0].contains("is not known to ± 0.1 % after 12 replications"),
        "{notes:?}"
    );
}

/// One run of 400,000 customers knows about as much as 20 of 20,000.
#[test]
fn one_long_run_has_intervals_from_its_batches() {
    let theory = Mm1 {
        arrival_rate: 0.7,
        service_rate: 1.0,
    };
    let long = text(&queue(
        0.7,
        "seed = 3\nrequests = 400000\nwarmup-requests = 2000\nreplications = 1",
    ));
    let many = text(&queue(
        0.7,
        "seed = 3\nrequests = 20000\nwarmup-requests = 2000\nreplications = 20",
    ));
    for (metric, truth) in [
        ("services.desk.latency.mean", theory.latency()),
        ("services.desk.utilization", 0.7),
        ("services.desk.latency.p95", theory.latency_quantile(0.95)),
        ("services.desk.throughput", 0.7),
    ] {
        let (one, other) = (half_width(&long, metric), half_width(&many, metric));
        let ratio = one / other;
        assert!(
            (0.4..2.0).contains(&ratio),
            "{metric}: {one} against {other}"
        );
        let distance = (mean(&long, metric) - truth).abs();
        assert!(distance < 2.5 * one, "{metric}: off by {distance}, ± {one}");
    }
    // A count is the sum over batches: its relative width is that of the rate.
    let timed = text(&queue(0.7, "duration = \"40000s\"\nreplications = 1"));
    let relative = |metric| half_width(&timed, metric) / mean(&timed, metric);
    let (count, rate) = (
        relative("services.desk.arrivals"),
        relative("services.desk.throughput"),
    );
    assert!((0.7..1.4).contains(&(count / rate)), "{count} {rate}");
    assert!(
        estimate(&long, "services.desk.latency.max")
            .interval
            .is_none()
    );
}

#[test]
fn batches_that_depend_on_each_other_are_said() {
    let results = text(&queue(0.95, "seed = 1\nrequests = 3000\nreplications = 1"));
    let notes = said(&results);
    assert!(
        notes
            .iter()
            .any(|note| note.starts_with("the run is too short for batches")),
        "{notes:?}"
    );
}

#[test]
fn replications_that_are_short_for_their_load_are_said_with_what_would_be_enough() {
    let results = text(&queue(0.9, "duration = \"20000s\"\nreplications = 20"));
    // M/M/1: the relaxation time is 1/(1 − √0.9)² = 379.7 s, and 250 of them are 26 h 22 min.
    let notes = said(&results);
    let found = notes.iter().find(|note| note.contains("relaxation times"));
    let found = found.unwrap_or_else(|| panic!("{notes:?}"));
    assert!(found.contains("a window of 1 d "), "{found}");
    let long = text(&queue(0.5, "duration = \"20000s\"\nreplications = 10"));
    assert_eq!(said(&long), Vec::<&str>::new());
}

#[test]
fn percentiles_of_short_replications_are_marked() {
    let doubt = |results: &Results, metric: &str| estimate(results, metric).doubt;
    // 18,000 outcomes at 50 %: 1,800 above p90 and 180 above p99 of each replication.
    let many = text(&queue(
        0.5,
        "requests = 20000\nwarmup-requests = 2000\nreplications = 10",
    ));
    assert_eq!(doubt(&many, "services.desk.latency.p90"), None);
    assert_eq!(
        doubt(&many, "workloads.visitors.latency.p99"),
        Some(Doubt::FewAbove)
    );
    let shown = report::terminal(&many, 100);
    assert!(shown.contains("s*"), "{shown}");
    assert!(
        shown.contains("\n* less sure than it says: fewer than 200"),
        "{shown}"
    );
    assert!(!shown.contains('†'), "{shown}");
    // At 90 % as many are 47 relaxation times, which is too short for any percentile.
    let short = text(&queue(
        0.9,
        "requests = 20000\nwarmup-requests = 2000\nreplications = 10",
    ));
    for metric in [
        "services.desk.latency.p50",
        "workloads.visitors.latency.p99",
    ] {
        assert_eq!(doubt(&short, metric), Some(Doubt::ShortReplications));
    }
    assert_eq!(doubt(&short, "services.desk.latency.mean"), None);
    assert!(report::terminal(&short, 100).contains('†'));
}

/// Stops a run after some replications, and remembers what it is told.
struct Impatient {
    left: AtomicI32,
    told: Mutex<Vec<String>>,
}

impl Impatient {
    fn after(replications: i32) -> Self {
        Self {
            left: AtomicI32::new(replications),
            told: Mutex::new(Vec::new()),
        }
    }
}

impl Watch for Impatient {
    fn done(&self) {
        self.left.fetch_sub(1, Ordering::Relaxed);
    }

    fn planned(&self, _: u32, _: &str) {}

    fn forecast(&self, text: &str) {
        self.told.lock().unwrap().push(text.to_owned());
    }

    fn is_stopped(&self) -> bool {
        self.left.load(Ordering::Relaxed) <= 0
    }
}

#[test]
fn a_run_that_is_stopped_keeps_its_first_replications() {
    let precise = "requests = 400\nprecision = { metric = \"services.desk.latency.mean\", \
                   relative = 0.001 }";
    for keys in ["requests = 400\nreplications = 20", precise] {
        let loaded = loaded(&queue(0.7, keys));
        let stopped = |replications: i32| {
            let experiment = Experiment {
                model: &loaded.model,
                name: &loaded.name,
                not_modelled: &[],
                threads: 1,
            };
            experiment.run_watched(&Impatient::after(replications))
        };
        let results = stopped(7).unwrap();
        let seven = text(&queue(0.7, "requests = 400\nreplications = 7"));
        assert_eq!(results.figures, seven.figures);
        let notes = said(&results);
        assert!(
            notes.iter().any(|note| note.starts_with(
                "interrupted: figures are those of the first 7 replications, not of "
            )),
            "{notes:?}"
        );
        let nothing = stopped(0).unwrap_err();
        assert!(matches!(nothing, ExperimentError::Interrupted), "{nothing}");
    }
}

#[test]
fn after_ten_replications_it_is_told_how_well_figures_will_be_known() {
    let loaded = loaded(&queue(0.7, "requests = 400\nreplications = 40"));
    let watch = Impatient::after(1000);
    let experiment = Experiment {
        model: &loaded.model,
        name: &loaded.name,
        not_modelled: &[],
        threads: 1,
    };
    let results = experiment.run_watched(&watch).unwrap();
    let told = watch.told.into_inner().unwrap();
    let [text] = &told[..] else {
        panic!("{told:?}");
    };
    let metric = "services.desk.latency.mean";
    assert!(
        text.starts_with(&format!("{metric} is known to ± ")),
        "{text}"
    );
    let words: Vec<&str> = text.split(' ').collect();
    let percents = words.iter().enumerate().filter(|(_, word)| **word == "%");
    let percents: Vec<f64> = percents
        .map(|(index, _)| words[index - 1].parse().unwrap())
        .collect();
    let reached = half_width(&results, metric) / mean(&results, metric) * 100.0;
    // From ten replications the standard deviation is known to about a quarter.
    assert!(percents[1] < percents[0] / 2.0, "{text}");
    assert!(
        (0.5..2.0).contains(&(reached / percents[1])),
        "{text}, {reached}"
    );
}

/// The small version of the table in docs/trust.md: of 40 intervals of exact coverage 0.95 fewer
/// than 33 hold the truth once in 5000.
#[test]
fn intervals_hold_the_truth_about_as_often_as_they_say() {
    let theory = Mm1 {
        arrival_rate: 0.5,
        service_rate: 1.0,
    };
    let truths = [
        ("services.desk.latency.mean", theory.latency()),
        ("services.desk.utilization", 0.5),
        ("services.desk.latency.p50", theory.latency_quantile(0.5)),
        ("services.desk.latency.p99", theory.latency_quantile(0.99)),
    ];
    let mut held = [0; 4];
    for seed in 1..=40 {
        let keys = format!("seed = {seed}\nwarmup = 300\nduration = 3900\nreplications = 20");
        let results = text(&queue(0.5, &keys));
        // The run is as long as the tool itself asks for.
        assert_eq!(said(&results), Vec::<&str>::new());
        for (count, (metric, truth)) in held.iter_mut().zip(truths) {
            let (low, high) = estimate(&results, metric).interval.unwrap();
            *count += u32::from(low <= truth && truth <= high);
        }
    }
    assert!(held.iter().all(|count| 33 <= *count), "{held:?} of 40");
}
