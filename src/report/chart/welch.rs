//! The Welch plot: is the warm-up long enough?
//!
//! The number in system, averaged over replications instant by instant and then smoothed, with the
//! end of the warm-up drawn in. Where the curve still climbs or falls to the right of it, the
//! figures hold something of the empty start. P. D. Welch, The statistical analysis of simulation
//! results (1983); A. Law, Simulation Modeling and Analysis, 5th ed., section 9.5.1: a centred
//! moving average, narrower near the start.

use crate::experiment::{Results, Series, SeriesKind};
use crate::report::chart::axis;
use crate::report::chart::plot::{Line, Plot};
use crate::report::chart::style::MARKS;
use crate::report::chart::time_series::{is_drawable, largest, warmup};
use crate::report::human;
use crate::report::name;

/// Intervals on each side of a point of which the average is taken: this share of all.
const SIDE: usize = 20;

/// The chart; none where there is no warm-up to judge.
pub(super) fn plot(results: &Results) -> Option<Plot> {
    results.window_start?;
    let in_system = results.series.iter();
    let in_system: Vec<&Series> = in_system
        .filter(|series| series.kind == SeriesKind::InSystem && SIDE < series.points.len())
        .filter(|series| series.points.iter().all(is_drawable))
        .collect();
    let shown = largest(&in_system);
    let longest = shown.iter().map(|series| series.points.len()).max()?;
    let side = longest / SIDE;
    let metrics: Vec<&str> = shown.iter().map(|series| series.metric.as_str()).collect();
    let lines: Vec<Line> = shown
        .iter()
        .zip(name::labels(&metrics))
        .map(|(series, name)| line(results, series, name, side))
        .collect();
    let points = || lines.iter().flat_map(|line| line.runs.iter().flatten());
    let (end, top) = points().fold((0.0_f64, 0.0_f64), |(end, top), (x, y)| {
        (end.max(*x), top.max(*y))
    });
    let count = human::grouped(results.replications.into(), 0);
    let width = 2 * side + 1;
    Some(Plot {
        title: results.title.clone(),
        subtitle: format!(
            "Welch plot: is the warm-up long enough? To the right of its end the number in system \
             should be level. Mean of {count} replications, moving average over {width} intervals"
        ),
        x: axis::time("Time since the start", 0.0, end),
        y: axis::from_zero("Requests in system, smoothed", top * 1.04),
        lines,
        guides: Vec::new(),
        posts: warmup(results, end),
        caption: None,
    })
}

fn line(results: &Results, series: &Series, name: String, side: usize) -> Line {
    let means: Vec<f64> = series.points.iter().map(|point| point.mean).collect();
    let smooth = moving_average(&means, side);
    let run: Vec<(f64, f64)> = series
        .points
        .iter()
        .zip(&smooth)
        .map(|(point, mean)| (point.time, *mean))
        .collect();
    let every = (run.len() / MARKS).max(1);
    let marks = run.iter().skip(every / 2).step_by(every).copied().collect();
    let figure = results.figures.iter();
    let mut figure = figure.filter(|figure| figure.metric == series.metric);
    let estimate = figure
        .next()
        .and_then(|figure| figure.estimate.as_ref().ok());
    let detail = estimate.map(|estimate| {
        let mean = human::value(estimate.mean, series.unit);
        format!("average of the window {mean}")
    });
    Line {
        name,
        details: detail.into_iter().collect(),
        runs: vec![run],
        bands: Vec::new(),
        marks,
    }
}

/// The average of each value and `side` values on either side; of as many as there are before it
/// near the start, and none where there are fewer than `side` behind it.
fn moving_average(values: &[f64], side: usize) -> Vec<f64> {
    let last = values.len().saturating_sub(side);
    let average = |index: usize| {
        let side = side.min(index);
        let around = &values[index - side..=index + side];
        around.iter().sum::<f64>() / around.len() as f64
    };
    (0..last).map(average).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_average_widens_from_the_start_and_ends_before_the_end() {
        let smooth = moving_average(&[3.0, 0.0, 6.0, 0.0, 3.0, 9.0], 2);
        assert_eq!(smooth, [3.0, 3.0, 2.4, 3.6]);
        assert_eq!(moving_average(&[1.0], 2), Vec::<f64>::new());
        assert_eq!(moving_average(&[1.0, 5.0], 0), [1.0, 5.0]);
    }
}
