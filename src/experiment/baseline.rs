//! What a scenario measured at some version: what later versions are held against.
//!
//! A baseline holds one value for each replication, so that a later version can be compared with it
//! replication by replication, and a digest of all that each replication measured for it, so that a
//! version that changes nothing is recognised at once. It is a JSON file that is committed beside
//! the scenario.

use super::outcome::Sample;
use crate::model::{Horizon, Model};
use crate::random::STREAM_VERSION;
use crate::units::Duration;
use crate::units::format::seconds;
use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher;

/// The form of the file.
const FORMAT: u32 = 1;

/// A baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    format: u32,
    /// The version of sparksim that made it.
    pub version: String,
    /// The version of its random streams.
    pub stream_version: u32,
    /// The seed of its streams.
    pub seed: u64,
    horizon: Window,
    /// What arrives, without the workloads' names.
    workloads: Vec<String>,
    /// The scenario, value by value.
    pub settings: BTreeMap<String, String>,
    /// By replication: a digest of what the figures were made from.
    pub digests: Vec<String>,
    /// By figure: one value a replication.
    pub metrics: BTreeMap<String, Vec<Option<f64>>>,
}

/// Why a text is no baseline.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// It is not what was written.
    #[error("this is not a baseline of sparksim")]
    Malformed(#[from] serde_json::Error),
    /// It was written by another version.
    #[error("the baseline has format {0}, this version reads format {FORMAT}")]
    Format(u32),
}

/// What a replication is measured over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Window {
    Nanoseconds { warmup: u64, end: u64 },
    Outcomes { warmup: u64, end: u64 },
    Terminating { arrivals_until: Option<u64> },
}

impl Baseline {
    /// The baseline that `model` would be, without replications; `settings` is the scenario, value
    /// by value.
    pub fn new(model: &Model, settings: BTreeMap<String, String>) -> Self {
        // Names may change: they are not what arrives.
        let mut workloads: Vec<String> = model
            .workloads
            .iter()
            .map(|workload| short(format!("{:?} to {:?}", workload.arrivals, workload.target)))
            .collect();
        workloads.sort();
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            stream_version: STREAM_VERSION,
            seed: model.run.seed,
            horizon: Window::of(model.run.horizon),
            workloads,
            settings,
            digests: Vec::new(),
            metrics: BTreeMap::new(),
        }
    }

    /// Reads the text of a baseline.
    ///
    /// # Errors
    /// If it is not one, or one of another format.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text)?;
        if baseline.format == FORMAT {
            Ok(baseline)
        } else {
            Err(BaselineError::Format(baseline.format))
        }
    }

    /// The text of the file: one line a figure, so that a change of it can be read.
    ///
    /// # Errors
    /// If a value is not a number.
    pub fn to_text(&self) -> Result<String, BaselineError> {
        let json = serde_json::to_value(self)?;
        let mut lines = Vec::new();
        for (key, value) in json.as_object().into_iter().flatten() {
            let value = match value.as_object() {
                Some(entries) if key == "metrics" || key == "settings" => {
                    let entries = entries.iter().map(|(key, value)| {
                        format!("    {}: {value}", serde_json::Value::from(key.as_str()))
                    });
                    format!("{{\n{}\n  }}", entries.collect::<Vec<_>>().join(",\n"))
                }
                _ => value.to_string(),
            };
            lines.push(format!(
                "  {}: {value}",
                serde_json::Value::from(key.as_str())
            ));
        }
        Ok(format!("{{\n{}\n}}\n", lines.join(",\n")))
    }

    /// The horizon that it was measured with.
    pub fn horizon(&self) -> Horizon {
        match self.horizon {
            Window::Nanoseconds { warmup, end } => Horizon::Duration {
                warmup: Duration::from_nanos(warmup),
                duration: Duration::from_nanos(end),
            },
            Window::Outcomes { warmup, end } => Horizon::Requests {
                warmup,
                requests: end,
            },
            Window::Terminating { arrivals_until } => Horizon::Terminating {
                arrivals_until: arrivals_until.map(Duration::from_nanos),
            },
        }
    }

    /// Why it says nothing about `now`, which is the baseline that would be made today.
    pub fn refusals(&self, now: &Self) -> Vec<String> {
        let mut refusals = Vec::new();
        if self.stream_version != now.stream_version {
            refusals.push(format!(
                "its random streams are of version {}, these of version {}",
                self.stream_version, now.stream_version
            ));
        }
        if self.horizon != now.horizon {
            refusals.push(format!(
                "it was measured over {}, this over {}",
                self.horizon.words(),
                now.horizon.words()
            ));
        }
        if self.workloads != now.workloads {
            refusals.push("other workloads arrive than did then".to_owned());
        }
        refusals
    }

    /// What else is different, a line each: it is what the comparison is about.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut differences = Vec::new();
        if self.version != now.version {
            differences.push(format!("sparksim {} → {}", self.version, now.version));
        }
        if self.seed != now.seed {
            differences.push(format!(
                "seed {} → {}: replications are no longer paired",
                self.seed, now.seed
            ));
        }
        let paths = self.settings.keys().chain(now.settings.keys());
        let mut paths: Vec<&String> = paths.collect();
        paths.sort();
        paths.dedup();
        for path in paths {
            let (old, new) = (self.settings.get(path), now.settings.get(path));
            // Neither the checks themselves nor how often to run is policy.
            let policy = !["checks", "run.", "title", "sweep", "variants"]
                .iter()
                .any(|other| path.starts_with(other));
            if policy && old != new {
                let show = |value: Option<&String>| value.map_or("–", |value| value).to_owned();
                differences.push(format!("{path}: {} → {}", show(old), show(new)));
            }
        }
        differences
    }
}

