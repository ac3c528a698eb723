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
        let replication = replicate(model, number);
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

    /// The figures of each batch of the first replication, and what did not add up.
    pub(super) fn in_batches(model: &Model, batches: u32) -> (Vec<Sample>, Vec<String>) {
        let mut samples = Vec::with_capacity(batches as usize);
        let taken = |metrics: &Metrics, end| samples.push(Sample::of(model, metrics, end));
        let Replication {
            metrics,
            end,
            breaches,
            ..
        } = replicate_in_batches(model, 0, batches, taken);
        samples.push(Sample::of(model, &metrics, end));
        (samples, breaches)
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
