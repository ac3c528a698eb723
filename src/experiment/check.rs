//! Promises kept, broken or undecided, with as few replications as that takes.
//!
//! The replications are looked at after 10, 20, 40, 80, … of them, up to a budget: at each look a
//! promise may be found kept (a one-sided t test at α/K, where K is the number of looks), and one
//! may be found broken (at α/K too, adjusted by Holm over the promises). All must be kept to pass,
//! which needs no adjustment (an intersection–union test); one that is broken ends it. What is still
//! open at the budget is undecided: no evidence is not evidence of no change.

use super::Watch;
use super::baseline::{Baseline, digest};
use super::judge::{Evidence, Promise, evidence, promises};
use super::replicate::ExperimentError;
use super::replications::Replications;
use super::warmup;
use crate::model::{Limit, Model};
use crate::stats::holm;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Error probability of a wrong pass, and of a wrong failure.
pub const CHECK_ALPHA: f64 = 0.05;
/// Replications at the first look.
const FIRST: usize = 10;
/// Replications at most, where the scenario does not ask for more.
const BUDGET: usize = 160;

/// A scenario whose promises are to be checked.
#[derive(Clone, Debug)]
pub struct CheckRun<'a> {
    /// The scenario.
    pub model: &'a Model,
    /// The same, value by value.
    pub settings: BTreeMap<String, String>,
    /// What margins are measured from.
    pub baseline: Option<&'a Baseline>,
    /// Threads; 0: one for each processor.
    pub threads: usize,
}

/// What became of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Kept.
    Pass,
    /// Neither is certain.
    Undecided,
    /// Broken.
    Fail,
}

impl Verdict {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Undecided => "undecided",
            Self::Fail => "fail",
        }
    }
}

/// A promise and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The promise.
    pub promise: Promise,
    /// What became of it.
    pub verdict: Verdict,
    /// Replications that it took.
    pub replications: u32,
    /// What they say.
    pub evidence: Evidence,
    /// Error probability of the bounds that go with it: α over the number of looks.
    pub alpha: f64,
}

/// What became of all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckReport {
    /// The seed.
    pub seed: u64,
    /// Replications that were run.
    pub replications: u32,
    /// After how many replications there would have been a look.
    pub looks: Vec<u32>,
    /// Promise by promise.
    pub checked: Vec<Checked>,
    /// Whether the first replications measured for all promises what the baseline's did, to the
    /// bit.
    pub identical: bool,
    /// What is different from the baseline.
    pub differences: Vec<String>,
}

impl CheckReport {
    /// The worst of all verdicts.
    pub fn verdict(&self) -> Verdict {
        let verdicts = self.checked.iter().map(|checked| checked.verdict);
        verdicts.max().unwrap_or(Verdict::Pass)
    }
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The run itself failed.
    #[error(transparent)]
    Run(#[from] ExperimentError),
    /// The scenario promises nothing.
    #[error("the scenario has no `[[checks]]`: there is nothing to check")]
    NoChecks,
    /// A margin without anything to measure it from.
    #[error("`{0}` has a margin, and there is no baseline to measure it from")]
    NoBaseline(String),
    /// The baseline is about something else.
    #[error("the baseline cannot be compared with: {}", .0.join("; "))]
    Refused(Vec<String>),
}

/// After how many replications to look.
pub(super) fn looks(budget: usize) -> Vec<usize> {
    let doubled = std::iter::successors(Some(FIRST), |look| Some(look * 2));
    let mut looks: Vec<usize> = doubled.take_while(|look| *look < budget).collect();
    looks.push(budget);
    looks
}

impl CheckRun<'_> {
    /// Checks all promises.
    ///
    /// # Errors
    /// If there are none, the baseline does not fit, or the run fails.
    pub fn run(&self, watch: &dyn Watch) -> Result<CheckReport, CheckError> {
        let promises = promises(self.model);
        if promises.is_empty() {
            return Err(CheckError::NoChecks);
        }
        let model = self.prepared(watch)?;
        let differences = self.compared_with(&model, &promises)?;
        let looks = looks((model.run.replications as usize).max(BUDGET));
        let alpha = CHECK_ALPHA / looks.len() as f64;
        let mut replications = Replications::new(&model, self.threads);
        let mut checked: Vec<Option<Checked>> = promises.iter().map(|_| None).collect();
        let mut identical = false;
        for &look in &looks {
            watch.planned(look as u32, "");
            replications.extend_to(look, watch)?;
            if look == looks[0] {
                identical = self.is_identical(&replications, &promises);
            }
            let open: Vec<usize> = (0..promises.len())
                .filter(|&index| !is_passed(checked[index].as_ref()))
                .collect();
            let found: Vec<Evidence> = open
                .iter()
                .map(|&index| evidence(&promises[index], &replications, look, self.baseline))
                .collect();
            let broken = holm(&found.iter().map(|it| it.broken).collect::<Vec<_>>());
            for ((index, mut evidence), broken) in open.into_iter().zip(found).zip(broken) {
                let is_margin = matches!(promises[index].limit, Limit::Margin { .. });
                let verdict = if broken <= alpha {
                    Verdict::Fail
                } else if evidence.kept <= alpha || (identical && is_margin) {
                    Verdict::Pass
                } else {
                    Verdict::Undecided
                };
                if let Some(contrast) = &mut evidence.contrast {
                    contrast.identical |= identical;
                }
                checked[index] = Some(Checked {
                    promise: promises[index].clone(),
                    verdict,
                    replications: look as u32,
                    evidence,
                    alpha,
                });
            }
            let worst = checked
                .iter()
                .flatten()
                .map(|checked| checked.verdict)
                .max();
            if worst != Some(Verdict::Undecided) {
                break;
            }
        }
        Ok(CheckReport {
            seed: model.run.seed,
            replications: replications.count() as u32,
            looks: looks.iter().map(|look| *look as u32).collect(),
            checked: checked.into_iter().flatten().collect(),
            identical,
            differences,
        })
    }

