//! How likely something is that happens in some replications and not in others: the share of
//! replications, with Wilson's interval. A mean of two kinds of replications describes neither.

use super::results::{Estimate, Figure};
use crate::metrics::Unit;
use crate::model::{Bound, Probability};
use crate::stats::wilson_interval;

const CONFIDENCE: f64 = 0.95;

/// The figures of all events.
pub(super) fn probabilities(events: &[Probability], figures: &[Figure]) -> Vec<Figure> {
    events
        .iter()
        .map(|event| probability(event, figures))
        .collect()
}

fn probability(event: &Probability, figures: &[Figure]) -> Figure {
    let mut figures = figures.iter();
    let figure = figures.find(|figure| figure.metric == event.metric);
    let values = figure.map_or(&[][..], |figure| &figure.per_replication);
    let happened = |value: f64| match event.event {
        Bound::Below(bound) => value < bound,
        Bound::Above(bound) => bound < value,
    };
    let per_replication: Vec<Option<f64>> = values
        .iter()
        .map(|value| value.map(|value| f64::from(u8::from(happened(value)))))
        .collect();
    let known: Vec<f64> = per_replication.iter().flatten().copied().collect();
    let (yes, all) = (known.iter().filter(|it| **it > 0.5).count(), known.len());
    let estimate = wilson_interval(yes as u64, all as u64, CONFIDENCE).map(|interval| Estimate {
        mean: yes as f64 / all as f64,
        interval: (all > 1).then_some(interval),
        std_dev: None,
        replications: all as u32,
        doubt: None,
    });
    let nothing = || format!("no replication has a value of `{}`", event.metric);
    Figure {
        metric: format!("probabilities.{}", event.name),
        unit: Unit::Ratio,
        estimate: estimate.ok_or_else(nothing),
        per_replication,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(event: Bound, values: &[Option<f64>]) -> Figure {
        let figure = Figure {
            metric: "services.api.goodput".to_owned(),
            unit: Unit::PerSecond,
            estimate: Err(String::new()),
            per_replication: values.to_vec(),
        };
        let event = Probability {
            name: "collapse".to_owned(),
            metric: figure.metric.clone(),
            event,
        };
        probability(&event, &[figure])
    }

    #[test]
    fn it_is_the_share_of_replications_with_the_interval_of_wilson() {
        let values: Vec<_> = (0..61)
            .map(|number| match number {
                0..18 => Some(0.1),
                60 => None,
                _ => Some(87.0),
            })
            .collect();
        let figure = share(Bound::Below(40.0), &values);
        assert_eq!(figure.metric, "probabilities.collapse");
        assert_eq!(figure.per_replication[0], Some(1.0));
        assert_eq!(figure.per_replication[60], None);
        let estimate = figure.estimate.unwrap();
        assert_eq!((estimate.mean, estimate.replications), (0.3, 60));
        // 18 of 60, by hand with z = 1.959964.
        let (low, high) = estimate.interval.unwrap();
        assert!((low - 0.198_981_66).abs() < 1e-7, "{low}");
        assert!((high - 0.425_087_08).abs() < 1e-7, "{high}");
        let above = share(Bound::Above(40.0), &values).estimate.unwrap();
        assert!((above.mean - 0.7).abs() < 1e-12);
        assert!(share(Bound::Above(40.0), &[None]).estimate.is_err());
    }
}
