//! Replications of two kinds: a mean describes neither, a probability does.
//!
//! Retry storms, metastable failures and deadlocks happen in some replications and not in others.
//! The values of a figure fall into two groups if the largest gap between neighbours is wide beside
//! what varies within the groups.

use super::results::{Figure, Note};
use crate::stats::{mean_interval, wilson_interval};

/// Fewer replications do not show two kinds.
const FEWEST: usize = 10;
/// Replications that make a kind.
const GROUP: usize = 3;
/// Distance of the groups' means in standard deviations of the wider group (K. Ashman, C. Bird and
/// S. Zepf, Astronomical Journal 108, 1994, call two groups distinct from 2 on, but the long tail
/// of a single law, cut at its widest gap, reaches 6).
const DISTINCT: f64 = 8.0;
/// Distance of the groups' means as a ratio: less is of no interest.
const RATIO: f64 = 1.5;
const CONFIDENCE: f64 = 0.95;

/// What to say of figures whose replications are of two kinds; quantities that count are left to
/// those that time and rate.
pub(super) fn notes(figures: &[Figure]) -> Vec<Note> {
    let wanted = |figure: &&Figure| {
        let whole = [".endpoints.", ".classes.", ".jobs."];
        (figure.metric.ends_with(".latency.mean") || figure.metric.ends_with(".goodput"))
            && !whole.iter().any(|part| figure.metric.contains(part))
    };
    figures.iter().filter(wanted).filter_map(note).collect()
}

fn note(figure: &Figure) -> Option<Note> {
    let mut values: Vec<f64> = figure.per_replication.iter().flatten().copied().collect();
    values.sort_by(f64::total_cmp);
    let split = split(&values)?;
    let (low, high) = values.split_at(split);
    let (few, many) = if high.len() <= low.len() {
        (high, low)
    } else {
        (low, high)
    };
    let (from, to) = wilson_interval(few.len() as u64, values.len() as u64, CONFIDENCE)?;
    let unit = figure.unit.name();
    let centre = |group: &[f64]| mean_interval(group, CONFIDENCE).map(|found| found.mean);
    Some(Note::Warning(format!(
        "{}: replications are of two kinds: {} of {} ({:.0} %, 95 % interval {:.0} to {:.0} %) \
         are near {:.3} {unit}, the others near {:.3} {unit}; the mean describes neither",
        figure.metric,
        few.len(),
        values.len(),
        few.len() as f64 / values.len() as f64 * 100.0,
        from * 100.0,
        to * 100.0,
        centre(few)?,
        centre(many)?,
    )))
}

/// Where sorted values fall into two groups, if they do.
fn split(values: &[f64]) -> Option<usize> {
    if values.len() < FEWEST {
        return None;
    }
    let gap = |index: &usize| values[*index] - values[index - 1];
    let widest = (GROUP..=values.len() - GROUP).max_by(|a, b| gap(a).total_cmp(&gap(b)))?;
    let (low, high) = values.split_at(widest);
    let of = |group: &[f64]| {
        let found = mean_interval(group, CONFIDENCE)?;
        Some((found.mean, found.std_dev?))
    };
    let ((low_mean, low_dev), (high_mean, high_dev)) = (of(low)?, of(high)?);
    let within = low_dev.max(high_dev);
    let distinct = high_mean - low_mean > DISTINCT * within
        && high_mean > RATIO * low_mean
        && gap(&widest) > 0.0;
    distinct.then_some(widest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Unit;
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    fn figure(values: impl IntoIterator<Item = f64>) -> Figure {
        Figure {
            metric: "services.api.latency.mean".to_owned(),
            unit: Unit::Seconds,
            estimate: Err(String::new()),
            per_replication: values.into_iter().map(Some).collect(),
        }
    }

    #[test]
    fn two_kinds_of_replications_are_a_probability_with_its_interval() {
        let values = (0..20).map(|i| f64::from(i % 7) * 0.01 + if i % 4 == 0 { 12.0 } else { 0.2 });
        let found = notes(&[figure(values)]);
        let [Note::Warning(text)] = &found[..] else {
            panic!("{found:?}");
        };
        insta::assert_snapshot!(text, @"services.api.latency.mean: replications are of two kinds: 5 of 20 (25 %, 95 % interval 11 to 47 %) are near 12.024 s, the others near 0.230 s; the mean describes neither");
    }

    #[test]
    fn one_kind_is_not_taken_for_two() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(8);
        for _ in 0..200 {
            // Exponential, so a tail that strays.
            let values: Vec<f64> = (0..20)
                .map(|_| 1.0 - libm::log1p(-rng.random::<f64>()))
                .collect();
            assert!(notes(&[figure(values)]).is_empty());
        }
        assert!(notes(&[figure([1.0; 30])]).is_empty());
    }
}