    /// The baseline that this version makes.
    ///
    /// # Errors
    /// If there are no checks, or the run fails.
    pub fn baseline(&self, watch: &dyn Watch) -> Result<Baseline, CheckError> {
        let promises = promises(self.model);
        if promises.is_empty() {
            return Err(CheckError::NoChecks);
        }
        let model = self.prepared(watch)?;
        let budget = (model.run.replications as usize).max(BUDGET);
        watch.planned(budget as u32, "");
        let mut replications = Replications::new(&model, self.threads);
        replications.extend_to(budget, watch)?;
        let mut baseline = Baseline::new(&model, self.settings.clone());
        let figures: BTreeSet<&str> = promises.iter().map(|it| it.metric.as_str()).collect();
        let samples = replications.samples();
        baseline.digests = samples.map(|sample| digest(sample, &figures)).collect();
        for promise in &promises {
            // What has too few observations has no line, and a margin on it will say so.
            if let Ok(values) = replications.values(&promise.metric, budget) {
                baseline.metrics.insert(promise.metric.clone(), values);
            }
        }
        Ok(baseline)
    }

    /// The model with its warm-up: the baseline's where it is to be found and there is one.
    fn prepared(&self, watch: &dyn Watch) -> Result<Cow<'_, Model>, CheckError> {
        if !self.model.run.auto_warmup {
            return Ok(Cow::Borrowed(self.model));
        }
        let mut model = self.model.clone();
        model.run.horizon = match self.baseline {
            Some(baseline) => baseline.horizon(),
            None => warmup::find(self.model, self.threads, watch)?.0,
        };
        Ok(Cow::Owned(model))
    }

    /// What is different from the baseline, if it can be compared with at all.
    fn compared_with(
        &self,
        model: &Model,
        promises: &[Promise],
    ) -> Result<Vec<String>, CheckError> {
        let margins = promises
            .iter()
            .filter(|promise| matches!(promise.limit, Limit::Margin { .. }));
        let Some(baseline) = self.baseline else {
            let first = margins.into_iter().next();
            return first.map_or(Ok(Vec::new()), |promise| {
                Err(CheckError::NoBaseline(promise.metric.clone()))
            });
        };
        let now = Baseline::new(model, self.settings.clone());
        let mut refusals = baseline.refusals(&now);
        for promise in margins {
            if !baseline.metrics.contains_key(&promise.metric) {
                refusals.push(format!("it has no values of {}", promise.metric));
            }
        }
        if refusals.is_empty() {
            Ok(baseline.differences(&now))
        } else {
            Err(CheckError::Refused(refusals))
        }
    }

    fn is_identical(&self, replications: &Replications<'_>, promises: &[Promise]) -> bool {
        let Some(baseline) = self.baseline else {
            return false;
        };
        let figures: BTreeSet<&str> = promises.iter().map(|it| it.metric.as_str()).collect();
        let samples = replications.samples();
        let mut digests = samples.map(|sample| digest(sample, &figures)).enumerate();
        baseline.seed == self.model.run.seed
            && digests.all(|(index, own)| baseline.digests.get(index) == Some(&own))
    }
}

fn is_passed(checked: Option<&Checked>) -> bool {
    checked.is_some_and(|checked| checked.verdict == Verdict::Pass)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_double_up_to_the_budget() {
        assert_eq!(looks(160), [10, 20, 40, 80, 160]);
        assert_eq!(looks(200), [10, 20, 40, 80, 160, 200]);
        assert_eq!(looks(10), [10]);
    }
}
