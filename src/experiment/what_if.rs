//! What a recorded application would take with other numbers of executors: simulated, each number
//! with as many replications as the scenario says.

use super::replicate::{Experiment, ExperimentError};
use super::results::Results;
use super::watch::Watch;
use crate::files::{self, FileError, Scratch};
use crate::import::spark::{Imported, Profile};
use crate::scenario::{self, LoadError};
use std::collections::BTreeMap;

/// The shares of the recorded executors that are looked at, in percent.
pub const PERCENTS: [u32; 12] = [10, 20, 50, 80, 100, 110, 120, 150, 200, 300, 400, 500];

/// As long as this times the best is as good as the best.
const NEARLY: f64 = 1.05;

/// What other numbers of executors would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Forecast {
    /// Time with at least one job running as the model has it of the recorded run, its executors
    /// coming and going as the tasks do where they did; in seconds, the mean over replications.
    pub itself: f64,
    /// By number of executors, ascending.
    pub points: Vec<ForecastPoint>,
    /// The smallest number of executors with which jobs run at most 5 % longer than with the recorded
    /// ones.
    pub enough: u32,
    /// The number of the points with which jobs run shortest; of equal ones the smallest.
    pub best: u32,
    /// The smallest number of executors with which jobs run at most 5 % longer than with the best.
    pub useful: u32,
}

/// One number of executors; times in seconds, means over replications.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForecastPoint {
    /// How many.
    pub executors: u32,
    /// Time with at least one job running.
    pub job_time: f64,
    /// The shortest and the longest of all replications, those whose tasks fall in any order among
    /// them.
    pub job_times: (f64, f64),
    /// From the submission to the end of the application.
    pub duration: f64,
    /// The sum of the executors' lives.
    pub executor_seconds: f64,
    /// The sum of the times that tasks held slots.
    pub task_seconds: f64,
}

/// Why there is no forecast.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// A scratch file cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// What was imported cannot be run.
    #[error("what was imported cannot be run: {0}")]
    Scenario(#[from] LoadError),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] ExperimentError),
}

/// The name that scenarios of a [`Question`] are imported under.
pub const FORECAST: &str = "forecast";

/// What is to be simulated.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The prediction; not a replay.
    pub imported: &'a Imported,
    /// The same with tasks in any order, for how far apart runs may be.
    pub any_order: Option<&'a Imported>,
    /// The recorded run.
    pub profile: &'a Profile,
}

/// Simulates the shares of [`PERCENTS`], and what else is needed to say how many would be enough.
///
/// # Errors
/// If files cannot be written, or the scenario cannot be run.
pub fn forecast(
    question: Question<'_>,
    threads: usize,
    watch: &dyn Watch,
) -> Result<Forecast, ForecastError> {
    let place = Scratch::create()?;
    let Question {
        imported, profile, ..
    } = question;
    let tasks = place.path().join(format!("{FORECAST}.tasks.csv"));
    files::write(&tasks, &imported.tasks_csv)?;
    let mut simulation = Simulation {
        question,
        app: &profile.app,
        place: &place,
        threads,
        known: BTreeMap::new(),
    };
    let counts = PERCENTS.map(|percent| share(profile.executors, percent));
    for executors in counts {
        // Small numbers have several shares.
        if !simulation.known.contains_key(&executors) {
            simulation.point(executors)?;
            simulation.widen(executors)?;
        }
        watch.done();
    }
    let itself = if profile.came_and_went {
        let results = simulation.run(imported, &[])?;
        point(&profile.app, profile.executors, &results)
    } else {
        simulation.point(profile.executors)?
    };
    let known = simulation.known.values();
    let best = known.min_by(|one, other| one.job_time.total_cmp(&other.job_time));
    let best = best.map_or(profile.executors, |point| point.executors);
    let enough = simulation.fewest(profile.executors)?;
    let useful = simulation.fewest(best)?;
    let points = simulation.known.into_values();
    Ok(Forecast {
        itself: itself.job_time,
        points: points
            .filter(|point| counts.contains(&point.executors))
            .collect(),
        enough,
        best,
        useful,
    })
}

