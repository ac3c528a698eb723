//! The cheapest of many points that keeps every promise.
//!
//! Points are tried from the cheapest on. Each promise is tested as `check` does, after 10, 20, 40,
//! … replications, so a poor point costs ten; to be taken for kept it needs the error probability
//! α/(looks × points), so that not one of the points tried on the way passes wrongly. Where more of
//! something never hurts (`monotone`), a point that fails rules out all that have less, and the
//! search halves what is left instead of climbing. What stays within 2 % of its limit is undecided,
//! and not the answer.
//!
//! If the objective varies between replications, every point that keeps the promises is a candidate
//! and KN selects among them.

use super::Watch;
use super::check::{Verdict, looks};
use super::judge::{Evidence, Promise, evidence, promises};
use super::load::{with_fewer_nodes, with_load};
use super::replicate::ExperimentError;
use super::replications::Replications;
use crate::metrics::Unit;
use crate::metrics::catalogue::catalogue;
use crate::model::{Limit, Model};
use crate::scenario::nearest;
use crate::stats::{Kn, holm};

/// Error probability of the answer.
const ALPHA: f64 = 0.05;
/// A promise within this share of its limit is too close to call.
const INDIFFERENCE: f64 = 0.02;
/// Replications that tell what a point costs, and whether that varies.
const PILOT: usize = 2;
/// Replications before KN compares objectives.
const FIRST: usize = 10;
/// Replications that headroom is estimated from.
const HEADROOM_REPLICATIONS: usize = 20;
/// More load than this is not tried.
const MOST_LOAD: f64 = 64.0;
/// Steps by which the load that breaks the first promise is closed in on.
const HALVINGS: u32 = 6;

/// A point that can be chosen.
#[derive(Clone, Debug)]
pub struct Candidate<'a> {
    /// What tells it from the others.
    pub name: String,
    /// Beside each dimension: which of its levels.
    pub coordinates: Vec<usize>,
    /// What would run.
    pub model: &'a Model,
}

/// What is to be found.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// All points.
    pub candidates: Vec<Candidate<'a>>,
    /// The figure that is to be small.
    pub minimize: String,
    /// By dimension: whether a higher level never makes a promise harder to keep.
    pub monotone: Vec<bool>,
    /// Replications of a point at most.
    pub budget: u32,
    /// Further points to look at once the answer is found.
    pub runners_up: usize,
    /// Nodes of a pool that are lost, for a second look at the answer; 0: none.
    pub n_minus: u32,
    /// Threads; 0: one for each processor.
    pub threads: usize,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The figure that is small.
    pub minimize: String,
    /// What it is measured in.
    pub unit: Unit,
    /// Whether it varies between replications.
    pub is_random: bool,
    /// Every point, the cheapest first.
    pub tried: Vec<Tried>,
    /// The answer, by position among them.
    pub best: Option<usize>,
    /// Replications of all points together; those for headroom and lost nodes left out.
    pub replications: u64,
    /// Replications that all points would have taken to the end.
    pub brute_force: u64,
    /// How much more load the answer bears.
    pub headroom: Option<Headroom>,
    /// By node pool: what becomes of the promises when nodes of it are lost.
    pub after_loss: Vec<AfterLoss>,
}

/// What becomes of the promises when nodes of a pool are lost.
#[derive(Clone, Debug, PartialEq)]
pub struct AfterLoss {
    /// The pool.
    pub pool: String,
    /// Whether every promise is still kept.
    pub verdict: Verdict,
    /// What is known of each promise.
    pub evidence: Vec<(Promise, Evidence)>,
    /// How much more load is still borne; `None`: no workload has a rate, or promises are not kept
    /// as it is.
    pub headroom: Option<Headroom>,
}

/// A point and what is known of it.
#[derive(Clone, Debug)]
pub struct Tried {
    /// What tells it from the others.
    pub name: String,
    /// The objective.
    pub objective: f64,
    /// Whether it keeps every promise; `None`: that was not needed.
    pub verdict: Option<Verdict>,
    /// The point that failed with at least as much of everything.
    pub ruled_out_by: Option<String>,
    /// Its replications.
    pub replications: u32,
    /// What is known of each promise.
    pub evidence: Vec<(Promise, Evidence)>,
}

