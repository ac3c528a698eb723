//! Charts over time: which series are shown, and how they become lines.
//!
//! A point is the average over the interval that ends at it, so lines are steps: nothing is drawn
//! that was not measured.

use crate::experiment::{Point, Results, Series, SeriesKind};
use crate::report::chart::axis;
use crate::report::chart::plot::{Axis, Interval, Line, Plot};
use crate::report::chart::style::{LINES_MAX, MARKS};
use crate::report::human;
use crate::report::name;

/// The name of the chart's files.
pub(super) fn stem(kind: SeriesKind) -> &'static str {
    match kind {
        SeriesKind::InSystem => "in-system",
        SeriesKind::QueueLength => "queue-length",
        SeriesKind::Utilization => "utilization",
        SeriesKind::Replicas => "replicas",
        SeriesKind::Executors => "executors",
        SeriesKind::PendingContainers => "pending-containers",
        SeriesKind::DominantShare => "dominant-share",
        SeriesKind::Nodes => "nodes",
    }
}

/// The chart of all series of `kind`; none if there is nothing to show.
pub(super) fn plot(results: &Results, kind: SeriesKind) -> Option<Plot> {
    let series: Vec<&Series> = results
        .series
        .iter()
        .filter(|series| series.kind == kind && series.points.iter().any(is_drawable))
        .collect();
    let shown = largest(&series);
    let metrics: Vec<&str> = shown.iter().map(|series| series.metric.as_str()).collect();
    let labels = name::labels(&metrics);
    let (low, high) = span(&shown)?;
    let lines = shown.iter().zip(labels).enumerate();
    let lines = lines
        .map(|(index, (series, label))| {
            let offset = (index as f64 + 0.5) / shown.len() as f64;
            line(series, label, |mark| {
                low + (high - low) * (mark as f64 + offset) / MARKS as f64
            })
        })
        .collect();
    let left_out = series.len() - shown.len();
    Some(Plot {
        title: results.title.clone(),
        subtitle: subtitle(results, kind, &shown),
        x: axis::time("Time since the start", low, high),
        y: vertical(kind, &shown),
        lines,
        guides: Vec::new(),
        posts: warmup(results, high),
        caption: (left_out > 0).then(|| {
            format!("The {LINES_MAX} largest on average, and {left_out} more; see series.csv")
        }),
    })
}

/// Where the warm-up ends, if there is one and it is in the picture.
pub(super) fn warmup(results: &Results, end: f64) -> Vec<(f64, &'static str)> {
    let start = results
        .window_start
        .filter(|start| (0.0..end).contains(start));
    let shown = start.filter(|start| *start > 0.0);
    shown
        .map(|start| (start, "warm-up ends"))
        .into_iter()
        .collect()
}

fn subtitle(results: &Results, kind: SeriesKind, shown: &[&Series]) -> String {
    let what = match kind {
        SeriesKind::InSystem => "In system: requests that wait or are served at each service",
        SeriesKind::QueueLength => "Queue length: requests that wait at each service",
        SeriesKind::Utilization => "Utilization: the share of places, resources and slots in use",
        SeriesKind::Replicas => "Replicas that take requests, of each service that scales",
        SeriesKind::Executors => "Running executors of each application",
        SeriesKind::PendingContainers => "Containers that wait to be placed on a node",
        SeriesKind::DominantShare => {
            "Dominant share: the largest share of any resource that each budget holds"
        }
        SeriesKind::Nodes => "Nodes that take containers, of each pool that grows or shrinks",
    };
    let has_band = |series: &&Series| series.points.iter().any(|point| point.band.is_some());
    let of = match results.replications {
        1 => "One replication".to_owned(),
        count => format!("Mean of {} replications", human::grouped(count.into(), 0)),
    };
    if shown.iter().any(has_band) {
        format!("{what}. {of}, shaded: 95 % confidence interval")
    } else {
        format!("{what}. {of}")
    }
}

