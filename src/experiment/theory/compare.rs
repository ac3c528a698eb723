//! Chooses the model of each service and puts its figures beside those of the run.

use super::assumptions::{Assumption, Held};
use super::facts::Facts;
use super::prediction::{Candidate, Label, Predictions};
use super::streams::Streams;
use super::{closed, markov, network, replicas, single};
use crate::experiment::{Figure, Results};
use crate::metrics::Unit;
use crate::model::Model;
use crate::stats::{mean_interval, run_length_for_precision};

const CONFIDENCE: f64 = 0.95;
/// Half the width of the interval that run lengths are given for, relative to the mean.
const PRECISION: f64 = 0.01;

/// A service or workload beside its model.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Its path, e.g. `services.desk`.
    pub subject: String,
    /// The model that it is, or the nearest one.
    pub model: String,
    /// Who found its formulas.
    pub source: &'static str,
    /// Whether the formulas are exact.
    pub label: Label,
    /// What the model assumes, and whether that holds.
    pub assumptions: Vec<Assumption>,
    /// Theory beside simulation; empty where an assumption does not hold.
    pub rows: Vec<Row>,
    /// How long to run for an interval of ±1 %.
    pub run_length: Option<RunLength>,
}

/// A figure of theory beside that of the run.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The figure's name; `a / b` is the ratio of two.
    pub metric: String,
    /// What it is measured in.
    pub unit: Unit,
    /// What theory says.
    pub theory: f64,
    /// What that is.
    pub label: Label,
    /// Mean over replications; `None` where the run has no such figure.
    pub mean: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// The distance of the two in standard errors; of exact figures alone.
    pub z: Option<f64>,
}

/// How long to run for half an interval of 1 % of the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct RunLength {
    /// The figure whose mean is meant.
    pub metric: String,
    /// Requests in all, over all replications together.
    pub requests: f64,
    /// Whether theory says so, before any run; else the run's own variance does.
    pub from_theory: bool,
    /// Requests of this run.
    pub ran: f64,
}

impl Comparison {
    /// Whether nothing forbids the comparison.
    pub fn fits(&self) -> bool {
        self.assumptions
            .iter()
            .all(|assumption| assumption.held != Held::No)
    }

    /// The largest distance of an exact figure from the run's, in standard errors.
    pub fn largest_z(&self) -> Option<f64> {
        let distances = self.rows.iter().filter_map(|row| row.z).map(f64::abs);
        distances.max_by(f64::total_cmp)
    }
}

/// Every service, then every workload whose requests visit several services.
pub fn compare(model: &Model, results: &Results) -> Vec<Comparison> {
    let streams = Streams::new(model);
    let mut comparisons = Vec::new();
    for id in model.services.ids() {
        let facts = Facts::new(model, id, streams.at(id));
        let subject = format!("services.{}", facts.service.name);
        comparisons.extend(choose(candidates(&facts)).map(|candidate| {
            let ran = mean_of(results, &format!("{subject}.arrivals"));
            put_beside(subject, candidate, facts.rate(), ran, results)
        }));
    }
    for (id, workload) in model.workloads.enumerate() {
        let subject = format!("workloads.{}", workload.name);
        let ran = mean_of(results, &format!("{subject}.arrivals"));
        comparisons.extend(
            choose(network::candidates(model, &streams, id))
                .map(|candidate| put_beside(subject, candidate, f64::NAN, ran, results)),
        );
    }
    comparisons
}

fn candidates<'a>(facts: &'a Facts<'a>) -> Vec<Candidate<'a>> {
    let mut all = single::candidates(facts);
    all.extend(markov::candidates(facts));
    all.extend(replicas::candidates(facts));
    all.push(closed::machine_repair(facts));
    all.push(single::kingman(facts));
    if let Some(losses) = facts.losses() {
        for candidate in &mut all {
            candidate.assumptions.push(losses.clone());
        }
    }
    all
}

/// The first that fits, exact ones before others; else the one that lacks least.
fn choose(candidates: Vec<Candidate<'_>>) -> Option<Candidate<'_>> {
    let order = |candidate: &Candidate<'_>| {
        let failures = candidate.failures();
        (failures, failures == 0 && candidate.label != Label::Exact)
    };
    // Of equals the first.
    candidates.into_iter().min_by_key(order)
}