impl Window {
    fn of(horizon: Horizon) -> Self {
        match horizon {
            Horizon::Duration { warmup, duration } => Self::Nanoseconds {
                warmup: warmup.nanos(),
                end: duration.nanos(),
            },
            Horizon::Requests { warmup, requests } => Self::Outcomes {
                warmup,
                end: requests,
            },
            Horizon::Terminating { arrivals_until } => Self::Terminating {
                arrivals_until: arrivals_until.map(Duration::nanos),
            },
        }
    }

    fn words(self) -> String {
        let time = |nanos| seconds(Duration::from_nanos(nanos).seconds());
        match self {
            Self::Nanoseconds { warmup, end } => {
                format!("{} after a warm-up of {}", time(end - warmup), time(warmup))
            }
            Self::Outcomes { warmup, end } => {
                format!("{} outcomes after a warm-up of {warmup}", end - warmup)
            }
            Self::Terminating { .. } => "everything that arrives".to_owned(),
        }
    }
}

/// A recorded trace is long: its digest says as well whether it is the same.
fn short(text: String) -> String {
    if text.len() < 300 {
        return text;
    }
    let mut hasher = SipHasher24::new();
    hasher.write(text.as_bytes());
    format!("{:032x}", hasher.finish128().as_u128())
}

/// A digest of all that a replication measured for `figures`: of a percentile, every observation.
pub(super) fn digest(sample: &Sample, figures: &BTreeSet<&str>) -> String {
    let mut hasher = SipHasher24::new();
    let wanted = |name: &str| {
        figures.contains(name)
            || figures.iter().any(|figure| {
                figure
                    .rsplit_once('.')
                    .is_some_and(|(base, _)| base == name)
            })
    };
    sample.feed(wanted, &mut |bytes| hasher.write(bytes));
    format!("{:032x}", hasher.finish128().as_u128())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline() -> Baseline {
        let metrics = [
            ("a.latency.mean", vec![Some(0.1 + 0.2), Some(1e-300), None]),
            ("b", vec![Some(123_456_789.123_456_78)]),
        ];
        let metrics = metrics.map(|(name, values)| (name.to_owned(), values));
        let settings = [("services.a.balancer", "\"random\""), ("run.seed", "1")];
        let settings = settings.map(|(path, value)| (path.to_owned(), value.to_owned()));
        Baseline {
            format: FORMAT,
            version: "0.1.0".to_owned(),
            stream_version: 1,
            seed: 1,
            horizon: Window::Outcomes {
                warmup: 100,
                end: 1000,
            },
            workloads: vec!["Poisson".to_owned()],
            settings: settings.into(),
            digests: vec!["00ff".to_owned()],
            metrics: metrics.into(),
        }
    }

    #[test]
    fn a_baseline_is_read_back_to_the_bit_and_has_a_line_for_each_figure() {
        let text = baseline().to_text().unwrap();
        assert_eq!(Baseline::parse(&text).unwrap(), baseline());
        assert!(text.lines().count() < 20, "{text}");
        let newer = text.replace("\"format\": 1", "\"format\": 2");
        let error = Baseline::parse(&newer).unwrap_err().to_string();
        assert!(error.contains("format 2"), "{error}");
        assert!(Baseline::parse("{}").is_err());
    }

    #[test]
    fn policies_are_what_is_compared_and_another_horizon_is_refused() {
        let mut now = baseline();
        now.version = "0.2.0".to_owned();
        now.settings
            .insert("services.a.balancer".to_owned(), "\"jsq\"".to_owned());
        now.settings.insert("run.seed".to_owned(), "9".to_owned());
        assert_eq!(baseline().refusals(&now), Vec::<String>::new());
        assert_eq!(
            baseline().differences(&now),
            [
                "sparksim 0.1.0 → 0.2.0",
                "services.a.balancer: \"random\" → \"jsq\""
            ]
        );
        now.horizon = Window::Outcomes {
            warmup: 0,
            end: 1000,
        };
        now.stream_version = 2;
        now.workloads.clear();
        assert_eq!(
            baseline().refusals(&now),
            [
                "its random streams are of version 1, these of version 2",
                "it was measured over 900 outcomes after a warm-up of 100, this over 1000 outcomes \
                 after a warm-up of 0",
                "other workloads arrive than did then"
            ]
        );
    }
}
