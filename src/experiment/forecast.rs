//! How well figures will be known in the end, once the first replications are in: whoever waits for
//! a long run may as well stop it, or ask for more, now.

use super::Watch;
use super::compare::is_usual;
use super::parallel;
use super::precision::FIRST;
use super::replicate::ExperimentError;
use super::replications::Replications;
use crate::metrics::catalogue::catalogue;
use crate::stats::mean_interval;

const CONFIDENCE: f64 = 0.95;

/// Runs the first few of `count` replications, where that keeps no thread waiting, and tells what
/// they say of all.
pub(super) fn after_the_first(
    replications: &mut Replications<'_>,
    count: usize,
    watch: &dyn Watch,
) -> Result<(), ExperimentError> {
    let first = FIRST.next_multiple_of(parallel::threads(replications.threads()));
    if count < 2 * first {
        return Ok(());
    }
    replications.extend_towards(first, watch)?;
    if first <= replications.count()
        && let Some(text) = text(replications, first, count)
    {
        watch.forecast(&text);
    }
    Ok(())
}

fn text(replications: &Replications<'_>, first: usize, count: usize) -> Option<String> {
    let figures = catalogue(replications.model());
    let (metric, _) = figures.iter().find(|(name, _)| is_usual(name))?;
    let values: Vec<f64> = replications
        .values(metric, first)
        .ok()?
        .into_iter()
        .flatten()
        .collect();
    let estimate = mean_interval(&values, CONFIDENCE)?;
    let percent = |count: usize| {
        let half_width = estimate.half_width_of(count, CONFIDENCE)?;
        let share = half_width / estimate.mean.abs();
        share.is_finite().then_some(share * 100.0)
    };
    Some(format!(
        "{metric} is known to ± {:.1} % after {first} replications, and will be to about ± {:.1} % \
         after {count}",
        percent(values.len())?,
        percent(count)?
    ))
}