/// A share of the executors, at least one.
fn share(executors: u32, percent: u32) -> u32 {
    let count = (u64::from(executors) * u64::from(percent) + 50) / 100;
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}

struct Simulation<'a> {
    question: Question<'a>,
    app: &'a str,
    place: &'a Scratch,
    threads: usize,
    known: BTreeMap<u32, ForecastPoint>,
}

impl Simulation<'_> {
    fn point(&mut self, executors: u32) -> Result<ForecastPoint, ForecastError> {
        if let Some(known) = self.known.get(&executors) {
            return Ok(*known);
        }
        let point = self.simulated(self.question.imported, executors)?;
        self.known.insert(executors, point);
        Ok(point)
    }

    /// Takes in how far apart runs are whose tasks fall in any order.
    fn widen(&mut self, executors: u32) -> Result<(), ForecastError> {
        let Some(any_order) = self.question.any_order else {
            return Ok(());
        };
        let (shortest, longest) = self.simulated(any_order, executors)?.job_times;
        if let Some(known) = self.known.get_mut(&executors) {
            known.job_times = (
                known.job_times.0.min(shortest),
                known.job_times.1.max(longest),
            );
        }
        Ok(())
    }

    fn simulated(
        &self,
        imported: &Imported,
        executors: u32,
    ) -> Result<ForecastPoint, ForecastError> {
        let conf = format!("apps.{}.conf", self.app);
        let results = self.run(
            imported,
            &[
                format!("{conf}.\"spark.executor.instances\"=\"{executors}\""),
                format!("{conf}.\"spark.dynamicAllocation.enabled\"=\"false\""),
            ],
        )?;
        Ok(point(self.app, executors, &results))
    }

    /// Runs a prediction with changes.
    fn run(&self, imported: &Imported, changes: &[String]) -> Result<Results, ForecastError> {
        let loaded =
            scenario::load_text("forecast.toml", &imported.toml, self.place.path(), changes)?;
        let experiment = Experiment {
            model: &loaded.model,
            name: "forecast",
            not_modelled: &[],
            threads: self.threads,
        };
        Ok(experiment.run(|| ())?)
    }

    /// The fewest executors that are nearly as good as `executors`, as far as fewer are
    /// never better.
    fn fewest(&mut self, executors: u32) -> Result<u32, ForecastError> {
        let limit = self.point(executors)?.job_time * NEARLY;
        let (mut low, mut high) = (1, executors);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.point(middle)?.job_time <= limit {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok(low)
    }
}

fn point(app: &str, executors: u32, results: &Results) -> ForecastPoint {
    let found = |quantity: &str| {
        let name = format!("apps.{app}.{quantity}");
        results.figures.iter().find(|figure| figure.metric == name)
    };
    let mean = |quantity: &str| {
        let estimate = found(quantity).and_then(|figure| figure.estimate.as_ref().ok());
        estimate.map_or(0.0, |estimate| estimate.mean)
    };
    let each = found("job_time.mean").map(|figure| figure.per_replication.iter().flatten());
    let each: Vec<f64> = each.into_iter().flatten().copied().collect();
    let shortest = each.iter().copied().fold(f64::INFINITY, f64::min);
    let longest = each.iter().copied().fold(0.0, f64::max);
    ForecastPoint {
        executors,
        job_time: mean("job_time.mean"),
        job_times: (shortest.min(longest), longest),
        duration: mean("latency.mean"),
        executor_seconds: mean("executor_seconds"),
        task_seconds: mean("task_seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_the_executors_is_at_least_one() {
        assert_eq!(
            PERCENTS.map(|percent| share(10, percent))[..4],
            [1, 2, 5, 8]
        );
        assert_eq!(share(1, 10), 1);
        assert_eq!(share(3, 150), 5);
    }
}
