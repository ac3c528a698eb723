//! What is kept of one replication once it is over: small, whatever it simulated.

use crate::metrics::names::{Figures, walk};
use crate::metrics::{Metrics, Numbers, SampledSeries, Unit};
use crate::model::Model;
use crate::stats::{Counts, Histogram};
use crate::units::Time;
use crate::world::{Replication, replicate, replicate_in_batches};
use serde::{Deserialize, Serialize};
use std::fmt::Arguments;

/// What is kept of a replication.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) sample: Sample,
    /// Not kept on disk, like the next two: only a run on its own shows it.
    #[serde(skip)]
    pub(super) series: SampledSeries,
    /// By service: how often how many were in system.
    #[serde(skip)]
    pub(super) numbers: Vec<Numbers>,
    #[serde(skip)]
    pub(super) window_start: Time,
    pub(super) stalled: Option<String>,
    pub(super) breaches: Vec<String>,
}

impl Outcome {
    /// Runs replication number `number`.
    pub(super) fn of(model: &Model, number: u32) -> Self {
        Self::from(model, replicate(model, number))
    }

    fn from(model: &Model, replication: Replication) -> Self {
        let services = replication.metrics.services.iter();
        Self {
            numbers: services
                .map(|meter| meter.in_system.numbers(replication.end))
                .collect(),
            window_start: replication.metrics.window_start,
            sample: Sample::of(model, &replication.metrics, replication.end),
            series: replication.series,
            stalled: replication.stalled,
            breaches: replication.breaches,
        }
    }

    /// The first replication, and the figures of each of its batches.
    pub(super) fn in_batches(model: &Model, batches: u32) -> (Self, Vec<Sample>) {
        let mut samples = Vec::with_capacity(batches as usize);
        // A batch is what has come since the moment before.
        let mut before: Option<(Metrics, Time)> = None;
        let mut batch = |metrics: &Metrics, now| {
            let until = (metrics.clone(), now);
            if let Some((earlier, start)) = before.replace(until) {
                samples.push(Sample::of(model, &metrics.since(&earlier, start), now));
            }
        };
        if !model.run.horizon.has_warmup() {
            batch(&Metrics::new(model), Time::ZERO);
        }
        let replication = replicate_in_batches(model, 0, batches, &mut batch);
        batch(&replication.metrics, replication.end);
        (Self::from(model, replication), samples)
    }
}

/// The raw figures of one replication, in the order of the catalogue.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sample {
    pub(super) entries: Vec<Entry>,
}

/// A figure, or a distribution that several figures are made from.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) raw: Raw,
}

/// What one replication knows of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Raw {
    Value { unit: Unit, value: Option<f64> },
    Distribution(Counts),
}

impl Sample {
    /// Reads all figures from meters at `end`.
    fn of(model: &Model, metrics: &Metrics, end: Time) -> Self {
        let mut sample = Self::default();
        walk(model, metrics, end, &mut sample);
        sample
    }

    /// Hands all that was measured under `wanted` names to `take`, byte by byte.
    pub(super) fn feed(&self, wanted: impl Fn(&str) -> bool, take: &mut impl FnMut(&[u8])) {
        for entry in self.entries.iter().filter(|entry| wanted(&entry.name)) {
            match &entry.raw {
                Raw::Value { value, .. } => {
                    take(&value.map_or(u64::MAX, f64::to_bits).to_le_bytes());
                }
                Raw::Distribution(counts) => {
                    take(&counts.sum().to_le_bytes());
                    for (nanos, below) in counts.cumulative() {
                        take(&nanos.to_le_bytes());
                        take(&below.to_le_bytes());
                    }
                }
            }
        }
    }

    fn push(&mut self, name: Arguments<'_>, raw: Raw) {
        self.entries.push(Entry {
            name: name.to_string(),
            raw,
        });
    }
}

impl Figures for Sample {
    fn value(&mut self, name: Arguments<'_>, unit: Unit, value: Option<f64>) {
        self.push(name, Raw::Value { unit, value });
    }

    fn distribution(&mut self, name: Arguments<'_>, histogram: &Histogram) {
        self.push(name, Raw::Distribution(histogram.to_counts()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Horizon;
    use crate::scenario::load_text;
    use crate::units::Duration;
    use std::path::Path;

    const WORLD: &str = r#"
[run]
seed = 3
duration = "400s"
[nodes.general]
count = 3
cpu = "4"
memory = "16Gi"
network = "100MB/s"
disk = "50MB/s"
[layers]
base = "200MB"
[images]
app = ["base"]
[services.api]
image = "app"
replicas = 2
concurrency = 2
queue-capacity = 3
balancer = "join-shortest-queue"
requests = { cpu = "500m", memory = "1Gi" }
[services.api.endpoints.get]
service-time = { exponential = { mean = "2s" } }
[services.api.endpoints.run]
service-time = "1s"
submits = { app = "etl", wait = true }
[services.shared]
discipline = "processor-sharing"
service-time = { exponential = { mean = "1s" } }
[apps.etl]
image = "app"
[apps.etl.conf.spark.executor]
instances = 2
[apps.etl.stages.map]
tasks = 6
task-time = { exponential = { mean = "3s" } }
[workloads.get]
target = "services.api.get"
arrivals = { poisson = { rate = "2/s" } }
[workloads.run]
target = "services.api.run"
arrivals = { poisson = { rate = "2/min" } }
[workloads.shared]
target = "services.shared"
arrivals = { poisson = { rate = "0.9/s" } }
"#;

    /// What a distribution says, but for its extremes: those of a batch are bounds.
    fn essence(raw: &Raw) -> (Option<f64>, Vec<u64>) {
        match raw {
            Raw::Value { value, .. } => (*value, Vec::new()),
            Raw::Distribution(counts) => {
                let below = counts.cumulative().map(|(_, below)| below);
                (counts.mean(), below.collect())
            }
        }
    }

    #[test]
    fn a_batch_is_a_run_whose_window_is_that_batch() {
        let loaded = load_text("test", WORLD, Path::new("."), &[]);
        let mut model = loaded.unwrap_or_else(|error| panic!("{error}")).model;
        let (whole, batches) = Outcome::in_batches(&model, 4);
        assert_eq!(whole.breaches, [""; 0]);
        assert_eq!(batches.len(), 4);
        let plain = Outcome::of(&model, 0);
        let written = |sample: &Sample| serde_json::to_string(sample).expect("plain data");
        assert_eq!(written(&whole.sample), written(&plain.sample));
        for (number, batch) in (0..).zip(&batches) {
            model.run.horizon = Horizon::Duration {
                warmup: Duration::from_secs(number * 100),
                duration: Duration::from_secs((number + 1) * 100),
            };
            let reference = Outcome::of(&model, 0).sample;
            assert_eq!(batch.entries.len(), reference.entries.len());
            assert!(batch.entries.len() > 60);
            for (ours, theirs) in batch.entries.iter().zip(&reference.entries) {
                assert_eq!(ours.name, theirs.name);
                assert_eq!(
                    essence(&ours.raw),
                    essence(&theirs.raw),
                    "batch {number}: {}",
                    ours.name
                );
            }
        }
    }
}
