//! The replay of recorded runs, held against what was recorded.
//!
//! Every log is imported as `sparksim import` does it and run as `sparksim run` would, so what is
//! judged is what users get. An application that cannot be read or run is an outcome too. With many
//! replications their mean counts.
//!
//! A replay waits where the recorded run waited though a slot was free. So that nobody takes this for
//! a prediction, each is run a second time without those waits.

use super::{Watch, parallel};
use crate::files::{self, FileError, Scratch};
use crate::import::fleet;
use crate::import::spark::{self, ImportError, Imported, ReadOptions};
use crate::model::Model;
use crate::record::{ExecutionTimes, Record, Sink, Step};
use crate::scenario;
use crate::units::Duration;
use crate::world::replicate_traced;
use std::path::{Path, PathBuf};

/// What to replay, and how.
#[derive(Clone, Copy, Debug)]
pub struct Backtest<'a> {
    /// The directory of the logs.
    pub directory: &'a Path,
    /// Whether to keep what can be read of damaged logs.
    pub partial: bool,
    /// Applications of fewer tasks do not count for the distribution of errors.
    pub min_tasks: usize,
    /// Threads; 0: one for each processor.
    pub threads: usize,
}

/// What came out.
#[derive(Clone, Debug)]
pub struct Backtested {
    /// Applications, by their logs.
    pub replays: Vec<Replay>,
    /// Logs that could not be replayed, and why.
    pub failures: Vec<(String, String)>,
    /// Number of files that are no event logs.
    pub other_files: usize,
    /// Errors of the time with a job running.
    pub job_time: Option<Errors>,
    /// The same of replays that follow no recorded wait.
    pub without_waits: Option<Errors>,
    /// Errors of the application's duration.
    pub duration: Option<Errors>,
}

/// One application.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// Its log, relative to the directory.
    pub log: String,
    /// Its name.
    pub app: String,
    /// Tasks that are work.
    pub tasks: usize,
    /// Tasks that ran at once at most.
    pub slots: u64,
    /// Time with at least one job running.
    pub job_time: Pair,
    /// From the start to the end of the application.
    pub duration: Pair,
    /// Time with at least one job running, simulated without what the recorded run waited for though
    /// a slot was free.
    pub without_waits: Pair,
    /// What it waited for.
    pub waits: Waits,
    /// Whether it counts.
    pub counts: bool,
}

/// What a recorded run waited for though a slot was free: what its replay follows, and no simulation
/// of it could know.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Waits {
    /// Tasks that were held back.
    pub held_back: usize,
    /// Whether stages had resource profiles of their own, which they may have waited for.
    pub has_profiles: bool,
    /// Between what a stage came after and its first task, over all stages, in seconds.
    pub before_stages: f64,
}

impl Waits {
    fn are_any(self) -> bool {
        0 < self.held_back || 0.0 < self.before_stages
    }
}

/// A recorded time and the simulated one, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// What the log says.
    pub recorded: f64,
    /// What the replay took.
    pub simulated: f64,
}

impl Pair {
    /// Simulated less recorded, as a share of the recorded; none of nothing.
    pub fn error(self) -> Option<f64> {
        (self.recorded > 0.0).then(|| (self.simulated - self.recorded) / self.recorded)
    }
}

/// The distribution of relative errors, without their signs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Errors {
    /// Applications that count.
    pub count: usize,
    /// Half of them are off by less.
    pub median: f64,
    /// Nine of ten are off by at most this.
    pub p90: f64,
    /// The worst of them.
    pub worst: f64,
    /// The mean of the errors with their signs: whether replays are too slow or too fast.
    pub bias: f64,
}

/// Why there is no backtest.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The directory cannot be read, or a scratch directory cannot be made.
    #[error(transparent)]
    File(#[from] FileError),
    /// Threads could not be started.
    #[error("cannot start threads")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A replay's books do not balance: a bug of ours.
    #[error("audit failed in the replay of `{}`:\n  {}", log.display(), breaches.join("\n  "))]
    Audit {
        /// The log.
        log: PathBuf,
        /// What does not add up.
        breaches: Vec<String>,
    },
}