fn put_beside(
    subject: String,
    candidate: Candidate<'_>,
    rate: f64,
    ran: Option<f64>,
    results: &Results,
) -> Comparison {
    let fits = candidate.failures() == 0;
    let predictions = if fits {
        (candidate.predict)()
    } else {
        Predictions::default()
    };
    let rows: Vec<Row> = predictions
        .figures
        .iter()
        .map(|prediction| {
            let found = Found::of(results, &subject, &prediction.figure);
            let exact = prediction.label == Label::Exact;
            Row {
                metric: prediction.figure.clone(),
                unit: found.unit,
                theory: prediction.value,
                label: prediction.label,
                mean: found.mean,
                interval: found.interval,
                z: found.z(prediction.value).filter(|_| exact),
            }
        })
        .collect();
    let ran = ran.map(|ran| ran * f64::from(results.replications));
    let run_length = fits
        .then(|| run_length(&subject, &predictions, rate, ran, results))
        .flatten();
    Comparison {
        subject,
        model: candidate.name,
        source: candidate.source,
        label: candidate.label,
        assumptions: candidate.assumptions,
        rows,
        run_length,
    }
}

/// What the run found of a figure.
struct Found {
    unit: Unit,
    mean: Option<f64>,
    interval: Option<(f64, f64)>,
    standard_error: Option<f64>,
}

impl Found {
    fn of(results: &Results, subject: &str, name: &str) -> Self {
        match name.split_once(" / ") {
            Some((part, whole)) => Self::ratio(
                figure(results, &format!("{subject}.{part}")),
                figure(results, &format!("{subject}.{whole}")),
            ),
            None => {
                figure(results, &format!("{subject}.{name}")).map_or_else(Self::none, Self::plain)
            }
        }
    }

    fn none() -> Self {
        Self {
            unit: Unit::Ratio,
            mean: None,
            interval: None,
            standard_error: None,
        }
    }

    fn plain(figure: &Figure) -> Self {
        let Ok(estimate) = &figure.estimate else {
            return Self {
                unit: figure.unit,
                ..Self::none()
            };
        };
        let count = f64::from(estimate.replications);
        Self {
            unit: figure.unit,
            mean: Some(estimate.mean),
            interval: estimate.interval,
            standard_error: estimate.std_dev.map(|std_dev| std_dev / count.sqrt()),
        }
    }

    /// Of the ratios of all replications.
    fn ratio(part: Option<&Figure>, whole: Option<&Figure>) -> Self {
        let (Some(part), Some(whole)) = (part, whole) else {
            return Self::none();
        };
        let pairs = part.per_replication.iter().zip(&whole.per_replication);
        let ratios: Vec<f64> = pairs
            .filter_map(|(part, whole)| Some((*part)? / whole.filter(|whole| *whole > 0.0)?))
            .collect();
        mean_interval(&ratios, CONFIDENCE).map_or_else(Self::none, |found| Self {
            unit: Unit::Ratio,
            mean: Some(found.mean),
            interval: found.interval,
            standard_error: found
                .std_dev
                .map(|std_dev| std_dev / (found.count as f64).sqrt()),
        })
    }

    fn z(&self, theory: f64) -> Option<f64> {
        let error = self.standard_error.filter(|error| *error > 0.0)?;
        Some((self.mean? - theory) / error).filter(|z| z.is_finite())
    }
}

fn run_length(
    subject: &str,
    predictions: &Predictions,
    rate: f64,
    ran: Option<f64>,
    results: &Results,
) -> Option<RunLength> {
    let ran = ran?;
    if let Some((mean, variance)) = predictions.in_system {
        let seconds = run_length_for_precision(mean, variance, PRECISION, CONFIDENCE);
        let requests = seconds * rate;
        if requests.is_finite() {
            return Some(RunLength {
                metric: "in_system".to_owned(),
                requests,
                from_theory: true,
                ran,
            });
        }
    }
    // Half the width shrinks as the root of the length.
    let metric = "latency.mean";
    let found = Found::of(results, subject, metric);
    let (mean, (low, high)) = (found.mean?, found.interval?);
    let ratio = (high - low) / 2.0 / (PRECISION * mean);
    Some(RunLength {
        metric: metric.to_owned(),
        requests: ran * ratio * ratio,
        from_theory: false,
        ran,
    })
}

fn figure<'a>(results: &'a Results, metric: &str) -> Option<&'a Figure> {
    let mut figures = results.figures.iter();
    figures.find(|figure| figure.metric == metric)
}

fn mean_of(results: &Results, metric: &str) -> Option<f64> {
    let estimate = &figure(results, metric)?.estimate;
    estimate.as_ref().ok().map(|estimate| estimate.mean)
}
