//! What is kept of one replication once it is over: small, whatever it simulated.

use crate::metrics::names::{Figures, walk};
use crate::metrics::{Numbers, SampledSeries, Unit};
use crate::model::Model;
use crate::stats::{Counts, Histogram};
use crate::units::Time;
use crate::world::{Replication, replicate};
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
            sample: Sample::of(model, &replication),
            series: replication.series,
            stalled: replication.stalled,
            breaches: replication.breaches,
        }
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
    /// Reads all figures of a replication.
    fn of(model: &Model, replication: &Replication) -> Self {
        let mut sample = Self::default();
        walk(model, &replication.metrics, replication.end, &mut sample);
        sample
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