fn vertical(kind: SeriesKind, series: &[&Series]) -> Axis {
    let points = series.iter().flat_map(|series| &series.points);
    let points = points.filter(|point| is_drawable(point));
    let mean = points.clone().map(|point| point.mean).fold(0.0, f64::max);
    let bands = points.filter_map(|point| point.band);
    let band = bands.map(|(_, high)| high).fold(0.0, f64::max);
    let top = axis::with_bands(mean, band);
    // A line on the upper edge would look as if it were cut off there.
    let with_room = top * 1.04;
    match kind {
        SeriesKind::InSystem => axis::from_zero("Requests in system", with_room),
        SeriesKind::QueueLength => axis::from_zero("Waiting requests", with_room),
        // An interval may pass the whole, of which no share can be.
        SeriesKind::Utilization if mean <= 1.0 => axis::share("Utilization (%)", top.min(1.0)),
        SeriesKind::Utilization => axis::share("Utilization (%)", top),
        SeriesKind::Replicas => axis::from_zero("Replicas", with_room),
        SeriesKind::Executors => axis::from_zero("Executors", with_room),
        SeriesKind::PendingContainers => axis::from_zero("Waiting containers", with_room),
        SeriesKind::DominantShare => axis::share("Dominant share (%)", top.min(1.0)),
        SeriesKind::Nodes => axis::from_zero("Nodes", with_room),
    }
}

/// As many of `series` as a chart can hold: those that are largest on average, in their order.
pub(super) fn largest<'a>(series: &[&'a Series]) -> Vec<&'a Series> {
    let average = |series: &Series| {
        let means = series.points.iter().filter(|point| is_drawable(point));
        let count = means.clone().count().max(1) as f64;
        means.map(|point| point.mean / count).sum::<f64>()
    };
    let mut ranked: Vec<(usize, f64)> = series
        .iter()
        .enumerate()
        .map(|(index, series)| (index, average(series)))
        .collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    ranked.truncate(LINES_MAX);
    ranked.sort_by_key(|(index, _)| *index);
    ranked.iter().map(|(index, _)| series[*index]).collect()
}

pub(super) fn is_drawable(point: &Point) -> bool {
    point.time.is_finite() && point.mean.is_finite()
}

/// From the start of the first interval to the end of the last.
fn span(series: &[&Series]) -> Option<(f64, f64)> {
    let starts = series.iter().filter_map(|series| {
        let index = series.points.iter().position(is_drawable)?;
        Some(start(&series.points, index))
    });
    let points = series.iter().flat_map(|series| &series.points);
    let ends = points
        .filter(|point| is_drawable(point))
        .map(|point| point.time);
    Some((starts.reduce(f64::min)?, ends.reduce(f64::max)?))
}

/// Where the interval of the point at `index` begins.
fn start(points: &[Point], index: usize) -> f64 {
    let time = points[index].time;
    match (index.checked_sub(1), points.get(index + 1)) {
        (Some(previous), _) if points[previous].time.is_finite() => points[previous].time,
        // Intervals are equally long, and none begins before the run.
        (None, Some(next)) if next.time.is_finite() => (2.0 * time - next.time).max(0.0).min(time),
        _ => time.min(0.0),
    }
}

fn line(series: &Series, name: String, mark_at: impl Fn(usize) -> f64) -> Line {
    let mut line = Line {
        name,
        details: Vec::new(),
        runs: Vec::new(),
        bands: Vec::new(),
        marks: Vec::new(),
    };
    let mut mark = 0;
    let (mut run, mut band) = (Vec::new(), Vec::new());
    for (index, point) in series.points.iter().enumerate() {
        if !is_drawable(point) {
            line.runs.push(std::mem::take(&mut run));
            line.bands.push(std::mem::take(&mut band));
            continue;
        }
        let from = start(&series.points, index);
        run.extend([(from, point.mean), (point.time, point.mean)]);
        match point.band {
            Some((low, high)) if !low.is_nan() && !high.is_nan() => band.push(Interval {
                from,
                to: point.time,
                low,
                high,
            }),
            _ => line.bands.push(std::mem::take(&mut band)),
        }
        while mark < MARKS && mark_at(mark) <= point.time {
            if mark_at(mark) >= from {
                line.marks.push((mark_at(mark), point.mean));
            }
            mark += 1;
        }
    }
    line.runs.push(run);
    line.bands.push(band);
    line.runs.retain(|run| !run.is_empty());
    line.bands.retain(|band| !band.is_empty());
    line
}