/// Why one log has no replay.
enum Failure {
    /// It is no log.
    Other,
    /// It cannot be read or run.
    Reason(String),
    /// The whole backtest ends with it.
    Fatal(BacktestError),
}

impl Backtest<'_> {
    /// How many files and directories there may be logs in; for a progress bar.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub fn logs(&self) -> Result<Vec<PathBuf>, FileError> {
        fleet::find(self.directory)
    }

    /// Replays `logs`.
    ///
    /// # Errors
    /// If the machine fails, or a replay's books do not balance.
    pub fn run(&self, logs: &[PathBuf], watch: &dyn Watch) -> Result<Backtested, BacktestError> {
        let scratch = Scratch::create()?;
        let count = u32::try_from(logs.len()).unwrap_or(u32::MAX);
        let one = |number: u32| {
            let place = scratch.path().join(number.to_string());
            self.replay(&logs[number as usize], &place)
        };
        let outcomes = parallel::indexed(count, self.threads, one, || watch.done())?;
        let mut backtested = Backtested {
            replays: Vec::new(),
            failures: Vec::new(),
            other_files: 0,
            job_time: None,
            without_waits: None,
            duration: None,
        };
        for (log, outcome) in logs.iter().zip(outcomes) {
            match outcome {
                Ok(replay) => backtested.replays.push(replay),
                Err(Failure::Other) => backtested.other_files += 1,
                Err(Failure::Reason(why)) => backtested.failures.push((self.name(log), why)),
                Err(Failure::Fatal(error)) => return Err(error),
            }
        }
        backtested.job_time = errors(&backtested.replays, |replay| replay.job_time);
        backtested.without_waits = errors(&backtested.replays, |replay| replay.without_waits);
        backtested.duration = errors(&backtested.replays, |replay| replay.duration);
        Ok(backtested)
    }

    fn name(&self, log: &Path) -> String {
        let relative = log.strip_prefix(self.directory).ok();
        let relative = relative.filter(|path| *path != Path::new(""));
        relative.unwrap_or(log).display().to_string()
    }

    fn replay(&self, log: &Path, place: &Path) -> Result<Replay, Failure> {
        let options = ReadOptions {
            partial: self.partial,
        };
        let (application, report) = spark::read(log, &options).map_err(|error| match error {
            ImportError::NotAnEventLog { .. } | ImportError::Empty { .. } => Failure::Other,
            error => Failure::Reason(error.to_string()),
        })?;
        let imported = spark::to_scenario(&application, &report, STEM);
        drop(report);
        let has_profiles = application.resource_profiles.len() > 1;
        let app = application.name;
        let mut model = model(&imported, place)?;
        let times = run(&model, log)?;
        let waits = Waits {
            has_profiles,
            ..take_waits(&mut model)
        };
        // Without waits there is nothing to leave out.
        let bare = if waits.are_any() {
            run(&model, log)?
        } else {
            times.clone()
        };
        let mean = |times: &[ExecutionTimes], time: fn(&ExecutionTimes) -> f64| {
            times.iter().map(time).sum::<f64>() / times.len() as f64
        };
        let job_time = |times: &[ExecutionTimes]| mean(times, |times| times.job_time.seconds());
        let recorded = imported.recorded;
        Ok(Replay {
            log: self.name(log),
            app,
            tasks: recorded.tasks,
            slots: recorded.slots,
            job_time: Pair {
                recorded: recorded.job_time.seconds(),
                simulated: job_time(&times),
            },
            without_waits: Pair {
                recorded: recorded.job_time.seconds(),
                simulated: job_time(&bare),
            },
            waits,
            duration: Pair {
                recorded: recorded.duration.seconds(),
                simulated: mean(&times, |times| (times.ended - times.submitted).seconds()),
            },
            counts: self.min_tasks <= recorded.tasks,
        })
    }
}

/// The file name of a replay's scenario.
const STEM: &str = "replay";