/// How much more load is borne.
#[derive(Clone, Debug, PartialEq)]
pub struct Headroom {
    /// Every promise still holds at so many times the load.
    pub holds: f64,
    /// The load at which the first does not, and the figure that it is about; `None`: there is none
    /// up to the most that was tried.
    pub breaks: Option<(f64, String)>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// A run failed.
    #[error(transparent)]
    Run(#[from] ExperimentError),
    /// Nothing is promised.
    #[error("the scenario has no `[[checks]]`: the cheapest point would be the smallest")]
    NoChecks,
    /// A promise that only a baseline can tell.
    #[error(
        "`{0}` has a margin, which is measured from a baseline: `plan` needs `below` or `above`"
    )]
    Margin(String),
    /// A warm-up that would have to be found for every point.
    #[error(
        "`warmup = \"auto\"` would be looked for at every point, and again with more load: give \
         `plan` a warm-up (`sparksim run` says what it finds)"
    )]
    AutoWarmup,
    /// The objective is not a figure of every point.
    #[error("there is no figure `{0}` in `{1}`{2}")]
    NoObjective(String, String, String),
}

/// A point while the search goes on.
struct State<'a> {
    replications: Replications<'a>,
    objective: f64,
    verdict: Option<Verdict>,
    ruled_out_by: Option<usize>,
    evidence: Vec<(Promise, Evidence)>,
}

