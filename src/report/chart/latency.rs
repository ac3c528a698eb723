//! The chart of latency distributions: the share of what is not slower than a latency.

use crate::experiment::{Distribution, Results};
use crate::metrics::Unit;
use crate::report::chart::axis;
use crate::report::chart::plot::{Axis, Line, Plot};
use crate::report::chart::style::LINES_MAX;
use crate::report::human;
use crate::report::name;

/// The percentiles that are marked: how figures call them, and their share.
const MARKED: [(&str, f64); 3] = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)];
/// Ratio of the largest to the smallest latency above which equal ratios take equal space.
const TWO_DECADES: f64 = 100.0;
/// What is below this share is not looked at: the axis begins where it is reached.
const LOWEST_SHARE: f64 = 0.01;

/// The chart of all distributions; none if there is nothing to show.
pub(super) fn plot(results: &Results) -> Option<Plot> {
    let all: Vec<(&Distribution, Vec<(f64, f64)>)> = results
        .distributions
        .iter()
        .map(|distribution| (distribution, drawable(distribution)))
        .filter(|(_, points)| !points.is_empty())
        .collect();
    let shown = slowest(&all);
    if shown.is_empty() {
        return None;
    }
    let metrics: Vec<&str> = shown.iter().map(|(one, _)| one.metric.as_str()).collect();
    let lines = shown.iter().zip(name::labels(&metrics));
    let lines =
        lines.map(|((distribution, points), name)| line(results, distribution, points, name));
    let left_out = all.len() - shown.len();
    Some(Plot {
        title: results.title.clone(),
        subtitle: subtitle(results),
        x: horizontal(&shown),
        y: axis::share("Not slower (%)", 1.0),
        lines: lines.collect(),
        guides: MARKED.map(|(name, share)| (share, name)).to_vec(),
        posts: Vec::new(),
        caption: (left_out > 0)
            .then(|| format!("The {LINES_MAX} slowest, and {left_out} more; see summary.csv")),
    })
}

fn subtitle(results: &Results) -> String {
    let what = "Latency distribution: the share of requests or runs that were not slower";
    match results.replications {
        1 => format!("{what}. One replication"),
        count => {
            let count = human::grouped(count.into(), 0);
            format!("{what}. All of {count} replications")
        }
    }
}

fn drawable(distribution: &Distribution) -> Vec<(f64, f64)> {
    let points = distribution.points.iter().copied();
    points
        .filter(|(latency, share)| latency.is_finite() && share.is_finite())
        .collect()
}

type Curve<'a> = (&'a Distribution, Vec<(f64, f64)>);

/// As many of the distributions as a chart can hold: the slowest, in their order.
fn slowest<'a, 'b>(all: &'a [Curve<'b>]) -> Vec<&'a Curve<'b>> {
    let p95 = |points: &[(f64, f64)]| {
        let found = points.iter().find(|(_, share)| *share >= 0.95);
        found.map_or(0.0, |(latency, _)| *latency)
    };
    let mut ranked: Vec<usize> = (0..all.len()).collect();
    ranked.sort_by(|a, b| p95(&all[*b].1).total_cmp(&p95(&all[*a].1)).then(a.cmp(b)));
    ranked.truncate(LINES_MAX);
    ranked.sort_unstable();
    ranked.into_iter().map(|index| &all[index]).collect()
}

fn horizontal(shown: &[&Curve]) -> Axis {
    let begin = |points: &[(f64, f64)]| {
        let found = points
            .iter()
            .find(|(latency, share)| *latency > 0.0 && *share >= LOWEST_SHARE);
        found.map(|(latency, _)| *latency)
    };
    let low = shown
        .iter()
        .filter_map(|(_, points)| begin(points))
        .reduce(f64::min);
    let latencies = shown.iter().flat_map(|(_, points)| points);
    let high = latencies.map(|(latency, _)| *latency).fold(0.0, f64::max);
    match low {
        Some(low) if high > low * TWO_DECADES => {
            axis::logarithmic_time("Latency (logarithmic)", low, high)
        }
        // A constant stands in the middle and not on the edge.
        Some(low) if high <= low => axis::time("Latency", 0.0, 2.0 * high),
        _ => axis::rounded_time("Latency", high),
    }
}

fn line(
    results: &Results,
    distribution: &Distribution,
    points: &[(f64, f64)],
    name: String,
) -> Line {
    let mut details = Vec::new();
    let mut marks = Vec::new();
    for (statistic, share) in MARKED {
        let metric = format!("{}.{statistic}", distribution.metric);
        let Some(figure) = results
            .figures
            .iter()
            .find(|figure| figure.metric == metric)
        else {
            continue;
        };
        match &figure.estimate {
            Ok(estimate) if estimate.mean.is_finite() => {
                let shown = human::value(estimate.mean, Unit::Seconds);
                details.push(format!("{statistic} {shown}"));
                marks.push((estimate.mean, share));
            }
            _ => details.push(format!("{statistic} –")),
        }
    }
    Line {
        name,
        details: if details.is_empty() {
            details
        } else {
            vec![details.join(", ")]
        },
        runs: vec![curve(distribution, points)],
        bands: Vec::new(),
        marks,
    }
}

/// Where every observation is listed the curve has a step at each; between the points of a
/// summary it is drawn straight.
fn curve(distribution: &Distribution, points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let has_all = distribution.count <= points.len() as u64;
    let mut curve = Vec::with_capacity(points.len() + 1);
    let mut before = 0.0;
    for (index, (latency, share)) in points.iter().enumerate() {
        if index == 0 || has_all {
            curve.push((*latency, before));
        }
        curve.push((*latency, *share));
        before = *share;
    }
    curve
}