/// The scenario as it would be read back; its files are gone afterwards.
fn model(imported: &Imported, place: &Path) -> Result<Model, Failure> {
    let fatal = |error: FileError| Failure::Fatal(error.into());
    files::create_directory(place).map_err(fatal)?;
    let tasks = place.join(format!("{STEM}.tasks.csv"));
    files::write(&tasks, &imported.tasks_csv).map_err(fatal)?;
    let loaded = scenario::load_text(&format!("{STEM}.toml"), &imported.toml, place, &[]);
    files::remove(&tasks).map_err(fatal)?;
    match loaded {
        Ok(loaded) => Ok(loaded.model),
        Err(error) => Err(Failure::Reason(format!(
            "what was imported cannot be run: {error}"
        ))),
    }
}

/// Takes what was waited for out of a replay, and answers with what it was.
fn take_waits(model: &mut Model) -> Waits {
    let mut waits = Waits::default();
    for stage in &mut model.stages {
        let held_back = std::mem::take(&mut stage.not_before);
        waits.held_back += held_back.iter().filter(|wait| !wait.is_zero()).count();
        waits.before_stages += stage.driver_gap.seconds();
        stage.driver_gap = Duration::ZERO;
    }
    waits
}

/// When the application did what, in every replication.
fn run(model: &Model, log: &Path) -> Result<Vec<ExecutionTimes>, Failure> {
    let mut times = Vec::with_capacity(model.run.replications as usize);
    for replication in 0..model.run.replications {
        let mut ends = Ends::default();
        let replicated = replicate_traced(model, replication, &mut ends);
        if !replicated.breaches.is_empty() {
            let log = log.to_owned();
            let breaches = replicated.breaches;
            return Err(Failure::Fatal(BacktestError::Audit { log, breaches }));
        }
        match (ends.0, replicated.stalled) {
            (Some(end), _) => times.push(end),
            (None, Some(why)) => return Err(Failure::Reason(format!("its replay {why}"))),
            (None, None) => return Err(Failure::Reason("its replay did not end".to_owned())),
        }
    }
    Ok(times)
}

/// Waits for the end of an application.
#[derive(Debug, Default)]
struct Ends(Option<ExecutionTimes>);

impl Sink for Ends {
    fn record(&mut self, record: &Record) {
        if let Record::ExecutionEnded { times, .. } = record {
            self.0 = Some(*times);
        }
    }

    fn step(&mut self, _: &Step) {}
}

/// The errors of those that count; `None`, if none does.
fn errors(replays: &[Replay], pair: fn(&Replay) -> Pair) -> Option<Errors> {
    let counted = replays.iter().filter(|replay| replay.counts);
    let signed: Vec<f64> = counted.filter_map(|replay| pair(replay).error()).collect();
    let count = signed.len();
    let bias = signed.iter().sum::<f64>() / count as f64;
    let mut sizes: Vec<f64> = signed.iter().map(|error| error.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let worst = *sizes.last()?;
    let median = f64::midpoint(sizes[(count - 1) / 2], sizes[count / 2]);
    Some(Errors {
        count,
        median,
        // The smallest that nine of ten do not exceed.
        p90: sizes[(9 * count).div_ceil(10) - 1],
        worst,
        bias,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(recorded: f64, simulated: f64, counts: bool) -> Replay {
        let pair = Pair {
            recorded,
            simulated,
        };
        Replay {
            log: String::new(),
            app: String::new(),
            tasks: 1,
            slots: 1,
            job_time: pair,
            duration: pair,
            without_waits: pair,
            waits: Waits::default(),
            counts,
        }
    }

    #[test]
    fn errors_are_of_those_that_count_and_have_a_recorded_time() {
        let mut replays: Vec<Replay> = (1..=10)
            .map(|percent| replay(100.0, 100.0 - f64::from(percent), true))
            .collect();
        replays.push(replay(100.0, 900.0, false));
        replays.push(replay(0.0, 5.0, true));
        let found = errors(&replays, |replay| replay.job_time).unwrap();
        let rounded = [found.median, found.p90, found.worst, found.bias]
            .map(|error| (error * 1000.0).round());
        assert_eq!((found.count, rounded), (10, [55.0, 90.0, 100.0, -55.0]));
        assert_eq!(errors(&replays[10..], |replay| replay.job_time), None);
    }
}
