//! The values of a dimension along an axis: as numbers where they are numbers or quantities of one
//! kind, else side by side.

use crate::report::chart::plot::{Axis, Spacing};
use crate::units::{Bandwidth, Bytes, Cpu, Duration, Rate};

/// Ratio of the largest to the smallest number from which equal ratios get equal space.
const WIDE: f64 = 20.0;

/// An axis of values, and where each of them stands on it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Levels {
    pub(super) axis: Axis,
    pub(super) positions: Vec<f64>,
}

/// The axis of `levels`.
pub(super) fn axis(label: &str, levels: &[String]) -> Levels {
    let Some(positions) = numbers(levels) else {
        let positions: Vec<f64> = (0..levels.len()).map(|index| index as f64).collect();
        let axis = Axis {
            label: label.to_owned(),
            spacing: Spacing::Categories,
            low: -0.5,
            high: levels.len() as f64 - 0.5,
            ticks: positions
                .iter()
                .copied()
                .zip(levels.iter().cloned())
                .collect(),
        };
        return Levels { axis, positions };
    };
    let low = positions.iter().copied().fold(f64::INFINITY, f64::min);
    let high = positions.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let wide = 0.0 < low && low * WIDE <= high;
    let mut ticks: Vec<(f64, String)> = positions
        .iter()
        .copied()
        .zip(levels.iter().cloned())
        .collect();
    ticks.sort_by(|a, b| a.0.total_cmp(&b.0));
    ticks.dedup_by(|a, b| a.0.total_cmp(&b.0).is_eq());
    let (low, high) = if wide {
        let margin = libm::pow(high / low, 0.04);
        (low / margin, high * margin)
    } else {
        let margin = 0.04 * (high - low);
        (low - margin, high + margin)
    };
    let axis = Axis {
        label: label.to_owned(),
        spacing: if wide {
            Spacing::Logarithmic
        } else {
            Spacing::Linear
        },
        low,
        high,
        ticks,
    };
    Levels { axis, positions }
}

/// What `levels` are as numbers, if all are, or are quantities of one kind, and at least two differ.
pub(super) fn numbers(levels: &[String]) -> Option<Vec<f64>> {
    let read: [fn(&str) -> Option<f64>; 6] = [
        |text| text.parse().ok(),
        |text| {
            text.parse()
                .ok()
                .map(|duration: Duration| duration.seconds())
        },
        |text| text.parse().ok().map(|bytes: Bytes| bytes.0 as f64),
        |text| text.parse().ok().map(|cpu: Cpu| cpu.0 as f64),
        |text| text.parse().ok().map(|rate: Rate| rate.0),
        |text| {
            text.parse()
                .ok()
                .map(|bandwidth: Bandwidth| bandwidth.0 as f64)
        },
    ];
    let all = |read: fn(&str) -> Option<f64>| -> Option<Vec<f64>> {
        let numbers = levels
            .iter()
            .map(|level| read(level).filter(|n| n.is_finite()));
        numbers.collect()
    };
    let numbers = read.into_iter().find_map(all)?;
    let differ = numbers
        .iter()
        .any(|number| number.total_cmp(&numbers[0]).is_ne());
    differ.then_some(numbers)
}

/// The levels in ascending order of their numbers, as they stand where they are none.
pub(super) fn ascending(levels: &[String]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..levels.len()).collect();
    if let Some(numbers) = numbers(levels) {
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(levels: &[&str]) -> Vec<String> {
        levels.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn quantities_of_one_kind_are_numbers_and_words_stand_side_by_side() {
        assert_eq!(numbers(&owned(&["2", "4.5"])), Some(vec![2.0, 4.5]));
        assert_eq!(numbers(&owned(&["500ms", "2s"])), Some(vec![0.5, 2.0]));
        assert_eq!(numbers(&owned(&["1GB", "64MB"])), Some(vec![1e9, 64e6]));
        assert_eq!(numbers(&owned(&["30/min", "1/s"])), Some(vec![0.5, 1.0]));
        assert_eq!(numbers(&owned(&["2", "random"])), None);
        assert_eq!(
            numbers(&owned(&["2"])),
            None,
            "nothing to lay along an axis"
        );
        let words = axis("balancer", &owned(&["random", "round-robin"]));
        assert_eq!(words.positions, [0.0, 1.0]);
        assert_eq!(words.axis.spacing, Spacing::Categories);
    }

    #[test]
    fn a_wide_range_is_logarithmic_and_ticks_are_the_values_in_order() {
        let levels = axis("rate", &owned(&["100/s", "1/s", "10/s"]));
        assert_eq!(levels.axis.spacing, Spacing::Logarithmic);
        let ticks: Vec<&str> = levels
            .axis
            .ticks
            .iter()
            .map(|tick| tick.1.as_str())
            .collect();
        assert_eq!(ticks, ["1/s", "10/s", "100/s"]);
        assert_eq!(ascending(&owned(&["8", "2", "4"])), [1, 2, 0]);
    }
}