impl Plan<'_> {
    /// Finds the cheapest point.
    ///
    /// # Errors
    /// If the question makes no sense, or a run fails.
    pub fn run(&self, watch: &dyn Watch) -> Result<Planned, PlanError> {
        let unit = self.checked()?;
        let (mut states, is_random) = self.pilot(watch)?;
        let mut order: Vec<usize> = (0..states.len()).collect();
        order.sort_by(|a, b| states[*a].objective.total_cmp(&states[*b].objective));
        let best = if is_random {
            self.select(&mut states, watch)?
        } else {
            self.climb(&order, &mut states, watch)?
        };
        if let Some(best) = best
            && !is_random
        {
            let place = order.iter().position(|index| *index == best).unwrap_or(0);
            let dearer = order.iter().skip(place + 1).take(self.runners_up);
            for &index in dearer {
                self.test(index, &mut states[index], watch)?;
            }
        }
        let (headroom, after_loss) = match best {
            Some(best) => self.around(self.candidates[best].model, watch)?,
            None => (None, Vec::new()),
        };
        let replications = states.iter().map(|state| state.replications.count() as u64);
        let replications = replications.sum();
        let tried = order.iter().map(|&index| {
            let state = &states[index];
            let ruled_out_by = state
                .ruled_out_by
                .map(|by| self.candidates[by].name.clone());
            Tried {
                name: self.candidates[index].name.clone(),
                objective: state.objective,
                verdict: state.verdict,
                ruled_out_by,
                replications: state.replications.count() as u32,
                evidence: state.evidence.clone(),
            }
        });
        Ok(Planned {
            minimize: self.minimize.clone(),
            unit,
            is_random,
            tried: tried.collect(),
            best: best.and_then(|best| order.iter().position(|index| *index == best)),
            replications,
            brute_force: u64::from(self.budget) * states.len() as u64,
            headroom,
            after_loss,
        })
    }

    /// Whether the question makes sense; answers with the objective's unit.
    fn checked(&self) -> Result<Unit, PlanError> {
        let mut unit = Unit::Count;
        for candidate in &self.candidates {
            if candidate.model.run.auto_warmup {
                return Err(PlanError::AutoWarmup);
            }
            let promises = promises(candidate.model);
            if promises.is_empty() {
                return Err(PlanError::NoChecks);
            }
            let margin = |promise: &&Promise| matches!(promise.limit, Limit::Margin { .. });
            if let Some(promise) = promises.iter().find(margin) {
                return Err(PlanError::Margin(promise.metric.clone()));
            }
            let figures = catalogue(candidate.model);
            let found = figures.iter().find(|(name, _)| *name == self.minimize);
            let Some((_, found)) = found else {
                let names = figures.iter().map(|(name, _)| name.as_str());
                let hint = match nearest(&self.minimize, names) {
                    _ if self.minimize.contains("cost") => ": give node pools a `price`".to_owned(),
                    Some(near) => format!(": did you mean `{near}`?"),
                    None => String::new(),
                };
                let (metric, point) = (self.minimize.clone(), candidate.name.clone());
                return Err(PlanError::NoObjective(metric, point, hint));
            };
            unit = *found;
        }
        Ok(unit)
    }

    /// What each point costs, and whether that varies.
    fn pilot(&self, watch: &dyn Watch) -> Result<(Vec<State<'_>>, bool), PlanError> {
        let mut states = Vec::new();
        let mut is_random = false;
        for candidate in &self.candidates {
            let mut replications = Replications::new(candidate.model, self.threads);
            replications.extend_to(PILOT, watch)?;
            let values = replications
                .values(&self.minimize, PILOT)
                .unwrap_or_default();
            let values: Vec<f64> = values.into_iter().flatten().collect();
            is_random |= values
                .windows(2)
                .any(|pair| pair[0].to_bits() != pair[1].to_bits());
            states.push(State {
                objective: average(&values),
                replications,
                verdict: None,
                ruled_out_by: None,
                evidence: Vec::new(),
            });
        }
        Ok((states, is_random))
    }

    /// The cheapest point that passes, where it is known what each costs.
    fn climb(
        &self,
        order: &[usize],
        states: &mut [State<'_>],
        watch: &dyn Watch,
    ) -> Result<Option<usize>, PlanError> {
        let mut best: Option<usize> = None;
        loop {
            let cheaper = order.iter().take_while(|index| Some(**index) != best);
            let open: Vec<usize> = cheaper
                .copied()
                .filter(|&index| states[index].verdict.is_none())
                .collect();
            let Some(next) = self.next(&open) else {
                return Ok(best);
            };
            self.test(next, &mut states[next], watch)?;
            match states[next].verdict {
                Some(Verdict::Pass) => best = Some(next),
                Some(Verdict::Fail) => {
                    for &index in open.iter().filter(|&&index| index != next) {
                        if self.has_less(index, next) {
                            states[index].verdict = Some(Verdict::Fail);
                            states[index].ruled_out_by = Some(next);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Which of the open points, the cheapest first, to try next: one whose answer settles much
    /// either way, or else the cheapest.
    fn next(&self, open: &[usize]) -> Option<usize> {
        let settled = |place: usize| {
            let failing = open
                .iter()
                .filter(|&&other| self.has_less(other, open[place]));
            failing.count().min(open.len() - place)
        };
        let (place, worth) = (0..open.len())
            .map(|place| (place, settled(place)))
            // Of equals the cheapest.
            .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))?;
        Some(open[if worth > 1 { place } else { 0 }])
    }

    /// Whether `this` differs from `other` only in having less, or as much, of what never hurts.
    fn has_less(&self, this: usize, other: usize) -> bool {
        let (this, other) = (&self.candidates[this], &self.candidates[other]);
        let pairs = this.coordinates.iter().zip(&other.coordinates);
        let mut pairs = pairs.zip(&self.monotone);
        pairs.all(|((this, other), monotone)| this == other || (*monotone && this < other))
    }

    /// Tests the promises of a point until it is clear whether it keeps them.
    fn test(
        &self,
        index: usize,
        state: &mut State<'_>,
        watch: &dyn Watch,
    ) -> Result<(), PlanError> {
        let promises = promises(self.candidates[index].model);
        let (verdict, evidence) = self.judge(promises, &mut state.replications, watch)?;
        (state.verdict, state.evidence) = (Some(verdict), evidence);
        Ok(())
    }

    fn judge(
        &self,
        promises: Vec<Promise>,
        replications: &mut Replications<'_>,
        watch: &dyn Watch,
    ) -> Result<(Verdict, Vec<(Promise, Evidence)>), PlanError> {
        let looks = looks(self.budget as usize);
        let fail = ALPHA / looks.len() as f64;
        let pass = fail / self.candidates.len() as f64;
        let mut kept = vec![false; promises.len()];
        let mut found = Vec::new();
        let mut verdict = Verdict::Undecided;
        for look in looks {
            replications.extend_to(look, watch)?;
            found = promises
                .iter()
                .map(|promise| evidence(promise, replications, look, None))
                .collect();
            let broken = holm(
                &found
                    .iter()
                    .map(|it: &Evidence| it.broken)
                    .collect::<Vec<_>>(),
            );
            for (kept, evidence) in kept.iter_mut().zip(&found) {
                *kept |= evidence.kept <= pass;
            }
            if broken.iter().any(|p| *p <= fail) {
                verdict = Verdict::Fail;
                break;
            }
            if kept.iter().all(|kept| *kept) {
                verdict = Verdict::Pass;
                break;
            }
            let mut open = kept.iter().zip(&found).filter(|(kept, _)| !**kept);
            if open.all(|(_, evidence)| is_too_close(evidence, fail)) {
                break;
            }
        }
        Ok((verdict, promises.into_iter().zip(found).collect()))
    }

    /// The best of those that pass, where the objective varies between replications.
    fn select(
        &self,
        states: &mut [State<'_>],
        watch: &dyn Watch,
    ) -> Result<Option<usize>, PlanError> {
        for (index, state) in states.iter_mut().enumerate() {
            self.test(index, state, watch)?;
        }
        let passing = |index: &usize| states[*index].verdict == Some(Verdict::Pass);
        let mut alive: Vec<usize> = (0..states.len()).filter(passing).collect();
        let mut count = FIRST;
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); states.len()];
        while !alive.is_empty() {
            for &index in &alive {
                let state = &mut states[index];
                state.replications.extend_to(count, watch)?;
                let found = state.replications.values(&self.minimize, count);
                values[index] = found.unwrap_or_default().into_iter().flatten().collect();
                state.objective = average(&values[index]);
            }
            let least = |index: &&usize| states[**index].objective;
            let best = alive.iter().min_by(|a, b| least(a).total_cmp(&least(b)));
            let best = best.copied();
            if alive.len() == 1 || count >= self.budget as usize {
                return Ok(best);
            }
            let delta = INDIFFERENCE * best.map_or(1.0, |best| states[best].objective.abs());
            let kn = Kn::new(alive.len().max(2), FIRST, ALPHA, delta);
            let before = alive.clone();
            alive.retain(|&index| {
                let mut others = before.iter().filter(|&&other| other != index);
                !others.any(|&other| {
                    let both = FIRST <= values[other].len().min(values[index].len());
                    both && kn.eliminates(&values[other], &values[index])
                })
            });
            count += 1;
        }
        Ok(None)
    }

    /// What lies around the answer: more load, fewer nodes.
    fn around(
        &self,
        model: &Model,
        watch: &dyn Watch,
    ) -> Result<(Option<Headroom>, Vec<AfterLoss>), PlanError> {
        let mut after_loss = Vec::new();
        if self.n_minus > 0 {
            for (pool, model) in with_fewer_nodes(model, self.n_minus) {
                let mut replications = Replications::new(&model, self.threads);
                let promises = promises(&model);
                let (verdict, evidence) = self.judge(promises, &mut replications, watch)?;
                let headroom = match verdict {
                    Verdict::Pass => self.headroom(&model, watch)?,
                    Verdict::Undecided | Verdict::Fail => None,
                };
                after_loss.push(AfterLoss {
                    pool,
                    verdict,
                    evidence,
                    headroom,
                });
            }
        }
        Ok((self.headroom(model, watch)?, after_loss))
    }

    /// The load at which the estimates no longer keep every promise.
    fn headroom(&self, model: &Model, watch: &dyn Watch) -> Result<Option<Headroom>, PlanError> {
        let broken = |factor: f64| -> Result<Option<String>, PlanError> {
            let Some(model) = with_load(model, factor) else {
                return Ok(None);
            };
            let mut replications = Replications::new(&model, self.threads);
            replications.extend_to(HEADROOM_REPLICATIONS, watch)?;
            let first = promises(&model).into_iter().find(|promise| {
                let found = evidence(promise, &replications, HEADROOM_REPLICATIONS, None);
                found.obstacle.is_some() || 0.5 < found.kept
            });
            Ok(first.map(|promise| promise.metric))
        };
        if with_load(model, 1.0).is_none() {
            return Ok(None);
        }
        let (mut holds, mut factor) = (1.0, 2.0);
        let mut breaks = loop {
            if let Some(metric) = broken(factor)? {
                break (factor, metric);
            }
            holds = factor;
            factor *= 2.0;
            if MOST_LOAD < factor {
                return Ok(Some(Headroom {
                    holds,
                    breaks: None,
                }));
            }
        };
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(holds, breaks.0);
            match broken(middle)? {
                Some(metric) => breaks = (middle, metric),
                None => holds = middle,
            }
        }
        Ok(Some(Headroom {
            holds,
            breaks: Some(breaks),
        }))
    }
}

impl Tried {
    /// The promise with the least room to its limit, and that room as a share of the limit.
    pub fn binding(&self) -> Option<(&Promise, f64)> {
        binding(&self.evidence)
    }
}

impl AfterLoss {
    /// The promise with the least room to its limit, and that room as a share of the limit:
    /// negative where it is broken.
    pub fn binding(&self) -> Option<(&Promise, f64)> {
        binding(&self.evidence)
    }
}

fn binding(evidence: &[(Promise, Evidence)]) -> Option<(&Promise, f64)> {
    let rooms = evidence.iter().filter_map(|(promise, evidence)| {
        let estimate = evidence.estimate?;
        let room = match promise.limit {
            Limit::Below(bound) => bound - estimate,
            Limit::Above(bound) => estimate - bound,
            Limit::Margin { .. } => return None,
        };
        let scale = evidence.limit.abs();
        Some((promise, if 0.0 < scale { room / scale } else { room }))
    });
    rooms.min_by(|a, b| a.1.total_cmp(&b.1))
}

/// Whether all that is possible lies within the indifference zone around the limit.
fn is_too_close(evidence: &Evidence, alpha: f64) -> bool {
    let zone = INDIFFERENCE * evidence.limit.abs();
    evidence.difference.is_some_and(|difference| {
        evidence.limit - zone < difference.lower_bound(alpha)
            && difference.upper_bound(alpha) < evidence.limit + zone
    })
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}
