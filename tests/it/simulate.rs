//! Runs scenarios for the other tests.

use sparksim::experiment::{Estimate, Experiment, Figure, Results};
use sparksim::scenario;
use std::path::{Path, PathBuf};

/// The directory of the shipped scenarios.
pub(super) fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

/// Runs a shipped scenario with changes.
pub(super) fn shipped(file: &str, overrides: &[&str]) -> Results {
    let overrides: Vec<String> = overrides.iter().map(ToString::to_string).collect();
    let loaded = scenario::load(&scenarios().join(file), &overrides);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    run(&loaded, 0)
}

/// Runs the text of a scenario.
pub(super) fn text(text: &str) -> Results {
    let loaded = scenario::load_text("test", text, &scenarios(), &[]);
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    run(&loaded, 0)
}

/// Runs what was loaded.
pub(super) fn run(loaded: &scenario::Loaded, threads: usize) -> Results {
    let experiment = Experiment {
        model: &loaded.model,
        name: &loaded.name,
        not_modelled: &loaded.notes,
        threads,
    };
    experiment
        .run(|| ())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The figure of that name.
pub(super) fn figure<'a>(results: &'a Results, metric: &str) -> &'a Figure {
    let found = results
        .figures
        .iter()
        .find(|figure| figure.metric == metric);
    found.unwrap_or_else(|| panic!("there is no figure `{metric}`"))
}

/// The estimate of that name.
pub(super) fn estimate(results: &Results, metric: &str) -> Estimate {
    match &figure(results, metric).estimate {
        Ok(estimate) => *estimate,
        Err(reason) => panic!("`{metric}` is absent: {reason}"),
    }
}

/// The mean of that name.
pub(super) fn mean(results: &Results, metric: &str) -> f64 {
    estimate(results, metric).mean
}

/// Fails unless every figure agrees with its expected value: |t| below `limit`, and the relative
/// error below `relative`.
pub(super) fn agrees(results: &Results, limit: f64, relative: f64, expected: &[(&str, f64)]) {
    let mut off = Vec::new();
    for &(metric, value) in expected {
        let estimate = estimate(results, metric);
        let std_dev = estimate.std_dev.expect("more than one replication");
        let t = (estimate.mean - value) / (std_dev / f64::from(estimate.replications).sqrt());
        let error = estimate.mean / value - 1.0;
        if t.abs() >= limit || error.abs() >= relative {
            let mean = estimate.mean;
            off.push(format!(
                "{metric}: {mean} is not {value} (t = {t:.2}, error {error:.4})"
            ));
        }
    }
    assert_eq!(off, Vec::<String>::new());
}
