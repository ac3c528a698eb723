//! Which combinations of the axes are points: all of them, or a sample.
//!
//! A Latin hypercube cuts every axis into as many equal parts as there are points and uses each part
//! once (R. Beckman, W. Conover and others, Technometrics 21 (1979) 239–245): the projection on any
//! single axis is evenly spread, however few the points are.

use super::command::Sampling;
use crate::random::{Purpose, Sequence, Streams};

/// All combinations of axes with so many levels; the last axis changes fastest.
pub(super) fn grid(levels: &[usize]) -> Vec<Vec<usize>> {
    let mut points = vec![Vec::new()];
    for &count in levels {
        points = points
            .iter()
            .flat_map(|point| {
                (0..count).map(|level| {
                    let mut longer = point.clone();
                    longer.push(level);
                    longer
                })
            })
            .collect();
    }
    points
}

/// For each point its share of the way along each of `axes` axes, in (0, 1).
pub(super) fn sample(sampling: Sampling, axes: usize) -> Vec<Vec<f64>> {
    // No entity of a scenario has this path, so no simulation shares these words.
    let streams = Streams::new(sampling.seed, 0);
    let mut points = vec![Vec::with_capacity(axes); sampling.points as usize];
    for axis in 0..axes {
        let mut words = streams.sequence(&format!("sweep.{axis}"), Purpose::Placement);
        let parts = if sampling.latin {
            shuffled(sampling.points, &mut words)
        } else {
            vec![0; sampling.points as usize]
        };
        let count = if sampling.latin { sampling.points } else { 1 };
        for (point, part) in points.iter_mut().zip(parts) {
            point.push((f64::from(part) + words.word().uniform()) / f64::from(count));
        }
    }
    points
}

/// The numbers below `count` in an order drawn uniformly (R. Fisher and F. Yates 1938).
fn shuffled(count: u32, words: &mut Sequence) -> Vec<u32> {
    let mut numbers: Vec<u32> = (0..count).collect();
    for last in (1..numbers.len()).rev() {
        numbers.swap(last, words.word().below(last as u32 + 1) as usize);
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grid_has_every_combination_and_its_last_axis_changes_fastest() {
        assert_eq!(
            grid(&[2, 3]),
            [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
        );
        assert_eq!(grid(&[]), [[0_usize; 0]]);
    }

    #[test]
    fn a_latin_hypercube_uses_every_part_of_every_axis_once() {
        let sampling = Sampling {
            latin: true,
            points: 40,
            seed: 1,
        };
        let points = sample(sampling, 3);
        for axis in 0..3 {
            let mut parts: Vec<u32> = points
                .iter()
                .map(|point| (point[axis] * 40.0).floor() as u32)
                .collect();
            parts.sort_unstable();
            assert!(parts.into_iter().eq(0..40), "axis {axis}");
        }
        let other = sample(
            Sampling {
                seed: 2,
                ..sampling
            },
            3,
        );
        assert_ne!(points, other, "the seed matters");
    }

    #[test]
    fn a_random_sample_is_independent_between_axes() {
        let sampling = Sampling {
            latin: false,
            points: 4000,
            seed: 1,
        };
        let points = sample(sampling, 2);
        let both = points.iter().filter(|p| p[0] < 0.5 && p[1] < 0.5).count();
        // A quarter, within six standard deviations of 27.
        assert!((835..=1165).contains(&both), "{both}");
    }
}
